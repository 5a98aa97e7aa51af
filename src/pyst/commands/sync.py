"""`pyst sync`: the mapping of this machine and that of the others, kept equal by one gist."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.merging import Change, Entries
    from pyst.sharing.sync_plan import Plan, Wishes
    from pyst.sharing.syncing import Synced

DESCRIPTION = """\
Make the mapping of this machine (which script lies in which gist) equal with the one that your machines share: a file
of one secret gist, which the first sync makes. What changed here and there since the last time is merged by name and
field; what contradicts is told, and then nothing is changed. Scripts that come from elsewhere are disabled until you
looked at them: `pyst gists enable NAME`.
"""
MARKS = {"added": ("+", "good"), "removed": ("-", "bad"), "changed": ("~", "warn")}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `sync`."""
    add = parser.add_argument
    add("--dry-run", action="store_true", help="show what would change, and change nothing")
    add("--ours", action="append", default=[], metavar="NAME", help="where this script conflicts, keep what is here")
    add("--theirs", action="append", default=[], metavar="NAME", help="where it conflicts, take what is there")
    add("--gist", metavar="ID", default="", help="the gist to keep equal with from now on; `new` makes another one")
    accepts = "take a gist whose history was written anew since the last sync"
    add("--accept-history", action="store_true", help=accepts)


def run(app: App, args: argparse.Namespace) -> Report:
    """Plan, ask, write both sides."""
    from pyst.commands.support.fetching import fetcher_of
    from pyst.commands.support.importing import offer_import
    from pyst.sharing.gists import Gists
    from pyst.sharing.mapping import read_mapping
    from pyst.sharing.sync_plan import make_plan
    from pyst.sharing.syncing import sync

    wishes = _wishes(app, args)
    gists = Gists(fetcher_of(app, token_for="syncing"))
    path = app.paths.mapping_file
    if args.dry_run:
        plan = make_plan(read_mapping(path), gists, wishes)
        return _report(plan, "planned" if plan.is_needed else "equal")
    offer_import(app)
    ended = sync(path, gists, wishes, lambda plan: _agrees(app, plan), tell=app.talk)
    status = "synced" if ended.is_done and ended.plan.is_needed else "equal" if ended.is_done else "declined"
    if ended.is_done:
        app.event("synced", gist=ended.gist)
    return _report(ended.plan, status, ended)


def _wishes(app: App, args: argparse.Namespace) -> Wishes:
    from pyst.sharing.merging import OURS, THEIRS
    from pyst.sharing.sync_plan import Wishes

    both = sorted({*args.ours} & {*args.theirs})
    if both:
        raise Failure("E_USAGE", f"`{both[0]}` can't be both `--ours` and `--theirs`", exit=ExitCode.USAGE)
    decided = {**dict.fromkeys(args.ours, OURS), **dict.fromkeys(args.theirs, THEIRS)}
    return Wishes(_gist(app, args.gist), decided, args.accept_history)


def _gist(app: App, word: str) -> str:
    """The id in `ID`, `gist:ID` or the address of a gist; `new` is itself."""
    from pyst.sharing.source import parse_source
    from pyst.sharing.sync_plan import NEW

    if word in ("", NEW):
        return word
    source = parse_source(word if ":" in word else f"gist:{word}", "/", app.workspace.settings.share.api_base)
    if source.kind != "gist" or source.revision or source.file:
        hint = "it is the number in the gist's address, or `new`"
        raise Failure("E_USAGE", f"`--gist {word}` names no gist", hint=hint, exit=ExitCode.USAGE)
    return source.gist


def _agrees(app: App, plan: Plan) -> bool:
    from pyst.commands.support.consent import consent

    if app.can_ask and not app.options.yes:
        for line in _lines(_detail(plan, "planned", None)):
            app.talk("".join(each if isinstance(each, str) else each.text for each in line))
    count = len(plan.merged.shared)
    scripts = "1 script" if count == 1 else f"{count} scripts"
    if plan.shared is None:
        return consent(app, f"Make a secret gist that lists {scripts}?", "to make a gist")
    where = plan.shared.gist.address or plan.shared.gist.id
    if plan.is_found:
        question = f"Keep this machine's mapping equal with {where} ({scripts}) from now on?"
        return consent(app, question, f"to keep the mapping equal with the gist `{plan.shared.gist.id}`")
    return consent(app, "Make both sides equal?", "to sync")


