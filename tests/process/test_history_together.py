"""Many processes around one history: all see every run, and none stumbles over the others, or over a killed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.support.recorded import a_record, put_record

AT_ONCE = 8


def history(home: Home, *words: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "pyst", "history", "--format", "json", "--all", *words]
    return subprocess.Popen(
        argv, cwd=home.project, env=home.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def state_of(home: Home) -> Path:
    return home.path / ".local" / "state" / "pyst"


def answer(process: subprocess.Popen[str]) -> tuple[int, int]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    detail = json.loads(out)["detail"]
    return len(detail["runs"]), detail["total"]


def test_all_see_all_runs_while_the_index_is_made(home: Home) -> None:
    for number in range(300):
        put_record(state_of(home), a_record(number))
    words = [(), ("--reindex",)] * (AT_ONCE // 2)
    for started in [history(home, *each) for each in words]:
        assert answer(started) == (300, 300)


def test_what_another_records_meanwhile_is_seen_at_last(home: Home) -> None:
    waiting = []
    for number in range(24):
        put_record(state_of(home), a_record(number))
        if number % 4 == 0:
            waiting.append((number, history(home)))
    for number, process in waiting:
        assert answer(process)[1] > number
    assert answer(history(home)) == (24, 24)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(12))
def test_who_is_killed_while_it_writes_leaves_an_index_that_serves(home: Home, part: int) -> None:
    state = state_of(home)
    for number in range(200):
        put_record(state, a_record(number))
    killed = history(home, "--reindex")
    deadline = time.monotonic() + 30
    while not (state / "history-v1.db").exists() and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(part * 0.01)  # another moment each time; whatever it hits, the answer is the same
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert answer(history(home)) == (200, 200)
    put_record(state, a_record(200))
    assert answer(history(home)) == (201, 201)


def test_who_is_stopped_with_the_lock_keeps_nobody_from_an_answer(home: Home) -> None:
    state = state_of(home)
    put_record(state, a_record(1))
    code = (
        "import sys\nfrom pyst.system.files import locked\n"
        f"with locked({str(state / 'history-v1.lock')!r}):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    argv = [sys.executable, "-c", code]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert answer(history(home)) == (1, 1)
        assert not (state / "history-v1.db").exists()
        holder.communicate("")
    assert answer(history(home)) == (1, 1)
    assert (state / "history-v1.db").exists()


def test_a_state_folder_that_can_not_be_written_has_a_history(home: Home) -> None:
    from tests.support.privileges import obeying_permissions

    state = state_of(home)
    put_record(state, a_record(1))
    state.chmod(0o555)
    try:
        argv = [*obeying_permissions(), sys.executable, "-m", "pyst", "history", "--format", "json"]
        done = subprocess.run(argv, cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["detail"]["total"] == 1
        assert sorted(each.name for each in state.iterdir()) == ["runs"]
    finally:
        state.chmod(0o755)
