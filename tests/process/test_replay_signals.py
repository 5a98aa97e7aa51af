"""Who interrupts a replay, or a check of many cases, ends it; and a replay leaves its caller's input alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home

SLOW = """
import os, time
open(os.environ["MARK"], "a").close()
end = time.monotonic() + float(os.environ["SECONDS"])
while time.monotonic() < end:  # a signal that comes just before a sleep is heard after it
    time.sleep(0.05)
"""


def start(home: Home, *words: str, **environ: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "pyst", "--format", "json", *words]
    return subprocess.Popen(
        argv,
        cwd=home.project,
        env={**home.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate(timeout=120)
    body: dict[str, Any] = json.loads(out)
    return body


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, "the script did not start"
        time.sleep(0.01)


@pytest.mark.parametrize("words", [("replay", "last:slow"), ("baseline", "check", "all")], ids=lambda words: words[0])
def test_an_interrupted_run_ends_all(home: Home, words: tuple[str, ...]) -> None:
    home.script("slow", SLOW)
    mark = home.path / "mark"
    quick = {"MARK": str(mark), "SECONDS": "0"}
    first = [done(start(home, "run", "--record", "slow", **quick))["detail"]["record"]["run_id"] for _ in range(2)]
    assert done(start(home, "baseline", "save", "all", *first))["exit_code"] == 0
    mark.unlink()
    process = start(home, *words, MARK=str(mark), SECONDS="50")
    wait_for(mark)
    process.send_signal(signal.SIGINT)
    body = done(process)
    assert process.returncode == 130
    assert body["diagnostics"][0]["code"] == "E_INTERRUPTED"
    runs = done(start(home, "history"))["detail"]["runs"]
    assert len(runs) == 3  # no second case was begun
    assert runs[0]["status"] == "killed"


def test_a_replay_leaves_the_callers_input_alone(home: Home) -> None:
    home.script("reads", "import sys\nprint(len(sys.stdin.read()))\n")
    argv = [sys.executable, "-m", "pyst", "run", "--record", "reads"]
    first = subprocess.run(
        argv, cwd=home.project, env=home.environ, input="four", capture_output=True, text=True, timeout=60
    )
    assert first.stdout == "4\n"
    code = "import subprocess, sys; subprocess.run(sys.argv[1:], stdout=2); print(sys.stdin.read())"
    argv = [sys.executable, "-c", code, sys.executable, "-m", "pyst", "replay", "last"]
    ended = subprocess.run(
        argv, cwd=home.project, env=home.environ, input="mine", capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == "mine\n"
    assert "+0" in ended.stderr
