"""`pyst check`: what would trip people and programs over a script, without running any of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.commands.support.choosing import chosen_scripts
from pyst.commands.support.schema import COUNT, MAYBE_TEXT, ORIGIN, TEXT, YES_NO, maybe, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.checking.finding import Finding
    from pyst.scripts.script import Script

DESCRIPTION = """\
Find what would trip people and programs over a script: undeclared imports, prompts, lost exit codes, missing help.
The script is only read, never run. Without SCRIPT the scripts of the project are checked."""
EPILOG = """\
`# pyst: ignore[C001]` at the end of a line silences a rule for that line, `# pyst: ignore-file[C001]` for the file.
exit codes: 0 nothing grave was found, 1 errors (with --strict: or warnings).
"""

MOST_BYTES = 4 << 20
"""A longer script is not checked: it would take many seconds, and no person wrote it."""

LEVEL_STYLES = {"error": "bad", "warning": "warn", "info": "dim"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `check`, which may stand between the scripts."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    add("scripts", nargs="*", metavar="SCRIPT", help="a name, `origin:name` or a path")
    add("--all", action="store_true", help="check every script that is visible from here")
    add("--fix", action="store_true", help="apply the safe remedies, and say what was done")
    add("--unsafe", action="store_true", help="with --fix: also those that may change what the script does")
    add("--strict", action="store_true", help="fail for warnings, too")
    add("--rules", action="store_true", help="list the rules instead")


class _Outcome(NamedTuple):
    script: Script
    findings: tuple[Finding, ...]
    ignored: int
    fixed: tuple[Finding, ...] = ()
    failure: Failure | None = None


def run(app: App, args: argparse.Namespace) -> Report:
    """Check the scripts that are named, those of the project, or all."""
    if args.rules:
        return _rules()
    if args.unsafe and not args.fix:
        raise Failure("E_USAGE", "`--unsafe` goes with `--fix`", exit=ExitCode.USAGE)
    if args.all and args.scripts:
        raise Failure("E_USAGE", "name scripts or give `--all`, not both", exit=ExitCode.USAGE)
    outcomes = [_examine(app, script, args) for script in chosen_scripts(app, args)]
    rows = [_row(app, each) for each in outcomes]
    counts = dict.fromkeys(("error", "warning", "info"), 0)
    for row in rows:
        for finding in row["findings"]:
            counts[finding["level"]] += 1
    failures = [each for each in outcomes if each.failure]
    more = {
        "scripts": len(rows),
        "fixed": sum(len(row["fixed"]) for row in rows),
        "ignored": sum(row["ignored"] for row in rows),
        "failed": len(failures),
    }
    failed = bool(counts["error"] or failures or (args.strict and counts["warning"]))
    diagnostics = [_remark(each.script, each.failure) for each in outcomes if each.failure]
    if failed and not diagnostics:
        diagnostics.append(Diagnostic("error", "E_CHECK", _summary({**counts, **more})))
    detail = {"scripts": rows, "counts": {**counts, **more}, "rules": None}
    return Report(detail, tuple(diagnostics), ExitCode.ERROR if failed else ExitCode.OK)


def _rules() -> Report:
    from pyst.checking.rules import RULES

    rows = [rule._asdict() for rule in RULES]
    counts = dict.fromkeys(("error", "warning", "info", "scripts", "fixed", "ignored", "failed"), 0)
    return Report({"scripts": [], "counts": counts, "rules": rows})


def _examine(app: App, script: Script, args: argparse.Namespace) -> _Outcome:
    """Check one script, after mending it where that is asked for. What can't be mended is checked as it is."""
    from pyst.checking.rules import check
    from pyst.commands.support.mending import mend_script
    from pyst.commands.support.surroundings import facts_of

    try:
        source = app.witness.read(script.path, most_bytes=MOST_BYTES)
        if source is None:
            raise Failure("E_NOT_FOUND", f"`{script.path}` is gone", exit=ExitCode.NOT_FOUND)
    except Failure as failure:
        return _Outcome(script, (), 0, (), failure)
    facts = facts_of(script, app.workspace.root, app.witness)
    fixed: tuple[Finding, ...] = ()
    failed = None
    if args.fix:
        try:
            source, facts, fixed = mend_script(app, script, source, facts, with_unsafe=args.unsafe)
        except Failure as failure:
            failed = failure
    checked = check(source, facts)
    return _Outcome(script, checked.findings, checked.ignored, fixed, failed)