def _report(plan: Plan, status: str, ended: Synced | None = None) -> Report:
    remarks = []
    if plan.is_idle and status != "declined":
        hint = "`pyst share SCRIPT` maps one"
        remarks.append(Diagnostic("info", "I_NOTHING_MAPPED", "no script is mapped, here or elsewhere", hint))
    if status == "declined":
        remarks.append(Diagnostic("info", "I_DECLINED", "nothing was changed"))
    if plan.merged.unseen:
        remarks.append(_unseen(plan.merged.unseen, status == "synced"))
    code = ExitCode.ERROR if status == "declined" else ExitCode.OK
    return Report(_detail(plan, status, ended), tuple(remarks), code)


def _unseen(names: tuple[str, ...], is_done: bool) -> Diagnostic:
    shown = ", ".join(f"`{each}`" for each in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    be = ("is" if len(names) == 1 else "are") if is_done else "would be"
    message = f"{shown} came from elsewhere and {be} disabled here until you looked at what would run"
    hint = f"`pyst gists show {names[0]}` shows it, `pyst gists enable {names[0]}` lets it run"
    return Diagnostic("info", "I_SYNC_UNSEEN", message, hint)


def _detail(plan: Plan, status: str, ended: Synced | None) -> dict[str, Any]:
    merged, shared = plan.merged, plan.shared
    base = plan.mapping.base or {}
    before = {name: each._asdict() for name, each in {**base, **plan.mapping.scripts}.items()}
    theirs = shared.scripts if shared else {}
    return {
        "gist": ended.gist if ended else shared.gist.id if shared else None,
        "version": (ended.version if ended else shared.gist.version if shared else "") or None,
        "address": (shared.gist.address if shared else "") or None,
        "status": status,
        "created": ended.is_created if ended else False,
        "here": [_row(each, merged.ours, before) for each in merged.here],
        "there": [_row(each, merged.shared, theirs) for each in merged.there],
        "unseen": list(merged.unseen),
    }


def _row(change: Change, after: Entries, before: Entries) -> dict[str, Any]:
    entry = after.get(change.name) or before.get(change.name)
    source = None
    if entry:
        version = f"@{entry['version']}" if entry["version"] else ""
        source = f"gist:{entry['gist']}{version}" + (f"#{entry['file']}" if entry["file"] else "")
    return {"name": change.name, "change": change.kind, "fields": list(change.fields), "source": source}


def human(report: Report, view: View) -> Iterable[Line]:
    """How each side changed, and what both are equal with."""
    yield from _lines(report.detail)
    detail = report.detail
    if detail["status"] == "synced":
        yield [Span("made" if detail["created"] else "synced", "good"), f"  gist:{detail['gist']}"]
    elif detail["status"] == "equal" and detail["gist"]:
        yield [Span("equal", "good"), f"  gist:{detail['gist']}"]


def _lines(detail: dict[str, Any]) -> Iterable[list[str | Span]]:
    for side in ("here", "there"):
        for each in detail[side]:
            mark, style = MARKS[each["change"]]
            what = ", ".join(each["fields"]) or each["source"] or ""
            yield [Span(f"{side:<5} {mark} ", style), Span(each["name"], "name"), f"  {what}"]


CHANGES = several(record(name=TEXT, change=one_of(*MARKS), fields=several(TEXT), source=MAYBE_TEXT))
DETAIL: dict[str, Any] = record(
    gist=MAYBE_TEXT,
    version=MAYBE_TEXT,
    address=MAYBE_TEXT,
    status=one_of("synced", "equal", "planned", "declined"),
    created=YES_NO,
    here=CHANGES,
    there=CHANGES,
    unseen=several(TEXT),
)
