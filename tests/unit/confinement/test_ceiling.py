"""A decision can be lowered to what an earlier run could reach, and is never raised by it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement.ceiling import ceiling_of, lacking_of, lowered, tightest, with_paths
from pyst.confinement.decision import Decision, Rules, effective, walls_of
from pyst.confinement.permissions import KINDS, NOTHING, Permissions, includes, permissions_of
from pyst.confinement.walls import Bounds

PATHS = st.sampled_from(["/", "/a", "/a/b", "/a/b/c", "/d", "/ab"])
ITEMS = {
    "read": PATHS,
    "write": PATHS,
    "net": st.sampled_from(["*:*", "loopback", "private", "example.org:443", "*.example.org:*", "a.example.org:80"]),
    "env": st.sampled_from(["*", "A", "AB", "A*", "B"]),
    "run": st.sampled_from(["*", "git", "/bin/git", "/bin/sh", "nothing"]),
}
SETS = st.fixed_dictionaries({kind: st.lists(ITEMS[kind], max_size=3) for kind in KINDS}).map(permissions_of)
BOUNDS = st.one_of(st.none(), st.integers(1, 100))
ENVIRON = {"A": "1", "AB": "2", "B": "3"}


def find(name: str) -> str | None:
    return {"git": "/bin/git"}.get(name)


def decided(allowed: Permissions, bounds: Bounds = Bounds()) -> Decision:  # noqa: B008
    return effective(NOTHING, NOTHING, Rules("strict", allowed, NOTHING, bounds), Rules())


def walls(allowed: Permissions) -> dict[str, Any]:
    return walls_of(decided(allowed), own=(), environ=ENVIRON, find_program=find).to_json()


@given(SETS, SETS)
def test_what_is_left_is_within_both(now: Permissions, then: Permissions) -> None:
    ceiling = ceiling_of(walls(then))
    left = lowered(decided(now), ceiling, {}, find).left
    for kind, item in left.items():
        assert includes(ceiling, kind, item), (kind, item)
        assert includes(with_paths(decided(now).left, find), kind, item), (kind, item)


@given(SETS)
def test_the_same_run_lacks_nothing_and_loses_nothing(allowed: Permissions) -> None:
    told = walls(allowed)
    ceiling = ceiling_of(told)
    left = with_paths(decided(allowed).left, find)
    assert lacking_of(left, ceiling, (), frozenset(ENVIRON)) == NOTHING
    again = walls_of(lowered(decided(allowed), ceiling, {}, find), own=(), environ=ENVIRON, find_program=find).to_json()
    assert ceiling_of(again) == ceiling


@given(SETS, SETS)
def test_what_lacks_nothing_reaches_all_of_it(now: Permissions, then: Permissions) -> None:
    ceiling = ceiling_of(walls(then))
    left = with_paths(decided(now).left, find)
    lacks = lacking_of(left, ceiling, (), frozenset(ENVIRON))
    for kind, item in ceiling.items():
        if item not in lacks.of(kind) and not (kind == "read" and item in ceiling.write):
            assert includes(left, kind, item), (kind, item)


@given(st.tuples(BOUNDS, BOUNDS), st.tuples(BOUNDS, BOUNDS))
def test_bounds_are_the_lower_ones(mine: tuple[Any, Any], theirs: tuple[Any, Any]) -> None:
    now = decided(NOTHING, Bounds(timeout_seconds=mine[0], memory_bytes=mine[1]))
    told = {"timeout_seconds": theirs[0], "memory_bytes": theirs[1]}
    found = lowered(now, NOTHING, told, find).bounds
    for got, one, other in zip((found.timeout_seconds, found.memory_bytes), mine, theirs, strict=True):
        assert got == min((each for each in (one, other) if each is not None), default=None)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"read": 5, "write": "x", "net": [], "env": {}, "run": 7},
        {"read": [5, "", "relative"], "net": {"mode": "hosts", "hosts": [5, {"host": 1, "port": "x"}]}, "env": [None]},
        {"net": {"mode": "hosts", "hosts": 5, "private": "yes"}, "run": ["git"]},
    ],
)
def test_walls_that_were_spoiled_allow_nothing(told: dict[str, Any]) -> None:
    assert ceiling_of({"run": [], **told}) == NOTHING


def test_what_each_run_has_anyway_is_not_missed() -> None:
    ceiling = permissions_of({"read": ["/s/script.py", "/data"], "write": ["/out"], "env": ["A", "GONE"]})
    lacks = lacking_of(NOTHING, ceiling, ("/s/script.py", "/out"), frozenset({"A"}))
    assert lacks == permissions_of({"read": ["/data"], "env": ["A"]})


def test_the_tightest_tier() -> None:
    assert tightest("basic", None, "strict") == "strict"
    assert tightest("best-effort", "basic") == "basic"
    assert tightest("off", None) is None
