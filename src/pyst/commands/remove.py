"""`pyst remove --script S`: remove requirements from the block of a script."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import TEXT, YES_NO, record, several
from pyst.report import Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = "Remove the requirements on these packages from the PEP 723 block of a script."


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `remove`."""
    parser.add_argument("--script", metavar="SCRIPT", help="the script to change: a name, `origin:name` or a path")
    parser.add_argument("packages", nargs="+", metavar="PACKAGE", help="the name of a package")


def run(app: App, args: argparse.Namespace) -> Report:
    """Write the script without them, whole."""
    from pyst.commands.support.editing import change_script, lock_remark, require_script
    from pyst.scripts.editing import remove_requirements

    path = require_script(app, args.script, "remove", args.packages)
    removed: list[str] = []

    def change(source: bytes) -> bytes:
        edited, gone = remove_requirements(source, path, args.packages)
        removed.extend(gone)
        return edited

    changed = change_script(app, path, change)
    detail = {"path": path, "changed": changed, "removed": [app.masked(each) for each in removed]}
    return Report(detail, lock_remark(args.script, path))


def human(report: Report, view: View) -> Iterable[Line]:
    """What is gone."""
    for each in report.detail["removed"]:
        yield [Span("removed  ", "good"), each]


DETAIL: dict[str, Any] = record(path=TEXT, changed=YES_NO, removed=several(TEXT))
