"""Trees of processes: who descends from whom, and how to end all of them.

Owns the two promises that the Linux kernel gives for it (a *subreaper* inherits the orphans below it; a process can
ask to die with its parent), the walk through `/proc`, and what tells a process from a later one of its number.
Elsewhere (macOS) there are no such promises: there the tree is the process group, and a child that leaves the group is
out of reach.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
    from collections.abc import Collection, Iterable
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CAN_SEE = os.path.exists("/proc/self/stat")
"""Whether the system lists its processes in a way that is known here."""
PASSES = 64
"""How often the tree is looked through for processes that were forked meanwhile; each pass stops what it finds."""


ROUND_SECONDS = 0.01


def prctl(option: int, value: int) -> bool:
    """Call prctl(2); whether it was done. False where there is none."""
    if sys.platform != "linux":
        return False
    try:
        # The half of ctypes that is written in C: 0.3 ms to import where the whole takes 4.
        from _ctypes import call_function, dlopen, dlsym

        library = dlopen(None, 0)  # type: ignore[arg-type]
        return bool(call_function(dlsym(library, "prctl"), (option, value, 0, 0, 0)) == 0)
    except (ImportError, OSError):
        return False


def adopt_orphans(adopt: bool = True) -> bool:
    """Make this process the parent of every orphan among its descendants (a subreaper); whether that was done."""
    return prctl(PR_SET_CHILD_SUBREAPER, int(adopt))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends. `parent` is who forked it.

    The wish outlasts an exec, but not that of a set-uid program.
    """
    if prctl(PR_SET_PDEATHSIG, signal.SIGKILL) and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)  # the parent was gone before the wish was made


def told(path: str) -> bytes | None:
    """What a small file of `/proc` says; None where it is not there (any more)."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, 1 << 16)
    except OSError:
        return None
    finally:
        os.close(fd)


def started_of(pid: int) -> str | None:
    """What tells a living process from another of the same number, on this machine or before it was last started.

    `BOOT:NAMESPACE:TICKS` on Linux; None where there is no such process, or `/proc` doesn't tell. A zombie has ended.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            fields = file.read(4096).rpartition(b")")[2].split()
        with open("/proc/sys/kernel/random/boot_id", "rb", buffering=0) as file:
            boot = file.read(64)[:8].decode()
        namespace = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else f"{boot}:{namespace}:{fields[19].decode()}"


def parents(*, with_dead: bool = False) -> dict[int, int]:
    """The living processes and the parent of each; empty where `/proc` doesn't tell. `with_dead`: zombies too."""
    found = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return {}
    for name in names:
        if not name.isdigit():
            continue
        text = told(f"/proc/{name}/stat")
        if not text:
            continue
        state, parent = text[text.rindex(b")") + 2 :].split(None, 2)[:2]
        if with_dead or state not in b"ZX":
            found[int(name)] = int(parent)
    return found


def children(of: int, *, with_dead: bool = False) -> set[int]:
    """The children of a process; the dead ones that nobody asked after only `with_dead`."""
    return {pid for pid, parent in parents(with_dead=with_dead).items() if parent == of}


def any_children() -> bool:
    """Whether this process has children, dead or alive."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except AttributeError:  # macOS before Python 3.13
        return True
    return True


def descendants(of: int, *, without: Collection[int] = ()) -> set[int]:
    """The living processes below a process, not going into those of `without`."""
    below: dict[int, list[int]] = {}
    for pid, parent in parents().items():
        below.setdefault(parent, []).append(pid)
    found: set[int] = set()
    stack = [of]
    while stack:
        for pid in below.get(stack.pop(), ()):
            if pid not in found and pid not in without:
                found.add(pid)
                stack.append(pid)
    return found


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to each process that is still there and may be signalled."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def send_group(group: int, number: int) -> None:
    """Send a signal to a process group, if there is one."""
    try:
        os.killpg(group, number)
    except OSError:
        pass


def ask_to_end(of: int, group: int) -> None:
    """Ask all below a process (`group` where they can't be told) to end: SIGTERM, and SIGCONT so that it is heard."""
    if not CAN_SEE:
        send_group(group, signal.SIGTERM)
        send_group(group, signal.SIGCONT)
    found = descendants(of)
    send(found, signal.SIGTERM)
    send(found, signal.SIGCONT)


def kill_below(of: int, group: int, *, without: Collection[int] = ()) -> None:
    """Kill all below a process (`group` where they can't be told). They are stopped first, so that none can fork."""
    stopped: set[int] = set()
    for _ in range(PASSES):
        fresh = descendants(of, without=without) - stopped
        if not fresh:
            break
        send(fresh, signal.SIGSTOP)
        stopped |= fresh
    send(stopped, signal.SIGKILL)
    if not CAN_SEE and group:
        send_group(group, signal.SIGKILL)


def end_children(group: int, *, without: Collection[int], patience_seconds: float) -> None:
    """Kill and reap all below this process but what is in `without`, or is below that."""
    me = os.getpid()
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        kill_below(me, group, without=without)
        mine = children(me, with_dead=True).difference(without)
        if not mine:
            return
        for pid in mine:
            os.waitpid(pid, os.WNOHANG)
        time.sleep(ROUND_SECONDS)
