"""`pyst add --script S`: add requirements to the block of a script."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import TEXT, YES_NO, record, several
from pyst.report import Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Add requirements to the PEP 723 block of a script, which is made if there is none. One for the same package is
replaced. Comments and formatting stay as they are.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `add`."""
    parser.add_argument("--script", metavar="SCRIPT", help="the script to change: a name, `origin:name` or a path")
    parser.add_argument("requirements", nargs="+", metavar="REQUIREMENT", help="a package, like `six` or `six>=1.16`")


def run(app: App, args: argparse.Namespace) -> Report:
    """Check the requirements, then write the changed script whole."""
    from pyst.commands.support.editing import change_script, lock_remark, require_script
    from pyst.scripts.editing import add_requirements, check_requirement

    path = require_script(app, args.script, "add", args.requirements)
    for each in args.requirements:
        check_requirement(each)
    added: list[str] = []
    replaced: list[str] = []

    def change(source: bytes) -> bytes:
        edited, new, old = add_requirements(source, path, args.requirements)
        added.extend(new)
        replaced.extend(old)
        return edited

    changed = change_script(app, path, change)
    shown = {"added": [app.masked(each) for each in added], "replaced": [app.masked(each) for each in replaced]}
    detail = {"path": path, "changed": changed, **shown}
    return Report(detail, lock_remark(args.script, path) if changed else ())


def human(report: Report, view: View) -> Iterable[Line]:
    """What is new, and what it replaces."""
    detail = report.detail
    for each in detail["added"]:
        yield [Span("added     ", "good"), each]
    for each in detail["replaced"]:
        yield [Span("replaced  ", "warn"), each]
    if not detail["changed"]:
        yield [Span("unchanged ", "dim"), detail["path"]]


DETAIL: dict[str, Any] = record(path=TEXT, changed=YES_NO, added=several(TEXT), replaced=several(TEXT))
