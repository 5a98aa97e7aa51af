"""From a case of a baseline to a run of it. A baseline may come with a stranger's checkout: it chooses nothing that is
the user's to choose, neither an interpreter nor a context, and no file outside of the project."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from pyst import __version__
from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.records.baseline import Baseline, Case
    from pyst.records.record import Record


def record_of_case(app: App, found: Baseline, case: Case) -> Record:
    """The record that a case stands for; what it rests on is put among the contents that pyst keeps.

    Raises `Failure` (E_BASELINE, E_WRITE).
    """
    from pyst.records import objects
    from pyst.records.ids import task_of
    from pyst.records.record import (
        SCHEMA,
        Input,
        Lock,
        Log,
        Options,
        Program,
        Python,
        Record,
        Surroundings,
    )

    root = app.workspace.root
    _refuse_choices(case)
    for kept in (case.script, case.lock, case.input):
        if kept is not None:
            try:
                objects.keep(app.paths.state, found.read(kept), kept.sha256)
            except OSError as error:
                message = f"the content of a baseline can't be kept in `{app.paths.state}`: {error.strerror or error}"
                raise Failure("E_WRITE", message) from error
    path = None if case.path is None else os.path.normpath(os.path.join(root, case.path))
    options = case.options
    return Record(
        schema=SCHEMA,
        run_id=case.run_id,
        task=task_of(case.name),
        status=case.status,
        exit_code=case.exit_code,
        signal=None,
        limit=None,
        started_at=found.created_at,
        ended_at=None,
        duration_seconds=None,
        script=Program(case.name, case.selector, case.origin, path, case.script.sha256, case.script.bytes),
        argv=case.argv,
        masked=False,
        cwd=_inside(root, case.cwd, "folder"),
        options=Options(
            with_=options["with"],
            python=options["python"],
            is_async=options["is_async"],
            timeout_seconds=options["timeout_seconds"],
            env_files=tuple(_inside(root, each, "env file") for each in options["env_files"]),
        ),
        variables=(),
        environment=Surroundings(
            None, None, (), Lock(f"{path}.lock", case.lock.sha256) if case.lock is not None else None, None
        ),
        interpreter=Python(""),
        input=case.input
        and Input(os.path.normpath(os.path.join(root, case.input.name)), case.input.bytes, case.input.sha256),
        output_dir="",
        manifest="",
        log=Log("", 0, 0, 0, False),
        stdout=None,
        outputs=(),
        skipped=(),
        omitted=0,
        concurrent=False,
        confinement=None,
        replay_of=None,
        pyst=__version__,
        process=None,
    )


def _refuse_choices(case: Case) -> None:
    """Raise `Failure` (E_BASELINE) for what only the user may choose."""
    python = case.options["python"]
    if python is not None and "/" in python:
        message = f"`{case.case}` names the interpreter `{python}` by its path, which a baseline may not"
        raise Failure("E_BASELINE", message, hint="record the run with `--python` and a version")
    for each in case.options["with"]:
        if "@" in each or "/" in each:
            message = f"`{case.case}` asks for `{each}` from an address, which a baseline may not"
            raise Failure("E_BASELINE", message, hint="put it into the block of the script")


def _inside(root: str, path: str, what: str) -> str:
    """A path of the project. Raises `Failure` (E_BASELINE) for one that leads out of it."""
    found = os.path.normpath(os.path.join(root, path))
    real, top = os.path.realpath(found), os.path.realpath(root)
    if real != top and not real.startswith(os.path.join(top, "")):
        raise Failure("E_BASELINE", f"the {what} `{path}` of a baseline lies outside of the project `{root}`")
    return found


def word_for(app: App, args: argparse.Namespace, case: Case) -> str | None:
    """The word for the script that is to run; None where it is the saved bytes."""
    if args.with_script is not None:
        path = os.path.join(app.cwd, args.with_script)
        is_path = os.path.isfile(path) or args.with_script.startswith(("/", "./", "../"))  # `db/save` is a name
        return os.path.normpath(path) if is_path else str(args.with_script)
    if args.saved or case.path is None:
        return None
    if case.origin == "path":
        return os.path.normpath(os.path.join(app.workspace.root, case.path))
    return case.selector


def arguments_for(app: App, args: argparse.Namespace, case: Case) -> argparse.Namespace:
    """The options for one case: it is confined at least as tightly as the run that was saved."""
    from pyst.confinement.ceiling import TIERS, tightest

    copy = argparse.Namespace(**vars(args))
    if case.tier is not None:
        if args.no_sandbox:
            message = f"`{case.case}` was confined; so are its checks"
            raise Failure("E_USAGE", message, hint="leave `--no-sandbox` out", exit=ExitCode.USAGE)
        mode = app.workspace.settings.sandbox.mode
        copy.sandbox = tightest(args.sandbox, mode, case.tier if case.tier in TIERS else TIERS[0])
    return copy
