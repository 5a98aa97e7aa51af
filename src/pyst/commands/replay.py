"""`pyst replay`: run a recorded run again, and say what is not as it was."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.comparing import ASPECT, PAIR, aspect_lines, choices_of, pair_lines, pairs_data
from pyst.commands.support.comparing import options as comparing_options
from pyst.commands.support.recorded import HELP, record_of_word, record_schema
from pyst.commands.support.replaying import options as replaying_options
from pyst.commands.support.schema import COUNT, TEXT, YES_NO, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Run a recorded run again: the same bytes of the script, its lock and its input, the same arguments and options; the
rules of contexts, trust and confinement are those of now. Then say what it rested on that has changed, and compare
the outputs. Where the script has changed since, the recorded bytes run from a private place.
"""
EPILOG = """\
exit codes: 0 the same outputs and exit code, 1 they differ (or the run can't be replayed: E_REPLAY), 64 usage,
101 blocked, 102 needs the network while offline, 126 cannot be executed, 127 no such script (with --current).
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `replay`."""
    parser.add_argument("run", metavar="RUN", help=HELP)
    parser.add_argument("--current", action="store_true", help="run the script as it is now")
    replaying_options(parser)
    comparing_options(parser)


def run(app: App, args: argparse.Namespace) -> Report:
    """Run it again, and compare."""
    from pyst.commands.support.replaying import run_again
    from pyst.records.differences import ENDINGS, aspects, compare_outputs, items_of
    from pyst.records.record import to_json

    choices = choices_of(args)
    before = record_of_word(app, args.run)
    word = _word_now(before.script.selector, before.script.path) if args.current else None
    after, remarks = run_again(app, args, before, script=word)
    pairs = pairs_data(compare_outputs(items_of(before), items_of(after), app.paths.state, choices))
    around = aspects(before, after)
    is_same = not pairs["different"] and not any(each.name in ENDINGS for each in around)
    detail = {
        "replay_of": before.run_id,
        "run_id": after.run_id,
        "same": is_same,
        "aspects": [each._asdict() for each in around],
        **pairs,
        "record": to_json(after),
    }
    told = tuple(_softened(each) for each in remarks)
    return Report(detail, told, ExitCode.OK if is_same else ExitCode.ERROR)


def _word_now(selector: str, path: str | None) -> str:
    if path is None:
        message = "code that was typed is nowhere but in its record"
        raise Failure("E_USAGE", message, hint="leave `--current` out", exit=ExitCode.USAGE)
    return selector


def _softened(each: Diagnostic) -> Diagnostic:
    """What the script's own run had to say: that it failed is part of the answer, not a failure of the replay."""
    return each._replace(level="warning") if each.level == "error" else each


def human(report: Report, view: View) -> Iterable[Line]:
    """What is not as it was."""
    detail = report.detail
    yield [Span(detail["replay_of"], "code"), " again as ", Span(detail["run_id"], "code")]
    yield from aspect_lines(detail["aspects"])
    for row in detail["pairs"]:
        if row["status"] != "same" or view.verbosity > 0:
            yield from pair_lines(row)
    if detail["same"]:
        rest = "" if not detail["aspects"] else ", though not all that it rests on is"
        yield Span(f"the same outputs and exit code{rest}", "good")
    else:
        yield [Span("not the same: ", "bad"), f"`pyst diff {detail['replay_of']} {detail['run_id']}` tells it again"]


DETAIL: dict[str, Any] = record(
    replay_of=TEXT,
    run_id=TEXT,
    same=YES_NO,
    aspects=several(ASPECT),
    pairs=several(PAIR),
    total=COUNT,
    different=COUNT,
    record=record_schema(),
)
