"""`pyst run`: script → environment → plan → execution."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pyst import hotpath
from pyst.commands.support.confinement_options import asks_for_confinement
from pyst.commands.support.confinement_options import options as confinement_options
from pyst.commands.support.recording import is_file_first, is_recorded, lifeline_of
from pyst.commands.support.recording import options as recording_options
from pyst.commands.support.starting import MOST_TRIES, ground_of_word, look_anew, seconds_of, start_folder
from pyst.errors import ExitCode, Failure
from pyst.report import Report, diagnostic_of
from pyst.running.ground import Ground, ground_of_code
from pyst.running.plan import Limits, Plan
from pyst.running.prepare import make_plan
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.confinement.decision import Decision
    from pyst.environments.spec import Environment
    from pyst.records.places import Wish

DESCRIPTION = "Run a script in its own environment. Everything after SCRIPT is the script's, byte for byte."
EPILOG = """\
exit codes: the script's own, untouched; of pyst itself: 1 error, 64 usage, 101 blocked, 102 needs the network
while offline, 124 timed out, 126 cannot be executed, 127 no such script.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `run`."""
    add = parser.add_argument
    add("script", nargs="?", metavar="SCRIPT", help="a name, `origin:name`, a path, or `-` for standard input")
    add("-c", dest="code", metavar="CODE", help="run CODE instead of a script")
    add("--base64", metavar="DATA", help="run this Base64-encoded code instead of a script")
    add("--async", dest="is_async", action="store_true", help="allow `await` outside functions")
    add("--with", dest="with_", action="append", default=[], metavar="PKG", help="add a requirement (repeatable)")
    add("--python", metavar="V", help="the Python to run on: a version, a specifier or a path")
    add("--env-file", action="append", default=[], metavar="FILE", help="take variables from FILE (repeatable)")
    add("--timeout", metavar="S", help="end the run and all that it started after S seconds (exit 124)")
    add("--force", action="store_true", help="run it even if the context blocks it; this is recorded")
    add("--dry-run", action="store_true", help="print the plan instead of executing it")
    add("--latest", action="store_true", help="bring a script that lies in a gist to its newest first")
    recording_options(parser)
    confinement_options(parser)


def run(app: App, args: argparse.Namespace) -> Report:
    """Run what the command line names. On POSIX a plain run replaces this process and never returns."""
    seconds_of(args.timeout)  # a wrong word is told before anything is looked for
    if args.latest:
        _bring_to_newest(app, args)
    for left in reversed(range(MOST_TRIES)):
        ground = find_ground(app, args)
        told = len(app.remarks)
        try:
            return run_ground(app, args, ground, is_again=left < MOST_TRIES - 1)
        except ChangedMeanwhile as changed:
            if not left:
                raise
            del app.remarks[told:]  # they are about what is there no more
            look_anew(app, changed.path)
    raise AssertionError("unreachable")


class ChangedMeanwhile(Failure):
    """An installed script was changed between the look at it and its start; nothing was run."""

    def __init__(self, ground: Ground) -> None:
        assert ground.script is not None
        message = f"`{ground.script.selector}` was changed while its start was prepared; nothing was run"
        super().__init__("E_INTEGRITY", message, hint="run it again", exit=ExitCode.BLOCKED)
        self.path = ground.script.path


def _bring_to_newest(app: App, args: argparse.Namespace) -> None:
    if args.dry_run or args.script in (None, "-"):
        message = "`--latest` fetches a script by its name, and does not go with `--dry-run`"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    from pyst.commands.support.mapped import fetch_latest

    fetch_latest(app, args.script)


def run_ground(
    app: App,
    args: argparse.Namespace,
    ground: Ground,
    narrowed: Callable[[Decision], Decision] | None = None,
    *,
    is_again: bool = False,
) -> Report:
    """Run what was found, as the options say. `narrowed` makes less of what a confined run may reach; what `is_again`
    tried does not talk of the settings once more.

    Raises `Failure` where it may not, or can't, be run.
    """
    limits = Limits(timeout_seconds=seconds_of(args.timeout))
    if ground.lock_doubt and ground.script:
        from pyst.settings.trusting import lock_remark

        app.remark(lock_remark(ground.script.path, ground.lock_doubt, args.script))
    if ground.is_blocked and not args.force and not args.dry_run:
        raise _blocked(ground)
    if ground.altered is not None:
        if not args.dry_run:
            raise ground.altered
        app.remark(diagnostic_of(ground.altered)._replace(level="warning"))
    if app.workspace.settings.ignored:
        _tell_ignored(app, is_again)
    asked = _decision(app, args, ground, limits)
    decision = _settled(app, args, ground, asked)
    if decision is not None:
        if narrowed is not None:
            decision = narrowed(decision)
        limits = Limits(decision.bounds.timeout_seconds)
    lifeline = lifeline_of(args)
    wish = None
    if is_recorded(args):
        from pyst.commands.support.recording import wish_of

        wish = wish_of(app, args)
    environment = _environment(app, args, ground, decision)
    _require_unchanged(app, ground)
    if wish is not None and not args.dry_run:
        if ground.is_blocked:
            _record_forced(app, ground)
        return _recorded(app, args, ground, environment, limits, decision, wish, lifeline)
    plan = plan_run(app, args, ground, limits, environment, decision)
    if args.dry_run:
        from pyst.commands.support.run_reports import detail_of

        return Report(detail_of(app, ground, plan, decision))
    if ground.is_blocked:
        _record_forced(app, ground)
    reports = app.options.format != "human" or app.options.events is not None
    if reports or limits.timeout_seconds is not None or decision is not None or lifeline is not None:
        if not (reports or lifeline is not None or app.remarks or decision != asked):
            _remember(app, args, ground, plan)
        hotpath.end_turn()
        return _supervised(app, ground, plan, decision, lifeline)
    remarks = [*app.remarks]
    app.remarks.clear()
    for each in remarks:  # there will be no report to hold them
        app.talk(f"{each.level}: {each.message}" + (f"; try `{each.fix.command}`" if each.fix else ""))
    if not remarks:
        _remember(app, args, ground, plan)
    app.stdout.flush()
    app.stderr.flush()
    return Report({}, exit_code=app.execute(plan))


def _require_unchanged(app: App, ground: Ground) -> None:
    """Raise `ChangedMeanwhile` (E_INTEGRITY, 101) where an installed script was changed since it was looked at:
    questions were asked, and an environment was built, which may have taken long."""
    if not ground.target.is_alone or ground.script is None:
        return
    path = ground.script.path
    if path in app.witness.stamps and hotpath.stamp_of(path) != app.witness.stamps[path]:
        raise ChangedMeanwhile(ground)


def _tell_ignored(app: App, is_again: bool) -> None:
    """Say which settings of the project do not count, as it is not trusted. That is no reason against a memo: a person
    is told when the plan is worked out, and not again until something changes."""
    from pyst.commands.config import ignored_remarks

    for each in ignored_remarks(app.workspace.settings.ignored, app.workspace.root, app.cwd):
        if app.options.format != "human":
            app.remark(each)
        elif not is_again:
            app.talk(f"{each.level}: {each.message}" + (f"; try `{each.fix.command}`" if each.fix else ""))


def find_ground(app: App, args: argparse.Namespace) -> Ground:
    """What the command line means. Raises `Failure`, as `ground_of_word` and `ground_of_code` do."""
    given = [args.code is not None, args.base64 is not None, args.script is not None]
    if sum(given) != 1:
        message = "name one script, or give code by `-c`, `--base64` or `-`"
        raise Failure("E_USAGE", message, hint="see `pyst run --help`", exit=ExitCode.USAGE)
    if args.script is not None and args.script != "-":
        try:
            return ground_of_word(app, args.script, is_async=args.is_async)
        except Failure as failure:
            if failure.exit != ExitCode.NOT_FOUND or not _fetched(app, args, failure):
                raise
        return ground_of_word(app, args.script, is_async=args.is_async)
    code = _code_of(app, args)
    word = "-" if args.script == "-" else "-c"
    return ground_of_code(code, word, snippets=app.paths.snippets, is_async=args.is_async)


def _fetched(app: App, args: argparse.Namespace, failure: Failure) -> bool:
    """Whether a script that is nowhere here was fetched from its gist."""
    from pyst.commands.support.mapped import fetch_missing

    return fetch_missing(app, args.script, failure, may_fetch=not args.dry_run)


def _code_of(app: App, args: argparse.Namespace) -> bytes:
    if args.code is not None:
        return os.fsencode(args.code)
    if args.script == "-":
        stream = getattr(app.stdin, "buffer", None)
        data: bytes = stream.read() if stream is not None else app.stdin.read().encode()
        return data
    import base64
    import binascii

    try:
        return base64.b64decode(args.base64, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"what `--base64` was given is not Base64: {error}"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE) from error


def _blocked(ground: Ground) -> Failure:
    from pyst.settings.contexts import blocked

    assert ground.script is not None
    assert ground.verdict is not None
    return blocked(ground.script, ground.verdict)


def _decision(app: App, args: argparse.Namespace, ground: Ground, limits: Limits) -> Decision | None:
    """What a confined run may reach; None where the run is not confined."""
    wishes = ground.metadata is not None and "pyst" in ground.metadata.tool
    asked = app.workspace.settings.sandbox.mode != "off" or asks_for_confinement(args) or app.profile is not None
    if not (asked or wishes):
        return None
    from pyst.commands.support.confinement_rules import rules_from_flags
    from pyst.commands.support.confining import decide

    flags = rules_from_flags(app, args, limits.timeout_seconds)
    return decide(app, ground, start_folder(app, ground), flags)


def _settled(app: App, args: argparse.Namespace, ground: Ground, decision: Decision | None) -> Decision | None:
    """The decision with nothing missing, but for a dry run.

    Raises `Failure`: E_PERMISSION (101) where the script wants more than it was granted and nobody says yes.
    """
    if decision is None or args.dry_run:
        return decision
    from pyst.commands.support.confining import settle

    return settle(app, ground, decision)


def _variables(app: App, args: argparse.Namespace, decision: Decision | None = None) -> dict[str, str]:
    """What env files and the trace add to the script's environment.

    A confined run gets what the files named for it say, but of the user's own file only what it may see.
    """
    variables: dict[str, str] = {}
    if args.env_file or app.witness.is_file(app.paths.env_file):
        from pyst.running.envfiles import env_file_variables

        files = tuple(os.path.join(app.cwd, each) for each in args.env_file)
        variables = env_file_variables(files, app.paths.env_file, app.environ, app.witness)
        if decision is not None:
            from pyst.commands.support.confining import visible

            named = env_file_variables(files, os.devnull, app.environ, app.witness)
            variables = {**visible(decision, variables), **named}
    if app.trace_id:
        variables["TRACEPARENT"] = f"00-{app.trace_id}-{os.urandom(8).hex()}-01"
    return variables


def _environment(app: App, args: argparse.Namespace, ground: Ground, decision: Decision | None) -> Environment:
    """Where the run takes place, built if needed; of a dry run, where it would.

    Code that was typed or piped in is no more trusted than a script where it is confined.
    """
    from pyst.commands.support.environment import environment_for

    if args.with_:
        from pyst.scripts.editing import check_requirement

        for each in args.with_:
            check_requirement(each)
    if decision is not None and ground.script is None:
        ground = ground._replace(trusted=False)
    return environment_for(app, ground, with_requirements=tuple(args.with_), python=args.python, build=not args.dry_run)


def plan_run(
    app: App,
    args: argparse.Namespace,
    ground: Ground,
    limits: Limits,
    environment: Environment,
    decision: Decision | None = None,
) -> Plan:
    """The plan of a run in `environment`. With a `decision` the run is confined."""
    variables = _variables(app, args, decision)
    target = ground.target
    if ground.broken is not None and ground.script is not None:
        from pyst.commands.support.interpreted import calls_main

        target = target._replace(calls_main=calls_main(app, ground, environment))
    plan = make_plan(
        target,
        tuple(args.script_arguments),
        python=environment.python,
        version=environment.interpreter.version,
        environment=environment.path,
        cwd=start_folder(app, ground),
        here=app.cwd,
        environ=app.environ,
        variables=variables,
        limits=limits,
    )._replace(used=environment.used)
    if decision is None:
        return plan
    from pyst.commands.support.confining import confined

    return confined(app, ground, plan, decision)


def _remember(
    app: App, args: argparse.Namespace, ground: Ground, plan: Plan, record: tuple[Any, ...] | None = None
) -> None:
    """Keep the plan for the hot path; `record` says how the run is recorded."""
    if (
        args.latest
        or args.env_file
        or ground.is_blocked
        or app.options.no_cache
        or app.witness.is_file(app.paths.env_file)
    ):
        return  # what env files say may be secret
    from pyst.running.memo import save_plan

    save_plan(
        app.words,
        plan,
        len(args.script_arguments),
        cwd=app.cwd,
        environ=app.environ,
        witness=app.witness,
        own=os.path.join(app.paths.environments, ""),
        label=ground.label if record is not None or plan.walls or plan.limits.timeout_seconds is not None else None,
        record=record,
    )


def _record_forced(app: App, ground: Ground) -> None:
    """Write down that a script was run past its context. Where that can't be written, the script does not run."""
    import json

    from pyst.settings.trust import sha256_of
    from pyst.system.files import append_line

    assert ground.script is not None
    assert ground.verdict is not None
    entry = {
        "at": app.clock(),
        "script": ground.script.path,
        "sha256": sha256_of(ground.source),
        "context": ground.verdict.context,
        "rule": ground.verdict.rule,
    }
    path = os.path.join(app.paths.state, "forced.jsonl")
    try:
        os.makedirs(app.paths.state, mode=0o700, exist_ok=True)
        append_line(path, json.dumps(entry))
    except OSError as error:
        message = f"`--force` is recorded in `{path}`, which can't be written: {error.strerror}"
        raise Failure("E_WRITE", message) from error


