"""Reports → text: JSON envelopes, a person's view, Markdown. The payload goes to stdout, the talk to stderr."""

from __future__ import annotations

import json
from types import ModuleType
from typing import TYPE_CHECKING

from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report, diagnostic_of, envelope
from pyst.system.terminal import Line, Span, render

if TYPE_CHECKING:
    from pyst.app import App

LEVEL_STYLES = {"error": "bad", "warning": "warn", "info": "dim"}


def check_format(app: App, command: str, module: ModuleType) -> None:
    """Refuse, before anything is done, a form that the command lacks. Raises `Failure` (`E_USAGE`)."""
    if app.options.format == "markdown" and not hasattr(module, "markdown"):
        message = f"`{command}` has no Markdown form"
        raise Failure("E_USAGE", message, hint="use `--format json`", exit=ExitCode.USAGE)


def write_text(app: App, text: str) -> None:
    """Write to standard output. Raises `Failure` (`E_OUTPUT`); `BrokenPipeError` where nobody reads any more."""
    try:
        app.stdout.write(text)
        app.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"standard output can't be written: {error.strerror or error}"
        raise Failure("E_OUTPUT", message) from error


def write_report(app: App, command: str, module: ModuleType, report: Report) -> None:
    """Write what a command has to say."""
    report = report._replace(diagnostics=_masked(app, (*report.diagnostics, *app.remarks)))
    if app.options.format == "json":
        write_envelope(app, command, report)
        return
    if app.options.format == "markdown":
        text = module.markdown(report)
    else:
        text = render(module.human(report, app.view), app.view)
    if text:
        write_text(app, text)
    write_diagnostics(app, report.diagnostics)
    _remember(app, report, text)


def _remember(app: App, report: Report, text: str) -> None:
    """Keep what was printed where the same command would print it again: all of it, and on the real output."""
    options = app.options
    if report.rests_on is None or report.diagnostics or options.no_cache or options.events or options.debug:
        return
    try:
        is_real = app.stdout.fileno() == 1 and (app.stdout.encoding or "").lower() in ("utf-8", "utf8")
    except (OSError, ValueError, AttributeError):
        is_real = False
    if is_real:
        from pyst.running.memo import save_print

        save_print(
            app.words,
            text,
            report.exit_code,
            cwd=app.cwd,
            environ=app.environ,
            witness=app.witness,
            trees=report.rests_on,
        )


def write_failure(app: App, command: str, failure: Failure) -> None:
    """Write why a command could not do its work."""
    remarks = _masked(app, (diagnostic_of(failure), *app.remarks))
    if app.options.format == "json":
        report = Report(failure.detail, remarks, failure.exit)
        write_envelope(app, command, report, failed=True)
    else:
        write_diagnostics(app, remarks)


def _masked(app: App, remarks: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The remarks without secrets: they quote command lines, requirements and what other programs said."""
    if not remarks:
        return ()
    return tuple([each._replace(message=app.masked(each.message), hint=app.masked(each.hint)) for each in remarks])


def write_envelope(app: App, command: str, report: Report, *, failed: bool = False) -> None:
    """Write the JSON envelope, one object on one line."""
    failed = failed or any(each.level == "error" for each in report.diagnostics)
    body = envelope(
        command, report, duration_ms=app.elapsed_ms, events=app.events, trace_id=app.trace_id, failed=failed
    )
    write_text(app, json.dumps(body, ensure_ascii=True) + "\n")


def write_diagnostics(app: App, remarks: tuple[Diagnostic, ...]) -> None:
    """Write remarks for a person, on standard error. `-q` leaves only errors."""
    lines: list[Line] = []
    for each in remarks:
        if app.options.verbosity < 0 and each.level != "error":
            continue
        first, *more = each.message.split("\n")
        lines.append([Span(f"{each.level}: ", LEVEL_STYLES[each.level]), first])
        lines += [f"  {line}" for line in more]
        if each.where:
            lines.append([Span("  at: ", "dim"), each.where])
        lines += [[Span("  hint: " if not i else "        ", "dim"), part] for i, part in _parts(each.hint)]
        if each.fix:
            lines.append([Span("  fix: ", "dim"), Span(each.fix.command, "code")])
    app.stderr.write(render(lines, app.talk_view))
    app.stderr.flush()


def _parts(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.split("\n"))) if text else []
