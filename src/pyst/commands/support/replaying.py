"""Running a recorded run again, by the way that every run goes: its options, its bytes, no more than it could reach.

What a replay is made of is told by `pyst.records.replaying`. It grants nothing: what the recorded run was granted by
options has to be granted again, unless the user says `--same-permissions`.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from pyst.errors import ExitCode, Failure
from pyst.named import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyst.app import App
    from pyst.confinement.decision import Decision
    from pyst.records.record import Record
    from pyst.report import Diagnostic
    from pyst.running.ground import Ground


ENDING_SIGNALS = frozenset({"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"})


class Again(NamedTuple):
    """A run that was run again: its new record, and what was remarked on meanwhile."""

    record: Record
    remarks: tuple[Diagnostic, ...]


def options(parser: argparse.ArgumentParser) -> None:
    """The options of commands that run recorded runs again."""
    from pyst.commands.support.confinement_options import options as confinement_options

    add = parser.add_argument
    add("--timeout", metavar="S", help="end each run after S seconds (default: the limit it was recorded with)")
    add("--force", action="store_true", help="run it even if the context blocks it; this is recorded")
    add("--same-permissions", action="store_true", help="grant a confined run again what it was granted then")
    add("--lifeline", metavar="FD", help=argparse.SUPPRESS)
    confinement_options(parser)


def run_again(
    app: App, args: argparse.Namespace, record: Record, *, script: str | None = None, is_foreign: bool = False
) -> Again:
    """Run what was recorded once more: the recorded bytes, or the script that the word `script` means now.

    The record `is_foreign` where it is not of pyst's own keeping: code that was typed is then nobody's own.
    Raises `Failure`: E_REPLAY (1) where something is missing, and all that `run` raises.
    """
    from pyst.commands import run
    from pyst.records.record import from_json

    refuse_obstacles(app, record, with_script=script is None)
    inner = _app_of(app, record)
    words = _arguments(inner, args, record, app.cwd)
    before = len(app.events)
    try:
        ground = _recorded_ground(inner, record) if script is None else _ground_now(inner, record, script)
        if is_foreign and ground.script is None:
            ground = ground._replace(trusted=False)
        report = run.run_ground(inner, words, ground, lambda decision: _narrowed(inner, args, record, decision))
    finally:
        app.events += inner.events
        inner.close()
    if any(each["type"] == "signal_forwarded" and each["signal"] in ENDING_SIGNALS for each in app.events[before:]):
        message = f"the run was interrupted; it is recorded as `{report.detail['record']['run_id']}`"
        raise Failure("E_INTERRUPTED", message, exit=ExitCode.INTERRUPTED)
    return Again(from_json(report.detail["record"]), (*report.diagnostics, *inner.remarks))


def refuse_obstacles(app: App, record: Record, *, with_script: bool = True) -> None:
    """Raise `Failure` (E_REPLAY) where the run can't be run again as it was."""
    from pyst.records.replaying import obstacles

    found = obstacles(record, app.paths.state, with_script=with_script)
    if found:
        message = f"`{record.run_id}` can't be run again: {'; '.join(found)}"
        raise Failure("E_REPLAY", message, hint=f"`pyst show {record.run_id}` tells what is known of it")


def _app_of(app: App, record: Record) -> App:
    """The surroundings of the run: its folder, its context; its files are what they were. It prints nothing."""
    from pyst.app import App

    context = app.options.context or record.options.context
    inner = App(
        options=app.options._replace(format="json", context=context, cwd=record.cwd),
        environ=app.environ,
        cwd=record.cwd,
        stdin=app.stdin,
        stdout=app.stdout,
        stderr=app.stderr,
        runner=app.given_runner,
        clock=app.clock,
    )
    if app.options.events is not None:
        inner.event = app.event  # type: ignore[method-assign]
    return inner


def _arguments(app: App, args: argparse.Namespace, record: Record, here: str) -> argparse.Namespace:
    """The options of `run` that the run was recorded with; of those given now, the tighter ones. Relative paths among
    the latter start `here`."""
    from pyst.commands import run
    from pyst.commands.support.confinement_options import options as confinement_options
    from pyst.confinement.ceiling import tightest
    from pyst.records.replaying import input_of, place

    parser = argparse.ArgumentParser(add_help=False)
    run.options(parser)
    words = parser.parse_args([])
    own = argparse.ArgumentParser(add_help=False)
    confinement_options(own)
    for name in vars(own.parse_args([])):
        value = getattr(args, name)
        kind = name.rpartition("_")[2]
        setattr(words, name, [_from(here, each, kind) for each in value] if isinstance(value, list) else value)
    recorded = record.options
    words.script_arguments = list(record.argv)
    words.with_, words.python, words.is_async = list(recorded.with_), recorded.python, recorded.is_async
    words.env_file, words.force = list(recorded.env_files), args.force
    words.timeout = args.timeout or (repr(recorded.timeout_seconds) if recorded.timeout_seconds else None)
    words.record, words.replay_of, words.lifeline = True, record.run_id, args.lifeline
    if record.confinement is not None:
        if args.no_sandbox:
            message = f"`{record.run_id}` was confined; a replay is, too"
            raise Failure("E_USAGE", message, hint="leave `--no-sandbox` out", exit=ExitCode.USAGE)
        asked, mode = record.confinement.walls.get("tier"), app.workspace.settings.sandbox.mode
        words.sandbox = tightest(args.sandbox, mode, asked if isinstance(asked, str) else record.confinement.tier)
    given = input_of(record, app.paths.state)
    if given is not None and record.input is not None:
        sha256 = record.input.sha256
        words.input_path = given.path
        if not given.is_there:
            words.input_path = _placed(lambda: place(app.paths.snippets, given.path, given.data, sha256))
    return words


