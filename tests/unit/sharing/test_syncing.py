"""Machines that sync in each other's midst, are killed, get no answer, and are edited meanwhile: nothing is lost.

The gists are in memory, so that each step of a sync can be one at which something else happens.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.gists import Gist, GistConflict, Gists, check_history
from pyst.sharing.mapping import read_mapping, tell_entries
from pyst.sharing.merging import OURS, shared_of
from pyst.sharing.remote_mapping import FILE, parse_document
from pyst.sharing.sync_plan import Wishes
from pyst.sharing.syncing import sync
from pyst.system.fetch_failure import FetchFailure
from tests.support.mappings import drop_entry, entry, put_entry


class Killed(BaseException):
    """What ends a machine's sync where it stands."""


class Memory(Gists):
    """Gists in memory. `step` is called before and after each operation, and within a change between its two looks."""

    def __init__(self) -> None:
        self.revisions: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
        self.step: Callable[[], None] = lambda: None
        self.count = 0

    def _told(self, id: str, version: str = "") -> Gist:
        if id not in self.revisions:
            raise FetchFailure("E_FETCH_MISSING", "gone", status=404)
        found = self.revisions[id]
        at = next((at for at, each in enumerate(found) if each[0] == version), 0)
        versions = tuple(each[0] for each in found[at:])
        return Gist(id, versions[0], "ada", False, "", "", "", dict(found[at][1]), versions, created_at=id)

    def _write(self, id: str, files: Mapping[str, Any]) -> Gist:
        self.count += 1
        self.revisions.setdefault(id, []).insert(0, (f"{self.count:040x}", dict(files)))
        return self._told(id)

    def read(self, gist: str, version: str = "") -> Gist:
        self.step()
        return self._told(gist, version)

    def list(self) -> Iterator[Gist]:
        self.step()
        return iter([self._told(each) for each in self.revisions])

    def content(self, gist: Gist, file: str) -> bytes:
        text: str = gist.files[file]
        return text.encode()

    def history(self, gist: str, *, until: str = "") -> tuple[str, ...]:
        self.step()
        return self._told(gist).versions

    def create(self, files: Mapping[str, str], *, description: str, public: bool) -> Gist:
        self.step()
        assert not public
        made = self._write(f"{self.count + 1:032x}", files)
        self.step()
        return made

    def update(
        self, gist: str, files: Mapping[str, str | None], *, expected: str, description: str | None = None
    ) -> Gist:
        self.step()
        before = self._told(gist)
        if before.version != expected:
            raise GistConflict("changed meanwhile", before)
        self.step()
        after = self._write(gist, files)
        self.step()
        return check_history(after, expected)

    def delete(self, gist: str) -> None:
        self.step()
        del self.revisions[gist]
        self.step()


