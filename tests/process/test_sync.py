"""`pyst sync` against a GitHub on loopback: two machines and one gist, and all that can come between."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest

from pyst.commands.schema import schema_for, violations_of
from pyst.errors import Failure
from pyst.sharing.gists import Gists
from pyst.sharing.mapping import ScriptMapping, read_mapping
from pyst.sharing.remote_mapping import FILE
from pyst.sharing.resolving import resolve_source
from pyst.sharing.source import parse_source
from pyst.sharing.sync_plan import NEW, Plan, Wishes, make_plan
from pyst.sharing.syncing import Synced, sync
from pyst.system.http import Fetcher
from tests.conftest import Ended, Home, Pyst
from tests.github import shapes
from tests.github.server import GitHub, github
from tests.github.state import BOB, TOKEN
from tests.support.damage import DAMAGES, spoil
from tests.support.faults import PYST
from tests.support.mappings import drop_entry, entry, put_entry


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github() as found:
        yield found


class Machine(NamedTuple):
    """One of a person's machines: its mapping, and syncs without a question."""

    path: str
    hub: GitHub

    def sync(self, tell: Callable[[str], None] = lambda _: None, **wishes: Any) -> Synced:
        return sync(self.path, self.gists, Wishes(**wishes), lambda _: True, tell=tell, sleep=lambda _: None)

    def plan(self, **wishes: Any) -> Plan:
        return make_plan(self.mapping, self.gists, Wishes(**wishes))

    @property
    def gists(self) -> Gists:
        return Gists(Fetcher({}, self.hub.url, token=TOKEN, sleep=lambda _: None))

    def fails(self, code: str, **wishes: Any) -> Failure:
        """The failure of a sync. Neither side is another one afterwards."""
        before = self.mapping[:3], [each.newest.files for each in self.hub.gists.values()]
        with pytest.raises(Failure) as caught:
            self.sync(**wishes)
        assert caught.value.code == code, caught.value.message
        assert (self.mapping[:3], [each.newest.files for each in self.hub.gists.values()]) == before
        return caught.value

    @property
    def mapping(self) -> ScriptMapping:
        return read_mapping(self.path)

    @property
    def names(self) -> dict[str, bool]:
        """The names that are mapped, and whether they are enabled."""
        return {name: each.enabled for name, each in self.mapping.scripts.items()}

    def put(self, name: str, number: int = 1, **changed: Any) -> None:
        put_entry(self.path, name, number, **changed)

    def drop(self, name: str) -> None:
        drop_entry(self.path, name)


@pytest.fixture
def machines(hub: GitHub, tmp_path: Path) -> list[Machine]:
    return [Machine(str(tmp_path / each / "mapping.json"), hub) for each in ("one", "two", "three")]


def document(hub: GitHub) -> dict[str, Any]:
    """What the only gist says."""
    (gist,) = hub.gists.values()
    body: dict[str, Any] = json.loads(gist.text[FILE])
    return body


def edit(hub: GitHub, change: Callable[[dict[str, Any]], Any]) -> None:
    """Edit the document by hand."""
    body = document(hub)
    change(body)
    (gist,) = hub.gists.values()
    hub.edit_gist(gist.id, {FILE: json.dumps(body)})


