"""Three-way merging of mappings: what holds for all states, and what becomes of each kind of change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.sharing.merging import (
    OURS,
    SOURCE,
    THEIRS,
    Change,
    Conflict,
    Entries,
    Merged,
    changes,
    combine,
    merge,
    names_in,
    shared_of,
)
from tests.support.mappings import TIMES, entry

NAMES = ("a", "b", "c", "d")
ENTRIES = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 7), st.integers(0, 5)).map(
    lambda drawn: entry(
        1 + drawn[0],
        created_at=TIMES[drawn[1]],
        updated_at=TIMES[(drawn[1] + drawn[3]) % 4],
        tags=[each for at, each in enumerate("xyz") if drawn[2] >> at & 1],
        enabled=drawn[3] % 2 == 0,
        more=(1, 2, None)[drawn[3] // 2],
    )
)
STATES = st.dictionaries(st.sampled_from(NAMES), ENTRIES)


KEYS = (SOURCE, ("created_at",), ("updated_at",), ("tags",), ("enabled",), ("more",))
EDITS = st.dictionaries(st.sampled_from(NAMES), st.tuples(st.none() | ENTRIES, st.integers(0, 63)))


@st.composite
def edited(draw: st.DrawFn, base: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A state that a machine made of `base`: entries deleted, added, changed in some fields, left as they are."""
    after = dict(base)
    for name, (found, changed) in draw(EDITS).items():
        if found is None:
            after.pop(name, None)
        elif name in after:
            keys = [key for at, some in enumerate(KEYS) if changed >> at & 1 for key in some]
            after[name] = {**after[name], **{key: found[key] for key in keys}}
        else:
            after[name] = found
    return after


@st.composite
def three(draw: st.DrawFn) -> tuple[Entries, Entries, Entries]:
    """A base and what two machines made of it."""
    base = draw(STATES)
    return base, draw(edited(base)), draw(edited(base))


@st.composite
def three_or_two(draw: st.DrawFn) -> tuple[Entries | None, Entries, Entries]:
    """The same, or two states that never agreed on anything."""
    if draw(st.booleans()):
        return None, draw(STATES), draw(STATES)
    return draw(three())


def decided(found: Merged, side: str) -> dict[str, str]:
    return dict.fromkeys(names_in(found.conflicts), side)


@given(three_or_two())
def test_both_sides_come_to_the_same(states: tuple[Entries | None, Entries, Entries]) -> None:
    base, ours, theirs = states
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert sorted(names_in(one.conflicts)) == sorted(names_in(other.conflicts))
    for name in {*one.shared, *other.shared} - {*names_in(one.conflicts)}:
        assert one.shared.get(name) == other.shared.get(name)


@given(three_or_two(), st.sampled_from([OURS, THEIRS]))
def test_a_decision_is_the_opposite_one_on_the_other_side(
    states: tuple[Entries | None, Entries, Entries], side: str
) -> None:
    base, ours, theirs = states
    found = merge(base, ours, theirs)
    one = merge(base, ours, theirs, decided(found, side))
    other = merge(base, theirs, ours, decided(found, THEIRS if side == OURS else OURS))
    assert one.conflicts == other.conflicts == ()
    assert one.shared == other.shared


@given(three_or_two())
def test_merging_again_changes_nothing(states: tuple[Entries | None, Entries, Entries]) -> None:
    found = merge(*states)
    found = merge(*states, decided(found, THEIRS))
    for base in (found.shared, states[0], None):
        again = merge(base, found.ours, found.shared)
        assert again == found._replace(here=(), there=(), unseen=())


@given(STATES)
def test_what_did_not_change_stays(state: Entries) -> None:
    assert merge(state, state, state) == Merged(shared_of(state), dict(state), (), (), (), ())


@given(three_or_two())
def test_the_changes_lead_from_each_side_to_the_outcome(states: tuple[Entries | None, Entries, Entries]) -> None:
    base, ours, theirs = states
    found = merge(base, ours, theirs)
    assert found.here == changes(ours, found.ours)
    assert found.there == changes(shared_of(theirs), found.shared)
    assert shared_of(found.ours) == found.shared
    touched = {each.name for each in found.here}
    assert {name: each for name, each in found.ours.items() if name not in touched} == {
        name: each for name, each in ours.items() if name not in touched
    }


