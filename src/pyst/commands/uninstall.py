"""`pyst uninstall`: remove installed scripts, with their locks and commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.installing import Standing

DESCRIPTION = """\
Remove installed scripts: the script, its lock, its entry in the manifest, and the command in `bin/` if pyst wrote it.
Environments that nothing needs any more are deleted by `pyst gc`.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `uninstall`."""
    parser.add_argument("names", nargs="+", metavar="INSTALLED", help="an installed script")
    parser.add_argument("--force", action="store_true", help="remove also what was changed here since it was installed")


def run(app: App, args: argparse.Namespace) -> Report:
    """Ask once, then remove one script after the other."""
    from pyst.commands.support.consent import consent
    from pyst.sharing.installing import find_standing, require_installed
    from pyst.sharing.manifest import read_manifest
    from pyst.sharing.obstacles import require_clear

    manifest = read_manifest(app.paths.manifest_file)
    names = dict.fromkeys(require_installed(each, manifest).name for each in args.names)
    found = [find_standing(each, app.paths)[0] for each in names]
    for each in found:
        require_clear(each.obstacles, force=args.force, doing="removes")
        _check(app, each, force=args.force)
    shown = ", ".join(f"`{each}`" for each in names)
    changed = [f"`{each.name}`" for each in found if each.is_changed]
    more = f"{', '.join(changed)} was changed since it was installed, which would be lost. " if changed else ""
    if not consent(app, f"{more}Remove {shown}?", f"to remove {shown}"):
        rows = [_row(app, each, done=False) for each in found]
        remark = Diagnostic("info", "I_DECLINED", f"{shown} was not removed")
        return Report({"scripts": rows}, (remark,), ExitCode.ERROR)
    return Report({"scripts": [_remove(app, each) for each in found]})


def _check(app: App, found: Standing, *, force: bool) -> None:
    from pyst.sharing.installing import script_path

    if found.is_changed and not force and (app.options.yes or not app.can_ask):
        path = script_path(found.name, app.paths)
        message = f"`{path}` was changed after it was installed, and would be lost"
        raise Failure("E_CHANGED_HERE", message, hint="`--force` removes it", exit=ExitCode.BLOCKED)


def _remove(app: App, found: Standing) -> dict[str, Any]:
    from pyst.sharing.installing import decide_uninstalled, has_shim
    from pyst.sharing.transaction import transact

    row = _row(app, found, done=True)
    is_ours = has_shim(found, app.paths)
    decide = decide_uninstalled(found, app.paths)
    transact(app.paths.data, decide, waiting=lambda: app.talk("waiting for another pyst"))
    if not is_ours and found.entry is not None and found.entry.shim is not None:
        import os

        path = os.path.join(app.paths.bin, found.name)
        if os.path.lexists(path):
            app.remark(Diagnostic("warning", "W_SHIM_KEPT", f"`{path}` is not as pyst wrote it, and stays"))
    app.event("script_uninstalled", name=found.name)
    return row


def _row(app: App, found: Standing, *, done: bool) -> dict[str, Any]:
    from pyst.sharing.installing import script_path

    entry = found.entry
    return {
        "name": found.name,
        "path": script_path(found.name, app.paths),
        "source": entry.source if entry else None,
        "pinned": entry.pinned if entry else None,
        "done": done,
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """What was removed, and what would bring it back."""
    for each in report.detail["scripts"]:
        word = Span("removed", "good") if each["done"] else Span("declined", "warn")
        yield [word, "  ", Span(each["name"], "name"), f"  {each['pinned']}" if each["pinned"] else ""]


DETAIL: dict[str, Any] = record(
    scripts=several(record(name=TEXT, path=TEXT, source=MAYBE_TEXT, pinned=MAYBE_TEXT, done=YES_NO))
)
