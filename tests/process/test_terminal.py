"""A supervised script on a terminal: keys, job control and prompts are as without pyst. The shell is a real bash."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.support.runs import ROOT, command, is_alive, pids_in, stat_of, wait_until

BOTH = pytest.mark.parametrize("how", ["execute", "supervise"])
SECONDS = 60
COUNTING = """
import signal, sys, time
heard = []
signal.signal(int(sys.argv[1]), lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    time.sleep(0.05)
until = time.monotonic() + 0.3  # a second one would be here by then
while time.monotonic() < until:
    time.sleep(0.05)
print("heard", len(heard), flush=True)
sys.exit(7)
"""
WAITING = "import time\nprint('ready', flush=True)\nwhile True: time.sleep(0.05)"


@pytest.fixture
def spawn() -> Iterator[Callable[..., "pexpect.spawn[str]"]]:
    """Starts the driver as the leader of a terminal's session, as a terminal emulator would."""
    spawned = []

    def call(**asked: Any) -> "pexpect.spawn[str]":
        words = command(**asked)
        child = pexpect.spawn(words[0], words[1:], encoding="utf-8", timeout=SECONDS, echo=False)
        spawned.append(child)
        return child

    yield call
    for child in spawned:
        child.close(force=True)


class Shell:
    """An interactive bash with job control."""

    def __init__(self, folder: Path) -> None:
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb", "PS1": "$ ", "HISTFILE": ""}
        self.child = pexpect.spawn(
            "/bin/bash", ["--norc", "--noprofile", "-i"], env=environ, encoding="utf-8", timeout=SECONDS, cwd=str(ROOT)
        )
        self.say(
            "bind 'set enable-bracketed-paste off' 2>/dev/null; stty -echo; PS1=; PS2=; ulimit -c 0; echo up=$((1+1))"
        )
        self.expect("up=2")

    def say(self, line: str) -> None:
        self.child.sendline(line)

    def expect(self, text: str) -> str:
        self.child.expect(text)
        return str(self.child.before)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    it = Shell(tmp_path)
    yield it
    it.child.close(force=True)


def _line(**asked: Any) -> str:
    return shlex.join(command(**asked))


@BOTH
@pytest.mark.parametrize(("key", "number"), [("\x03", signal.SIGINT), ("\x1c", signal.SIGQUIT)])
def test_a_key_is_heard_once(spawn: Any, how: str, key: str, number: int) -> None:
    child = spawn(how=how, argv=[sys.executable, "-c", COUNTING, str(int(number))])
    child.expect("ready")
    child.send(key)
    child.expect("heard 1\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 7


@BOTH
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("trapped", [True, False])
def test_a_signal_to_pyst_on_a_terminal(spawn: Any, how: str, number: int, trapped: bool) -> None:
    argv = [sys.executable, "-c", COUNTING if trapped else WAITING, str(int(number))]
    child = spawn(how=how, argv=["/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh", *argv])
    child.expect("ready")
    child.kill(number)
    child.expect("heard 1\r\n" if trapped else pexpect.EOF)
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, child.signalstatus) == ((7, None) if trapped else (None, number))


@BOTH
def test_the_script_has_the_terminal(spawn: Any, how: str) -> None:
    script = "import os; print(os.isatty(0), os.isatty(1), os.isatty(2), os.tcgetpgrp(0) == os.getpgrp())"
    child = spawn(how=how, script=script)
    child.expect("True True True True")


@BOTH
def test_questions_and_passwords(spawn: Any, how: str) -> None:
    script = "import getpass; n = input('name? '); p = getpass.getpass('word? '); print('got', n, p)"
    child = spawn(how=how, script=script)
    child.expect(r"name\? ")
    child.sendline("ann")
    child.expect(r"word\? ")
    child.sendline("secret")
    child.expect("got ann secret")


def test_a_terminal_that_hangs_up_ends_the_script(spawn: Any, tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f"import os, time; open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n'); time.sleep(120)"
    child = spawn(script=script)
    (pid,) = pids_in(note, 1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, child.child_fd)  # the terminal's other side is gone
    os.close(nothing)
    wait_until(lambda: not is_alive(pid), "the end of the script")


def test_stop_and_foreground(shell: Shell, tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f"import os; open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n'); print('got', input()); exit(9)"
    shell.say(_line(script=script))
    (pid,) = pids_in(note, 1)
    wait_until(lambda: (stat_of(pid) or "?")[0] == "S", "the script waits for its line")
    shell.child.send("\x1a")
    shell.expect("Stopped")
    wait_until(lambda: (stat_of(pid) or "?")[0] == "T", "the script is stopped")
    shell.say("echo shell=$((2+3))")
    shell.expect("shell=5")
    shell.say("fg")
    wait_until(lambda: (stat_of(pid) or "?")[0] == "S", "the script goes on")
    shell.say("hello")
    shell.expect("got hello")
    shell.say("echo code=$?")
    shell.expect("code=9")


def test_stopped_twice_then_interrupted(shell: Shell, tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f"import os; open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n')\n{WAITING}"
    shell.say(_line(script=script))
    (pid,) = pids_in(note, 1)
    shell.expect("ready")
    for _ in range(2):
        wait_until(lambda: (stat_of(pid) or "?")[0] == "S", "the script waits")
        shell.child.send("\x1a")
        shell.expect("Stopped")
        shell.say("fg")
    wait_until(lambda: (stat_of(pid) or "?")[0] == "S", "the script waits")
    shell.child.send("\x03")
    shell.expect("KeyboardInterrupt")
    shell.say("echo code=$?")
    shell.expect("code=130")


def test_in_a_pipeline_the_key_reaches_both(shell: Shell) -> None:
    shell.say(_line(script=WAITING) + " | cat; echo codes=${PIPESTATUS[*]}")
    shell.expect("ready")
    shell.child.send("\x03")
    shell.expect("KeyboardInterrupt")
    shell.say("echo shell=$((2+3))")
    shell.expect("shell=5")


def test_in_a_pipeline_a_question_gets_the_terminal(shell: Shell) -> None:
    shell.say(_line(script="print('got', input(), flush=True)") + " | cat")
    shell.say("hello")
    shell.expect("got hello")
    shell.say("echo code=$?")
    shell.expect("code=0")


def test_another_part_of_the_pipeline_can_read_keys(shell: Shell) -> None:
    shell.say(
        _line(script="print('x', flush=True); import time\nwhile True: time.sleep(0.05)")
        + " | { read a </dev/tty; echo got $a; }"
    )
    shell.say("hello")
    shell.expect("got hello")
    shell.child.send("\x03")
    shell.say("echo shell=$((2+3))")
    shell.expect("shell=5")


def test_in_the_background_a_question_waits_for_the_foreground(shell: Shell) -> None:
    shell.say(_line(script="print('got', input(), flush=True)") + " &")
    shell.say("until jobs | grep -q Stopped; do sleep 0.1; done; echo is=stopped")
    shell.expect("is=stopped")
    shell.say("fg")
    shell.say("hello")
    shell.expect("got hello")


@pytest.mark.parametrize("redirect", ["", " 2>/dev/null"])
def test_a_key_ends_a_loop_over_pyst(shell: Shell, tmp_path: Path, redirect: str) -> None:
    """Whether pyst or the script has the foreground, the shell script hears Ctrl-C as it would without pyst."""
    loop = tmp_path / "loop.sh"
    loop.write_text(f"for n in 1 2 3; do {_line(script=WAITING)}{redirect}; echo again; done\n")
    shell.say(f"bash {loop}")
    shell.expect("ready")
    shell.child.send("\x03")
    shell.say("echo shell=$((3+3))")
    assert "again" not in shell.expect("shell=6")
