"""`pyst doctor`: examine this installation, and with `--fix` mend what is safe to mend."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.upkeep.examination import Case

DESCRIPTION = """\
Examine this installation: pyst itself, uv, interpreters, folders, caches, settings, variables, and a real run.
Nothing leaves the machine, unless `--online` asks the package index."""
EPILOG = """\
exit codes: 0 all is well or only slightly off, 1 something failed.
"""

STYLES = {"ok": "good", "warn": "warn", "fail": "bad"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `doctor`."""
    parser.add_argument("--fix", action="store_true", help="mend what is safe to mend, and say what was done")
    parser.add_argument("--online", action="store_true", help="also ask whether the package index answers")


def run(app: App, args: argparse.Namespace) -> Report:
    """Go through all examinations."""
    from pyst.upkeep.examinations import examine

    results = list(examine(_case(app, args.online), mend=args.fix))
    counts = {status: sum(each.status == status for each in results) for status in STYLES}
    counts["mended"] = sum(each.mended is not None for each in results)
    detail = {"examinations": [each.to_json() for each in results], "counts": counts}
    if not counts["fail"]:
        return Report(detail)
    names = ", ".join(dict.fromkeys(f"`{each.name}`" for each in results if each.status == "fail"))
    remark = Diagnostic("error", "E_DOCTOR", f"something is wrong: {names}")
    return Report(detail, (remark,), ExitCode.ERROR)


def _case(app: App, online: bool) -> Case:
    from pyst.system.uv import Uv
    from pyst.upkeep.examination import Case

    offline = app.options.offline
    try:
        offline = app.workspace.settings.core.offline
    except Failure:
        pass  # an examination of its own says so
    uv = Uv(app.environ, offline=offline and not online, runner=app.runner)
    return Case(
        environ=app.environ,
        paths=app.paths,
        cwd=app.cwd,
        uv=uv,
        runner=app.runner,
        workspace=lambda: app.workspace,
        clock=app.clock,
        online=online,
        offline=offline,
    )


def human(report: Report, view: View) -> Iterable[Line]:
    """One line for each examination, with the way on where something is off; `-q` leaves only what is off."""
    rows = report.detail["examinations"]
    return _lines(rows if view.verbosity >= 0 else [each for each in rows if each["status"] != "ok"])


def _lines(rows: list[dict[str, Any]]) -> Iterator[Line]:
    width = max((len(each["name"]) for each in rows), default=0)
    for each in rows:
        status = each["status"]
        yield [Span(f"{status:<4}", STYLES[status]), "  ", f"{each['name']:<{width}}  ", each["message"]]
        pad = " " * (width + 8)
        if each["mended"]:
            yield [pad, Span(each["mended"], "good")]
        elif each["hint"] and status != "ok":
            yield [pad, Span(each["hint"], "dim")]


_EXAMINATION = record(
    name=TEXT, status=one_of(*STYLES), message=TEXT, hint=MAYBE_TEXT, fixable=YES_NO, mended=MAYBE_TEXT
)

DETAIL: dict[str, Any] = record(
    examinations=several(_EXAMINATION),
    counts=record(ok=COUNT, warn=COUNT, fail=COUNT, mended=COUNT),
)