def test_the_first_sync_makes_a_secret_gist(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    ended = one.sync()
    (gist,) = hub.gists.values()
    assert (ended.is_created, gist.public, ended.gist, ended.version) == (True, False, gist.id, gist.version)
    assert list(document(hub)["scripts"]) == ["a"]
    assert "enabled" not in document(hub)["scripts"]["a"]
    two.put("b", 2)
    assert not two.sync().is_created
    assert two.names == {"a": False, "b": True}
    one.sync()
    assert one.names == {"a": True, "b": False}
    assert len(hub.gists) == 1


def test_nothing_is_made_of_nothing(hub: GitHub, machines: list[Machine]) -> None:
    assert machines[0].sync().gist is None
    assert machines[0].sync(gist=NEW).gist is None
    assert not hub.gists
    assert not Path(machines[0].path).exists()


def test_syncing_again_writes_nothing(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    before, content = len(hub.writes), Path(one.path).read_bytes()
    ended = one.sync()
    assert (ended.is_done, ended.plan.is_needed) == (True, False)
    assert (len(hub.writes), Path(one.path).read_bytes()) == (before, content)


def test_a_deletion_reaches_the_other_machine_and_is_not_undone(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.put("b", 2)
    one.sync()
    two.sync()
    one.drop("a")
    two.put("c", 3)
    two.sync()
    one.sync()
    assert list(one.names) == ["b", "c"]
    two.sync()
    assert list(two.names) == list(document(hub)["scripts"]) == ["b", "c"]


def test_a_denial_is_not_undone(machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("a", tags=["x"], updated_at="2026-02-01T00:00:00Z")
    one.sync()
    two.sync()
    assert two.mapping.scripts["a"].tags == ("x",)
    assert two.names == {"a": False}
    assert one.names == {"a": True}
    one.put("a", enabled=False, tags=["x"])
    one.sync()
    two.sync()
    assert one.names == {"a": False}


def test_bytes_that_nobody_here_looked_at_are_disabled(machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    two.put("a")
    one.put("a", sha256="f" * 64, version="f" * 40)
    one.sync()
    ended = two.sync()
    assert ended.plan.merged.unseen == ("a",)
    assert two.names == {"a": False}


def test_what_contradicts_is_told_and_nothing_is_written(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    for name in ("a", "b", "c", "d"):
        one.put(name)
    one.sync()
    two.sync()
    one.put("a", 2)
    one.drop("b")
    one.put("c", 1, note="here")
    one.put("d", 4)
    one.sync()
    two.put("a", 3)
    two.put("b", 2)
    two.put("c", 1, note="there")
    failure = two.fails("E_SYNC_CONFLICT")
    told = {(each["name"], each["what"]) for each in failure.detail["conflicts"]}
    assert told == {("a", "source"), ("b", "deleted"), ("c", "note")}
    assert "`a` is `gist:" in failure.message
    assert "`b` was deleted elsewhere and changed here" in failure.message
    assert "`note` of `c` is `there` here and `here` there" in failure.message
    assert "--ours NAME" in failure.hint
    two.fails("E_SYNC_CONFLICT", decided={"a": "ours", "b": "theirs"})
    two.sync(decided={"a": "ours", "b": "theirs", "c": "theirs"})
    assert two.mapping.scripts["a"].gist == entry(3)["gist"]
    assert two.mapping.scripts["c"].more == {"note": "here"}
    assert "b" not in two.names
    one.sync()
    assert one.mapping.scripts["a"].gist == entry(3)["gist"]
    assert one.names == {"a": False, "c": True, "d": True}


# What the gist may be


SPOILT = {
    "no JSON": "{",
    "a page": "<html>",
    "newer": json.dumps({"version": 2, "scripts": {}}),
    "names": json.dumps({"version": 1, "scripts": {"../x": entry()}}),
    "entries": json.dumps({"version": 1, "scripts": {"a": {"gist": "../.."}}}),
}


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT)
def test_what_can_not_be_understood_overwrites_nothing(hub: GitHub, machines: list[Machine], text: str) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    one.put("b", 2)
    (gist,) = hub.gists.values()
    hub.edit_gist(gist.id, {FILE: text})
    failure = one.fails("E_SYNC_REMOTE")
    assert gist.id in failure.message
    hub.edit_gist(gist.id, {FILE: gist.revisions[0].files[FILE]})
    one.sync()
    assert list(document(hub)["scripts"]) == ["a", "b"]


def test_a_gist_without_the_document(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    (gist,) = hub.gists.values()
    hub.edit_gist(gist.id, {FILE: None, "other.md": "words"})
    one.fails("E_SYNC_REMOTE")


def test_a_gist_that_is_gone(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a")
    gist = one.sync().gist or ""
    hub.delete_gist(gist)
    assert "--gist new" in one.fails("E_SYNC_GONE").hint
    ended = one.sync(gist=NEW)
    assert ended.is_created
    assert ended.gist != gist
    assert one.names == {"a": True}


def test_a_history_that_was_written_anew(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    one.put("b", 2)
    one.sync()
    (gist,) = hub.gists.values()
    del gist.revisions[1]
    failure = one.fails("E_SYNC_HISTORY")
    assert "--accept-history" in failure.hint
    two.put("c", 3)
    two.sync()
    one.fails("E_SYNC_HISTORY")
    one.sync(accepts_history=True)
    assert list(one.names) == ["a", "c"]
    one.sync()


def test_a_long_history_is_looked_through(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    (gist,) = hub.gists.values()
    for number in range(205):
        hub.edit_gist(gist.id, {"notes.md": f"{number}"})
    one.put("b", 2)
    one.sync()
    assert list(document(hub)["scripts"]) == ["a", "b"]
    one.sync()
    del gist.revisions[0]
    one.put("c", 2)
    one.sync()


def test_several_gists_are_a_choice(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync(gist=NEW)
    two.put("b", 2)
    second = two.sync(gist=NEW).gist or ""
    three = machines[2]
    three.put("c", 3)
    assert "--gist ID" in three.fails("E_SYNC_CHOICE").hint
    three.sync(gist=second)
    assert list(three.names) == ["b", "c"]
    one.sync(gist=second)
    assert list(one.names) == ["a", "b", "c"]


def test_the_gist_of_somebody_else_is_not_written(hub: GitHub, machines: list[Machine]) -> None:
    gist = hub.add_gist({FILE: json.dumps({"version": 1, "scripts": {"x": entry(9)}})}, owner=BOB)
    one = machines[0]
    one.put("a")
    one.fails("E_FETCH_MISSING", gist=gist.id)


def test_what_this_pyst_does_not_know_stays(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a", note={"x": [1]})
    one.sync()
    edit(hub, lambda body: body.update(future=[1], scripts={**body["scripts"], "b": entry(2, later="x")}))
    one.put("c", 3)
    one.sync()
    assert document(hub)["future"] == [1]
    assert document(hub)["scripts"]["a"]["note"] == {"x": [1]}
    assert one.mapping.scripts["b"].more == {"later": "x"}


def test_a_public_gist_is_not_used(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a")
    gist = hub.add_gist({FILE: json.dumps({"version": 1, "scripts": {}})}, public=True)
    assert "secret" in one.fails("E_SYNC_PUBLIC").message
    one.sync(gist=NEW)
    hub.delete_gist(gist.id)
    next(iter(hub.gists.values())).public = True
    one.put("b", 2)
    one.fails("E_SYNC_PUBLIC")


def test_a_history_that_is_left_out_is_asked_for(
    hub: GitHub, machines: list[Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As GitHub's description of its API allows."""
    told = shapes.gist
    monkeypatch.setattr(shapes, "gist", lambda *given, **more: {**told(*given, **more), "history": None})
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.put("b", 2)
    hub.meanwhile("PATCH /gists/", lambda: (one.put("c", 3), one.sync()))
    two.sync()
    one.sync()
    assert list(one.names) == list(two.names) == ["a", "b", "c"]
    gist = hub.add_gist({"a.py": "print(1)\n"})
    assert [one.gists.read(gist.id, gist.version).version, one.gists.read(gist.id).version] == [gist.version] * 2
    source = parse_source(f"gist:{gist.id}", "/")
    assert resolve_source(source, one.gists.fetcher).commit == gist.version


def test_a_large_mapping(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a", note="x" * (3 << 20))
    one.sync()
    two.sync()
    assert two.mapping.scripts["a"].more == one.mapping.scripts["a"].more
    one.put("b", note="x" * (1 << 20))
    one.fails("E_SYNC_SIZE")
    edit(hub, lambda body: body["scripts"].update(b=entry(2, note="x" * (1 << 20))))
    two.fails("E_SYNC_REMOTE")


@pytest.mark.parametrize("damage", [each for each in DAMAGES if each not in ("bit flip", "unreadable")])
def test_a_spoilt_mapping_of_this_machine_is_left_alone(
    hub: GitHub, machines: list[Machine], tmp_path: Path, damage: str
) -> None:
    one, path = machines[0], Path(machines[0].path)
    one.put("a")
    one.sync()
    one.put("b", 2)
    writes, content = len(hub.writes), path.read_bytes()
    future = content.replace(b'"version": 1', b'"version": 2')
    spoil(path, damage, content, wrong=b'{"version": 1, "scripts": []}', future=future, shelf=tmp_path)
    before = look(path)
    with pytest.raises(Failure) as caught:
        one.sync()
    assert caught.value.code == "E_MAPPING"
    assert look(path) == before
    assert len(hub.writes) == writes


def look(path: Path) -> object:
    """What lies at a path."""
    return path.lstat().st_mode, path.lstat().st_ino, path.read_bytes() if path.is_file() else None


# Others who write at the same time


def test_who_is_overtaken_before_the_write_merges_anew(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("b", 2)
    two.put("c", 3)
    hub.meanwhile("GET /gists/", lambda: None)
    hub.meanwhile("GET /gists/", two.sync)
    one.sync()
    two.sync()
    assert list(one.names) == list(two.names) == list(document(hub)["scripts"]) == ["a", "b", "c"]


def test_who_is_overtaken_within_the_write_merges_anew(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("b", 2)
    two.put("c", 3)
    hub.meanwhile("PATCH /gists/", two.sync)
    one.sync()
    assert len(next(iter(hub.gists.values())).revisions) == 4
    two.sync()
    assert list(one.names) == list(two.names) == list(document(hub)["scripts"]) == ["a", "b", "c"]


def test_what_a_killed_writer_overwrote_is_found_by_the_next(hub: GitHub, machines: list[Machine]) -> None:
    """Machine one wrote over what machine two had just written, and was killed before it could see that."""
    one, two, three = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("b", 2)
    two.put("c", 3)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        hub.meanwhile("PATCH /gists/", lambda: (two.sync(), patch.setattr("pyst.sharing.gists.check_history", kill)))
        with pytest.raises(Killed):
            one.sync()
    assert list(document(hub)["scripts"]) == ["a", "b"]
    three.sync()
    assert list(three.names) == list(document(hub)["scripts"]) == ["a", "b", "c"]
    two.sync()
    one.sync()
    assert one.names == {"a": True, "b": True, "c": False}
    assert two.names == {"a": False, "b": False, "c": True}


def test_contradicting_writes_at_the_same_time(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("a", 2)
    two.put("a", 3)
    hub.meanwhile("PATCH /gists/", two.sync)
    with pytest.raises(Failure) as caught:
        one.sync()
    assert caught.value.code == "E_SYNC_CONFLICT"
    assert (one.mapping.scripts["a"].gist, two.mapping.scripts["a"].gist) == (entry(2)["gist"], entry(3)["gist"])
    two.sync()
    assert two.mapping.scripts["a"].gist == document(hub)["scripts"]["a"]["gist"] == entry(3)["gist"]
    one.sync(decided={"a": "ours"})
    two.sync()
    assert two.mapping.scripts["a"].gist == entry(2)["gist"]


def test_an_edit_here_while_the_gist_is_written(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.put("b", 2)
    two.sync()
    hub.meanwhile("GET /gists/", lambda: (one.put("c", 3), one.drop("a")))
    one.sync()
    two.sync()
    assert list(one.names) == list(two.names) == list(document(hub)["scripts"]) == ["b", "c"]


def test_what_was_edited_again_before_the_sync_was_known_to_be_done(hub: GitHub, machines: list[Machine]) -> None:
    """The gist says already what was so here before: that is no news from elsewhere."""
    one, two, _ = machines
    for name in ("a", "b"):
        one.put(name)
    one.sync()
    two.sync()
    for name in ("c", "d"):
        one.put(name)
    one.put("a", 2)

    def edit_again() -> None:
        one.put("a", 3)
        one.drop("b")
        one.drop("c")
        one.put("d", 4)

    hub.meanwhile("PATCH /gists/", edit_again)
    one.sync()
    two.sync()
    assert list(one.names) == list(two.names) == ["a", "d"]
    assert [each.gist for each in one.mapping.scripts.values()] == [entry(3)["gist"], entry(4)["gist"]]
    assert one.names == {"a": True, "d": True}
    assert one.mapping.more == {}


def test_what_is_known_of_a_write_outlives_the_next_that_fails(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("a", 2)

    def act() -> None:
        one.drop("a")
        for _ in ("what to ask", "what to do"):
            hub.meanwhile("GET /gists/", lambda: None)
        hub.meanwhile("GET /gists/", lambda: (two.put("b", 3), two.sync()))

    hub.meanwhile("PATCH /gists/", act)
    one.sync()
    two.sync()
    assert list(one.names) == list(two.names) == ["b"]


def test_a_conflict_of_what_is_no_more_is_none(machines: list[Machine], hub: GitHub) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    two.put("a", 3)
    two.sync()
    one.put("a", 2)
    hub.meanwhile("GET /gists/", lambda: one.put("a", 3))
    one.sync()
    assert one.mapping.scripts["a"].gist == entry(3)["gist"]


def test_of_one_machine_one_process_syncs_at_a_time(machines: list[Machine], hub: GitHub) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    one.put("b", 2)
    said, told = threading.Event(), []

    def tell(text: str) -> None:
        told.append(text)
        said.set()

    def second() -> None:
        one.drop("b")
        one.sync(tell)
        said.set()

    thread = threading.Thread(target=second)
    hub.meanwhile("PATCH /gists/", lambda: (thread.start(), said.wait(60)))
    one.sync()
    thread.join(60)
    assert set(told) == {"waiting for another sync on this machine"}  # again, where the first had to read all anew
    assert list(one.names) == list(document(hub)["scripts"]) == ["a"]


def test_an_edit_by_hand_of_what_was_not_known_to_be_written(hub: GitHub, machines: list[Machine]) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    one.put("b")

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pyst.sharing.gists.check_history", kill)
        with pytest.raises(KeyboardInterrupt):
            one.sync()
    edit(hub, lambda body: body["scripts"].update({"x": entry(9)}))
    one.drop("b")
    one.sync()
    assert one.names == {"a": True, "x": False}
    assert list(document(hub)["scripts"]) == ["a", "x"]


def test_two_first_syncs_at_once_end_with_one_gist(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    two.put("b", 2)
    hub.meanwhile("POST /gists", two.sync)
    one.sync()
    two.sync()
    assert len(hub.gists) == 1
    assert list(one.names) == list(two.names) == ["a", "b"]


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done all the same"])
@pytest.mark.parametrize("status", [409, 502])
def test_a_write_that_fails_for_once(hub: GitHub, machines: list[Machine], status: int, is_done: bool) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    one.put("b", 2)
    hub.fail(status, when="PATCH", is_done=is_done)
    ended = one.sync()
    assert [(each.name, each.kind) for each in ended.plan.merged.there] == [("b", "added")]
    assert ended.plan.is_needed
    assert list(document(hub)["scripts"]) == ["a", "b"]
    assert len([each for each in hub.writes if each[0] == "PATCH"]) == 1


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done all the same"])
def test_a_first_sync_without_an_answer(hub: GitHub, machines: list[Machine], is_done: bool) -> None:
    one = machines[0]
    one.put("a")
    hub.fail(502, when="POST /gists", is_done=is_done)
    with pytest.raises(Failure) as caught:
        one.sync()
    assert "another `pyst sync`" in caught.value.hint
    one.drop("a")
    one.put("b", 2)
    one.sync()
    assert one.names == {"b": True}
    assert list(document(hub)["scripts"]) == ["b"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "E_FETCH_DENIED"),
        (403, "E_FETCH_DENIED"),
        (404, "E_FETCH_MISSING"),
        (409, "E_FETCH_CONFLICT"),
        (422, "E_FETCH_REFUSED"),
        (429, "E_FETCH_LIMIT"),
        (500, "E_FETCH_SERVER"),
        (502, "E_FETCH_SERVER"),
    ],
)
def test_a_write_that_fails_for_good(hub: GitHub, machines: list[Machine], status: int, code: str) -> None:
    one = machines[0]
    one.put("a")
    one.sync()
    one.put("b", 2)
    hub.fail(status, when="PATCH", times=30)
    one.fails(code)
    assert len(hub.orders) >= 20
    hub.orders.clear()
    one.sync()
    assert list(document(hub)["scripts"]) == ["a", "b"]


def test_who_is_always_overtaken_gives_up(hub: GitHub, machines: list[Machine]) -> None:
    one, two, _ = machines
    one.put("a")
    one.sync()
    two.sync()
    one.put("b", 2)
    for number in range(100):

        def add(number: int = number) -> None:
            edit(hub, lambda body: body["scripts"].update({f"n{number}": entry(3)}))

        hub.meanwhile("PATCH /gists/", add)
    with pytest.raises(Failure) as caught:
        one.sync()
    assert caught.value.code == "E_SYNC_BUSY"
    hub.orders.clear()
    one.sync()
    assert len(document(hub)["scripts"]) == len(one.names) >= 9


def test_of_fifty_edits_on_two_machines_none_is_lost(hub: GitHub, machines: list[Machine]) -> None:
    """Each machine maps and deletes, and syncs after each edit, both at the same time; GitHub fails now and then."""
    ended: list[int] = []
    for each in ("shared", *(f"gone{number}" for number in range(10))):
        machines[0].put(each)
    machines[0].sync()
    machines[1].sync()

    def work(machine: Machine, turn: int) -> None:
        for number in range(20):
            machine.put(f"m{turn}-{number}", number + 1)
            if number % 7 == turn:
                hub.fail(409 if number % 2 else 502, when="PATCH", is_done=number % 4 == 0)
            _persist(machine)
        for number in range(turn * 5, turn * 5 + 5):
            machine.drop(f"gone{number}")
            _persist(machine)
        ended.append(turn)

    threads = [threading.Thread(target=work, args=(each, turn)) for turn, each in enumerate(machines[:2])]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    assert sorted(ended) == [0, 1]
    for machine in (*machines[:2], machines[0]):
        machine.sync()
    expected = ["shared", *(f"m{turn}-{number}" for turn in (0, 1) for number in range(20))]
    for found in (machines[0].names, machines[1].names, document(hub)["scripts"]):
        assert sorted(found) == sorted(expected)
    for turn, machine in enumerate(machines[:2]):
        for name, enabled in machine.names.items():
            assert enabled == (name.startswith(f"m{turn}-") or (name == "shared" and turn == 0))


def _persist(machine: Machine) -> None:
    """Sync, and once more where others were faster each time."""
    for _ in range(20):
        try:
            machine.sync()
            return
        except Failure as failure:
            if failure.code != "E_SYNC_BUSY":
                raise
    raise AssertionError("it never got its turn")


# The command


@pytest.fixture
def run(pyst: Pyst, hub: GitHub, home: Home) -> Callable[..., Ended]:
    known = {"PYST_SHARE_API_BASE": hub.url, "GITHUB_TOKEN": TOKEN}
    return lambda *words, **given: pyst(*words, **{**known, **given})


@pytest.fixture
def here(home: Home, hub: GitHub) -> Machine:
    """The machine that the command works for."""
    return Machine(str(home.path / ".local/share/pyst/mapping.json"), hub)


def test_the_command(run: Callable[..., Ended], here: Machine, machines: list[Machine]) -> None:
    here.put("a")
    ended = run("sync", "--yes", "--format", "json")
    assert (ended.code, ended.detail["status"], ended.detail["created"]) == (0, "synced", True), ended
    assert violations_of(ended.json, schema_for("sync")) == []
    one = machines[0]
    one.put("b", 2)
    one.sync()
    ended = run("sync", "--yes")
    source = f"gist:{entry(2)['gist']}@{entry(2)['version']}#tool.py"
    assert ended.out.splitlines()[0] == f"here  + b  {source}"
    assert "`b` came from elsewhere and is disabled here" in ended.err
    assert "pyst gists enable b" in ended.err
    assert here.names == {"a": True, "b": False}
    ended = run("sync", "--format", "json")
    assert (ended.code, ended.detail["status"], ended.detail["here"]) == (0, "equal", [])
    here.drop("b")
    assert "there - b" in run("sync", "--yes").out


def test_a_dry_run_changes_nothing(run: Callable[..., Ended], here: Machine, hub: GitHub) -> None:
    assert run("sync", "--dry-run", "--format", "json").detail["status"] == "equal"
    here.put("a")
    ended = run("sync", "--dry-run", "--format", "json")
    assert (ended.code, ended.detail["status"], ended.detail["gist"]) == (0, "planned", None)
    assert violations_of(ended.json, schema_for("sync")) == []
    assert [each["name"] for each in ended.detail["there"]] == ["a"]
    assert not hub.gists
    here.sync()
    here.put("b", 2)
    before = Path(here.path).read_bytes()
    assert "there + b" in run("sync", "--dry-run").out
    assert Path(here.path).read_bytes() == before
    assert list(document(hub)["scripts"]) == ["a"]


def test_nobody_is_there_to_be_asked(run: Callable[..., Ended], here: Machine, hub: GitHub) -> None:
    here.put("a")
    ended = run("sync")
    assert (ended.code, "--yes" in ended.err, hub.gists) == (64, True, {})
    assert run("sync", "--format", "json").json["diagnostics"][0]["code"] == "E_CONFIRM"
    here.sync()
    assert run("sync").code == 0


def test_without_a_token(run: Callable[..., Ended], here: Machine) -> None:
    here.put("a")
    ended = run("sync", "--yes", "--format", "json", GITHUB_TOKEN="")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_TOKEN")


def test_a_conflict_is_told_with_both_sides(
    run: Callable[..., Ended], here: Machine, machines: list[Machine], hub: GitHub
) -> None:
    here.put("a")
    here.sync()
    machines[0].sync()
    machines[0].put("a", 2)
    machines[0].sync()
    here.put("a", 3)
    ended = run("sync", "--yes", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_SYNC_CONFLICT")
    (conflict,) = ended.detail["conflicts"]
    assert (conflict["ours"]["gist"], conflict["theirs"]["gist"]) == (entry(3)["gist"], entry(2)["gist"])
    assert run("sync", "--yes", "--ours", "b").code == 64
    assert run("sync", "--yes", "--ours", "a", "--theirs", "a").code == 64
    assert run("sync", "--yes", "--ours", "a").code == 0
    assert document(hub)["scripts"]["a"]["gist"] == entry(3)["gist"]


@pytest.mark.parametrize("word", ["../x", "gh:a/b/c", "https://example.org/x", "0123 "])
def test_what_is_no_gist(run: Callable[..., Ended], word: str) -> None:
    assert run("sync", "--gist", word).code == 64


def test_offline(run: Callable[..., Ended], here: Machine) -> None:
    here.put("a")
    ended = run("--offline", "sync", "--yes", PYST_SHARE_API_BASE="https://api.example.org")
    assert ended.code == 102


def test_the_token_is_nowhere(run: Callable[..., Ended], here: Machine, hub: GitHub, home: Home) -> None:
    here.put("a")
    for each in (run("sync", "--yes", "--debug"), run("sync", "--yes", "-vv"), run("sync", "--format", "json")):
        assert TOKEN not in each.out + each.err
    hub.fail(401, f"token {TOKEN} is bad", when="GET")
    ended = run("sync", "--yes", "--format", "json")
    assert ended.code == 1
    assert TOKEN not in ended.out + ended.err
    for path in home.path.rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes()
    assert all(TOKEN not in str(each.newest.files) for each in hub.gists.values())


def at_terminal(home: Home, hub: GitHub, answer: str) -> tuple[int, str]:
    """Sync with a person at the terminal, who answers this."""
    environ = {**home.environ, "TERM": "dumb", "PYST_SHARE_API_BASE": hub.url, "GITHUB_TOKEN": TOKEN}
    child = pexpect.spawn(
        PYST[0], [*PYST[1:], "sync"], env=environ, cwd=str(home.project), encoding="utf-8", timeout=60
    )
    try:
        child.expect(r"\[y/N\] ")
        said = child.before
        child.sendline(answer)
        child.expect(pexpect.EOF)
        said += child.before
    finally:
        child.close(force=True)
    assert child.exitstatus is not None
    return child.exitstatus, said


def test_a_person_sees_what_would_change_and_is_asked(home: Home, hub: GitHub, here: Machine) -> None:
    here.put("a")
    code, said = at_terminal(home, hub, "n")
    assert code == 1
    assert "there + a" in said
    assert "Make a secret gist that lists 1 script?" in said
    assert not hub.gists
    assert at_terminal(home, hub, "y")[0] == 0
    edit(hub, lambda body: body["scripts"].update({"b": entry(2)}))
    before = Path(here.path).read_bytes()
    code, said = at_terminal(home, hub, "")
    assert (code, Path(here.path).read_bytes()) == (1, before)
    assert "here  + b" in said
    assert at_terminal(home, hub, "yes")[0] == 0
    assert here.names == {"a": True, "b": False}


def test_many_processes_on_two_machines_at_once(home: Home, hub: GitHub, tmp_path: Path) -> None:
    """Real ones: each machine shares scripts, disables some and syncs, all at the same time."""
    known = {"PYST_SHARE_API_BASE": hub.url, "GITHUB_TOKEN": TOKEN}
    places = [{**home.environ, **known, "XDG_DATA_HOME": str(tmp_path / each)} for each in ("one", "two")]
    two = [Machine(str(tmp_path / each / "pyst" / "mapping.json"), hub) for each in ("one", "two")]
    two[0].put("old")
    for each in two:
        each.sync()
    started = []
    for turn, environ in enumerate(places):
        names = [f"m{turn}-{number}" for number in range(4)]
        for name in names:
            home.script(name, f"print('{name}')\n")
        commands = (
            [["share", "--yes", each] for each in names] + [["sync", "--yes"]] * 2 + [["gists", "disable", "old"]]
        )
        started += [
            subprocess.Popen(
                [*PYST, *words],
                cwd=home.project,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for words in commands
        ]
    for each in started:
        _, err = each.communicate(timeout=120)
        assert each.returncode == 0, err
    for machine in (*two, two[0]):
        machine.sync()
    expected = ["m0-0", "m0-1", "m0-2", "m0-3", "m1-0", "m1-1", "m1-2", "m1-3", "old"]
    for turn, machine in enumerate(two):
        assert sorted(machine.names) == expected
        assert machine.names == {name: name.startswith(f"m{turn}") for name in machine.names}
    (shared,) = (each for each in hub.gists.values() if FILE in each.text)
    assert sorted(json.loads(shared.text[FILE])["scripts"]) == expected
    assert len(hub.gists) == 9


def test_the_mapping_of_sm_is_offered_where_mappings_meet(run: Callable[..., Ended], home: Home, hub: GitHub) -> None:
    path = home.path / ".sm" / "mapping.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"old": "0a"}))
    assert "`pyst gists import`" in run("sync").err
    assert not hub.gists
    assert run("sync", "--yes").code == 0
    assert list(document(hub)["scripts"]) == ["old"]
