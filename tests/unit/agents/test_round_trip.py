"""The words that a tool call becomes mean the same values to the script's own parser, for every framework."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.interpreters import under_test

ROOT = Path(__file__).parents[3]
FRAMEWORKS = ("argparse", "click", "typer", "cyclopts", "fire", "function")


def run(framework: str, examples: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.support.round_trip", framework, str(examples)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_values_come_through(framework: str) -> None:
    told = run(framework, 5)
    assert told["wrong"] == []
    assert told["taken"] > 0.5 * told["tried"]


@pytest.mark.sweep
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_many_values_come_through(framework: str) -> None:
    told = run(framework, 30)
    assert told["wrong"] == []
    assert told["taken"] > 0.5 * told["tried"]


def test_argparse_of_every_python_takes_the_words_alike(tmp_path: Path) -> None:
    """What argparse makes of `--` and of dashes has changed more than once."""
    command = [sys.executable, "-m", "tests.support.round_trip", "argparse", "6", "--words"]
    words = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550, check=True).stdout
    answers = []
    for python in [sys.executable, *under_test()]:
        elsewhere = [python, str(ROOT / "tests" / "support" / "elsewhere.py")]
        ran = subprocess.run(
            elsewhere, input=words, cwd=tmp_path, capture_output=True, text=True, timeout=550, check=False
        )
        assert ran.returncode == 0, ran.stderr[-3000:]
        answers.append([json.loads(line) for line in ran.stdout.splitlines()])
    ours = answers[0]
    assert sum(each is not None for script in ours for each in script or ()) > 50
    for theirs in answers[1:]:
        for mine, other, line in zip(ours, theirs, words.splitlines(), strict=True):
            assert other in (None, mine), line[:2000]
