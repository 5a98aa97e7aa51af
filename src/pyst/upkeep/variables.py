"""The variables of the environment that change how scripts run or are found."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyst.system import host
from pyst.system.search_path import is_on_path, path_line
from pyst.upkeep.examination import Case, Result

TROUBLE = {
    "PYTHONHOME": ("fail", "every interpreter looks for its standard library there, and most fail to start"),
    "PYTHONPATH": ("warn", "what lies there comes before what a script declares"),
    "PYTHONSTARTUP": ("ok", ""),
    "PYTHONINSPECT": ("warn", "scripts don't end; they wait at a prompt"),
    "PYTHONOPTIMIZE": ("warn", "`assert` does nothing in scripts"),
    "PYTHONWARNINGS": ("warn", "scripts may end with errors for what are only warnings"),
    "PYTHONSAFEPATH": ("warn", "scripts can't import the modules that lie beside them"),
    "PYTHONNOUSERSITE": ("ok", ""),
    "PYTHONUSERBASE": ("warn", "plain interpreters also import what is installed there"),
    "PYTHONDONTWRITEBYTECODE": ("ok", ""),
    "PYTHONPYCACHEPREFIX": ("warn", "the bytecode of environments is looked for elsewhere: each script starts slowly"),
    "PYTHONTRACEMALLOC": ("warn", "scripts run slower"),
    "PYTHONDEVMODE": ("warn", "scripts run slower, and warn more"),
    "PYTHONMALLOC": ("warn", "scripts may run slower"),
    "PYTHONBREAKPOINT": ("ok", ""),
    "PYTHONEXECUTABLE": ("warn", "interpreters take another program for themselves"),
    "PYTHONPLATLIBDIR": ("warn", "interpreters look for their library elsewhere"),
}
"""Variables of Python's own, and what each does to scripts. Values are not shown: some hold secrets."""


def python_variables(case: Case) -> Iterator[Result]:
    """The `PYTHON*` variables that are set and change what scripts do."""
    found = [name for name in sorted(TROUBLE) if case.environ.get(name) and TROUBLE[name][0] != "ok"]
    for name in found:
        status, effect = TROUBLE[name]
        yield Result("variables", status, f"`{name}` is set: {effect}", f"unset it: `unset {name}`")
    if not found:
        yield Result("variables", "ok", "no variable gets in the way of scripts")


def search_path(case: Case) -> Iterator[Result]:
    """Whether the folder of installed commands is on PATH, and PATH itself is sound."""
    listed = case.environ.get("PATH", os.defpath).split(os.pathsep)
    relative = [each for each in listed if not os.path.isabs(each)]
    if relative:
        shown = ", ".join(f"`{each or '(empty)'}`" for each in relative)
        message = f"PATH holds relative folders ({shown}): a program in the current folder may be run for another"
        yield Result("path", "warn", message, "take them out of PATH")
    place = case.paths.bin
    if is_on_path(place, case.environ):
        yield Result("path-bin", "ok", f"`{place}` is on PATH")
    elif _has_commands(place):
        line = path_line(place, host.shell_name(case.environ.get("SHELL", "")))
        hint = f"put this into your shell's start-up file: `{line}`" if line else "no name of it can be put there"
        yield Result("path-bin", "warn", f"`{place}` holds installed commands and is not on PATH", hint)
    else:
        yield Result("path-bin", "ok", "no commands are installed yet")


def _has_commands(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False