@given(three())
def test_nothing_that_one_side_changed_is_lost(states: tuple[Entries, Entries, Entries]) -> None:
    base, ours, theirs = states
    found = merge(base, ours, theirs)
    known, conflicting = shared_of(base), names_in(found.conflicts)
    for side in (shared_of(ours), shared_of(theirs)):
        for name in {*known, *side} - {*conflicting}:
            if side.get(name) == known.get(name):
                continue  # this side did not change it
            after = found.shared.get(name)
            if name not in side:
                assert after is None
                continue
            assert after is not None
            if name not in known:
                assert all(after[key] == side[name][key] for key in SOURCE)
                continue
            for key in ("more", *SOURCE):
                if side[name][key] != known[name][key]:
                    assert after[key] == side[name][key]
            assert set(after["tags"]) >= set(side[name]["tags"]) - set(known[name]["tags"])
            assert not set(after["tags"]) & (set(known[name]["tags"]) - set(side[name]["tags"]))


@given(three_or_two())
def test_no_side_is_taken_where_both_changed_it(states: tuple[Entries | None, Entries, Entries]) -> None:
    """A conflict is told exactly where both sides say otherwise than before, and not the same."""
    base, ours, theirs = states
    conflicts = {(each.name, each.what) for each in merge(base, ours, theirs).conflicts}
    known = base or {}
    for name in NAMES:
        sides = [each.get(name) for each in (known, ours, theirs)]
        first, mine, other = (None if each is None else {k: each[k] for k in SOURCE} for each in sides)
        is_contested = mine is not None and other is not None and mine != other and first not in (mine, other)
        assert ((name, "source") in conflicts) == is_contested


@given(three_or_two(), st.sampled_from([None, OURS, THEIRS]))
def test_a_source_is_that_of_one_side_whole(states: tuple[Entries | None, Entries, Entries], side: str | None) -> None:
    base, ours, theirs = states
    found = merge(base, ours, theirs, dict.fromkeys(NAMES, side) if side else None)
    for name, after in found.shared.items():
        sides = [each[name] for each in (base or {}, ours, theirs) if name in each]
        assert [after[key] for key in SOURCE] in [[each[key] for key in SOURCE] for each in sides]


@given(three(), st.sampled_from([None, OURS]))
def test_a_deletion_is_not_undone(states: tuple[Entries, Entries, Entries], side: str | None) -> None:
    base, ours, theirs = states
    found = merge(base, ours, theirs, dict.fromkeys(NAMES, side) if side else None)
    for name in set(base) - set(ours):
        assert name not in found.ours or name in names_in(found.conflicts)


@given(three_or_two(), st.sampled_from([None, OURS, THEIRS]))
def test_nothing_from_elsewhere_is_enabled(states: tuple[Entries | None, Entries, Entries], side: str | None) -> None:
    base, ours, theirs = states
    found = merge(base, ours, theirs, dict.fromkeys(NAMES, side) if side else None)
    for name, after in found.ours.items():
        before = ours.get(name)
        if after["enabled"]:
            assert before is not None
            assert before["enabled"]
            assert all(before[key] == after[key] for key in SOURCE)
        assert (name in found.unseen) == (not after["enabled"] and (before is None or before["enabled"]))
    assert all("enabled" not in each for each in found.shared.values())


@given(st.data())
def test_machines_that_take_turns_end_with_the_same(data: st.DataObject) -> None:
    """Two machines edit different names, and sync in any order: each has all of it in the end."""
    document: Entries = {}
    bases: list[Entries | None] = [None, None]
    locals_: list[dict[str, dict[str, Any]]] = [{}, {}]
    made: dict[str, dict[str, Any]] = {}
    for turn in data.draw(st.lists(st.sampled_from([0, 1]), max_size=12)):
        name = data.draw(st.sampled_from([f"{turn}{each}" for each in NAMES]))
        found = data.draw(st.none() | ENTRIES)
        if found is None:
            locals_[turn].pop(name, None)
            made.pop(name, None)
        else:
            locals_[turn][name] = made[name] = found
        if data.draw(st.booleans()):
            document, bases[turn], locals_[turn] = _sync(document, bases[turn], locals_[turn])
    for turn in (0, 1, 0):
        document, bases[turn], locals_[turn] = _sync(document, bases[turn], locals_[turn])
    assert document == shared_of(made) == shared_of(locals_[0]) == shared_of(locals_[1])


