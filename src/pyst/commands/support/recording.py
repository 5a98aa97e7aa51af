"""Recorded runs: from the options of `run` to what is recorded, the run itself, and what a report holds of it.

How a record is made and kept is the business of `pyst.records`; that of the script, of `pyst.running`.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.confinement.decision import Decision
    from pyst.environments.spec import Environment
    from pyst.records.ending import Finished
    from pyst.records.places import Wish
    from pyst.records.record import Surroundings
    from pyst.records.subject import Subject
    from pyst.records.writing import Recording
    from pyst.running.ground import Ground
    from pyst.running.plan import Plan

DEFAULT_FOLDER = "temp"


def options(parser: argparse.ArgumentParser) -> None:
    """The options of recorded runs."""
    group = parser.add_argument_group("records")
    add = group.add_argument
    add("--input-path", metavar="FILE", help="a JSON file for the script; what it prints goes into a log")
    add("--output-dir", metavar="DIR", help="where its outputs, log and manifest go (with an input: `temp`)")
    add("--output-path", metavar="FILE", help="where the manifest goes, if not into that folder")
    add("--record", action="store_true", help="keep a record of the run; what it prints is shown as ever")
    add("--replay-of", metavar="RUN", help=argparse.SUPPRESS)
    add("--lifeline", metavar="FD", help=argparse.SUPPRESS)


def is_file_first(args: argparse.Namespace) -> bool:
    """Whether outputs and messages of the script go into files."""
    return any(each is not None for each in (args.input_path, args.output_dir, args.output_path))


def is_recorded(args: argparse.Namespace) -> bool:
    """Whether a record of the run is to be kept."""
    return args.record or is_file_first(args)


def lifeline_of(args: argparse.Namespace) -> int | None:
    """The descriptor whose end ends the run. Raises `Failure` (E_USAGE) where it is none."""
    if args.lifeline is None:
        return None
    try:
        fd = int(args.lifeline)
        os.set_inheritable(fd, False)  # helpers and scripts are not to have it
        if fd < 3:
            raise ValueError(fd)
    except (OSError, ValueError, OverflowError) as error:
        message = f"`--lifeline {args.lifeline}` is no open descriptor above 2"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE) from error
    return fd


def wish_of(app: App, args: argparse.Namespace) -> Wish:
    """How the run is to be recorded; the input is read and checked. Raises `Failure` (E_INPUT, E_USAGE, 64)."""
    from pyst.records.inputs import read_input
    from pyst.records.places import Wish

    for flag in ("input_path", "output_dir", "output_path"):
        if getattr(args, flag) == "":  # an unset variable of the shell, and not the current folder
            raise Failure("E_USAGE", f"`--{flag.replace('_', '-')}` is empty", exit=ExitCode.USAGE)
    agent = app.workspace.settings.agent
    given = read_input(args.input_path, app.cwd) if args.input_path is not None else None
    folder = args.output_dir
    if folder is None and is_file_first(args) and not args.record:
        folder = DEFAULT_FOLDER  # with `--record` its own folder in the state, whatever else is asked for
        if not args.dry_run:
            _make_default_folder(os.path.join(app.cwd, folder))
    return Wish(
        state=app.paths.state,
        cap_bytes=agent.max_log_bytes,
        preview_bytes=agent.max_preview_bytes,
        output_dir=None if folder is None else os.path.abspath(os.path.join(app.cwd, folder)),
        output_path=None if args.output_path is None else os.path.join(app.cwd, args.output_path),
        given=given,
    )


def _make_default_folder(path: str) -> None:
    from pyst.records.folder import make_output_folder
    from pyst.records.places import cannot_write

    try:
        make_output_folder(path)
    except OSError as error:
        raise cannot_write(path, error) from error


def subject_of(app: App, args: argparse.Namespace, ground: Ground, environment: Environment, limits: Any) -> Subject:
    """What is known of the run before it starts."""
    from pyst.records.ids import task_of
    from pyst.records.record import Options, Program, Python
    from pyst.records.subject import Subject
    from pyst.system.digest import sha256

    script, source = ground.script, ground.source
    digest = sha256(source)
    if script is not None:
        program = Program(script.name, script.selector, script.origin, script.path, digest, len(source))
    else:
        program = Program("code", ground.target.word, "code", None, digest, len(source))
    around, lock = _surroundings(app, args, ground, environment)
    interpreter = environment.interpreter
    return Subject(
        task=task_of(script.name if script else None),
        program=program,
        arguments=tuple(args.script_arguments),
        options=Options(
            with_=tuple(args.with_),
            python=args.python,
            is_async=args.is_async,
            context=app.options.context,
            forced=ground.is_blocked,
            timeout_seconds=limits.timeout_seconds,
            env_files=tuple(os.path.join(app.cwd, each) for each in args.env_file),
        ),
        environment=around,
        interpreter=Python(environment.python, interpreter.version or None, interpreter.implementation or None),
        redact=tuple(app.workspace.settings.document.redact),
        replay_of=args.replay_of,
        contents=((digest, source), *([] if lock is None else [(around.lock.sha256, lock)] if around.lock else [])),
    )


def memo_of(args: argparse.Namespace, wish: Wish, subject: Subject) -> tuple[Any, ...] | None:
    """What a memo of the run says about its record, for `pyst.recording`; None where it is to have none."""
    from pyst.records.subject import to_plain

    if args.lifeline is not None or args.replay_of is not None or subject.walls is not None:
        return None
    where = (wish.output_dir, wish.output_path, wish.state, wish.cap_bytes, wish.preview_bytes)
    return is_file_first(args), args.input_path, *where, to_plain(subject)


def _surroundings(
    app: App, args: argparse.Namespace, ground: Ground, environment: Environment
) -> tuple[Surroundings, bytes | None]:
    """What the record says of the environment, and the bytes of the lock that it was made of."""
    from pyst.records.record import Lock, Surroundings
    from pyst.system.digest import sha256

    requirements: tuple[str, ...] = ()
    path, lock, root = None, None, None
    if ground.metadata is not None:
        requirements = ground.metadata.dependencies
        if ground.script is not None:
            path = ground.script.path + ".lock"
            lock = app.witness.read(path, most_bytes=64 << 20)
    elif ground.script is not None and environment.path is not None:
        from pyst.environments.project import find_project

        project = find_project(ground.script.path, app.workspace.root, app.witness)
        if project is not None:
            root, requirements, lock = project.root, project.requirements, project.lock
            path = os.path.join(project.root, "uv.lock")
    around = Surroundings(
        key=environment.key or None,
        path=environment.path,
        requirements=(*requirements, *args.with_),
        lock=None if lock is None or path is None else Lock(path, sha256(lock)),
        project=root,
    )
    return around, lock


def within_walls(app: App, plan: Plan, recording: Recording, decision: Decision | None) -> Plan:
    """The plan, its walls opened for the output folder and the input: naming them was the user's own grant.

    Raises `Failure` (E_DENY, 101) where a denial covers one of them, or pyst's own folders lie in the output folder.
    """
    if plan.walls is None or decision is None:
        return plan
    from pyst.confinement.permissions import permissions_of, without
    from pyst.confinement.view import trace

    walls, record = plan.walls, recording.record
    read = [record.input.path] if record.input else []
    wanted = permissions_of({"read": read, "write": [record.output_dir]})
    left, holes = without(wanted, decision.denied)
    lost = [*(set(wanted.read) - set(left.read)), *(set(wanted.write) - set(left.write))]
    lost += [path for path in (*wanted.read, *wanted.write) for each in walls.denied if _covers(each, path)]
    if lost:
        message = f"`{lost[0]}` is denied, which the run needs for its record"
        hint = "choose another place with `--input-path`, `--output-dir`"
        raise Failure("E_DENY", message, hint=hint, exit=ExitCode.BLOCKED)
    for each in (app.paths.config, app.paths.data, app.paths.cache, app.paths.state):
        names = (os.path.realpath(each), *(link for link, _ in trace(each)[1]))
        is_inside = recording.wish.output_dir is not None and _covers(names[0], record.output_dir)
        if is_inside or any(_covers(record.output_dir, name) for name in names):
            lies = "the output folder `{1}` lies in pyst's own `{0}`" if is_inside else "pyst's own `{}` lies in `{}`"
            message = lies.format(each, record.output_dir)
            hint = "no confined run may write there: choose another with `--output-dir`"
            raise Failure("E_DENY", message, hint=hint, exit=ExitCode.BLOCKED)
    walls = walls._replace(
        read=tuple(dict.fromkeys((*walls.read, *read))),
        write=tuple(dict.fromkeys((*walls.write, record.output_dir))),
        denied=tuple(dict.fromkeys((*walls.denied, *holes.read, *holes.write))),
    )
    recording.subject = recording.subject._replace(walls=walls.to_json())
    return plan._replace(walls=walls)


def _covers(outer: str, path: str) -> bool:
    return path == outer or path.startswith(outer.rstrip(os.sep) + os.sep)


def remark_on(app: App, finished: Finished) -> None:
    """Remark on a run that failed to start, but was recorded."""
    from pyst.report import Diagnostic

    for each in finished.remarks:
        app.remark(each)
    app.remark(Diagnostic("info", "I_RECORDED", f"the record is `{finished.record.manifest}`"))
