"""What an earlier run could reach, as a bound on what a later one may: a decision can be lowered to it, never raised.

Pure. The earlier walls come as the JSON form that records keep; whoever spoiled it has only made the bound lower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyst.confinement.decision import Decision
from pyst.confinement.permissions import (
    EVERYTHING,
    KINDS,
    NET_WORDS,
    Permissions,
    chosen,
    covers,
    includes,
    permissions_of,
)
from pyst.confinement.walls import ALL, BASIC, BEST_EFFORT, HOSTS, LOOPBACK, STRICT, Bounds

TIERS = (STRICT, BASIC, BEST_EFFORT)
"""The tiers, the tightest first."""


def tightest(*tiers: str | None) -> str | None:
    """The tightest of the tiers; None where there is none among them."""
    return next((tier for tier in TIERS if tier in tiers), None)


def ceiling_of(walls: Mapping[str, Any]) -> Permissions:
    """What a run with these walls could reach."""
    run = walls.get("run", ())
    items = {
        "read": [*_paths(walls, "read"), *_paths(walls, "write")],
        "write": _paths(walls, "write"),
        "net": _net(walls.get("net")),
        "env": _texts(walls.get("env")),
        "run": [EVERYTHING["run"]] if run is None else [each for each in _texts(run) if each[:1] == "/"],
    }
    return permissions_of(items)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str) and each] if isinstance(value, list) else []


def _paths(walls: Mapping[str, Any], name: str) -> list[str]:
    return [each for each in _texts(walls.get(name)) if each[0] == "/"]


def _net(net: Any) -> list[str]:
    if not isinstance(net, dict):
        return []
    mode, hosts = net.get("mode"), net.get("hosts")
    if mode == ALL:
        return [EVERYTHING["net"]]
    if mode == LOOPBACK:
        return [LOOPBACK]
    found = ["private"] if net.get("private") is True else []
    for each in hosts if mode == HOSTS and isinstance(hosts, list) else ():
        if isinstance(each, dict) and isinstance(each.get("host"), str) and isinstance(each.get("port"), int):
            host = f"[{each['host']}]" if ":" in each["host"] else each["host"]
            found.append(f"{host}:{each['port'] or '*'}")
    return found


def lowered(
    decision: Decision, ceiling: Permissions, bounds: Mapping[str, Any], find_program: Callable[[str], str | None]
) -> Decision:
    """The decision with no more than the ceiling, and no wider bounds. `find_program` gives the path of a name."""
    left = with_paths(decision.left, find_program)
    items = {
        kind: [
            *(item for item in left.of(kind) if includes(ceiling, kind, item)),
            *(item for item in ceiling.of(kind) if includes(left, kind, item)),
        ]
        for kind in KINDS
    }
    return decision._replace(left=permissions_of(items), bounds=_lower(decision.bounds, bounds))


def with_paths(left: Permissions, find_program: Callable[[str], str | None]) -> Permissions:
    """The same, with programs by their path; a name that no program has is left out."""
    found = [each if each[0] in "/*" else find_program(each) for each in left.run]
    return left._replace(run=tuple(sorted({each for each in found if each})))


def _lower(bounds: Bounds, others: Mapping[str, Any]) -> Bounds:
    """The lower of each bound."""
    found = {}
    for name, mine in bounds._asdict().items():
        theirs = others.get(name)
        is_number = isinstance(theirs, int | float) and not isinstance(theirs, bool) and theirs > 0
        numbers = [each for each in (mine, theirs if is_number else None) if each is not None]
        found[name] = min(numbers) if numbers else None
    return Bounds(**found)


def lacking_of(left: Permissions, ceiling: Permissions, own: tuple[str, ...], names: frozenset[str]) -> Permissions:
    """What the earlier run could reach and one that is left `left` may not.

    Programs are told by path (`with_paths`). `own` are paths that each run has anyway, `names` the variables that there
    are now.
    """

    def is_missed(kind: str, item: str) -> bool:
        if kind in ("read", "write") and any(covers("read", each, item) for each in own):
            return False
        if kind == "read" and item in ceiling.write:
            return False
        if kind == "env" and item not in names:
            return False
        if kind == "net" and item in NET_WORDS and EVERYTHING["net"] in left.net:
            return False
        return not includes(left, kind, item)

    return chosen(ceiling, is_missed)
