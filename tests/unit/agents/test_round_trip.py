"""The words that a tool call becomes mean the same values to the script's own parser, for every framework."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FRAMEWORKS = ("argparse", "click", "typer", "cyclopts", "fire", "function")


def run(framework: str, examples: int) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.support.round_trip", framework, str(examples)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_values_come_through(framework: str) -> None:
    told = run(framework, 8)
    assert told["wrong"] == []
    assert told["taken"] > 0.5 * told["tried"]


@pytest.mark.sweep
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_many_values_come_through(framework: str) -> None:
    told = run(framework, 150)
    assert told["wrong"] == []
    assert told["taken"] > 0.5 * told["tried"]
