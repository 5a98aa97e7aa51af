"""From a script and an interpreter to the plan of a run. Pure: reads nothing, starts nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from pyst.running.plan import Limits, Plan

INSIDE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "inside")
"""Where the files lie that run inside a script's interpreter."""

MOST_CODE_BYTES = 100_000
"""The longest code that fits one argument: the kernel takes 128 KiB (MAX_ARG_STRLEN) less what else is there."""


class Target(NamedTuple):
    """What is to be run: a script file, or code that was given on the command line or on standard input.

    `path` is the script's, or the file that code was put into. `word` is what the program calls itself
    (`sys.argv[0]`): `-c` or `-` for code. `calls_main`: pyst calls `def main`. `is_async`: top-level await. `is_alone`:
    it does not find the modules that lie beside it.
    """

    path: str | None
    code: bytes | None = None
    word: str = ""
    calls_main: bool = False
    is_async: bool = False
    is_alone: bool = False


def interpreter_words(target: Target, version: str) -> tuple[str, ...]:
    """The words between the interpreter, whose version this is, and the script's own arguments."""
    if target.is_alone and target.path is not None and target.code is None:
        together = target._replace(is_alone=False)
        if tuple(map(int, version.split(".")[:2])) >= (3, 11):
            return ("-P", *interpreter_words(together, version))
        switches = (("--async",) if target.is_async else ()) + (("--call",) if target.calls_main else ())
        return (os.path.join(INSIDE, "code.py"), "--alone", *switches, "--script", target.path)
    code_runner = os.path.join(INSIDE, "code.py")
    if target.calls_main and target.path is not None:
        if target.is_async:
            return (code_runner, "--async", "--call", "--script", target.path)
        return (os.path.join(INSIDE, "call.py"), target.path)
    if target.code is None:
        assert target.path is not None
        return (code_runner, "--async", "--script", target.path) if target.is_async else (target.path,)
    if target.is_async or target.path is not None:
        assert target.path is not None
        return (code_runner, *(("--async",) if target.is_async else ()), target.path, target.word)
    return ("-",) if target.word == "-" else ("-c", target.code.decode("utf-8", "surrogateescape"))


def make_plan(
    target: Target,
    arguments: tuple[str, ...],
    *,
    python: str,
    version: str,
    environment: str | None,
    cwd: str,
    here: str,
    environ: Mapping[str, str],
    variables: Mapping[str, str],
    limits: Limits,
) -> Plan:
    """The plan of a run.

    In an environment the script finds the programs of its own packages first: `PATH` and `VIRTUAL_ENV` are set as
    activating it would. `version` is that of `python`, `here` the current folder. `variables` are those from env files
    and the trace.
    """
    changes = dict(variables)
    removed: list[str] = []
    if environment is not None:
        changes["VIRTUAL_ENV"] = environment
        path = changes.get("PATH", environ.get("PATH", os.defpath))
        changes["PATH"] = os.pathsep.join(each for each in (os.path.dirname(python), path) if each)
        removed = [name for name in ("PYTHONHOME", "VIRTUAL_ENV_PROMPT") if name in environ]
    if cwd != here:
        changes["PWD"] = cwd
    feeds_code = target.code is not None and target.word == "-" and target.path is None
    return Plan(
        argv=(python, *interpreter_words(target, version), *arguments),
        cwd=cwd,
        set_variables=tuple(sorted(changes.items())),
        unset_variables=tuple(removed),
        environment=environment,
        limits=limits,
        stdin=target.code if feeds_code else None,
    )
