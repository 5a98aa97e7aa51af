"""`pyst show`: all that is known of one recorded run, its log, its outputs, and what has become of its files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyst.commands.gc import shown_size
from pyst.commands.history import shown_status
from pyst.commands.support.recorded import HELP, record_of_word, record_schema, size_of
from pyst.commands.support.schema import COUNT, TEXT, YES_NO, maybe, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.records.keeping import FileState, Part
    from pyst.records.record import Record

DESCRIPTION = "Show a recorded run: what it rested on, how it ended, what it left, and which of that has changed since."
MARKS = {"same": "", "changed": "changed since", "gone": "gone", "unread": "too large to be checked"}
MOST_SHOWN = 20


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `show`."""
    add = parser.add_argument
    add("run", metavar="RUN", help=HELP)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--log", action="store_true", help="show the end of its log")
    what.add_argument("--output", metavar="PATH", help="show the beginning of this output (`stdout`: what it printed)")
    add("--max-bytes", default="64K", metavar="SIZE", help="show at most so much of a file (default: 64K)")


def run(app: App, args: argparse.Namespace) -> Report:
    """Read the record, and look at the files that it names."""
    from pyst.records.keeping import look_at
    from pyst.records.record import to_json
    from pyst.records.replaying import obstacles

    most_bytes = size_of(args.max_bytes, "--max-bytes")
    found = record_of_word(app, args.run)
    files = look_at(found, app.paths.state)
    detail = {
        "record": to_json(found),
        "files": [_file(each) for each in files],
        "obstacles": obstacles(found, app.paths.state),
        "log": _log(found, most_bytes) if args.log else None,
        "output": _output(app, found, args.output, most_bytes) if args.output is not None else None,
    }
    return Report(detail)


def _file(each: FileState) -> dict[str, Any]:
    return {"kind": each.kind, "path": each.path, "state": each.state, "kept": each.is_kept}


def _log(found: Record, most_bytes: int) -> dict[str, Any]:
    from pyst.records.keeping import read_part

    part = read_part(found.log.path, most_bytes, from_end=True)
    if part is None:
        raise Failure("E_UNREADABLE", f"the log `{found.log.path}` is gone")
    return _told(found.log.path, part)


def _output(app: App, found: Record, name: str, most_bytes: int) -> dict[str, Any]:
    """The beginning of the output of this name. Raises `Failure` (E_USAGE, E_UNREADABLE)."""
    from pyst.records import objects
    from pyst.records.differences import items_of
    from pyst.records.keeping import Part, read_part

    items = {each.name.replace("{run_id}", found.run_id): each for each in items_of(found)}
    item = items.get(name)
    if item is None:
        hint = did_you_mean(name, list(items)) or f"`pyst show {found.run_id}` lists them"
        raise Failure("E_USAGE", f"the run has no output `{name}`", hint=hint, exit=ExitCode.USAGE)
    part = read_part(item.path, most_bytes) if item.path is not None else None
    if part is None:
        data = objects.read(app.paths.state, item.sha256) if item.bytes else b""
        part = Part(data[:most_bytes], 0, len(data)) if data is not None else None
    if part is None:
        where = f"`{item.path}` is gone" if item.path else "it was not kept"
        raise Failure("E_UNREADABLE", f"the output `{name}` can't be shown: {where}")
    return _told(item.path or "", part)


