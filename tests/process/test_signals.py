"""Signals that reach pyst reach the script, once, and its answer to them is pyst's."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.runs import pids_in, run, start, stat_of, wait_until

BOTH = pytest.mark.parametrize("how", ["execute", "supervise"])
DEADLY = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]

COUNTING = """
import signal, sys, time
number, heard = int(sys.argv[1]), []
def hear(*_):
    heard.append(1)
signal.signal(number, hear)
print("ready", flush=True)
while not heard:
    time.sleep(0.05)
until = time.monotonic() + 0.3  # a second one would be here by then
while time.monotonic() < until:
    time.sleep(0.05)
print("heard", len(heard), flush=True)
sys.exit(7)
"""
WAITING = """
import time
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def _first_line(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout
    return process.stdout.readline()


def _argv(script: str, *words: object) -> list[str]:
    import sys

    return [sys.executable, "-c", script, *map(str, words)]


@BOTH
@pytest.mark.parametrize("number", [*DEADLY, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH])
def test_a_trapped_signal_is_heard_once(how: str, number: int) -> None:
    with start(how=how, argv=_argv(COUNTING, int(number))) as process:
        assert _first_line(process) == b"ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == (b"heard 1\n", b"", 7)


@BOTH
@pytest.mark.parametrize("number", [*DEADLY, signal.SIGUSR1])
def test_an_untrapped_signal_ends_both_by_it(how: str, number: int) -> None:
    with start(how=how, argv=_argv(WAITING)) as process:
        assert _first_line(process) == b"ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == -number
    assert (b"KeyboardInterrupt" in err) == (number == signal.SIGINT)  # the script's own, as always
    assert b"pyst" not in err


@BOTH
def test_a_script_may_ignore_a_signal(how: str) -> None:
    script = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); input(); print('on')"
    with start(how=how, argv=_argv(script)) as process:
        assert _first_line(process) == b"ready\n"
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(b"\n", timeout=60)
    assert (out, process.returncode) == (b"on\n", 0)


def test_the_script_leads_a_group_of_its_own() -> None:
    with start(script="import os; print(os.getpgrp() == os.getpid(), os.getpgid(os.getppid()))") as process:
        out, _ = process.communicate(timeout=60)
    assert out.split()[0] == b"True"
    assert int(out.split()[1]) != os.getpgrp()


def test_a_script_that_signals_its_own_group_does_not_meet_pyst(tmp_path: Path) -> None:
    report = tmp_path / "report"
    ended = run(script="import os; os.killpg(0, 15)", report=str(report))
    assert ended.returncode == -15
    assert json.loads(report.read_text())["signal"] == 15


def test_stop_and_continue_reach_the_script(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import os; open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n'); input(); print('on')"
    with start(script=script) as process:
        (pid,) = pids_in(note, 1)
        process.send_signal(signal.SIGTSTP)
        wait_until(lambda: (stat_of(pid) or "?")[0] == "T", "the script is stopped")
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: (stat_of(pid) or "?")[0] in "SR", "the script goes on")
        out, _ = process.communicate(b"\n", timeout=60)
    assert (out, process.returncode) == (b"on\n", 0)


def test_events_tell_what_happened(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with start(argv=_argv(WAITING), events=str(events)) as process:
        assert _first_line(process) == b"ready\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert [each["type"] for each in told] == ["script_started", "signal_forwarded", "script_ended"]
    assert told[1]["signal"] == "SIGTERM"
    assert (told[2]["exit_code"], told[2]["signal"]) == (143, 15)


def test_interrupting_a_run_that_captures(tmp_path: Path) -> None:
    with start(argv=_argv(WAITING), capture=str(tmp_path), echo=True) as process:
        assert _first_line(process) == b"ready\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert (tmp_path / "stdout").read_bytes() == b"ready\n"
