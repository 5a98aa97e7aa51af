"""`pyst __complete -- WORDS… CURRENT`: the shells' question, answered one word a line, a tab before its description.

A line with nothing before its tab is a directive: `files` or `folders` may stand in that place, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import TEXT, one_of, record, several
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App


def options(parser: argparse.ArgumentParser) -> None:
    """The words of the line after `pyst`; the last is the one at the cursor, and may be empty."""
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORDS", help="`--`, then the words")


def run(app: App, args: argparse.Namespace) -> Report:
    """Answer. The words are taken as they came: argparse would drop a `--` among them."""
    from pyst.cli.completion import complete

    words = app.words[app.words.index("--") + 1 :] if "--" in app.words else []
    answer, rests_on = complete(app, words[:-1], words[-1] if words else "")
    candidates = [each._asdict() for each in answer.candidates]
    return Report({"candidates": candidates, "files": answer.files}, rests_on=rests_on)


def human(report: Report, view: View) -> Iterable[Line]:
    """The protocol's lines."""
    if report.detail["files"]:
        yield f"\t{report.detail['files']}"
    for each in report.detail["candidates"]:
        yield f"{each['value']}\t{each['description']}"


DETAIL: dict[str, Any] = record(
    candidates=several(record(value=TEXT, description=TEXT)), files=one_of("", "files", "folders")
)
