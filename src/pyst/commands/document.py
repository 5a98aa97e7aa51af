"""`pyst document`: help that is missing or stale, found without a model, and written by one within guardrails."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.choosing import chosen_scripts
from pyst.commands.support.documenting import STATES, Outcome
from pyst.commands.support.schema import (
    COUNT,
    MAYBE_TEXT,
    MODEL_USAGE,
    ORIGIN,
    TEXT,
    YES_NO,
    maybe,
    one_of,
    record,
    several,
)
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.authoring.model import Model
    from pyst.scripts.script import Script

DESCRIPTION = """\
Have a language model write the help of a script: its docstring, those of its functions, the help of its parameters.
What would change is shown; on your yes it is written. Nothing but help is changed, and the script is never run.
With --check no model is asked: what is missing or stale is told, and the exit code says whether anything is."""
EPILOG = """\
What stays on this machine: files that `.pystdocignore` names (gitignore's grammar), lines, statements and functions
marked `# pyst: nodoc`, words and values that the setting `document.redact` names, and what looks like a secret.
"""

ENDING = frozenset(
    f"E_{each}"
    for each in ("EXTRA", "OFFLINE", "MODEL_NONE", "MODEL_UNKNOWN", "MODEL_KEY", "MODEL_LIMIT", "MODEL_QUOTA")
)
"""Failures that the next script would meet too."""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `document`, which may stand between the scripts."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    add("scripts", nargs="*", metavar="SCRIPT", help="a name, `origin:name` or a path")
    add("--all", action="store_true", help="every script that is visible from here")
    add("--write", action="store_true", help="write it, after asking (or with --yes); needs a terminal otherwise")
    add("--check", action="store_true", help="ask no model; exit 1 where help is missing or stale")
    add("--model", metavar="M", help="the model to ask, `PROVIDER:NAME`; else `document.model`, else `create.model`")


def run(app: App, args: argparse.Namespace) -> Report:
    """Check the scripts, or have their help written."""
    if args.all and args.scripts:
        raise Failure("E_USAGE", "name scripts or give `--all`, not both", exit=ExitCode.USAGE)
    if args.check and (args.write or args.model):
        other = "--write" if args.write else "--model"
        message = f"`--check` asks no model and writes nothing: leave out `{other}`"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    if not (args.check or args.scripts or args.all):
        hint = "name scripts, or give `--all`; `--check` alone checks the project's"
        raise Failure("E_USAGE", "no script is named", hint=hint, exit=ExitCode.USAGE)
    if args.check:
        return _checked(app, chosen_scripts(app, args))
    return _documented(app, args, chosen_scripts(app, args))


def _checked(app: App, scripts: list[Script]) -> Report:
    from pyst.commands.support.documenting import check_script

    outcomes = []
    for script in scripts:
        try:
            outcomes.append(check_script(app, script))
        except Failure as failure:
            outcomes.append(Outcome(script, "failed", failure=failure))
    from pyst.commands.support.document_view import counts_in_words

    report = _report(app, "check", outcomes)
    counts = report.detail["counts"]
    if counts["error"] and not report.diagnostics:
        diagnostic = Diagnostic(
            "error", "E_DOCUMENT_CHECK", counts_in_words(report.detail), "`pyst document SCRIPT` writes it"
        )
        return report._replace(diagnostics=(diagnostic,), exit_code=ExitCode.ERROR)
    return report


def _documented(app: App, args: argparse.Namespace, scripts: list[Script]) -> Report:
    from pyst.commands.support.documenting import document_script, writes_on_yes

    writes = writes_on_yes(app, must_write=args.write)
    outcomes: list[Outcome] = []
    with _Models(app, args.model) as models:
        for script in scripts:
            try:
                outcomes.append(document_script(app, script, models.get, writes=writes))
            except Failure as failure:
                if len(scripts) == 1:
                    raise
                outcomes.append(Outcome(script, "failed", failure=failure))
                if failure.code in ENDING:
                    break
    report = _report(app, "document", outcomes)
    kept_back = [_kept_back(each) for each in outcomes if each.state == "ignored" and args.scripts]
    left = [_left(each) for each in outcomes if each.left]
    declined = any(each.state == "declined" for each in outcomes)
    code = ExitCode.ERROR if kept_back or declined else report.exit_code
    return report._replace(diagnostics=(*report.diagnostics, *kept_back, *left), exit_code=code)


class _Models:
    """The model, made when the first script needs it."""

    def __init__(self, app: App, word: str | None) -> None:
        self._app = app
        self._word = word
        self._model: Model | None = None

    def __enter__(self) -> _Models:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._model is not None:
            self._model.close()

    def get(self) -> Model:
        if self._model is None:
            from pyst.authoring.model import make_model
            from pyst.commands.support.documenting import chosen_model

            settings = self._app.workspace.settings
            word, key = chosen_model(settings, self._word)
            self._model = make_model(settings, self._app.environ, word, key_variable=key, say=self._app.talk)
        return self._model


def _kept_back(outcome: Outcome) -> Diagnostic:
    path = outcome.script.path
    hint = "nothing of it was sent; take the rule or the mark away if it may be"
    return Diagnostic("error", "E_KEPT_BACK", f"`{path}` is kept from models by `{outcome.rule}`", hint, path)


def _left(outcome: Outcome) -> Diagnostic:
    keys = ", ".join(f"`{each}`" for each in outcome.left)
    why = "what is there is kept back, or can't be changed without harm"
    message = f"not everything was written at {keys} of `{outcome.script.path}`: {why}"
    return Diagnostic("warning", "W_NOT_WRITTEN", message, "write it there by hand", outcome.script.path)


def _remark(script: Script, failure: Failure) -> Diagnostic:
    where = str(failure.where) if failure.where else script.path
    return Diagnostic("error", failure.code, failure.message, failure.hint, where, failure.fix)


def _report(app: App, action: str, outcomes: list[Outcome]) -> Report:
    from pyst.authoring.messages import Usage

    rows = [_row(app, each) for each in outcomes]
    findings = [finding for row in rows for finding in row["findings"]]
    counts = {level: sum(each["level"] == level for each in findings) for level in ("error", "info")}
    counts |= {"scripts": len(rows)} | {state: sum(row["state"] == state for row in rows) for state in STATES}
    usage = Usage()
    for each in outcomes:
        usage += each.usage
    models = [each.model for each in outcomes if each.model]
    failures = [each.failure for each in outcomes if each.failure]
    detail = {
        "action": action,
        "scripts": rows,
        "counts": counts,
        "model": models[0] if models else None,
        "usage": usage._asdict(),
    }
    diagnostics = tuple(_remark(each.script, each.failure) for each in outcomes if each.failure)
    ending = next((each.exit for each in failures if each.code in ENDING), ExitCode.ERROR)
    return Report(detail, diagnostics, ending if failures else ExitCode.OK)


def _row(app: App, outcome: Outcome) -> dict[str, Any]:
    script = outcome.script
    return {
        "name": script.name,
        "selector": script.selector,
        "origin": script.origin,
        "path": script.path,
        "state": outcome.state,
        "rule": outcome.rule,
        "findings": [each.to_json() for each in outcome.findings],
        "places": outcome.places,
        "kept_back": outcome.kept_back,
        "difference": [app.masked(each) for each in outcome.difference] or None,
        "usage": outcome.usage._asdict(),
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """The findings with file and line, or what became of each script, with its difference where that is the outcome."""
    from pyst.commands.support.document_view import finding_lines, outcome_lines

    return (
        finding_lines(report.detail, view) if report.detail["action"] == "check" else outcome_lines(report.detail, view)
    )


_FINDING = record(
    level=one_of("error", "info"),
    code={"type": "string", "pattern": "^D[0-9]{3}$"},
    name=TEXT,
    message=TEXT,
    line=COUNT,
    column=COUNT,
    hint=MAYBE_TEXT,
    writable=YES_NO,
)
_SCRIPT = record(
    name=TEXT,
    selector=TEXT,
    origin=ORIGIN,
    path=TEXT,
    state=one_of(*STATES),
    rule=MAYBE_TEXT,
    findings=several(_FINDING),
    places=COUNT,
    kept_back=COUNT,
    difference=maybe(several(TEXT)),
    usage=MODEL_USAGE,
)

DETAIL: dict[str, Any] = record(
    action=one_of("check", "document"),
    scripts=several(_SCRIPT),
    counts=record(error=COUNT, info=COUNT, scripts=COUNT, **dict.fromkeys(STATES, COUNT)),
    model=MAYBE_TEXT,
    usage=MODEL_USAGE,
)
