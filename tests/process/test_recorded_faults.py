"""Killed, or out of space, at any moment: a baseline is the old or the new one, whole; the index still serves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyst.records.baseline import read_baseline
from tests.conftest import Home
from tests.support.faults import NAMES, STRACE, SYNCS, WRITES, breaking, points, start
from tests.support.recorded import a_record, put_record

pytestmark = [pytest.mark.sweep, pytest.mark.skipif(STRACE is None, reason="needs strace")]

CALLS = f"{NAMES},{SYNCS},{WRITES}"
FAULTS = ("signal=SIGKILL", "error=ENOSPC")
SAVE = ["baseline", "save", "first", "last", "--force"]


@pytest.fixture
def saved(home: Home) -> Path:
    """A baseline of two runs, `first`."""
    home.script("hello", "print('hello')\n")
    ids = []
    for _ in range(2):
        ended = start(["--format", "json", "run", "--record", "hello"], home.environ, home.project)
        ids.append(json.loads(ended.out)["detail"]["record"]["run_id"])
    assert start(["baseline", "save", "first", *ids], home.environ, home.project).code == 0
    return home.project / "baselines" / "first"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_baseline_is_whole_whenever_saving_is_broken_off(home: Home, saved: Path, tmp_path: Path, fault: str) -> None:
    seen = set()
    for at in points(SAVE, home.environ, home.project, CALLS, tmp_path / "log"):
        start(SAVE, home.environ, home.project, breaking(at, fault))
        listed = start(["baseline", "list"], home.environ, home.project)
        assert listed.out.startswith("first  "), (at, listed)
        found = read_baseline(str(saved))
        for case in found.cases:
            for kept in (case.script, case.stdout):
                assert kept is not None
                found.read(kept)
        seen.add(len(found.cases))
        assert start(SAVE, home.environ, home.project).code == 0
        assert [each.name for each in saved.parent.iterdir()] == ["first"], at
    assert seen <= {1, 2}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_history_is_the_same_wherever_its_making_is_broken_off(home: Home, tmp_path: Path, fault: str) -> None:
    state = home.path / ".local" / "state" / "pyst"
    for number in range(30):
        put_record(state, a_record(number))
    words = ["history", "--all", "--format", "markdown"]
    sound = start(words, home.environ, home.project)
    assert sound.out.count("\n") == 32
    for at in points([*words, "--reindex"], home.environ, home.project, CALLS, tmp_path / "log"):
        broken = start([*words, "--reindex"], home.environ, home.project, breaking(at, fault))
        assert "Traceback" not in broken.err, (at, broken)
        again = start(words, home.environ, home.project)
        assert again == sound, at