def _supervised(
    app: App, ground: Ground, plan: Plan, decision: Decision | None = None, lifeline: int | None = None
) -> Report:
    """Run while pyst stays: for a time limit, walls, events, or a report in JSON, which holds what the script
    printed."""
    from pyst.commands.support import run_reports as reports
    from pyst.running.supervise import supervise

    wants_report = app.options.format != "human"
    capture = None
    if wants_report:
        capture = reports.capture_folder(app)

    def on_event(event: dict[str, Any]) -> None:
        app.event(event.pop("type"), **event)

    outcome = supervise(plan, app.environ, capture=capture, on_event=on_event, lifeline=lifeline)
    diagnostics = reports.told_after(app, ground.label, plan, outcome, app.events, decision)
    if not wants_report:
        return Report({}, diagnostics, outcome.exit_code)
    detail = reports.detail_of(app, ground, plan, decision)
    detail["outcome"] = reports.outcome_data(
        outcome, reports.stream_data(outcome.stdout), reports.stream_data(outcome.stderr)
    )
    if capture is not None:
        reports.drop_empty_folder(capture.folder)
    return Report(detail, diagnostics, outcome.exit_code)


def _recorded(
    app: App,
    args: argparse.Namespace,
    ground: Ground,
    environment: Environment,
    limits: Limits,
    decision: Decision | None,
    wish: Wish,
    lifeline: int | None,
) -> Report:
    """Run into a record; see `running.recorded`."""
    from pyst.commands.support import run_reports as reports
    from pyst.commands.support.recording import memo_of, remark_on, subject_of, within_walls
    from pyst.records.ending import fail
    from pyst.records.writing import Recording
    from pyst.running.recorded import run_recorded
    from pyst.running.signals import Held

    def on_event(event: dict[str, Any]) -> None:
        app.event(event.pop("type"), **event)

    file_first, is_human = is_file_first(args), app.options.format == "human"
    with Held() as held:
        subject = subject_of(app, args, ground, environment, limits)
        recording = Recording(subject.task, wish, lambda: subject, app.clock)
        recording.prepare()
        try:
            plan = plan_run(app, args, ground, limits, environment, decision)
            plan = within_walls(app, plan, recording, decision)
            if args.replay_of is not None and plan.stdin is None:
                plan = plan._replace(stdin=b"")  # what it read then is not recorded; the caller's input is not its
        except Failure as failure:
            remark_on(app, fail(recording, failure))
            raise
        memo = memo_of(args, wish, recording.subject)
        if is_human and memo is not None and not app.remarks and app.options.events is None:
            _remember(app, args, ground, plan, memo)
        hotpath.end_turn()
        ran = run_recorded(
            plan,
            app.environ,
            recording,
            held,
            echo=is_human and not file_first,
            preview_bytes=reports.PREVIEW_BYTES,
            lifeline=lifeline,
            on_event=on_event,
        )
    report = reports.report_of_recorded(
        app, ground.label, plan, ran, held.noted, file_first, wish.preview_bytes, decision
    )
    if is_human or ran.outcome is None:
        return report
    record, outcome = ran.finished.record, ran.outcome
    stdout = reports.stream_data(outcome.stdout, record.stdout.path if record.stdout else None)
    told = reports.outcome_data(outcome, stdout, reports.stream_data(outcome.stderr, record.log.path))
    return report._replace(detail={**reports.detail_of(app, ground, plan, decision), **report.detail, "outcome": told})