def _told(path: str, part: Part) -> dict[str, Any]:
    is_text = b"\0" not in part.data
    return {
        "path": path,
        "text": part.data.decode("utf-8", "backslashreplace") if is_text else "",
        "is_text": is_text,
        "start": part.start,
        "bytes": part.size,
        "truncated": len(part.data) < part.size,
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """The record as a person reads it; or the file that was asked for."""
    detail = report.detail
    shown = detail["log"] or detail["output"]
    if shown is not None:
        yield from _file_lines(shown)
        return
    yield from _record_lines(detail)


def _file_lines(shown: dict[str, Any]) -> Iterator[Line]:
    if not shown["is_text"]:
        yield Span(f"{shown['path']} is no text; it has {shown['bytes']} bytes", "dim")
        return
    if shown["start"]:
        yield Span(f"… {shown['start']} bytes before", "dim")
    yield from shown["text"].removesuffix("\n").split("\n") if shown["text"] else ()
    rest = shown["bytes"] - shown["start"] - len(shown["text"].encode("utf-8", "replace"))
    if shown["truncated"] and not shown["start"]:
        yield Span(f"… {max(rest, 1)} bytes more in {shown['path']}", "dim")


def _record_lines(detail: dict[str, Any]) -> Iterator[Line]:
    import shlex

    from pyst.records.moments import shown_duration

    found = detail["record"]
    script, options, around = found["script"], found["options"], found["environment"]
    states = {each["path"]: each["state"] for each in detail["files"]}
    took = f" after {shown_duration(found['duration_seconds'])}" if found["duration_seconds"] is not None else ""
    rows: list[tuple[str, Line]] = [
        ("run", Span(found["run_id"], "code")),
        ("status", [shown_status(found), took, f", exit code {found['exit_code']}" if found["exit_code"] else ""]),
        ("began", found["started_at"]),
        ("script", [Span(script["selector"], "name"), *_mark(states, script["path"])]),
        ("sha256", Span(script["sha256"], "dim")),
        ("arguments", shlex.join(found["argv"]) + ("  (masked)" if found["masked"] else "")),
        ("folder", found["cwd"]),
        ("python", f"{found['interpreter']['version'] or ''}  {found['interpreter']['path']}".strip()),
        ("environment", around["path"] or ""),
        ("requires", ", ".join(around["requirements"])),
        ("lock", _path(states, around["lock"])),
        ("input", _path(states, found["input"])),
        ("options", _options(options)),
        ("confined", (found["confinement"] or {}).get("tier", "")),
        ("variables", f"{len(found['variables'])} ({', '.join(found['variables'][:6])}, …)"),
        ("replay of", found["replay_of"] or ""),
        ("log", [found["log"]["path"], *_mark(states, found["log"]["path"])]),
        ("manifest", [found["manifest"], *_mark(states, found["manifest"])]),
    ]
    for name, line in rows:
        cells = [line] if isinstance(line, str | Span) else [*line]
        if any(cell.text if isinstance(cell, Span) else cell for cell in cells):
            yield [Span(f"{name:<12}", "dim"), *cells]
    yield from _output_lines(found, states)
    for each in detail["obstacles"]:
        yield [Span("no replay   ", "warn"), each]


def _options(options: dict[str, Any]) -> str:
    told = [f"--with {each}" for each in options["with"]]
    told += [f"--python {options['python']}"] if options["python"] else []
    told += ["--async"] if options["is_async"] else []
    told += [f"--context {options['context']}"] if options["context"] else []
    told += ["--force"] if options["forced"] else []
    told += [f"--timeout {options['timeout_seconds']:g}"] if options["timeout_seconds"] else []
    return " ".join([*told, *(f"--env-file {each}" for each in options["env_files"])])


def _path(states: dict[str, str], found: dict[str, Any] | None) -> Line:
    return "" if found is None else [found["path"], *_mark(states, found["path"])]


def _mark(states: dict[str, str], path: str | None) -> list[Span]:
    mark = MARKS[states.get(path or "", "same")]
    return [Span(f"  ({mark})", "warn")] if mark else []


def _output_lines(found: dict[str, Any], states: dict[str, str]) -> Iterator[Line]:
    if found["stdout"] is not None and found["stdout"]["bytes"]:
        yield [Span("stdout      ", "dim"), f"{found['stdout']['bytes']} bytes: `--output stdout`"]
    outputs = found["outputs"]
    for each in outputs[:MOST_SHOWN]:
        path = os.path.normpath(os.path.join(found["output_dir"], each["path"]))
        size = shown_size(each["bytes"])
        yield [
            Span("output      ", "dim"),
            each["path"],
            Span(f"  {each['format']}, {size}", "dim"),
            *_mark(states, path),
        ]
    more = max(len(outputs) - MOST_SHOWN, 0) + found["omitted"]
    if more:
        yield Span(f"            {more} more", "dim")
    for each in found["skipped"][:MOST_SHOWN]:
        yield [Span("left out    ", "dim"), each["path"], Span(f"  ({each['reason']})", "dim")]


_FILE = record(path=TEXT, text=TEXT, is_text=YES_NO, start=COUNT, bytes=COUNT, truncated=YES_NO)
DETAIL: dict[str, Any] = record(
    record=record_schema(),
    files=several(record(kind=TEXT, path=TEXT, state=one_of(*MARKS), kept=YES_NO)),
    obstacles=several(TEXT),
    log=maybe(_FILE),
    output=maybe(_FILE),
)
