"""Many processes at once: an environment is built once, no entry of the user's data is lost, and nothing breaks."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from pyst.system.uv import find_uv
from tests.conftest import Home
from tests.support.faults import PYST

pytestmark = pytest.mark.uv

SECONDS = 300
NEEDS = "# /// script\n# dependencies = ['six']\n# ///\nimport six\nprint('needs', six.__name__)\n"


def begin(home: Home, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PYST, *words],
        cwd=home.project,
        env=home.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(running: Iterable[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """How each ended: all of them, before anything is said of one."""
    processes = list(running)
    told = []
    try:
        for each in processes:
            out, err = each.communicate(timeout=SECONDS)
            told.append((each.returncode, out, err))
    finally:
        for each in processes:
            each.kill()
            each.communicate()
    for _, _, err in told:
        assert "Traceback" not in err, err
        assert "internal error" not in err, err
    return told


def run(home: Home, *words: str) -> tuple[int, str, str]:
    return ended([begin(home, *words)])[0]


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("needs", NEEDS)
    home.script("plain", '"""Says that it ran."""\nprint("plain ran")\n')
    home.script("called", 'def main(word: str = "x"):\n    """Called by pyst."""\n    print("called", word)\n')
    return home


def counting_uv(home: Home) -> Path:
    """Let uv write down its calls; gives the file."""
    log = home.path / "uv.log"
    program = home.path / "counting-uv"
    program.write_text(f'#!/bin/sh\necho "$1 $2" >> "{log}"\nexec "{find_uv(home.environ)}" "$@"\n')
    program.chmod(0o755)
    home.environ["PYST_UV"] = str(program)
    return log


def test_fifty_at_once_build_once(scripts: Home) -> None:
    log = counting_uv(scripts)
    for code, out, err in ended(begin(scripts, "run", "needs", str(number)) for number in range(50)):
        assert (code, out) == (0, "needs six\n"), err
        assert err in ("", "waiting for another process that builds this environment\n") or "building" in err, err
    calls = log.read_text().splitlines()
    assert [each for each in calls if each.startswith("sync ")] == ["sync --script"]
    assert len([each for each in calls if each == "python find"]) == 1
    environments = scripts.path / ".cache" / "pyst" / "environments-v1"
    assert len([each for each in environments.iterdir() if not each.name.startswith(".")]) == 1
    assert list((environments / ".work").glob("[0-9a-f]*")) == []


def test_fifty_trusts_at_once_lose_none(scripts: Home) -> None:
    paths = [scripts.script(f"one{number:02}", f"print({number})\n") for number in range(50)]
    for code, _, err in ended(begin(scripts, "trust", path.stem) for path in paths):
        assert code == 0
        assert err in ("", "waiting for another pyst\n")
    trusted = json.loads((scripts.path / ".local" / "share" / "pyst" / "trust.json").read_text())["entries"]
    assert set(trusted) == {str(path) for path in paths}


def test_settings_that_are_changed_at_once_lose_none(scripts: Home) -> None:
    names = [f"c{number:02}" for number in range(20)]
    words = [("config", "set", "--global", f"contexts.{each}.enabled", f"{each}*") for each in names]
    for code, _, err in ended(begin(scripts, *each) for each in words):
        assert code == 0, err
    text = (scripts.path / ".config" / "pyst" / "pyst.toml").read_text()
    assert all(f"{each}*" in text for each in names)


MIXED = {
    ("run", "plain"): "plain ran\n",
    ("run", "called", "a"): "called a\n",
    ("run", "needs"): "needs six\n",
    ("list",): "called  Called by pyst.\nneeds\nplain   Says that it ran.\n",
    ("info", "called"): None,
    ("trust", "plain"): None,
    ("trust", "--revoke", "plain"): None,
    ("gc", "--older-than", "0s", "--max-size", "0"): None,
    ("cache", "clear", "plans"): None,
    ("cache", "clear", "interfaces", "snippets"): None,
}


def mixed(home: Home, rounds: int, *more: tuple[str, ...]) -> None:
    """Everything against everything: what is asked gets the right answer all the while."""
    commands = {**MIXED, **dict.fromkeys(more)}
    for _ in range(rounds):
        started = [words for words in commands for _ in range(2)]
        for words, (code, out, err) in zip(started, ended(begin(home, *words) for words in started), strict=True):
            if words[:2] == ("trust", "--revoke") and code == 1:
                assert "is not trusted" in err  # the other was first
                continue
            assert code == 0, (words, err)
            assert commands[words] in (None, out), (words, out, err)
    for words, expected in MIXED.items():
        if expected is not None:
            assert run(home, *words) == (0, expected, "")


def test_all_commands_at_once(scripts: Home) -> None:
    assert run(scripts, "run", "needs")[0] == 0
    mixed(scripts, 3)


@pytest.mark.sweep
def test_all_commands_at_once_for_long(scripts: Home) -> None:
    assert run(scripts, "run", "needs")[0] == 0
    mixed(scripts, 20)


def test_clearing_the_cache_while_runs_begin(scripts: Home) -> None:
    """Environments too: a run that finds its environment gone builds it anew, or says that it was taken away."""
    for _ in range(2):
        running = [begin(scripts, "run", "needs") for _ in range(8)]
        running += [begin(scripts, "cache", "clear") for _ in range(2)]
        told = ended(running)
        for code, _, err in told[-2:]:
            assert code == 0, err
        for code, out, err in told[:-2]:
            assert (code, out) == (0, "needs six\n") or "run it again" in err, (code, out, err)
        assert run(scripts, "run", "needs")[:2] == (0, "needs six\n")


def test_collecting_while_runs_begin_fails_none(scripts: Home) -> None:
    """The record of users is lost and the last use long ago: all the same, what a run has found stays."""
    assert run(scripts, "run", "needs")[0] == 0
    store = scripts.path / ".cache" / "pyst" / "environments-v1"
    for _ in range(6):
        for each in store.glob("[0-9a-f]*/last-used"):
            os.utime(each, (1, 1))
        for each in (store / ".users").iterdir():
            each.unlink()
        running = []
        for _ in range(4):
            running.append(begin(scripts, "run", "needs"))
            running.append(begin(scripts, "gc", "--older-than", "1s"))
        for process, (code, out, err) in zip(running, ended(running), strict=True):
            assert code == 0, (process.args, out, err)