def human(report: Report, view: View) -> Iterable[Line]:
    """A dry run is shown, and what a file-first run left; of any other run, the script has said all itself."""
    if report.detail.get("record") is not None:
        from pyst.records.summary import summary_lines

        yield from summary_lines(report.detail["record"], report.detail["previews"], _here())
        return
    if report.detail.get("outcome") is not None or not report.detail:
        return
    import shlex

    plan = report.detail["plan"]
    yield [Span("run    ", "dim"), shlex.join(plan["argv"])]
    yield [Span("in     ", "dim"), plan["cwd"]]
    if plan["environment"]:
        built = "" if os.path.isdir(plan["environment"]) else "  (not built yet)"
        yield [Span("with   ", "dim"), plan["environment"], Span(built, "dim")]
    for name, value in plan["set_variables"].items():
        yield [Span("set    ", "dim"), f"{name}={value}"]
    for name in plan["unset_variables"]:
        yield [Span("unset  ", "dim"), name]
    if plan["limits"]["timeout_seconds"]:
        yield [Span("limit  ", "dim"), f"{plan['limits']['timeout_seconds']:g} s"]
    if plan["walls"]:
        from pyst.commands.support.confinement_words import permission_lines, wall_lines

        if profile := report.detail["permissions"]["profile"]:
            yield [Span("profile ", "dim"), profile]
        yield from wall_lines(plan["walls"])
        yield from permission_lines(report.detail["permissions"])
    if not report.detail["allowed"]:
        rule = report.detail["rule"]
        by = f" by `{rule}`" if rule else ""
        yield [Span("BLOCKED", "bad"), f" in the context `{report.detail['context']}`{by}"]


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def __getattr__(name: str) -> Any:
    if name == "DETAIL":  # made when it is asked for: a run seldom asks
        from pyst.commands.support.run_schema import DETAIL

        return DETAIL
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
