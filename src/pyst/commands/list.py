"""`pyst list`: the scripts that are visible from here, with their summaries and what stands in their way."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.markdown import code, markdown_table, plain
from pyst.commands.support.schema import (
    BROKEN,
    COUNT,
    ENTRY,
    INSTALLED,
    MAYBE_TEXT,
    ORIGIN,
    TEXT,
    YES_NO,
    record,
    several,
)
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Cell, Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.scripts.catalog import Catalog, Entry
    from pyst.scripts.library import Card
    from pyst.settings.contexts import Verdict

DESCRIPTION = "List the scripts that are visible from here. What a context disables is left out, unless asked for."


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `list`."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="list disabled and shadowed scripts too")
    which.add_argument("--disabled-only", action="store_true", help="list only what the context disables")


def run(app: App, args: argparse.Namespace) -> Report:
    """List the scripts."""
    from pyst.scripts.library import read_catalog_cards
    from pyst.settings.contexts import Judge, active_context

    settings = app.workspace.settings
    context = active_context(app.options.context, app.environ, settings)
    judge = Judge(context, settings)
    catalog = app.catalog()
    cards = read_catalog_cards(catalog, None if app.options.no_cache else app.paths.interfaces)
    installed = _installed(app, catalog)
    rows = []
    counts = dict.fromkeys(("scripts", "disabled", "broken", "shadowed"), 0)
    for entry in sorted((*catalog.entries, *catalog.shadowed), key=lambda each: each.script.name):
        verdict = judge.verdict(entry.script)
        card = cards[entry.script.path]
        counts["shadowed" if entry.shadowed_by else "scripts"] += 1
        if not entry.shadowed_by:
            counts["disabled"] += not verdict.allowed
            counts["broken"] += card.broken is not None
        if _is_wanted(entry, verdict, args):
            rows.append({**_row(entry, card, verdict), "installed": installed.get(entry.script.path)})
    folders = [
        {"origin": each.origin, "path": each.root, "scripts": len(each.found), "is_whole": each.is_whole}
        for each in catalog.folders
    ]
    detail = {"context": context, "scripts": rows, "folders": folders, "counts": counts}
    return Report(detail, tuple(_remarks(catalog)), rests_on=catalog.rests_on)


def _installed(app: App, catalog: Catalog) -> dict[str, dict[str, Any]]:
    """What is known of the installed scripts, by path."""
    import os

    place = os.path.realpath(app.paths.installed)
    roots = {each.root for each in catalog.folders if each.found and os.path.realpath(each.root) == place}
    both = (*catalog.entries, *catalog.shadowed)
    paths = [each.script.path for each in both if each.script.root in roots] if roots else []
    if not paths:
        return {}
    from pyst.commands.support.installed import installed_rows

    return installed_rows(app, paths)


def _is_wanted(entry: Entry, verdict: Verdict, args: argparse.Namespace) -> bool:
    if args.all:
        return True
    return not entry.shadowed_by and verdict.allowed != args.disabled_only


def _row(entry: Entry, card: Card, verdict: Verdict) -> dict[str, Any]:
    script = entry.script
    return {
        "name": script.name,
        "selector": script.selector,
        "path": script.path,
        "origin": script.origin,
        "root": script.root,
        "summary": card.summary,
        "entry": card.entry,
        "framework": card.framework,
        "enabled": verdict.allowed,
        "reason": None if verdict.allowed else verdict.reason,
        "broken": card.broken._asdict() if card.broken else None,
        "shadowed_by": entry.shadowed_by,
    }


def _remarks(catalog: Catalog) -> Iterable[Diagnostic]:
    from pyst.survey import MOST_ENTRIES

    for folder in catalog.folders:
        if not folder.is_whole:
            message = f"`{folder.root}` holds more than {MOST_ENTRIES} entries; the rest of it is not listed"
            hint = "keep scripts apart from other files"
            yield Diagnostic("warning", "W_TOO_MANY_FILES", message, hint, folder.root)


def human(report: Report, view: View) -> Iterable[Line]:
    """What a person sees: one line for each script; on a terminal also where they lie, and what was left out."""
    rows = report.detail["scripts"]
    if not rows:
        return _beginning(report.detail)
    has_marks = any(_marks(row) for row in rows)
    lines = table([_cells(row, has_marks) for row in rows], view, indent=2 if view.is_terminal else 0)
    return _in_sections(report.detail, lines) if view.is_terminal else lines


def _in_sections(detail: dict[str, Any], lines: list[Line]) -> Iterable[Line]:
    """The lines of the scripts, folder by folder, and a last line that says what is missing."""
    begun = False
    for folder in detail["folders"]:
        here = [line for row, line in zip(detail["scripts"], lines, strict=True) if row["root"] == folder["path"]]
        if here:
            yield from [""] if begun else []
            yield [Span(folder["origin"].capitalize(), "head"), "  ", Span(folder["path"], "dim")]
            yield from here
            begun = True
    shown = detail["scripts"]
    counts = detail["counts"]
    disabled = counts["disabled"] - sum(not row["enabled"] and not row["shadowed_by"] for row in shown)
    shadowed = counts["shadowed"] - sum(row["shadowed_by"] is not None for row in shown)
    missing = [f"{number} {word}" for number, word in ((disabled, "disabled"), (shadowed, "shadowed")) if number]
    if missing and all(row["enabled"] for row in shown):
        yield ""
        yield Span(f"{' and '.join(missing)}, not shown: `pyst list --all`", "dim")


def _marks(row: dict[str, Any]) -> str:
    marks = [name for name, holds in _states(row) if holds]
    return ", ".join(marks)


def _states(row: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
    return (
        ("broken", row["broken"] is not None),
        ("disabled", not row["enabled"]),
        ("shadowed", row["shadowed_by"] is not None),
        ("altered", _is_altered(row)),
    )


def _is_altered(row: dict[str, Any]) -> bool:
    return row["installed"] is not None and row["installed"]["integrity"] != "intact"


def _cells(row: dict[str, Any], has_marks: bool) -> list[Cell]:
    marks = _marks(row)
    name = Span(row["name"], "dim" if row["shadowed_by"] or not row["enabled"] else "name")
    middle = [Span(marks, "bad" if row["broken"] or _is_altered(row) else "warn")] if has_marks else []
    return [name, *middle, Span(_note(row), "dim" if marks else "")]


def _note(row: dict[str, Any]) -> str:
    """The summary, or what is wrong with the script."""
    if row["broken"]:
        line = row["broken"]["line"]
        return f"{row['broken']['message']}{f' (line {line})' if line else ''}"
    if _is_altered(row):
        from pyst.commands.support.installed import STANDING

        return f"does not run: {STANDING[row['installed']['integrity']]}"
    return f"by {row['shadowed_by']}" if row["shadowed_by"] else row["summary"]


def _beginning(detail: dict[str, Any]) -> Iterable[Line]:
    """What to do where nothing is listed."""
    counts = detail["counts"]
    if counts["scripts"]:
        yield (
            f"No script is disabled in the context `{detail['context']}`."
            if counts["disabled"] == 0
            else f"All {counts['scripts']} scripts are disabled in the context `{detail['context']}`: "
            "`pyst list --all` shows them, `pyst explain NAME` says by which rule."
        )
        return
    yield "There are no scripts here yet. Put a Python file into one of these folders:"
    yield ""
    yield from table(
        [[Span(each["origin"], "name"), each["path"]] for each in detail["folders"][:-1]], View(), indent=2
    )
    yield ""
    yield ["or run any file by its path: ", Span("pyst run ./tool.py", "code")]


def markdown(report: Report) -> str:
    """The scripts as a Markdown table."""
    detail = report.detail
    if not detail["scripts"]:
        return "".join(f"{plain(str(line))}\n" for line in _beginning(detail) if isinstance(line, str))
    rows = [
        (code(row["name"]), plain(_note(row)), plain(row["origin"]), plain(_marks(row) or "ready"))
        for row in detail["scripts"]
    ]
    return markdown_table(("Script", "Summary", "Origin", "State"), rows)


DETAIL: dict[str, Any] = record(
    context=TEXT,
    scripts=several(
        record(
            name=TEXT,
            selector=TEXT,
            path=TEXT,
            origin=ORIGIN,
            root=TEXT,
            summary=TEXT,
            entry=ENTRY,
            framework=MAYBE_TEXT,
            enabled=YES_NO,
            reason=MAYBE_TEXT,
            broken=BROKEN,
            shadowed_by=MAYBE_TEXT,
            installed=INSTALLED,
        )
    ),
    folders=several(record(origin=ORIGIN, path=TEXT, scripts=COUNT, is_whole=YES_NO)),
    counts=record(scripts=COUNT, disabled=COUNT, broken=COUNT, shadowed=COUNT),
)
