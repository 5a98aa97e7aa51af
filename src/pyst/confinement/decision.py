"""From what a script asks for, what it was granted, and what flags and settings say, to the walls of its run. Pure.

A script's own word grants nothing: what it declares and nobody granted is missing, and has to be asked about. Deny
beats allow, whoever said it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyst.confinement.permissions import (
    EVERYTHING,
    NET_WORDS,
    NOTHING,
    Permissions,
    excludes,
    includes,
    lacking,
    permits,
    union,
    without,
)
from pyst.confinement.walls import ALL, HOSTS, LOOPBACK, OFF, Bounds, Net, Walls
from pyst.errors import ExitCode, Failure
from pyst.named import NamedTuple


class Rules(NamedTuple):
    """What one side says: the flags, a profile, or the settings. `mode` is a tier, `off`, or None (not said)."""

    mode: str | None = None
    allow: Permissions = NOTHING
    deny: Permissions = NOTHING
    bounds: Bounds = Bounds()

    @property
    def asks_for_walls(self) -> bool:
        """Whether it says something that only a confined run can keep."""
        return self.allow != NOTHING or self.deny != NOTHING or self.bounds != Bounds()


SILENT = Rules()


class Decision(NamedTuple):
    """What becomes of a run.

    `mode` is `off` or a tier. `granted` is all that was allowed, `denied` all that was denied; `left` is what remains
    of the one after the other, and `holes` is what of `denied` lies inside of `left`. `missing` is what the script
    declares and nobody spoke of: while there is some, the run has to be asked about or refused.
    """

    mode: str
    declared: Permissions
    granted: Permissions
    denied: Permissions
    left: Permissions
    holes: Permissions
    missing: Permissions
    bounds: Bounds
    sources: tuple[tuple[str, Permissions], ...] = ()
    """The grants and denials by who said them: `flags`, `profile`, `settings`, `remembered`."""

    @property
    def is_confined(self) -> bool:
        return self.mode != "off"

    def state_of(self, kind: str, item: str) -> str:
        """What holds for one item: `granted`, `denied` or `missing`."""
        if permits(self.granted, self.denied, kind, item):
            return "granted"
        return "denied" if excludes(self.denied, kind, item) else "missing"

    def grantor_of(self, kind: str, item: str) -> str:
        """Who allowed or denied an item: `flags`, `profile`, `settings` or `remembered`; empty where nobody did."""
        decides = excludes if self.state_of(kind, item) == "denied" else includes
        wanted = "deny " if decides is excludes else "allow "
        for source, rules in self.sources:
            if source.startswith(wanted) and decides(rules, kind, item):
                return source.removeprefix(wanted)
        return ""


def mode_of(flags: Rules, profile: Rules, settings: Rules) -> str:
    """The mode of a run: what the flags say, else the profile, else the settings.

    Where nobody says one but the settings' `off`, flags and profiles that only walls can keep ask for the strict tier
    (of the flags, a time limit is none of those).
    """
    if flags.mode:
        return flags.mode
    mode = profile.mode or settings.mode or "off"
    asked = flags._replace(bounds=flags.bounds._replace(timeout_seconds=None)).asks_for_walls or (
        profile.mode is None and profile.asks_for_walls
    )
    return "strict" if mode == "off" and asked else mode


def effective(
    declared: Permissions, remembered: Permissions, flags: Rules, settings: Rules, profile: Rules = SILENT
) -> Decision:
    """What holds for a run. `remembered` are the grants that its content has.

    Of each bound the flags' counts, else that of the profile, else that of the settings.
    """
    granted = union(remembered, flags.allow, profile.allow, settings.allow)
    denied = union(flags.deny, profile.deny, settings.deny)
    left, holes = without(granted, denied)
    bounds = settings.bounds
    for each in (profile, flags):
        bounds = bounds._replace(**{name: value for name, value in each.bounds._asdict().items() if value is not None})
    sources = (
        ("deny flags", flags.deny),
        ("deny profile", profile.deny),
        ("deny settings", settings.deny),
        ("allow flags", flags.allow),
        ("allow profile", profile.allow),
        ("allow settings", settings.allow),
        ("allow remembered", remembered),
    )
    return Decision(
        mode_of(flags, profile, settings),
        declared,
        granted,
        denied,
        left,
        holes,
        lacking(declared, granted, denied),
        bounds,
        sources,
    )


def walls_of(
    decision: Decision,
    *,
    own: tuple[str, ...],
    environ: Mapping[str, str],
    find_program: Callable[[str], str | None],
) -> Walls:
    """The walls of a run. `own` are the files that the run needs for itself; they may be read.

    Names of variables are told one by one, so that a denied one is never among them. Raises `Failure` (E_DENY) for a
    denial that no wall can keep.
    """
    left, holes = decision.left, decision.holes
    programs = [item if item[0] == "/" else find_program(item) for item in left.run if item != "*"]
    forbidden = [item if item[0] == "/" else find_program(item) for item in decision.denied.run if item != "*"]
    return Walls(
        tier=decision.mode,
        read=tuple(dict.fromkeys((*own, *left.read))),
        write=left.write,
        denied=tuple(dict.fromkeys((*holes.read, *holes.write, *(each for each in forbidden if each)))),
        run=None if "*" in left.run else tuple(each for each in programs if each and each not in forbidden),
        net=_net(left, holes),
        env=tuple(sorted(name for name in environ if permits(left, holes, "env", name))),
        bounds=decision.bounds,
    )


def _net(left: Permissions, holes: Permissions) -> Net:
    if holes.net:
        raise Failure(
            "E_DENY",
            f"`{holes.net[0]}` is denied inside of a wider address that is allowed, which no wall here can keep",
            hint="allow the addresses that are needed one by one",
            exit=ExitCode.BLOCKED,
        )
    if EVERYTHING["net"] in left.net:
        return Net(ALL, (), private=True)
    pairs = (each.rpartition(":") for each in left.net if each not in NET_WORDS)
    hosts = tuple((host.strip("[]"), 0 if port == "*" else int(port)) for host, _, port in pairs)
    if hosts:
        return Net(HOSTS, hosts, "private" in left.net)
    return Net(LOOPBACK if "loopback" in left.net else OFF)


Place = Callable[[str, str, str, str], str | None]
"""Says where something was said: by whom, the way (`allow`, `deny`), the kind and the item."""


def to_json(decision: Decision, place: Place) -> dict[str, Any]:
    """The decision as JSON data: every item with what holds for it, who said so, and at which place."""
    rows = []
    for kind, item in (*decision.declared.items(), *decision.granted.items(), *decision.denied.items()):
        by, state = decision.grantor_of(kind, item), decision.state_of(kind, item)
        row = {
            "kind": kind,
            "item": item,
            "declared": item in decision.declared.of(kind),
            "state": state,
            "by": by or None,
            "where": place(by, "deny" if state == "denied" else "allow", kind, item) if by else None,
        }
        if row not in rows:
            rows.append(row)
    return {"mode": decision.mode, "items": rows}
