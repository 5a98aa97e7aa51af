"""`pyst update`: bring installed scripts to what their sources have now, after a look at what is different."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.proposal_view import PROPOSAL, results_lines
from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.fetched import Fetched
    from pyst.sharing.manifest import Installed
    from pyst.system.http import Fetcher

DESCRIPTION = """\
Ask the sources of installed scripts for what they have now, show how code, requirements and permissions differ, and
put it in place on a yes. What was changed here is brought back to what its source has. A version that asks for more
permissions is never taken without a person's own yes.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `update`."""
    add = parser.add_argument
    add("names", nargs="*", metavar="INSTALLED", help="an installed script")
    add("--all", action="store_true", help="all installed scripts")
    add("--dry-run", action="store_true", help="show what would be updated, and change nothing")
    add("--force", action="store_true", help="replace also what was changed here since it was installed")


def run(app: App, args: argparse.Namespace) -> Report:
    """Update one script after the other; what fails for one of several is told, and stops no other."""
    if bool(args.names) == args.all:
        message = "`pyst update` takes the names of installed scripts, or `--all`"
        raise Failure("E_USAGE", message, hint="`pyst list` shows them", exit=ExitCode.USAGE)
    from pyst.sharing.installing import require_installed
    from pyst.sharing.manifest import read_manifest

    manifest = read_manifest(app.paths.manifest_file)
    names = [require_installed(each, manifest).name for each in args.names] or list(manifest.scripts)
    found: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    fetchers: dict[bool, Fetcher] = {}
    for name in dict.fromkeys(names):
        try:
            found.append(_update(app, args, name, fetchers))
        except Failure as failure:
            if len(names) == 1:
                raise
            failed.append({"name": name, "code": failure.code, "message": failure.message, "hint": failure.hint})
    declined = any(not (each["done"] or args.dry_run or each["action"] == "unchanged") for each in found)
    code = ExitCode.ERROR if failed or declined else ExitCode.OK
    return Report({"scripts": found, "failed": failed, "dry_run": args.dry_run}, tuple(map(_remark, failed)), code)


def _update(app: App, args: argparse.Namespace, name: str, fetchers: dict[bool, Fetcher]) -> dict[str, Any]:
    from pyst.commands.support.installation import settle_proposal
    from pyst.commands.support.proposals import propose
    from pyst.sharing.installing import find_standing, require_installed
    from pyst.sharing.obstacles import require_clear

    found, manifest = find_standing(name, app.paths)
    entry = require_installed(name, manifest)
    require_clear(found.obstacles, force=args.force, doing="replaces")
    fetched = _fetch(app, entry, fetchers, is_sound=not found.is_changed)
    kind = entry.shim["kind"] if entry.shim else "pyst"
    with_lock = entry.lock_sha256 is not None or not entry.requirements
    proposal = propose(app, fetched, found, kind=kind, with_lock=with_lock)
    return settle_proposal(app, proposal, force=args.force, dry_run=args.dry_run)


def _fetch(app: App, entry: Installed, fetchers: dict[bool, Fetcher], *, is_sound: bool) -> Fetched:
    """What the source of the script has now. Raises `Failure`: of a source that is gone, with what becomes of the
    script, which runs as before if it `is_sound`."""
    from pyst.commands.support.fetching import fetch_script

    try:
        return fetch_script(app, entry.source, app.paths.data, fetchers=fetchers)
    except Failure as failure:
        if failure.code != "E_FETCH_MISSING":
            raise
        name = entry.name
        if os.path.isabs(entry.source):  # which other kinds of sources there are is no answer to a file that is gone
            failure.message = f"the file `{entry.source}`, which `{name}` was installed from, is not there any more"
            failure.hint = ""
        stays = "what is installed stays, and runs" if is_sound else "what is installed stays"
        ways_on = f"`pyst install SOURCE --as {name}` takes it from elsewhere, `pyst uninstall {name}` removes it"
        failure.hint = f"{failure.hint}\n{stays}: {ways_on}".lstrip("\n")
        raise


def _remark(failed: dict[str, Any]) -> Diagnostic:
    return Diagnostic("error", failed["code"], f"{failed['name']}: {failed['message']}", failed["hint"])


def human(report: Report, view: View) -> Iterable[Line]:
    """What became of each script; with `--dry-run`, all that is different."""
    detail = report.detail
    yield from results_lines(detail["scripts"], view, dry_run=detail["dry_run"])
    for each in detail["failed"]:
        yield [Span("failed", "bad"), "  ", Span(each["name"], "name")]
    if not detail["scripts"] and not detail["failed"]:
        yield "nothing is installed"


DETAIL: dict[str, Any] = record(
    scripts=several(PROPOSAL),
    failed=several(record(name=TEXT, code=TEXT, message=TEXT, hint=MAYBE_TEXT)),
    dry_run=YES_NO,
)