def _from(here: str, text: str, kind: str) -> str:
    """The items of an option of permissions, with relative paths made absolute."""
    if kind not in ("read", "write", "run"):
        return text
    items = [each.strip() for each in text.split(",")]
    is_relative = [each[:1] not in ("", "/", "~", "$") and (kind != "run" or "/" in each) for each in items]
    return ",".join(os.path.join(here, each) if is_ else each for each, is_ in zip(items, is_relative, strict=True))


def _placed(put: Callable[[], str]) -> str:
    try:
        return put()
    except OSError as error:
        message = f"recorded bytes can't be put into the cache: {error.strerror or error}"
        raise Failure("E_CACHE_WRITE", message) from error


def _recorded_ground(app: App, record: Record) -> Ground:
    """The ground of the recorded bytes. They are judged and trusted as what lay at their path then."""
    from pyst.records.replaying import CODE, RecordedWitness, lock_of, place, script_of
    from pyst.running.ground import ground_of_code, ground_of_found
    from pyst.scripts.script import Script

    program = record.script
    source = script_of(record, app.paths.state)
    assert source is not None  # `refuse_obstacles` saw it
    if program.origin == CODE or program.path is None:
        return ground_of_code(
            source.data, program.selector, snippets=app.paths.snippets, is_async=record.options.is_async
        )
    files: dict[str, bytes | None] = {program.path: source.data}
    if record.environment.project is None:  # a project's environment is its own, and is as it is now
        lock = lock_of(record, app.paths.state)
        files[program.path + ".lock"] = None
        files |= {lock.path: lock.data} if lock is not None else {}
    app.witness = RecordedWitness(files)
    script = Script(program.name, program.path, program.origin, os.path.dirname(program.path))
    ground = ground_of_found(
        script,
        workspace=app.workspace,
        context=app.options.context,
        environ=app.environ,
        witness=app.witness,
        is_async=record.options.is_async,
    )
    if source.is_there:
        return ground
    path = program.path
    private = _placed(lambda: place(app.paths.snippets, path, source.data, program.sha256))
    return ground._replace(target=ground.target._replace(path=private))


def _ground_now(app: App, record: Record, word: str) -> Ground:
    from pyst.commands.support.starting import ground_of_word

    return ground_of_word(app, word, is_async=record.options.is_async)


def _narrowed(app: App, args: argparse.Namespace, record: Record, decision: Decision) -> Decision:
    """No more than the recorded run could reach; nothing less either, or `Failure` (E_PERMISSION, 101) is raised."""
    if record.confinement is None:
        return decision
    from shutil import which

    from pyst.commands.support.confining import flags_of
    from pyst.confinement.ceiling import ceiling_of, lacking_of, lowered, with_paths
    from pyst.confinement.permissions import NOTHING, excludes, union

    def find(name: str) -> str | None:
        found = which(name, path=app.environ.get("PATH", os.defpath))
        return os.path.realpath(found) if found else None

    walls: dict[str, Any] = record.confinement.walls
    ceiling = ceiling_of(walls)
    missed = lacking_of(with_paths(decision.left, find), ceiling, _own_paths(record), frozenset(app.environ))
    denied = any(excludes(decision.denied, kind, item) for kind, item in missed.items())
    if missed != NOTHING:
        if not args.same_permissions or denied:
            told = ", ".join(f"{kind} `{item}`" for kind, item in missed.items())
            hint = f"`{' '.join(flags_of(missed))}` grants it this once, `--same-permissions` all of it"
            message = f"`{record.run_id}` could reach what a run now can't: {told}"
            raise Failure("E_PERMISSION", message, hint=hint, exit=ExitCode.BLOCKED)
        decision = decision._replace(left=union(decision.left, missed), granted=union(decision.granted, missed))
    bounds = walls.get("bounds")
    return lowered(decision, ceiling, bounds if isinstance(bounds, dict) else {}, find)


def _own_paths(record: Record) -> tuple[str, ...]:
    """What a run may reach without a grant: its script, what pyst itself needs, its input and its output folder."""
    from pyst.running.prepare import INSIDE

    found = [INSIDE, record.output_dir, os.path.dirname(record.manifest)]
    found += (
        [each for each in record.confinement.walls.get("read", ()) if each.endswith("/pyst/inside")]
        if (record.confinement)
        else []
    )
    if record.script.path is not None:
        found += [record.script.path, os.path.realpath(record.script.path)]
    if record.input is not None:
        found += [record.input.path, os.path.realpath(record.input.path)]
    return tuple(found)
