"""Which environment variables a confined script sees. Pure."""

from __future__ import annotations

from pyst.confinement.walls import HOSTS, Walls
from pyst.running.plan import Plan

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

HARMLESS = frozenset(
    ("PATH", "LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TZ")
)
HARMLESS_BEGINNINGS = ("LC_", "PYST_")
"""What begins so is harmless where its name is none of a secret."""


def scrubbed(environ: Mapping[str, str], plan: Plan, walls: Walls, *, private: str) -> dict[str, str]:
    """What is left of `environ` (with the plan's changes in it): the harmless, the granted, and what the plan sets.

    `private` is the script's own folder of temporary files, its home lies in it. With named
    hosts the variables that lead to the proxy are set.
    """
    given = {name for name, _ in plan.set_variables}.union(_granted(environ, walls.env))
    kept = {name: value for name, value in environ.items() if name in given or _is_harmless(name)}
    for name, value in (("HOME", private + "/home"), ("TMPDIR", private), ("PWD", plan.cwd)):
        if name not in given:
            kept[name] = value
    if walls.net.mode == HOSTS:
        from pyst.confinement.proxy import variables

        kept.update(variables(walls.net))
    return kept


def _is_harmless(name: str) -> bool:
    if name in HARMLESS:
        return True
    if not name.startswith(HARMLESS_BEGINNINGS):
        return False
    from pyst.system.secrets import is_secret

    return not is_secret(name)


def _granted(environ: Mapping[str, str], patterns: tuple[str, ...]) -> set[str]:
    """The names that the patterns mean: of the variables that there are, and of those that are set in their place."""
    names = set(patterns)
    globs = [each for each in patterns if "*" in each or "?" in each or "[" in each]
    if globs:
        from pyst.patterns import matches

        names.update(each for each in (*environ, "HOME", "TMPDIR", "PWD") if any(matches(each, glob) for glob in globs))
    return names
