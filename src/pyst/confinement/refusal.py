"""The failure for a wall that can't be built or did not hold: which, why, and the way on."""

from __future__ import annotations

from pyst.confinement.walls import STRICT
from pyst.errors import ExitCode, Failure
from pyst.running.plan import Plan


def wall_missing(plan: Plan, told: str) -> Failure:
    """The failure that keeps a script from running outside of a wall that it was promised."""
    name, _, why = told.partition("\x1f")
    tier = plan.walls.tier if plan.walls else STRICT
    hint = "`pyst doctor` says what this machine can hold"
    if tier == STRICT and name in ("namespaces", "private view of files", "processes", "network"):
        hint += "; `--sandbox=basic` does without namespaces, `--sandbox=best-effort` takes what there is"
    message = f"the wall `{name}` could not be built, so nothing was run: {why}"
    return Failure("E_WALL", message, hint=hint, exit=ExitCode.BLOCKED, detail={"wall": name, "tier": tier})
