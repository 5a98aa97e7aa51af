"""`pyst history`: the runs that were recorded, newest first."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Cell, Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.records.index import Found, Query

DESCRIPTION = """\
List recorded runs, newest first. `pyst run --record` records a run, as do `--input-path`, `--output-dir` and
`--output-path`, and every run that an agent starts.
"""
STATUSES = ("running", "ok", "failed", "timed_out", "killed", "limit", "lost")
UNSUCCESSFUL = ("failed", "timed_out", "killed", "limit", "lost")
STYLES = {"ok": "good", "running": "code", "lost": "warn"}
MOST_NAMED = 5


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `history`."""
    add = parser.add_argument
    add("--script", metavar="S", help="only runs of this script: a name, `origin:name`, or a path")
    add("--task", metavar="T", help="only runs of this task")
    add("--status", action="append", default=[], metavar="S", help=f"only these: {', '.join(STATUSES)} (repeatable)")
    add("--failed", action="store_true", help="only runs that did not end well")
    add("--since", metavar="WHEN", help="only runs begun since then: `30m`, `2d`, `1w` ago, a date, or a time")
    add("--until", metavar="WHEN", help="only runs begun until then; a date counts as a whole")
    add("--under", metavar="DIR", help="only runs that ran in this folder, or below it")
    how_many = parser.add_mutually_exclusive_group()
    how_many.add_argument("--limit", type=int, default=20, metavar="N", help="show at most N (default: 20)")
    how_many.add_argument("--all", action="store_true", help="show all")
    add("--reindex", action="store_true", help="make the index anew from the records first")


def run(app: App, args: argparse.Namespace) -> Report:
    """Find the runs."""
    from pyst.records.index import Query, find_runs

    query = _query(app, args)
    found = find_runs(app.paths.state, query, remake=args.reindex)
    detail = {
        "runs": list(found.rows),
        "total": found.total,
        "unreadable": [{"path": path, "reason": reason} for path, reason in found.unreadable],
        "unreadable_total": found.unreadable_total,
        "filtered": query._replace(script_path=None, limit=None) != Query(limit=None),
        "now": _now(app),
    }
    return Report(detail, tuple(_remarks(found)))


def _now(app: App) -> str:
    from pyst.records.ids import time_text

    return time_text(app.clock())


def _query(app: App, args: argparse.Namespace) -> Query:
    """What the options ask for. Raises `Failure` (E_USAGE)."""
    from pyst.records.index import Query

    statuses = [each.strip() for words in args.status for each in words.split(",") if each.strip()]
    for each in statuses:
        if each not in STATUSES:
            hint = did_you_mean(each, list(STATUSES)) or f"there are {', '.join(STATUSES)}"
            raise Failure("E_USAGE", f"no run has the status `{each}`", hint=hint, exit=ExitCode.USAGE)
    if args.failed:
        statuses = [each for each in UNSUCCESSFUL if not statuses or each in statuses]
        if not statuses:
            raise Failure("E_USAGE", "`--failed` and `--status` leave nothing to look for", exit=ExitCode.USAGE)
    if args.limit < 1:
        raise Failure("E_USAGE", f"`--limit {args.limit}` would show nothing", exit=ExitCode.USAGE)
    return Query(
        args.script,
        os.path.normpath(os.path.join(app.cwd, args.script)) if args.script else None,
        tuple(dict.fromkeys(statuses)),
        _moment(app, "since", args.since),
        _moment(app, "until", args.until),
        args.task,
        None if args.all else args.limit,
        os.path.normpath(os.path.join(app.cwd, args.under)) if args.under else None,
    )


def _moment(app: App, name: str, text: str | None) -> str | None:
    from pyst.records.moments import parse_moment

    if text is None:
        return None
    moment = parse_moment(text, app.clock(), is_end=name == "until")
    if moment is None:
        hint = "`30m`, `12h`, `2d`, `1w` (ago), `2026-05-01`, or `2026-05-01T12:00`"
        raise Failure("E_USAGE", f"`--{name} {text}` is no moment", hint=hint, exit=ExitCode.USAGE)
    return moment


