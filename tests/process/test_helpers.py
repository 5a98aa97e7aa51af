"""Helper programs, run for real: their output, their end, and that they never outlive pyst."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from pyst.errors import Failure
from pyst.system.process import Finished, Runner
from tests.support.runs import ROOT, is_alive, pids_in, wait_until

FAMILY = """
import os, signal, sys, time
note = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
else:
    os.fork()
os.write(note, b"%d\\n" % os.getpid())
print("ready", flush=True)
time.sleep(120)
"""


def _run(*argv: str, **asked: Any) -> Finished:
    asked = {"cwd": "/", "environ": {"PATH": os.environ["PATH"]}, **asked}
    return Runner().run(argv, **asked)


def test_output_and_exit_code() -> None:
    ended = _run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert ended == Finished(("sh", "-c", "echo out; echo err >&2; exit 3"), 3, b"out\n", b"err\n")


def test_death_by_a_signal() -> None:
    assert _run("sh", "-c", "kill -9 $$").exit_code == 137


def test_the_environment_and_folder_are_what_is_given(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "ONLY": "this"}
    ended = _run(
        sys.executable,
        "-I",
        "-c",
        "import os; print(os.getcwd(), sorted(os.environ))",
        cwd=str(tmp_path),
        environ=environ,
    )
    assert ended.stdout.decode().split(maxsplit=1)[0] == str(tmp_path)
    assert b"'ONLY', 'PATH'" in ended.stdout
    assert b"HOME" not in ended.stdout


def test_it_reads_nothing_or_what_is_given() -> None:
    assert _run("cat").stdout == b""
    assert _run("cat", stdin=b"x" * 300_000).stdout == b"x" * 300_000


def test_it_has_no_terminal_to_ask_on() -> None:
    assert _run("sh", "-c", "exec 3</dev/tty").exit_code != 0


def test_signals_have_their_defaults() -> None:
    ended = _run("grep", "-E", "SigBlk|SigIgn", "/proc/self/status")
    blocked, ignored = (int(word, 16) for word in ended.stdout.split()[1::2])
    assert (blocked, ignored & 1 << (signal.SIGPIPE - 1)) == (0, 0)


def test_much_of_both_outputs_is_bounded() -> None:
    script = "import sys\nfor _ in range(300): sys.stdout.write('o' * 9999); sys.stderr.write('e' * 9999)"
    ended = _run(sys.executable, "-c", script, most_bytes=1000)
    assert ended.omitted_bytes == 2 * (300 * 9999 - 1000)
    assert ended.stdout.startswith(b"o" * 500 + b"\n[... 2998700 bytes left out ...]\n")
    assert len(ended.stderr) < 1100


def test_lines_are_heard_as_they_come(tmp_path: Path) -> None:
    go = tmp_path / "go"
    heard: list[str] = []

    def hear(line: str) -> None:
        heard.append(line)
        go.write_text("")  # the helper goes on only once its line was heard

    script = f"echo one >&2; while [ ! -e {go} ]; do sleep 0.05; done; printf 'two\\rthree' >&2"
    assert _run("sh", "-c", script, stderr_line=hear, timeout_seconds=60).exit_code == 0
    assert heard == ["one", "two", "three"]


def test_a_listener_that_fails_ends_the_helper(tmp_path: Path) -> None:
    note = tmp_path / "note"

    def hear(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError, match="boo"):
        _run("sh", "-c", f"echo $$ > {note}; echo boo >&2; exec sleep 120", stderr_line=hear)
    (pid,) = pids_in(note, 1)
    assert not is_alive(pid)


def test_too_long_ends_the_whole_tree(tmp_path: Path) -> None:
    note = tmp_path / "note"
    ended = _run(sys.executable, "-c", FAMILY, str(note), timeout_seconds=3)
    assert ended.timed_out
    assert ended.exit_code == 137
    assert ended.stdout.startswith(b"ready")
    wait_until(lambda: not any(map(is_alive, pids_in(note, 3))), "the end of the tree")


def test_what_is_left_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    ended = _run("sh", "-c", f"echo out; sleep 120 & echo $! > {tmp_path}/note", timeout_seconds=100)
    assert (ended.timed_out, ended.stdout) == (False, b"out\n")
    os.kill(pids_in(tmp_path / "note", 1)[0], signal.SIGKILL)


@pytest.mark.parametrize(
    ("argv", "cwd"), [(["/nowhere/uv"], "/"), (["no-such-program"], "/"), (["/etc/passwd"], "/"), (["sh"], "/nowhere")]
)
def test_what_cannot_be_started_is_a_failure(argv: list[str], cwd: str) -> None:
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(Failure) as caught:
        _run(*argv, cwd=cwd)
    assert caught.value.code == "E_HELPER"
    assert "`" in caught.value.message
    assert set(os.listdir("/proc/self/fd")) == before


def test_no_descriptor_is_left_open() -> None:
    before = set(os.listdir("/proc/self/fd"))
    _run("sh", "-c", "echo x", stdin=b"y")
    assert set(os.listdir("/proc/self/fd")) == before


def test_beside_threads(tmp_path: Path) -> None:
    ended: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: ended.append(_run("sh", "-c", f"echo {n}; exit {n}").exit_code))
        for n in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == list(range(10))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_helper_outlives_pyst(tmp_path: Path, number: int) -> None:
    note = tmp_path / "note"
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pyst.system.process import Runner
words = ["sh", "-c", "echo $$ > {note}; exec sleep 120"]
Runner().run(words, cwd="/", environ={json.dumps({"PATH": os.environ["PATH"]})})
"""
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        (pid,) = pids_in(note, 1)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == -number
    assert (b"KeyboardInterrupt" in err) == (number == signal.SIGINT)
    wait_until(lambda: not is_alive(pid), "the end of the helper")
