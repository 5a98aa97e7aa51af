"""`pyst baseline`: recorded runs as the measure for later ones, kept with the project."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyst.commands.support.comparing import ASPECT, PAIR, aspect_lines, choices_of, has_choices, pair_lines, pairs_data
from pyst.commands.support.comparing import options as comparing_options
from pyst.commands.support.replaying import options as replaying_options
from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, maybe, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Diagnostic, Report, diagnostic_of
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.records.baseline import Baseline, Case
    from pyst.records.comparing.choices import Choices
    from pyst.records.record import Record

DESCRIPTION = """\
Keep recorded runs as a baseline: script, input, outputs and exit code of each, in `baselines/NAME` of the project.
`check` runs every case again and compares: with the script as it is now, with the saved bytes (`--saved`), or with
another implementation (`--with-script`). Tolerances and what is ignored are saved with the baseline.
"""
EPILOG = "exit codes: 0 all cases are the same, 1 some are not (E_DIFFERS) or an error, 64 usage.\n"
ACTIONS = ("save", "check", "list", "drop")
STATES = {"same": "good", "different": "bad", "failed": "bad"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `baseline`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    doing = "save runs, check by running them again, list the baselines, delete one"
    add("words", nargs="*", metavar="save NAME RUN... | check NAME [CASE...] | list | drop NAME", help=doing)
    add("--dir", metavar="DIR", help="where baselines lie (default: `baselines` in the project)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--with-script", metavar="NEW", help="check this script instead")
    which.add_argument("--saved", action="store_true", help="check the saved bytes of the scripts")
    comparing_options(parser)
    replaying_options(parser)


def run(app: App, args: argparse.Namespace) -> Report:
    """Save, check, list or drop."""
    action, *rest = args.words or ["list"]
    if action not in ACTIONS:
        hint = did_you_mean(action, list(ACTIONS)) or f"it can {', '.join(ACTIONS)}"
        raise Failure("E_USAGE", f"`baseline` can't `{action}`", hint=hint, exit=ExitCode.USAGE)
    _refuse_needless(args, action, rest)
    folder = _folder(app, args)
    if action == "list":
        return _list(folder)
    from pyst.records.baseline import check_name

    if not rest:
        raise Failure("E_USAGE", f"`baseline {action}` takes the name of a baseline", exit=ExitCode.USAGE)
    name = check_name(rest[0])
    if action == "save":
        return _save(app, args, folder, name, rest[1:])
    if action == "drop":
        return _drop(folder, name, rest[1:])
    return _check(app, args, folder, name, rest[1:])


def _refuse_needless(args: argparse.Namespace, action: str, rest: list[str]) -> None:
    """Raise `Failure` (E_USAGE) for options and words that say nothing to the action."""
    if action != "check" and (args.with_script or args.saved):
        raise Failure("E_USAGE", "`--with-script` and `--saved` are for `baseline check`", exit=ExitCode.USAGE)
    if action in ("list", "drop") and has_choices(args):
        raise Failure("E_USAGE", f"`baseline {action}` compares nothing", exit=ExitCode.USAGE)
    if action == "list" and rest:
        raise Failure("E_USAGE", f"`{rest[0]}` is one word too many", exit=ExitCode.USAGE)


def _folder(app: App, args: argparse.Namespace) -> str:
    from pyst.records.baseline import FOLDER

    if args.dir is not None:
        return os.path.normpath(os.path.join(app.cwd, args.dir))
    return os.path.join(app.workspace.root, FOLDER)


def _list(folder: str) -> Report:
    from pyst.records.baseline import baselines_in, recover_all

    recover_all(folder)
    rows, remarks = [], []
    for name, found in baselines_in(folder):
        if isinstance(found, Failure):
            remarks.append(diagnostic_of(found)._replace(level="warning", code="W_BASELINE"))
        else:
            rows.append(_row(name, found))
    return Report(_detail("list", folder, baselines=rows), tuple(remarks))


def _row(name: str, found: Baseline) -> dict[str, Any]:
    return {"name": name, "path": found.folder, "created_at": found.created_at, "cases": len(found.cases)}


def _detail(action: str, folder: str, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"name": None, "baselines": [], "cases": [], "same": True, "choices": None}
    return {"action": action, "folder": folder, **empty, **more}


def _save(app: App, args: argparse.Namespace, folder: str, name: str, words: list[str]) -> Report:
    from pyst.commands.support.recorded import record_of_word
    from pyst.records.baseline import MOST_CASES, plan_case, read_baseline, save

    if not 0 < len(words) <= MOST_CASES:
        message = f"`baseline save` takes runs, at most {MOST_CASES}"
        raise Failure("E_USAGE", message, hint="`pyst history` lists them", exit=ExitCode.USAGE)
    choices = choices_of(args)
    records = {each.run_id: each for each in (record_of_word(app, word) for word in words)}
    state, root = app.paths.state, app.workspace.root
    plans = [plan_case(number, each, state, root) for number, each in enumerate(records.values(), 1)]
    path = save(folder, name, plans, choices, app.clock(), replace=args.force)
    saved = read_baseline(path)
    return Report(_detail("save", folder, name=name, baselines=[_row(name, saved)], choices=choices.to_json()))


def _drop(folder: str, name: str, more: list[str]) -> Report:
    from pyst.records.baseline import drop

    if more:
        raise Failure("E_USAGE", f"`{more[0]}` is one word too many", exit=ExitCode.USAGE)
    found = _found(folder, name)
    drop(found)
    return Report(_detail("drop", folder, name=name, baselines=[_row(name, found)]))


def _found(folder: str, name: str) -> Baseline:
    """The baseline of this name. Raises `Failure` (E_NO_BASELINE, E_BASELINE)."""
    from pyst.records.baseline import baselines_in, read_baseline, recover

    recover(folder, name)
    try:
        return read_baseline(os.path.join(folder, name))
    except Failure as failure:
        if failure.code == "E_NO_BASELINE":
            failure.hint = did_you_mean(name, [each for each, _ in baselines_in(folder)]) or failure.hint
        raise


def _check(app: App, args: argparse.Namespace, folder: str, name: str, only: list[str]) -> Report:
    """Run every case again, and compare."""
    found = _found(folder, name)
    cases = [case for case in found.cases if not only or any(case.case.startswith(each) for each in only)]
    if only and not cases:
        known = ", ".join(f"`{case.case}`" for case in found.cases[:10])
        raise Failure("E_USAGE", f"no case begins with `{only[0]}`", hint=f"there are {known}", exit=ExitCode.USAGE)
    choices = _merged(found.choices, args)
    rows = []
    remarks: list[Diagnostic] = []
    for number, case in enumerate(cases, 1):
        app.talk(f"{number}/{len(cases)} {case.case}", level=1)
        rows.append(_checked(app, args, found, case, choices))
        app.event("case_end", case=case.case, status=rows[-1]["status"])
    bad = [row for row in rows if row["status"] != "same"]
    if bad:
        many = "s" if len(rows) != 1 else ""
        are = "is not as it was" if len(bad) == 1 else "are not as they were"
        message = f"{len(bad)} of {len(rows)} case{many} of `{name}` {are}"
        remarks.append(
            Diagnostic("error", "E_DIFFERS", message, "`baseline save --force` takes new runs as the measure")
        )
    detail = _detail("check", folder, name=name, cases=rows, same=not bad, choices=choices.to_json())
    return Report(detail, tuple(remarks), ExitCode.ERROR if bad else ExitCode.OK)


def _merged(saved: Choices, args: argparse.Namespace) -> Choices:
    """What was saved to be let pass, and what the options say now: they add what is ignored, and replace the rest."""
    given = choices_of(args)
    return saved._replace(
        absolute=given.absolute if args.abs_tol is not None else saved.absolute,
        relative=given.relative if args.rel_tol is not None else saved.relative,
        ignored=tuple(dict.fromkeys((*saved.ignored, *given.ignored))),
        keys=given.keys or saved.keys,
        delimiter=given.delimiter or saved.delimiter,
    )


def _checked(app: App, args: argparse.Namespace, found: Baseline, case: Case, choices: Choices) -> dict[str, Any]:
    from pyst.commands.support.baseline_runs import arguments_for, record_of_case, word_for
    from pyst.commands.support.replaying import run_again
    from pyst.records.differences import ENDINGS, aspects, compare_outputs, items_of

    row: dict[str, Any] = {"case": case.case, "script": case.selector, "run_id": None, "replay_of": case.run_id}
    row |= {
        "expected_exit_code": case.exit_code,
        "exit_code": None,
        "aspects": [],
        "pairs": [],
        "total": 0,
        "different": 0,
        "error": None,
    }
    try:
        before = record_of_case(app, found, case)
        word = word_for(app, args, case)
        again = run_again(app, arguments_for(app, args, case), before, script=word, is_foreign=True)
    except Failure as failure:
        if failure.code == "E_INTERRUPTED":
            raise
        error = {"code": failure.code, "message": app.masked(failure.message), "hint": failure.hint or None}
        return {**row, "status": "failed", "error": error}
    after: Record = again.record
    pairs = pairs_data(compare_outputs(found.items(case), items_of(after), app.paths.state, choices))
    around = [each._asdict() for each in aspects(before, after) if each.name in ("code", "lock", *ENDINGS)]
    is_same = not pairs["different"] and after.exit_code == case.exit_code
    row |= {"run_id": after.run_id, "exit_code": after.exit_code, "aspects": around, **pairs}
    return {**row, "status": "same" if is_same else "different"}


def human(report: Report, view: View) -> Iterable[Line]:
    """The cases with what differs; or the baselines."""
    detail = report.detail
    action, rows = detail["action"], detail["baselines"]
    if action == "check":
        yield from _case_lines(detail["cases"], view)
    elif action == "list":
        yield from [] if rows else ["there is no baseline"]
        told = [(Span(each["name"], "name"), _count(each["cases"]), each["created_at"], each["path"]) for each in rows]
        yield from table(told, view)
    else:
        verb = "saved" if action == "save" else "deleted"
        yield [f"{verb} ", Span(rows[0]["path"], "name"), f" ({_count(rows[0]['cases'])})"]


def _count(cases: int) -> str:
    return f"{cases} case{'s' if cases != 1 else ''}"


def _case_lines(rows: list[dict[str, Any]], view: View) -> Iterator[Line]:
    for row in rows:
        yield [Span(f"{row['status']:<10}", STATES[row["status"]]), Span(row["case"], "name"), f"  {row['script']}"]
        if row["error"]:
            yield [Span(f"  {row['error']['code']}: ", "bad"), row["error"]["message"]]
        if row["status"] == "different" or view.verbosity > 0:
            yield from (["  ", *line] for line in aspect_lines(row["aspects"]) if not isinstance(line, str | Span))
            for pair in row["pairs"]:
                if pair["status"] != "same":
                    yield from pair_lines(pair)


_INTEGER = {"type": ["integer", "null"]}
CASE = record(
    case=TEXT,
    script=TEXT,
    status=one_of(*STATES),
    run_id=MAYBE_TEXT,
    replay_of=TEXT,
    expected_exit_code=_INTEGER,
    exit_code=_INTEGER,
    aspects=several(ASPECT),
    pairs=several(PAIR),
    total=COUNT,
    different=COUNT,
    error=maybe(record(code=TEXT, message=TEXT, hint=MAYBE_TEXT)),
)
DETAIL: dict[str, Any] = record(
    action=one_of(*ACTIONS),
    folder=TEXT,
    name=MAYBE_TEXT,
    baselines=several(record(name=TEXT, path=TEXT, created_at=TEXT, cases=COUNT)),
    cases=several(CASE),
    same=YES_NO,
    choices=maybe(record(abs_tol=TEXT, rel_tol=TEXT, ignore=several(TEXT), key=several(TEXT), delimiter=MAYBE_TEXT)),
)