def _remark(script: Script, failure: Failure) -> Diagnostic:
    where = str(failure.where) if failure.where else script.path
    return Diagnostic("error", failure.code, failure.message, failure.hint, where, failure.fix)


def _row(app: App, outcome: _Outcome) -> dict[str, Any]:
    script = outcome.script

    def shown(finding: Finding) -> dict[str, Any]:
        row = finding.to_json()
        if row["fix"]:
            row["fix"]["label"] = app.masked(row["fix"]["label"])
        return {**row, "message": app.masked(row["message"]), "hint": app.masked(row["hint"] or "") or None}

    return {
        "name": script.name,
        "selector": script.selector,
        "origin": script.origin,
        "path": script.path,
        "findings": [shown(each) for each in outcome.findings],
        "fixed": [shown(each) for each in outcome.fixed],
        "ignored": outcome.ignored,
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """The findings, script by script; what was mended first."""
    detail = report.detail
    if detail["rules"] is not None:
        style = LEVEL_STYLES
        rows = [
            [Span(r["code"], "name"), r["name"], Span(r["level"], style[r["level"]]), r["summary"]]
            for r in detail["rules"]
        ]
        return table(rows, view)
    return _findings(detail, view, report.exit_code != ExitCode.OK)


def _findings(detail: dict[str, Any], view: View, failed: bool) -> Iterator[Line]:
    for row in detail["scripts"]:
        shown = [each for each in row["findings"] if view.verbosity >= 0 or each["level"] == "error"]
        if not shown and not row["fixed"]:
            continue
        yield [Span(row["name"], "name"), "  ", Span(row["path"], "dim")]
        for each in row["fixed"]:
            yield ["  ", Span("fixed", "good"), f" {each['code']}  {each['fix']['label']}"]
        for each in shown:
            place = f"{each['line']}:{each['column']}" if each["line"] else "-"
            style = LEVEL_STYLES[each["level"]]
            yield [f"  {place:>6}  ", Span(each["level"], style), f" {each['code']} {each['message']}"]
            if each["hint"] and view.verbosity >= 0:
                mark = " (--fix does it)" if each["fixable"] else ""
                yield ["          ", Span(f"{each['hint']}{mark}", "dim")]
        yield ""
    if view.verbosity >= 0 and not failed:  # else the diagnostic says it
        yield _summary(detail["counts"])


def _summary(counts: dict[str, int]) -> str:
    """The counts in a sentence."""
    words = [
        _counted(counts[level], word) for level, word in (("error", "error"), ("warning", "warning")) if counts[level]
    ]
    if counts["info"]:
        words.append(_counted(counts["info"], "remark"))
    scripts = _counted(counts["scripts"], "script")
    told = f"{', '.join(words)} in {scripts}" if words else f"nothing to say about {scripts}"
    return told + (f"; {counts['fixed']} fixed" if counts["fixed"] else "")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


_LEVEL = one_of("error", "warning", "info")
_FINDING = record(
    level=_LEVEL,
    code={"type": "string", "pattern": "^C[0-9]{3}$"},
    name=TEXT,
    message=TEXT,
    line=COUNT,
    column=COUNT,
    hint=MAYBE_TEXT,
    fixable=YES_NO,
    fix=maybe(record(label=TEXT, is_safe=YES_NO)),
)
_SCRIPT = record(
    name=TEXT,
    selector=TEXT,
    origin=ORIGIN,
    path=TEXT,
    findings=several(_FINDING),
    fixed=several(_FINDING),
    ignored=COUNT,
)
_RULE = record(code=TEXT, name=TEXT, level=_LEVEL, summary=TEXT, reason=TEXT, can_be_ignored=YES_NO)

DETAIL: dict[str, Any] = record(
    scripts=several(_SCRIPT),
    counts=record(error=COUNT, warning=COUNT, info=COUNT, scripts=COUNT, fixed=COUNT, ignored=COUNT, failed=COUNT),
    rules=maybe(several(_RULE)),
)
