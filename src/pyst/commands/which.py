"""`pyst which`: the path of the file that a name means."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.choosing import chosen_script
from pyst.commands.support.installed import installed_data, integrity_remarks
from pyst.commands.support.schema import INSTALLED, ORIGIN, TEXT, record, several
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `which`."""
    parser.add_argument("script", metavar="SCRIPT", help="a name, `origin:name` or a path")
    parser.add_argument("--all", action="store_true", help="print the files that it hides, too")


def run(app: App, args: argparse.Namespace) -> Report:
    """Say which file a word means. A script that a context disables has its path all the same."""
    script = chosen_script(app, args.script)
    twins = [each.script.path for each in app.catalog().twins_of(script)] if args.all else []
    installed, altered = installed_data(app, script)
    detail = {"name": script.name, "selector": script.selector, "origin": script.origin, "path": script.path}
    return Report({**detail, "installed": installed, "shadows": twins}, integrity_remarks(altered))


def human(report: Report, view: View) -> Iterable[Line]:
    """The path alone, so that it can be used in a command line."""
    return [report.detail["path"], *report.detail["shadows"]]


DETAIL: dict[str, Any] = record(
    name=TEXT, selector=TEXT, origin=ORIGIN, path=TEXT, installed=INSTALLED, shadows=several(TEXT)
)
