"""How the doctor judges walls: what comes through undeclared fails, what can't be tried anyway tells nothing."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyst.confinement import probes
from pyst.confinement.probes import NOT_STOPPED, WALLS, Told, judge, scene, undeclared
from pyst.upkeep.confinement import _of_tier

ALL = [each for attempts in WALLS.values() for each in attempts]
OPEN = Told(dict.fromkeys(ALL, ""))


def closed(**but: str) -> Told:
    built = {"layers": ["seccomp"], "not_stopped": []}
    return Told({**dict.fromkeys(ALL, "Operation not permitted"), **but}, built)


def test_every_attempt_belongs_to_a_wall() -> None:
    tree = ast.parse(Path(probes.ATTEMPTS).read_text())
    listed = next(n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "ATTEMPTS")
    assert [ast.unparse(each) for each in listed.value.elts] == ALL  # type: ignore[attr-defined]
    assert set(NOT_STOPPED["basic"]) <= set(ALL)


def test_walls_that_hold_are_well() -> None:
    results = list(_of_tier("strict", OPEN, closed()))
    assert [each.name for each in results] == ["sandbox-strict", *(f"strict-{each}" for each in WALLS)]
    assert {each.status for each in results} == {"ok"}


@pytest.mark.parametrize("attempt", ALL)
def test_what_comes_through_is_told(attempt: str) -> None:
    for tier in ("strict", "basic"):
        found = {each.name: each for each in _of_tier(tier, OPEN, closed(**{attempt: ""}))}
        wall = next(name for name, attempts in WALLS.items() if attempt in attempts)
        declared = attempt in NOT_STOPPED[tier]
        assert found[f"{tier}-{wall}"].status == ("ok" if declared else "fail")
        assert WALLS[wall][attempt] in found[f"{tier}-{wall}"].message
        assert sum(each.status == "fail" for each in found.values()) == (not declared)


def test_what_fails_without_walls_too_is_untried() -> None:
    outside = Told({**OPEN.results, "mount": "Operation not permitted"})
    held = next(each for each in judge(outside, closed()) if each.wall == "kernel")
    assert held.untried == ("mount",)
    assert held.stopped == ("make_namespaces", "trace")
    assert undeclared("strict", held) == ()


def test_a_tier_that_can_t_be_built_is_a_warning() -> None:
    (found,) = _of_tier("strict", OPEN, Told({}, refused="no namespaces here"))
    assert (found.status, "no namespaces here" in found.message) == ("warn", True)


def test_the_attempts_come_through_without_walls(tmp_path: Path) -> None:
    with scene(str(tmp_path)) as (argument, variables):
        ended = subprocess.run(
            [sys.executable, "-I", "-S", probes.ATTEMPTS, argument],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            timeout=60,
        )
        told = json.loads(ended.stdout)
    needs_more = {"make_namespaces", "mount", "trace", "open_netlink", "connect_abstract", "see_variables_of_others"}
    assert [each for each, why in told.items() if why and each not in needs_more] == []
    assert sorted(told) == sorted(ALL)