def _sync(document: Entries, base: Entries | None, ours: Entries) -> tuple[Entries, Entries, dict[str, dict[str, Any]]]:
    found = merge(base, ours, document)
    assert found.conflicts == ()
    return found.shared, found.shared, found.ours


@given(three())
def test_of_two_documents_none_is_lost(states: tuple[Entries, Entries, Entries]) -> None:
    base, late, early = states
    conflicting = names_in(merge(base, late, early).conflicts)
    found = combine(base, late, early)
    assert found == {
        **{name: each for name, each in merge(base, late, early).shared.items() if name not in conflicting},
        **{name: found[name] for name in conflicting if name in found},
    }
    for name in conflicting:
        assert (name in found) == (name in early)


# What becomes of each kind of change


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "what"),
    [
        ({"a": entry(1)}, {"a": entry(2)}, {"a": entry(3)}, "source"),
        ({}, {"a": entry(2)}, {"a": entry(3)}, "source"),
        (None, {"a": entry(2)}, {"a": entry(3)}, "source"),
        ({"a": entry(1)}, {}, {"a": entry(2)}, "deleted"),
        ({"a": entry(1)}, {"a": entry(1, tags=["x"])}, {}, "deleted"),
        ({"a": entry(1)}, {"a": entry(1, note=1)}, {"a": entry(1, note=2)}, "note"),
        ({}, {"a": entry(1)}, {"A": entry(1)}, "name"),
    ],
)
def test_a_conflict(base: Entries | None, ours: Entries, theirs: Entries, what: str) -> None:
    (conflict,) = merge(base, ours, theirs).conflicts
    assert (conflict.name, conflict.what) == ("a", what)


def test_what_a_conflict_tells() -> None:
    assert merge({"a": entry()}, {}, {"a": entry(2)}).conflicts == (
        Conflict("a", "deleted", None, shared_of({"a": entry(2)})["a"]),
    )


def test_different_fields_do_not_conflict() -> None:
    found = merge(
        {"a": entry(1, tags=["x", "y"])},
        {"a": entry(2, tags=["y"], updated_at=TIMES[1])},
        {"a": entry(1, tags=["x", "y", "z"], updated_at=TIMES[2], note="kept")},
    )
    assert found.conflicts == ()
    assert found.ours == {"a": entry(2, tags=["y", "z"], updated_at=TIMES[2], note="kept")}


def test_another_revision_of_the_same_bytes_was_not_looked_at() -> None:
    """The lock beside them may be another, and with it the packages that run."""
    theirs = {"a": entry(1, version="f" * 40)}
    assert not merge({"a": entry()}, {"a": entry()}, theirs).ours["a"]["enabled"]
    ours = {"a": entry(1, sha256="")}
    assert not merge(ours, ours, {"a": entry(1, sha256="", version="f" * 40)}).ours["a"]["enabled"]
    theirs = {"a": entry(1, sha256="f" * 64)}
    found = merge({"a": entry()}, {"a": entry()}, theirs)
    assert (found.ours["a"]["enabled"], found.unseen) == (False, ("a",))
    assert found.here == (Change("a", "changed", ("enabled", "sha256")),)


def test_the_document_has_no_word_in_what_is_enabled() -> None:
    theirs = {"a": entry(1, enabled=True, tags=["x"]), "b": entry(2, enabled=True)}
    found = merge({"a": entry()}, {"a": entry(enabled=False)}, theirs)
    assert [each["enabled"] for each in found.ours.values()] == [False, False]
    assert found.unseen == ("b",)
    theirs = {"a": entry(1, enabled=False)}
    assert merge({"a": entry()}, {"a": entry()}, theirs).ours["a"]["enabled"]


def test_names_that_some_systems_do_not_tell_apart() -> None:
    one, other = {"tool": entry(1)}, {"Tool": entry(2)}
    for ours, theirs in ((one, other), (other, one)):
        (conflict,) = merge(None, ours, theirs).conflicts
        assert (conflict.ours, conflict.theirs) == (*ours, *theirs)
        for name in (*ours, *theirs):
            assert list(merge(None, ours, theirs, {name: OURS}).shared) == list(ours)
            assert list(merge(None, ours, theirs, {name: THEIRS}).shared) == list(theirs)
    assert combine({}, one, other) == shared_of(other)
    both = {**one, **other}
    assert names_in(merge(None, {}, both).conflicts) == ["Tool"]
    assert merge(both, both, both).conflicts == ()
