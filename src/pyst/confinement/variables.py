"""Which environment variables a confined script sees. Pure."""

from __future__ import annotations

from pyst.confinement.walls import HOSTS, Walls
from pyst.patterns import matches
from pyst.running.plan import Plan
from pyst.system.secrets import is_secret

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

HARMLESS = (
    "PATH", "LANG", "LANGUAGE", "LC_*", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TZ",
    "PYST_*",
)  # fmt: skip


def scrubbed(environ: Mapping[str, str], plan: Plan, walls: Walls, *, private: str) -> dict[str, str]:
    """What is left of `environ` (with the plan's changes in it): the harmless, the granted, and what the plan sets.

    `private` is the script's own folder of temporary files, its home lies in it. With named
    hosts the variables that lead to the proxy are set.
    """
    own = dict(plan.set_variables)
    kept = {
        name: value
        for name, value in environ.items()
        if name in own
        or any(matches(name, glob) for glob in walls.env)
        or (any(matches(name, glob) for glob in HARMLESS) and not is_secret(name))
    }
    for name, value in (("HOME", private + "/home"), ("TMPDIR", private), ("PWD", plan.cwd)):
        if name not in own and not any(matches(name, glob) for glob in walls.env):
            kept[name] = value
    if walls.net.mode == HOSTS:
        from pyst.confinement.proxy import variables

        kept.update(variables(walls.net))
    return kept
