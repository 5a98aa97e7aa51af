"""`pyst gc`: delete environments that nothing needs any more, and recorded runs that are old."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.environments.gc import Verdict

DESCRIPTION = """\
Delete environments that no existing script needs, that no process uses, and that were not used for a while, the
least recently used first. A size counts files that are shared with uv's cache by their share; `frees` is what a
deletion gives back at once. Recorded runs that lie in pyst's own state go once they are older than the setting
`agent.keep_days`; those with an output folder of your own stay.
"""
OLDER_THAN = "7 days"


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `gc`."""
    parser.add_argument(
        "--max-size", metavar="SIZE", help="go on, past the time, until the store is as small: 2G, 500M"
    )
    parser.add_argument(
        "--older-than", metavar="TIME", default=OLDER_THAN, help=f"spare what was used in TIME ({OLDER_THAN})"
    )
    parser.add_argument("--dry-run", action="store_true", help="delete nothing; show what would be")


def run(app: App, args: argparse.Namespace) -> Report:
    """Look at every environment, decide, delete."""
    from pyst.commands.support.direct import keys_in_direct_use
    from pyst.commands.support.needs import needs_of
    from pyst.environments.gc import decide, delete, needed_keys, read_store, sweep_leftovers
    from pyst.environments.places import cache_failed
    from pyst.system.processes import folders_in_use

    most_bytes, older_than = _limits(args)
    root = app.paths.environments
    if not args.dry_run:
        try:
            sweep_leftovers(root, app.clock())
        except OSError as error:
            raise cache_failed(root, error) from error
    store = read_store(root)
    verdicts = decide(
        store,
        needed={**needed_keys(store, needs_of), **keys_in_direct_use(app)},
        in_use=folders_in_use(each.path for each in store),
        now=app.clock(),
        older_than_seconds=older_than,
        most_bytes=most_bytes,
    )
    rows = []
    for each in verdicts:
        verdict = each
        if each.action == "drop" and not args.dry_run:
            app.talk(f"deleting {each.stored.key}", level=1)
            try:
                kept = delete(each.stored, root, lambda path: path in folders_in_use([path]))
            except OSError as error:
                kept = f"can't be deleted: {error.strerror}"
            verdict = each._replace(action="keep", reason=kept) if kept else each
        rows.append(_row(verdict))
    report = _report(rows, args, most_bytes)
    report.detail["runs"] = _drop_runs(app, args.dry_run)
    return report


def _drop_runs(app: App, dry_run: bool) -> dict[str, Any]:
    """Drop the recorded runs that are old. Raises `Failure` (E_WRITE)."""
    from pyst.records.sweeping import drop, find_old

    state, now, days = app.paths.state, app.clock(), app.workspace.settings.agent.keep_days
    old = find_old(state, now=now, keep_seconds=days * 86400)
    if not dry_run:
        try:
            drop(state, old, now=now, keep_seconds=days * 86400)
        except OSError as error:
            message = f"the records of old runs in `{state}` can't be deleted: {error.strerror or error}"
            raise Failure("E_WRITE", message) from error
    return {"keep_days": days, "dropped": list(old.runs), "objects": len(old.objects), "freed_bytes": old.size_bytes}


def _limits(args: argparse.Namespace) -> tuple[int | None, int]:
    from pyst.settings.convert import parse_duration, parse_size

    size = parse_size(args.max_size) if args.max_size is not None else None
    if args.max_size is not None and size is None:
        raise Failure("E_USAGE", f"`--max-size {args.max_size}` is no size", hint="like 2G", exit=ExitCode.USAGE)
    seconds = parse_duration(args.older_than)
    if seconds is None:
        message = f"`--older-than {args.older_than}` is no length of time"
        raise Failure("E_USAGE", message, hint='like 30min, 12h or "7 days"', exit=ExitCode.USAGE)
    return size, seconds


def _row(verdict: Verdict) -> dict[str, Any]:
    stored = verdict.stored
    return {
        "key": stored.key,
        "action": verdict.action,
        "reason": verdict.reason,
        "last_used": round(stored.last_used, 3),
        "size_bytes": stored.size_bytes,
        "freed_bytes": stored.freed_bytes,
        "requirements": list(stored.requirements),
    }


def _report(rows: list[dict[str, Any]], args: argparse.Namespace, most_bytes: int | None) -> Report:
    kept = [each for each in rows if each["action"] == "keep"]
    dropped = [each for each in rows if each["action"] == "drop"]
    size = sum(each["size_bytes"] for each in kept)
    remarks: tuple[Diagnostic, ...] = ()
    if most_bytes is not None and size > most_bytes:
        message = f"what is left takes {shown_size(size)}, more than `--max-size {args.max_size}`: all of it is needed"
        remarks = (Diagnostic("warning", "W_STORE_LARGE", message),)
    detail = {
        "dry_run": args.dry_run,
        "kept": len(kept),
        "dropped": len(dropped),
        "size_bytes": size,
        "freed_bytes": sum(each["freed_bytes"] for each in dropped),
        "environments": rows,
    }
    return Report(detail, remarks)


def shown_size(count: float) -> str:
    """Bytes for a person, in units of 1024."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def shown_age(seconds: float) -> str:
    """A length of time for a person, roughly."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def human(report: Report, view: View) -> Iterable[Line]:
    """One line for each environment, then the sum."""
    detail = report.detail
    now = time.time()
    verb = "would drop" if detail["dry_run"] else "dropped"
    rows = [
        (
            Span(verb, "warn") if each["action"] == "drop" else Span("kept", "dim"),
            each["key"],
            shown_size(each["size_bytes"]),
            f"{shown_age(now - each['last_used'])} ago",
            each["reason"],
            Span(", ".join(each["requirements"]), "dim"),
        )
        for each in detail["environments"]
    ]
    freed = f"frees {shown_size(detail['freed_bytes'])}" if detail["dropped"] else "nothing to free"
    left = f"kept {detail['kept']} ({shown_size(detail['size_bytes'])})"
    lines: list[Line] = [*table(rows, view), f"{verb} {detail['dropped']}, {freed}; {left}"]
    runs = detail["runs"]
    if runs["dropped"] or runs["objects"]:
        told = f"{verb} {len(runs['dropped'])} recorded runs older than {runs['keep_days']} days"
        lines.append(f"{told}, frees {shown_size(runs['freed_bytes'])}")
    return lines


DETAIL: dict[str, Any] = record(
    dry_run=YES_NO,
    kept=COUNT,
    dropped=COUNT,
    size_bytes=COUNT,
    freed_bytes=COUNT,
    environments=several(
        record(
            key=TEXT,
            action=one_of("keep", "drop"),
            reason=TEXT,
            last_used={"type": "number"},
            size_bytes=COUNT,
            freed_bytes=COUNT,
            requirements=several(TEXT),
        )
    ),
    runs=record(keep_days={"type": "integer"}, dropped=several(TEXT), objects=COUNT, freed_bytes=COUNT),
)
