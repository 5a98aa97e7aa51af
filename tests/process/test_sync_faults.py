"""`pyst sync`, killed or without room at every step: each side is as before or as after, and the next sync heals."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyst.sharing.mapping import read_mapping
from pyst.sharing.remote_mapping import FILE
from tests.conftest import Home
from tests.github.server import GitHub, github
from tests.github.state import TOKEN
from tests.support import faults
from tests.support.faults import CHANGES, NAMES, STRACE, SYNCS, WRITES, Ended, breaking, leftovers, start
from tests.support.mappings import drop_entry, entry, put_entry

pytestmark = [pytest.mark.sweep, pytest.mark.skipif(STRACE is None, reason="strace is not installed")]

WORDS = ["sync", "--yes"]
NETWORK = "connect,sendto"
BEFORE, ELSEWHERE, AFTER = ["a", "b", "c"], ["a", "b", "d"], ["a", "c", "d"]
"""What is mapped here (`b` was deleted, `c` is new), what the gist says (`d` is new), and what both come to."""


class Stage:
    """A machine and its gist, played again and again from the same beginning."""

    def __init__(self, home: Home, hub: GitHub, *, is_first: bool) -> None:
        self.home, self.hub, self.is_first = home, hub, is_first
        self.data = home.path / "data" / "pyst"
        self.path = str(self.data / "mapping.json")
        more = {"PYST_SHARE_API_BASE": hub.url, "GITHUB_TOKEN": TOKEN, "XDG_DATA_HOME": str(self.data.parent)}
        self.environ = {**home.environ, **more}
        self.put("a", "b")
        if not is_first:
            assert self.play().code == 0
            (gist,) = hub.gists.values()
            body = json.loads(gist.text[FILE])
            body["scripts"]["d"] = entry(4)
            hub.edit_gist(gist.id, {FILE: json.dumps(body)})
            drop_entry(self.path, "b")
        self.put("c")
        self.mapping = Path(self.path).read_bytes()
        self.gists = {id: list(each.revisions) for id, each in hub.gists.items()}
        self.before = (BEFORE, None) if is_first else (["a", "c"], ELSEWHERE)
        self.after = (BEFORE, BEFORE) if is_first else (AFTER, AFTER)
        assert self.state == self.before
        assert self.play().code == 0
        assert self.state == self.after
        self.again()

    def put(self, *names: str) -> None:
        for each in names:
            put_entry(self.path, each, 1 + "abcd".index(each))

    def again(self) -> None:
        """Back to the beginning."""
        for path in leftovers(self.data):
            path.unlink()
        Path(self.path).write_bytes(self.mapping)
        for id in set(self.hub.gists) - set(self.gists):
            del self.hub.gists[id]
        for id, revisions in self.gists.items():
            self.hub.gists[id].revisions[:] = revisions

    def play(self, prefix: tuple[str, ...] = ()) -> Ended:
        return start(WORDS, self.environ, self.home.project, prefix)

    @property
    def state(self) -> tuple[list[str], list[str] | None]:
        """What both sides say; fails where one of them can't be understood."""
        here = sorted(read_mapping(self.path).scripts)
        documents: list[Any] = [json.loads(each.text[FILE]) for each in self.hub.gists.values()]
        assert len(documents) <= 1
        return here, sorted(documents[0]["scripts"]) if documents else None

    def check(self, ended: Ended, told: object) -> None:
        """Each side is old or new, the gist is written first, and a plain sync makes both new."""
        here, there = self.state
        assert here in (self.before[0], self.after[0]), told
        assert there in (self.before[1], self.after[1]), told
        known = read_mapping(self.path).remote
        is_written = bool(known) and known.version == next(iter(self.hub.gists.values())).version
        assert not is_written or (here, there) == self.after, told
        assert "Traceback" not in ended.err, (told, ended)
        if ended.code == 0:
            assert (here, there) == self.after, (told, ended)
        healed = self.play()
        assert healed.code == 0, (told, healed)
        assert self.state == self.after, (told, healed)
        assert read_mapping(self.path).scripts["a"].enabled

    def points(self, calls: str) -> list[faults.Point]:
        found = faults.points(WORDS, self.environ, self.home.project, calls, self.home.path / "strace.log")
        self.again()
        return found


@pytest.fixture(params=[False, True], ids=["merging", "first"])
def stage(request: pytest.FixtureRequest, home: Home) -> Iterator[Stage]:
    with github() as hub:
        yield Stage(home, hub, is_first=request.param)


def test_killed_at_each_step(stage: Stage) -> None:
    seen = set()
    for at in stage.points(f"{CHANGES},{NETWORK}"):
        ended = stage.play(breaking(at, "signal=KILL"))
        here, there = stage.state
        seen.add((here == stage.after[0], there == stage.after[1]))
        stage.check(ended, at)
        stage.again()
    assert (False, True) in seen or stage.is_first  # between the two writes, too


ALL = bool(os.environ.get("PYST_TEST_ALL"))
SOME = [("ENOSPC", False), ("EIO", True)]


@pytest.mark.parametrize(("fault", "onwards"), [*SOME, *([("ENOSPC", True), ("EIO", False)] if ALL else [])])
@pytest.mark.parametrize("stage", [False, True] if ALL else [False], indirect=True, ids=lambda first: f"first={first}")
def test_a_failing_disk(stage: Stage, fault: str, onwards: bool) -> None:
    """What is written here is the same for the first sync and for later ones."""
    for at in stage.points(f"{NAMES},{SYNCS},{WRITES}"):
        ended = stage.play(breaking(at, f"error={fault}", onwards=onwards))
        assert ended.code in (0, 1, 64, 120), (at, ended)
        stage.check(ended, at)
        stage.again()
