"""`pyst diff`: what differs between two recorded runs, or between two files or folders."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.comparing import ASPECT, PAIR, aspect_lines, choices_of, pair_lines, pairs_data
from pyst.commands.support.comparing import options as comparing_options
from pyst.commands.support.schema import COUNT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.records.comparing.choices import Choices
    from pyst.records.comparing.files import Pair

DESCRIPTION = """\
Compare the outputs of two recorded runs, or two files or folders: JSON by structure, tables (CSV) by key, text by
line, anything else by hash and size. A word with a `/` in it, or one that no run goes by, is a path.
"""
EPILOG = "exit codes: 0 they are the same, 1 they differ (or an error, which the JSON form tells apart), 64 usage.\n"


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `diff`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    add("left", metavar="LEFT", help="a run (an id, its beginning, `last`, `last:SCRIPT`), a file or a folder")
    add("right", metavar="RIGHT", help="what to compare it with")
    add("--output", metavar="PATH", help="only this output of the runs (`stdout`: what they printed)")
    add("--max-size", default="64M", metavar="SIZE", help="compare larger files by hash and size alone (default: 64M)")
    comparing_options(parser)


def run(app: App, args: argparse.Namespace) -> Report:
    """Compare the two."""
    from pyst.commands.support.recorded import size_of

    choices = choices_of(args)
    most_bytes = size_of(args.max_size, "--max-size")
    paths = [_path_of(app, each) for each in (args.left, args.right)]
    if paths[0] is None and paths[1] is None:
        return _of_runs(app, args, choices, most_bytes)
    if paths[0] is None or paths[1] is None:
        word, other = (args.left, args.right) if paths[0] is None else (args.right, args.left)
        message = f"`{word}` is a run and `{other}` a path; two of a kind are compared"
        raise Failure("E_USAGE", message, hint="write a file's path with a `/`", exit=ExitCode.USAGE)
    if args.output is not None:
        raise Failure("E_USAGE", "`--output` is for the outputs of runs", exit=ExitCode.USAGE)
    return _of_paths(paths[0], paths[1], choices, most_bytes)


def _path_of(app: App, word: str) -> str | None:
    """The path that a word means; None where it means a run."""
    path = os.path.join(app.cwd, word)
    if os.sep in word and not word.startswith("last:"):
        return path
    if word.partition(":")[0] == "last":
        return None
    from pyst.records.reading import find_run_id

    try:
        find_run_id(app.paths.state, word)
    except Failure:
        return path if os.path.lexists(path) else None
    return None


def _of_runs(app: App, args: argparse.Namespace, choices: Choices, most_bytes: int) -> Report:
    from pyst.commands.support.recorded import record_of_word
    from pyst.records.differences import aspects, compare_outputs, items_of

    left, right = (record_of_word(app, each) for each in (args.left, args.right))
    items = items_of(left), items_of(right)
    if args.output is not None:
        names = [each.name for side in items for each in side]
        if args.output not in names:
            hint = did_you_mean(args.output, list(dict.fromkeys(names))) or "`pyst show RUN` lists the outputs of a run"
            raise Failure("E_USAGE", f"neither run has an output `{args.output}`", hint=hint, exit=ExitCode.USAGE)
    pairs = compare_outputs(*items, app.paths.state, choices, args.output, most_bytes=most_bytes)
    around = [each._asdict() for each in aspects(left, right)]
    return _report("runs", left.run_id, right.run_id, pairs, around)


def _of_paths(left: str, right: str, choices: Choices, most_bytes: int) -> Report:
    from pyst.records.comparing.files import Pair, compare_files, compare_folders

    are_folders = os.path.isdir(left), os.path.isdir(right)
    if are_folders[0] != are_folders[1]:
        raise Failure("E_USAGE", "one of the two is a folder and the other a file", exit=ExitCode.USAGE)
    if are_folders[0]:
        pairs = compare_folders(left, right, choices, most_bytes=most_bytes)
        return _report("folders", left, right, pairs, [])
    name = os.path.basename(left)
    rules = choices.rules_for(name)
    if rules is None:
        raise Failure("E_USAGE", "`--ignore` leaves nothing to compare", exit=ExitCode.USAGE)
    found = compare_files(left, right, rules, most_bytes=most_bytes)
    return _report("files", left, right, [Pair(name, "same" if found.is_same else "changed", found)], [])


def _report(kind: str, left: str, right: str, pairs: Iterable[Pair], around: list[dict[str, Any]]) -> Report:
    found = pairs_data(pairs)
    is_same = not found["different"]
    detail = {"kind": kind, "left": left, "right": right, "same": is_same, "aspects": around, **found}
    return Report(detail, exit_code=ExitCode.OK if is_same else ExitCode.ERROR)


def human(report: Report, view: View) -> Iterable[Line]:
    """What the runs rested on that differs, then each pair of outputs that does; `-v` also those that are the same."""
    detail = report.detail
    yield from aspect_lines(detail["aspects"])
    if detail["kind"] == "files":
        yield from pair_lines(detail["pairs"][0], has_name=False)
    else:
        shown = [row for row in detail["pairs"] if row["status"] != "same" or view.verbosity > 0]
        for row in shown:
            yield from pair_lines(row)
    if detail["same"]:
        what = {"runs": "the outputs are", "folders": "the folders are", "files": "the files are"}[detail["kind"]]
        is_identical = all(row["identical"] for row in detail["pairs"])
        yield Span(f"{what} {'identical' if is_identical else 'the same'}", "good")


DETAIL: dict[str, Any] = record(
    kind=one_of("runs", "folders", "files"),
    left=TEXT,
    right=TEXT,
    same=YES_NO,
    aspects=several(ASPECT),
    pairs=several(PAIR),
    total=COUNT,
    different=COUNT,
)
