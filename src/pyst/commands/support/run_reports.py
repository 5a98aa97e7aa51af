"""What a run that pyst stayed for has to say: remarks, the report in JSON, what was captured."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyst.report import Diagnostic, Report

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.confinement.decision import Decision
    from pyst.running.ground import Ground
    from pyst.running.plan import Captured, Outcome, Plan
    from pyst.running.recorded import Recorded

PREVIEW_BYTES = 64 << 10
"""How much of each captured stream a report holds."""


def outcome_data(outcome: Outcome, stdout: dict[str, Any] | None, stderr: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "timed_out": outcome.timed_out,
        "duration_seconds": round(outcome.duration_seconds, 6),
        "stdout": stdout,
        "stderr": stderr,
        "confinement": outcome.confinement.to_json() if outcome.confinement else None,
        "limit": outcome.limit,
    }


def report_of_recorded(
    app: App,
    label: str,
    plan: Plan,
    ran: Recorded,
    noted: list[int],
    file_first: bool,
    preview_bytes: int,
    decision: Decision | None = None,
) -> Report:
    """What has to be said of a recorded run. `noted` are the signals that came when the script had ended.

    Raises the `Failure` of one that was not started, or got lost.
    """
    from pyst.commands.support.recording import remark_on

    record = ran.finished.record
    if ran.outcome is None:
        assert ran.failure is not None
        remark_on(app, ran.finished)
        raise ran.failure
    outcome = ran.outcome
    diagnostics = (
        *told_after(app, label, plan, outcome._replace(signal=None), app.events, decision),
        *ran.finished.remarks,
    )
    report = Report({}, diagnostics, outcome.exit_code, signal=next(iter(noted), outcome.signal))
    if app.options.format == "human" and not file_first:
        app.talk(f"recorded: {record.run_id}, {record.manifest}", level=1)
        return report
    from pyst.records.summary import previews_of

    previews = previews_of(record, ran.finished.beginnings, ran.finished.tail, preview_bytes)
    return report._replace(detail={"record": ran.finished.data, "previews": previews})


def told_after(
    app: App,
    label: str,
    plan: Plan,
    outcome: Outcome,
    events: list[dict[str, Any]],
    decision: Decision | None = None,
) -> tuple[Diagnostic, ...]:
    """What has to be said of a run that pyst stayed for. Ends as the script did where it died of a signal, and a
    person looks on."""
    diagnostics: tuple[Diagnostic, ...] = ()
    is_human = app.options.format == "human"
    if outcome.timed_out:
        seconds = plan.limits.timeout_seconds
        message = f"`{label}` was ended after {seconds:g} s, with all that it had started"
        diagnostics = (Diagnostic("error", "E_TIMEOUT", message, "`--timeout` sets the limit"),)
    elif outcome.limit is not None:
        from pyst.commands.support.confining import limit_remark

        diagnostics = (limit_remark(label, plan, outcome.limit),)
    elif outcome.signal is not None and is_human:
        from pyst.running.supervise import die_by

        die_by(outcome.signal)
    if outcome.confinement is not None and is_human:
        from pyst.commands.support.confining import held_lines, refused_lines

        for line in refused_lines(events):
            app.talk(line)
        for line in held_lines(outcome.confinement):
            app.talk(line, level=1)
    if plan.walls is not None and outcome.exit_code:
        from pyst.commands.support.confinement_hints import after_failure

        diagnostics = (*diagnostics, *after_failure(app, label, plan, outcome, decision))
    return diagnostics


def capture_folder(app: App) -> Any:
    """A new folder for what the script prints."""
    import tempfile

    from pyst.running.capture import Capture
    from pyst.system.files import make_cache_folder

    try:
        make_cache_folder(app.paths.outputs)
        folder = tempfile.mkdtemp(prefix="run-", dir=app.paths.outputs)
    except OSError:
        folder = tempfile.mkdtemp(prefix="pyst-run-")  # a read-only cache must not keep a script from running
    return Capture(folder, preview_bytes=PREVIEW_BYTES)


def stream_data(captured: Captured | None, path: str | None = None) -> dict[str, Any] | None:
    """One captured stream as JSON data. What fits the preview is told whole, and its file is deleted.

    `path` is the file that holds it where it went into a record.
    """
    if captured is None:
        return None
    whole = len(captured.head) + len(captured.tail) == captured.size_bytes
    if whole and captured.path is not None:
        os.unlink(captured.path)
    data = captured.head + captured.tail if whole else captured.head
    return {
        "text": data.decode("utf-8", "backslashreplace"),
        "tail": "" if whole else captured.tail.decode("utf-8", "backslashreplace"),
        "bytes": captured.size_bytes,
        "lost_bytes": captured.lost_bytes,
        "truncated": not whole,
        "path": None if whole else captured.path or path,
    }


def drop_empty_folder(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass  # it holds output that was too long to tell


def detail_of(app: App, ground: Ground, plan: Plan, decision: Decision | None = None) -> dict[str, Any]:
    """What a report on this run holds. Secrets are masked."""
    from pyst.system.secrets import MASK, is_secret, mask, mask_words

    globs = app.workspace.settings.document.redact
    known = {**app.environ, **dict(plan.set_variables)}
    shown = plan.to_json()
    shown["argv"] = mask_words(shown["argv"], known, globs)
    shown["set_variables"] = {
        name: MASK if is_secret(name, globs) else mask(value, known, globs) for name, value in plan.set_variables
    }
    verdict = ground.verdict
    return {
        "script": ground.script.name if ground.script else ground.target.word,
        "path": ground.script.path if ground.script else None,
        "origin": ground.script.origin if ground.script else None,
        "allowed": not ground.is_blocked,
        "context": verdict.context if verdict else None,
        "rule": verdict.rule if verdict and verdict.deciding else None,
        "trusted": ground.trusted,
        "plan": shown,
        "permissions": _permissions(app, ground, decision),
        "outcome": None,
        "record": None,
        "previews": [],
    }


def _permissions(app: App, ground: Ground, decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    from pyst.commands.support.confining import decision_data

    return decision_data(app, ground, decision)
