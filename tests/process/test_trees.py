"""Nothing of a supervised script's tree outlives its run, whoever is killed."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.support.runs import is_alive, pids_in, run, start, stat_of, wait_until

KINDS = 6
FAMILY = """
import os, signal, sys, time
note = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
def live():
    os.write(note, b"%d\\n" % os.getpid())
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        time.sleep(1)
    os._exit(0)
def child(*steps):
    if os.fork() == 0:
        for step in steps:
            step()
        live()
def again():
    if os.fork():
        os._exit(0)
child()
child(os.setsid)
child(os.setpgrp)
child(again)
child(os.setsid, again)
if sys.argv[2] == "stay":
    live()
os.write(note, b"%d\\n" % os.getpid())
while open(sys.argv[1]).read().count("\\n") < 6:
    time.sleep(0.02)
sys.exit(int(sys.argv[2]))
"""
"""A script with children of every kind, all deaf to SIGTERM. It notes six processes."""

COMETS = """
import os, sys, time
note = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
deadline = time.monotonic() + 60
for _ in range(5):
    if os.fork() == 0:
        for hop in range(4000):  # never the same process for long
            if os.fork():
                os._exit(0)
            if time.monotonic() > deadline:
                break
            time.sleep(0.005)
        os._exit(0)
os.write(note, b"%d\\n" % os.getpid())
time.sleep(60)
"""

MANY = """
import os, sys, time
note = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for _ in range(50):
    if os.fork() == 0:
        os.write(note, b"%d\\n" % os.getpid())
        time.sleep(120)
        os._exit(0)
time.sleep(120)
"""


def _family(note: Path, then: object = "stay") -> list[str]:
    return [sys.executable, "-c", FAMILY, str(note), str(then)]


def _all_gone(pids: list[int]) -> None:
    wait_until(lambda: not any(map(is_alive, pids)), f"the end of {pids}")


def _script_of(note: Path, pids: list[int], events: Path) -> int:
    pid: int = json.loads(events.read_text().splitlines()[0])["pid"]
    assert pid in pids
    return pid


def test_pyst_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with start(argv=_family(note)) as process:
        pids = pids_in(note, KINDS)
        process.kill()
        _all_gone(pids)


def test_the_keeper_is_killed(tmp_path: Path) -> None:
    note, events = tmp_path / "note", tmp_path / "events"
    with start(argv=_family(note), events=str(events)) as process:
        pids = pids_in(note, KINDS)
        found = stat_of(_script_of(note, pids, events))
        assert found
        os.kill(found[1], signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        assert not any(map(is_alive, pids))
    assert process.returncode == 1
    assert err.startswith(b"E_KEEPER")


def test_both_are_killed_at_once(tmp_path: Path) -> None:
    """Beyond reach are only those that forked away: the script itself dies with its keeper."""
    note = tmp_path / "note"
    script = f"import os, time; open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n'); time.sleep(120)"
    with start(script=script) as process:
        (pid,) = pids_in(note, 1)
        found = stat_of(pid)
        assert found
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(found[1], signal.SIGKILL)
        process.kill()
        _all_gone([pid])


def test_a_listener_that_fails_ends_the_run(tmp_path: Path) -> None:
    note, events = tmp_path / "note", tmp_path / "folder" / "events"
    events.parent.mkdir()
    with start(argv=_family(note), events=str(events)) as process:
        pids = pids_in(note, KINDS)
        wait_until(events.exists, "the first event")
        events.unlink()
        events.parent.rmdir()
        process.send_signal(signal.SIGWINCH)  # tells of an event that can't be written
        _, err = process.communicate(timeout=60)
        assert not any(map(is_alive, pids))
    assert process.returncode == 1
    assert b"FileNotFoundError" in err


def test_the_time_is_up(tmp_path: Path) -> None:
    note, report = tmp_path / "note", tmp_path / "report"
    ended = run(argv=_family(note), timeout=3, grace=0.2, report=str(report))
    assert ended.returncode == 124
    told = json.loads(report.read_text())
    assert (told["timed_out"], told["signal"], told["exit_code"]) == (True, None, 124)
    pids = pids_in(note, KINDS)
    assert not any(map(is_alive, pids))


def test_time_to_clean_up(tmp_path: Path) -> None:
    script = """
import signal, sys, time
def end(*_):
    print("cleaned", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(120)
"""
    ended = run(script=script, timeout=2, grace=60)
    assert (ended.returncode, ended.stdout) == (124, b"ready\ncleaned\n")


def test_a_stopped_script_is_ended_too() -> None:
    assert run(script="import os; os.kill(os.getpid(), 19)", timeout=1, grace=0.2).returncode == 124


def test_a_run_within_its_time_is_not_timed_out() -> None:
    assert run(script="print('done')", timeout=60).returncode == 0


def test_what_a_script_leaves_behind_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "note"
    ended = run(argv=_family(note, 3), grace=0.2)
    assert ended.returncode == 3
    assert not any(map(is_alive, pids_in(note, KINDS)))


def test_what_a_script_leaves_behind_may_stay(tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    for fd in range(3):
        os.close(fd)
    open({str(note)!r}, "w").write(f"{{os.getpid()}}\\n")
    time.sleep(120)
while not os.path.exists({str(note)!r}) or not open({str(note)!r}).read():
    time.sleep(0.02)
"""
    ended = run(script=script, end_leftovers=False)
    assert ended.returncode == 0
    (pid,) = pids_in(note, 1)
    try:
        assert is_alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_fifty_children(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with start(argv=[sys.executable, "-c", MANY, str(note)]) as process:
        pids = pids_in(note, 50)
        process.kill()
        _all_gone(pids)


@pytest.mark.parametrize("way", ["killed", "timed out"])
def test_processes_that_never_stay(tmp_path: Path, way: str) -> None:
    note = tmp_path / "note"
    argv = [sys.executable, "-c", COMETS, str(note)]
    with start(argv=argv, timeout=None if way == "killed" else 1, grace=0.1) as process:
        (pid,) = pids_in(note, 1)
        if way == "killed":
            process.kill()
        process.communicate(timeout=60)
        _all_gone([pid])
    wait_until(lambda: not _with_argument(str(note)), "the end of the comets")


def _with_argument(word: str) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in words:
                found.append(name)
    return found
