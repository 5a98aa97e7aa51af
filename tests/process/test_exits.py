"""How a run ends is told exactly, whether the script replaced pyst or pyst stayed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.runs import command, run, start

BOTH = pytest.mark.parametrize("how", ["execute", "supervise"])


@BOTH
@pytest.mark.parametrize("code", [0, 1, 2, 42, 255])
def test_exit_codes_pass_through(how: str, code: int) -> None:
    assert run(how=how, script=f"import sys; sys.exit({code})").returncode == code


@BOTH
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM, signal.SIGABRT, signal.SIGPIPE])
def test_death_by_a_signal_is_the_same_death(how: str, number: int) -> None:
    ended = run(how=how, script=f"import os, signal; signal.signal(13, signal.SIG_DFL); os.kill(os.getpid(), {number})")
    assert ended.returncode == -number
    assert ended.stderr == b""


def test_the_outcome_names_the_signal(tmp_path: Path) -> None:
    report = tmp_path / "report"
    run(script="import os; os.kill(os.getpid(), 15)", report=str(report))
    told = json.loads(report.read_text())
    assert (told["exit_code"], told["signal"], told["timed_out"]) == (143, 15, False)


@BOTH
@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ({"argv": ["/nowhere/python"]}, 127, b"E_NO_INTERPRETER"),
        ({"argv": ["/etc/passwd"]}, 126, b"E_CANNOT_EXECUTE"),
        ({"script": "", "cwd": "/nowhere"}, 126, b"E_CANNOT_EXECUTE"),
        ({"argv": ["/bin/sh", "-c", "a\0b"]}, 126, b"E_CANNOT_EXECUTE"),
        ({"script": "", "long": 4_000_000}, 126, b"E_CANNOT_EXECUTE"),
    ],
    ids=["no interpreter", "not executable", "no folder", "null byte", "too long"],
)
def test_what_cannot_be_started_is_a_failure(how: str, asked: dict[str, Any], code: int, says: bytes) -> None:
    ended = run(how=how, **asked)
    assert ended.returncode == code
    assert ended.stderr.startswith(says)
    assert b"Traceback" not in ended.stderr
    assert ended.stdout == b""


@BOTH
def test_a_program_without_its_own_interpreter(how: str, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/nowhere/interpreter\n")
    program.chmod(0o755)
    ended = run(how=how, argv=[str(program)])
    assert (ended.returncode, ended.stderr[:16]) == (127, b"E_NO_INTERPRETER")


@BOTH
def test_a_file_that_is_no_program(how: str, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x00\x01")
    program.chmod(0o755)
    ended = run(how=how, argv=[str(program)])
    assert (ended.returncode, ended.stderr[:16]) == (126, b"E_CANNOT_EXECUTE")


def test_after_a_failed_execute_all_is_as_before(tmp_path: Path) -> None:
    code = """
import os, sys
from pyst.errors import Failure
from pyst.running.execute import execute
from pyst.running.plan import Plan
def state():
    ignored = [line for line in open("/proc/self/status") if line.startswith(("SigIgn", "SigBlk", "SigCgt"))]
    return os.getcwd(), ignored, sorted(os.listdir("/proc/self/fd")), os.fstat(0)
before = state()
try:
    execute(Plan(("/nowhere/python",), sys.argv[1], stdin=b"other"), dict(os.environ))
except Failure as failure:
    print(failure.code, state() == before, sys.stdin.read())
"""
    argv = [sys.executable, "-c", code, str(tmp_path)]
    ended = subprocess.run(argv, input=b"mine", capture_output=True, timeout=60)
    assert (ended.stdout, ended.stderr) == (b"E_NO_INTERPRETER True mine\n", b"")


@BOTH
def test_stdin_is_the_callers(how: str) -> None:
    ended = run(b"one\ntwo\n", how=how, script="import sys; sys.stdout.write(sys.stdin.read().upper())")
    assert ended.stdout == b"ONE\nTWO\n"


@BOTH
def test_stdin_of_the_plan_is_fed_whole(how: str) -> None:
    text = "x" * 60_000 + "end"
    ended = run(how=how, stdin=text, script="import sys; d = sys.stdin.read(); print(len(d), d[-3:])")
    assert ended.stdout == b"60003 end\n"


@BOTH
def test_the_folder_and_pwd(how: str, tmp_path: Path) -> None:
    script = "import os; print(os.getcwd(), os.environ['PWD'])"
    there = tmp_path / "there"
    there.mkdir()
    ended = run(how=how, script=script, cwd=str(there))
    assert ended.stdout.decode().split() == [str(there), str(there)]


@BOTH
def test_python_ignores_no_signal_for_the_script(how: str) -> None:
    show = ["/bin/sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status"]
    bare = subprocess.run(show, capture_output=True, timeout=60, check=True).stdout.split()
    mine = run(how=how, argv=show).stdout.split()
    assert int(mine[1], 16) == 0
    assert int(mine[3], 16) == int(bare[3], 16)  # what our own caller ignores, `nohup` say, is not Python's doing


@BOTH
def test_what_the_caller_ignores_stays_ignored(how: str) -> None:
    asked = command(how=how, argv=["/bin/sh", "-c", "kill -HUP $$; grep SigIgn /proc/self/status"])
    ended = subprocess.run(["nohup", *asked], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert int(ended.stdout.split()[1], 16) & 1 << (signal.SIGHUP - 1)


@BOTH
def test_open_descriptors_are_passed_on_and_no_others(how: str) -> None:
    code = "import os; print(sorted(os.listdir('/proc/self/fd'), key=int))"
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write):
        asked = command(how=how, script=code)
        ended = subprocess.run(asked, pass_fds=(write,), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    seen = {int(each) for each in eval(ended.stdout)}  # noqa: S307  our own list
    listing = 1
    assert {0, 1, 2, write} <= seen
    assert len(seen) == 4 + listing


@BOTH
def test_closed_streams_stay_closed(how: str) -> None:
    look = "for fd in 0 1 2; do [ -e /proc/$$/fd/$fd ] && echo $fd >&2; done"
    asked = command(how=how, argv=["/bin/sh", "-c", look])
    closing = ["/bin/sh", "-c", 'exec "$@" <&- >&-', "sh", *asked]
    ended = subprocess.run(closing, stderr=subprocess.PIPE, timeout=60)
    assert ended.stderr.split() == [b"2"]


@BOTH
def test_a_reader_that_leaves_is_no_trouble(how: str) -> None:
    asked = command(how=how, argv=["/bin/sh", "-c", "while echo y; do :; done 2>/dev/null"])
    line = 'exec 2>&1; { "$@" 2>&3; echo "code $?" >&3; } 3>&2 | head -1'
    ended = subprocess.run(["/bin/sh", "-c", line, "sh", *asked], capture_output=True, timeout=60)
    assert b"Traceback" not in ended.stdout
    assert ended.stdout.startswith(b"y\n")


def test_fifty_at_once() -> None:
    running = [start(script=f"import sys; print({n}); sys.exit({n})") for n in range(50)]
    for number, process in enumerate(running):
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out, err) == (number, b"%d\n" % number, b"")