class World:
    """Two machines, the gists, and what is to happen at which step. `truth` is what each machine wants of its names."""

    def __init__(self, folder: str, names: str = "ab") -> None:
        self.names = names
        self.gists = Memory()
        self.gists.step = self.step
        self.paths = [str(Path(folder, each, "mapping.json")) for each in ("one", "two")]
        self.truth: list[dict[str, dict[str, Any]]] = [{}, {}]
        self.events: list[tuple[int, str, int]] = []
        self.left = 0
        self.busy: list[int] = []

    def play(self, turns: list[tuple[int, int]], events: list[tuple[int, str, int]]) -> None:
        """Each turn is an edit and a sync."""
        self.events, self.left = events, events[0][0] if events else 0
        for machine, seed in turns:
            self.edit(machine, seed)
            self.sync(machine)

    def step(self) -> None:
        """One step of the machine that is in the midst of a sync; now and then, something happens there."""
        if not self.busy or not self.events:
            return
        if self.left > 0:
            self.left -= 1
            return
        (_, what, seed), *self.events = self.events
        self.left = self.events[0][0] if self.events else 0
        here = self.busy[-1]
        if what == "kill":
            raise Killed
        if what == "no answer":
            raise FetchFailure("E_FETCH_TIMEOUT", "no answer", is_temporary=True)
        if what == "edit":
            self.edit(here, seed)
        elif len(self.busy) < 2:  # of one machine, one at a time syncs
            self.edit(1 - here, seed)
            self.sync(1 - here)

    def edit(self, machine: int, seed: int) -> None:
        """A person at this machine maps, changes or deletes one of the machine's own scripts."""
        name, number = f"{self.names[machine]}{seed % 3}", seed // 3
        if number == 0:
            self.truth[machine].pop(name, None)
            drop_entry(self.paths[machine], name)
            return
        self.truth[machine][name] = entry(number)
        put_entry(self.paths[machine], name, number)

    def sync(self, machine: int, decided: Mapping[str, str] | None = None) -> None:
        """Sync; a person who is told of a conflict keeps what is here."""
        self.busy.append(machine)
        try:
            sync(
                self.paths[machine],
                self.gists,
                Wishes(decided=decided or {}),
                lambda _: True,
                tell=lambda _: None,
                sleep=lambda _: None,
            )
        except Killed:
            pass
        except Failure as failure:
            if failure.code == "E_SYNC_CONFLICT" and self.names == "aa":
                told = {each["name"]: OURS for each in failure.detail["conflicts"]}
                self.sync(machine, {**(decided or {}), **told})  # what was decided before is not told again
            elif failure.code not in ("E_SYNC_BUSY", "E_FETCH_TIMEOUT"):
                raise
        finally:
            self.busy.pop()

    def check(self) -> None:
        """In the end, all is everywhere, and each machine runs what was edited there and nothing else."""
        self.events = []
        for machine in (0, 1, 0, 1):
            self.sync(machine)
        expected = shared_of({**self.truth[0], **self.truth[1]})
        for machine, path in enumerate(self.paths):
            found = read_mapping(path)
            assert shared_of(tell_entries(found.scripts)) == expected
            assert found.more == {}
            for name, each in found.scripts.items():
                assert each.enabled == (name in self.truth[machine])
        if expected:
            (id,) = self.gists.revisions
            assert parse_document(self.gists.revisions[id][0][1][FILE].encode(), id).scripts == expected


Turns, Events = list[tuple[int, int]], list[tuple[int, str, int]]


def events(*kinds: str) -> st.SearchStrategy[Events]:
    """How many steps go by, what happens then, and which edit is made."""
    return st.lists(st.tuples(st.integers(0, 6), st.sampled_from(kinds), st.integers(0, 11)), max_size=8)


TURNS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 11)), min_size=1, max_size=5)


@settings(max_examples=60)
@given(TURNS, events("other", "edit", "kill", "no answer"))
def test_nothing_is_lost_and_nothing_comes_back(turns: Turns, events: Events) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        for machine in (0, 1):
            world.edit(machine, 3)
            world.sync(machine)
        world.play(turns, events)
        world.check()


@settings(max_examples=40)
@given(TURNS, events("other", "edit"))
def test_the_first_syncs_end_with_one_gist(turns: Turns, events: Events) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        world.play(turns, events)
        world.check()


@settings(max_examples=40)
@given(TURNS, events("other", "edit", "kill", "no answer"))
def test_machines_that_edit_the_same_come_to_the_same(turns: Turns, events: Events) -> None:
    """What contradicts is told, and whoever is told decides; then both have it."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder, names="aa")
        world.edit(0, 3)
        for machine in (0, 1):
            world.sync(machine)
        world.play(turns, events)
        world.events = []
        for machine in (0, 1, 0, 1):
            world.sync(machine)
        one, two = (shared_of(tell_entries(read_mapping(path).scripts)) for path in world.paths)
        assert one == two
        wanted = [world.truth[machine].get(name) for name in one for machine in (0, 1)]
        assert all(each in [shared_of({"": want})[""] for want in wanted if want] for each in one.values())
