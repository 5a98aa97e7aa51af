"""`pyst install`: put a script from elsewhere among the installed ones, after a look at it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.proposal_view import PROPOSAL, results_lines
from pyst.commands.support.schema import YES_NO, record
from pyst.errors import ExitCode, Failure
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.manifest import Manifest

DESCRIPTION = """\
Install a script from a file, an https address, `gh:owner/repository/path.py[@ref]`, `gist:ID[@revision][#file]`, their
web addresses, or `git+https://…[@ref]#path.py`. What it is, requires and may ask for is shown first, with all that is
different from what is installed; nothing of it is executed. Then it runs by its name, exactly as it was shown.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `install`."""
    add = parser.add_argument
    add("source", nargs="?", metavar="SOURCE", help="where the script is")
    add("--as", dest="name", metavar="NAME", help="what to call it; else its file says")
    add("--sha256", metavar="HEX", help="take it only if its content has this hash")
    add("--no-lock", action="store_true", help="make no lock: each environment gets what is newest then")
    direct = "have the command start the script's interpreter itself, without pyst; `--no-direct` takes that back"
    add("--direct", action=argparse.BooleanOptionalAction, default=None, help=direct)
    add("--force", action="store_true", help="take the name of another command, replace what is there from elsewhere")
    add("--dry-run", action="store_true", help="show what would be installed, and install nothing")


def run(app: App, args: argparse.Namespace) -> Report:
    """Fetch, look, ask, install."""
    if args.source is None:
        hint = "`pyst install gist:ID`, `pyst install gh:owner/repository/path.py`, `pyst install ./file.py`"
        raise Failure("E_USAGE", "`pyst install` takes the source of a script", hint=hint, exit=ExitCode.USAGE)
    if args.sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", args.sha256):
        message = f"`--sha256 {args.sha256}` is no SHA-256: that has 64 digits 0-9 and a-f"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    from pyst.commands.support.fetching import fetch_script
    from pyst.commands.support.installation import settle_proposal
    from pyst.commands.support.proposals import propose
    from pyst.sharing.installing import find_standing
    from pyst.sharing.manifest import read_manifest
    from pyst.sharing.obstacles import require_clear

    manifest = read_manifest(app.paths.manifest_file)
    if args.name is not None:
        _check(app, args, args.name, manifest)
    fetched = fetch_script(app, args.source, app.cwd, sha256=args.sha256)
    name = _check(app, args, args.name if args.name is not None else fetched.suggested_name, manifest)
    found, _ = find_standing(name, app.paths)
    require_clear(found.obstacles, force=args.force, doing="replaces")
    known = found.entry
    is_same_source = known is not None and known.source == fetched.source.word
    if known is not None and not is_same_source and not args.force and (app.options.yes or not app.can_ask):
        message = f"`{name}` is installed already, from `{known.source}`"
        raise Failure("E_INSTALLED", message, hint="`--force` replaces it, `--as NAME` gives another name")
    kind = known.shim["kind"] if known and known.shim and is_same_source else "pyst"
    if args.direct is not None:
        kind = "direct" if args.direct else "pyst"
    proposal = propose(app, fetched, found, kind=kind, with_lock=not args.no_lock)
    data = settle_proposal(app, proposal, force=args.force, dry_run=args.dry_run)
    declined = not (data["done"] or args.dry_run or data["action"] == "unchanged")
    return Report({**data, "dry_run": args.dry_run}, exit_code=ExitCode.ERROR if declined else ExitCode.OK)


def _check(app: App, args: argparse.Namespace, name: str, manifest: Manifest) -> str:
    """The name as it is written down. Raises `Failure` (E_NAME, E_NAME_TWIN, E_SHADOWS)."""
    from pyst.commands.support.installation import path_command
    from pyst.sharing.names import check_name

    force = args.force or name in manifest.scripts
    return check_name(name, manifest.scripts, lambda word: path_command(app, word), force)


def human(report: Report, view: View) -> Iterable[Line]:
    """What was installed, from where; with `--dry-run`, all that would be."""
    return list(results_lines([report.detail], view, dry_run=report.detail["dry_run"]))


DETAIL: dict[str, Any] = record(**PROPOSAL["properties"], dry_run=YES_NO)
