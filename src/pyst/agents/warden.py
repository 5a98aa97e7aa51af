"""Started beside a server, as `python -I -S warden.py`: ends the server's children when the server is gone.

It reads `+PID` and `-PID` lines from standard input, which the server holds open as long as it lives. At the end of
that, whatever the reason, the groups of the children that are left are asked to end, and killed some seconds later. A
number that meanwhile belongs to another process is let alone (where `/proc` tells).
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 5.0
ROUND_SECONDS = 0.05
SEES = os.path.exists("/proc/self/stat")


def started(pid: int) -> str:
    """When the process was started, as a word; empty where there is none, or it is dead, or the system doesn't tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return ""
    fields = text[text.rindex(b")") + 2 :].split()
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()


def lives(pid: int, since: str) -> bool:
    """Whether the process is still there, and still the same."""
    if since or SEES:
        return started(pid) == since != ""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def send(children: "dict[int, str]", number: int) -> None:
    """Send a signal to the group of each child that still lives."""
    for pid, since in children.items():
        if lives(pid, since):
            try:
                os.killpg(pid, number)
            except OSError:
                pass


def main() -> None:
    """Listen until the server is gone, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children: dict[int, str] = {}
    for line in sys.stdin.buffer:
        pid = int(line[1:])
        if line[:1] == b"+":
            children[pid] = started(pid)
        else:
            children.pop(pid, None)
    send(children, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(lives(*each) for each in children.items()):
        time.sleep(ROUND_SECONDS)
    send(children, signal.SIGKILL)


if __name__ == "__main__":
    main()
