"""The walls of confined runs, tried for real: what each tier holds on this machine, and what it does not stop."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

from pyst.confinement import probes
from pyst.errors import Failure
from pyst.upkeep.examination import Case, Result
from pyst.upkeep.installation import package_folder

TIERS = ("strict", "basic")
TIMEOUT_SECONDS = 120.0


def confinement(case: Case) -> Iterator[Result]:
    """Try violations without walls and within those of each tier."""
    from tempfile import TemporaryDirectory

    if sys.platform != "linux":
        yield Result("sandbox", "warn", "there are no proven walls for this system: `--sandbox` refuses to run")
        return
    with TemporaryDirectory(prefix="pyst-doctor-") as folder, probes.scene(os.path.realpath(folder)) as found:
        argument, variables = found
        outside = _outside(case, folder, argument, variables)
        if outside.refused:
            yield Result("sandbox", "fail", f"the attempts can't be made: {outside.refused}")
            return
        for tier in TIERS:
            yield from _of_tier(tier, outside, _inside(case, tier, folder, argument, variables))


def _of_tier(tier: str, outside: probes.Told, inside: probes.Told) -> Iterator[Result]:
    name = f"sandbox-{tier}"
    if inside.refused:
        hint = "`--sandbox=basic` does without namespaces" if tier == "strict" else "no confined run is possible here"
        yield Result(name, "warn", f"this machine can't hold it: {inside.refused}", hint)
        return
    built = inside.built or {}
    missing = "; ".join(built.get("not_stopped", ())) or "nothing that is tried"
    yield Result(name, "ok", f"{', '.join(built.get('layers', ()))}. Not stopped: {missing}")
    for held in probes.judge(outside, inside):
        yield _of_wall(tier, held)


def _of_wall(tier: str, held: probes.Held) -> Result:
    name = f"{tier}-{held.wall}"
    words = probes.WALLS[held.wall]
    broken = probes.undeclared(tier, held)
    if broken:
        message = f"the wall does not hold: {_listed(words, broken)}"
        return Result(name, "fail", message, "don't rely on this tier here; please report it")
    tried = len(held.stopped) + len(held.reached)
    message = f"{len(held.stopped)} of {tried} violations stopped"
    if held.reached:
        message += f"; not stopped by this tier: {_listed(words, held.reached)}"
    if held.untried:
        message += f"; not possible here without walls either: {_listed(words, held.untried)}"
    return Result(name, "ok", message)


def _listed(words: Mapping[str, str], attempts: tuple[str, ...]) -> str:
    return ", ".join(words[each] for each in attempts)


def _outside(case: Case, folder: str, argument: str, variables: Mapping[str, str]) -> probes.Told:
    """The attempts without walls."""
    import json

    try:
        ended = case.runner.run(
            [sys.executable, "-I", "-S", probes.ATTEMPTS, argument],
            cwd=folder,
            environ={**case.environ, **variables},
            timeout_seconds=TIMEOUT_SECONDS,
        )
        return probes.Told(json.loads(ended.stdout))
    except (Failure, ValueError) as error:
        return probes.Told({}, refused=str(error))


def _inside(case: Case, tier: str, folder: str, argument: str, variables: Mapping[str, str]) -> probes.Told:
    """The attempts within the walls of a tier, with nothing granted, whatever the settings say."""
    import json

    for name in ("none.toml", ".pyst.toml"):
        with open(os.path.join(folder, name), "w", encoding="utf-8"):
            pass
    boot = os.path.join(package_folder(), "boot.py")
    words = ["run", "--force", "--no-cache", "--offline", "--format", "json", "--cwd", folder, f"--sandbox={tier}"]
    words += ["--config", os.path.join(folder, "none.toml"), probes.ATTEMPTS, argument]
    ignored = ("PYTHONHOME", "PYST_CONTEXT")
    environ = {k: v for k, v in case.environ.items() if k not in ignored and not k.startswith("PYST_SANDBOX_")}
    try:
        ended = case.runner.run(
            [sys.executable, "-I", "-S", boot, *words],
            cwd=folder,
            environ={**environ, **variables},
            timeout_seconds=TIMEOUT_SECONDS,
        )
        body = json.loads(ended.stdout)
        outcome = body["detail"].get("outcome")
        if outcome is None:
            return probes.Told({}, refused=body["diagnostics"][0]["message"])
        return probes.Told(json.loads(outcome["stdout"]["text"]), outcome["confinement"])
    except (Failure, ValueError, KeyError, IndexError, TypeError) as error:
        return probes.Told({}, refused=f"a confined run gave no answer ({error})")
