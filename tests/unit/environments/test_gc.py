"""What is kept and what goes: decided from values alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.environments.gc import Stored, decide, needed_keys

NOW = 1_000_000.0
DAY = 86400.0


def stored(key: str, days: float, size: int = 100, *, users: tuple[str, ...] = (), whole: bool = True) -> Stored:
    return Stored(key, f"/store/{key}", whole, NOW - days * DAY, size, size, f"needs-{key[0]}", (), users)


def dropped(store: list[Stored], **more: object) -> list[str]:
    given = {"needed": {}, "in_use": (), "now": NOW, "older_than_seconds": 7 * DAY, "most_bytes": None, **more}
    return [each.stored.key for each in decide(store, **given) if each.action == "drop"]  # type: ignore[arg-type]


STORE = [stored("a1", 30), stored("b1", 8), stored("c1", 2), stored("d1", 0)]


@pytest.mark.parametrize(
    ("more", "gone"),
    [
        ({}, ["a1", "b1"]),
        ({"older_than_seconds": 0}, ["a1", "b1", "c1"]),
        ({"needed": {"a1": "/s.py"}}, ["b1"]),
        ({"in_use": ["/store/b1"]}, ["a1"]),
        ({"most_bytes": 100}, ["a1", "b1", "c1"]),
        ({"most_bytes": 250}, ["a1", "b1"]),
        ({"most_bytes": 0, "needed": {"c1": "/s.py"}}, ["a1", "b1"]),
        ({"most_bytes": 10_000}, ["a1", "b1"]),
    ],
    ids=str,
)
def test_what_goes(more: dict[str, object], gone: list[str]) -> None:
    assert dropped(STORE, **more) == gone


def test_the_beginnings_of_an_environment_go() -> None:
    assert dropped([stored("a1", 0.1, whole=False), stored("b1", 0, whole=False)]) == ["a1"]


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(0, 500), st.booleans(), st.booleans()), max_size=8))
def test_what_is_needed_or_in_use_never_goes(rows: list[tuple[float, int, bool, bool]]) -> None:
    store = [stored(f"{i:02}", days, size) for i, (days, size, _, _) in enumerate(rows)]
    needed = {f"{i:02}": "/s.py" for i, row in enumerate(rows) if row[2]}
    used = [f"/store/{i:02}" for i, row in enumerate(rows) if row[3]]
    gone = dropped(store, needed=needed, in_use=used, most_bytes=0, older_than_seconds=0)
    assert not {f"/store/{key}" for key in gone} & set(used)
    assert not set(gone) & set(needed)


def test_a_script_needs_the_environment_that_it_used_last() -> None:
    store = [
        stored("a1", 9, users=("/s.py",)),
        stored("a2", 3, users=("/s.py",)),
        stored("b1", 1, users=("/s.py", "/gone.py")),
    ]
    asks = {"/s.py": "needs-a", "/gone.py": None}
    assert needed_keys(store, asks.__getitem__) == {"a2": "/s.py"}


def test_a_script_that_cannot_be_told_keeps_its_last() -> None:
    store = [stored("a1", 9, users=("/s.py",)), stored("b1", 3, users=("/s.py",))]
    assert needed_keys(store, lambda _: "") == {"b1": "/s.py"}


def test_a_changed_script_needs_none_of_the_old() -> None:
    assert needed_keys([stored("a1", 9, users=("/s.py",))], lambda _: "needs-other") == {}