def _remarks(found: Found) -> Iterable[Diagnostic]:
    for path, reason in found.unreadable[:MOST_NAMED]:
        yield Diagnostic("warning", "W_RECORD_BROKEN", reason, "it stays as it is, and is left out", path)
    if found.unreadable_total > MOST_NAMED:
        more = found.unreadable_total - MOST_NAMED
        yield Diagnostic(
            "warning", "W_RECORD_BROKEN", f"{more} more records can't be read", "`--format json` tells more"
        )


def shown_status(row: dict[str, Any]) -> Span:
    """How a run stands: the word, and the exit code or the signal that says more."""
    status, code, signal = row["status"], row["exit_code"], row["signal"]
    text = status.replace("_", " ")
    if status == "failed" and code is not None:
        text += f" {code}"
    elif status == "killed" and signal is not None:
        text += f" by {signal}"
    elif status == "limit" and row["limit"]:
        text += f" of {row['limit']}"
    return Span(text, STYLES.get(status, "bad"))


def human(report: Report, view: View) -> Iterable[Line]:
    """One line for each run."""
    import shlex

    detail = report.detail
    rows = detail["runs"]
    if not rows:
        yield "no recorded run fits" if detail["filtered"] else "no run was recorded"
        return
    cells: list[list[Cell]] = []
    for row in rows:
        words = [row["script"]["name"], *(shlex.quote(each) for each in row["argv"])]
        cells.append([Span(row["run_id"], "code"), shown_status(row), *_times(row, detail["now"]), " ".join(words)])
    yield from table(cells, view)
    if detail["total"] > len(rows) and view.is_terminal:
        yield Span(f"{detail['total'] - len(rows)} more: `pyst history --all`", "dim")


def _times(row: dict[str, Any], now: str) -> list[Cell]:
    """How long ago it began, and how long it took."""
    from pyst.records.moments import seconds_of, shown_age, shown_duration

    began, at = seconds_of(row["started_at"]), seconds_of(now)
    age = f"{shown_age(at - began)} ago" if began is not None and at is not None else ""
    return [Span(age, "dim"), Span(shown_duration(row["duration_seconds"]), "dim")]


def markdown(report: Report) -> str:
    """A table."""
    from pyst.commands.support.markdown import code, markdown_table, plain
    from pyst.records.moments import shown_duration

    rows = [
        (
            code(row["run_id"]),
            plain(row["script"]["name"]),
            plain(shown_status(row).text),
            plain(row["started_at"]),
            plain(shown_duration(row["duration_seconds"])),
            str(row["outputs"]),
        )
        for row in report.detail["runs"]
    ]
    return markdown_table(("run", "script", "status", "began", "took", "outputs"), rows)


ROW = record(
    run_id=TEXT,
    task=TEXT,
    status=one_of(*STATUSES),
    exit_code={"type": ["integer", "null"]},
    signal={"type": ["integer", "null"]},
    limit=MAYBE_TEXT,
    started_at=TEXT,
    ended_at=MAYBE_TEXT,
    duration_seconds={"type": ["number", "null"]},
    script=record(name=TEXT, selector=TEXT, origin=TEXT, path=MAYBE_TEXT),
    argv=several(TEXT),
    cwd=TEXT,
    output_dir=TEXT,
    outputs=COUNT,
    output_bytes=COUNT,
    tier=MAYBE_TEXT,
    replay_of=MAYBE_TEXT,
)
DETAIL: dict[str, Any] = record(
    runs=several(ROW),
    total=COUNT,
    unreadable=several(record(path=TEXT, reason=TEXT)),
    unreadable_total=COUNT,
    filtered=YES_NO,
    now=TEXT,
)
