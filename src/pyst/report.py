"""What a command has to say, and the JSON envelope it is said in.

Commands return a `Report`; nobody else prints. `detail` is plain JSON data and the one source of what a person,
a JSON reader and an agent are shown.
"""

from __future__ import annotations

from pyst.errors import ExitCode, Failure, Fix
from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

SCHEMA = "pyst/1"


class Diagnostic(NamedTuple):
    """One remark: `level` is `error`, `warning` or `info`; `code` a stable slug (`E_*`, `W_*`, `I_*`)."""

    level: str
    code: str
    message: str
    hint: str = ""
    where: str = ""
    fix: Fix | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "code": self.code,
            "message": self.message,
            "hint": self.hint or None,
            "where": self.where or None,
            "fix": self.fix._asdict() if self.fix else None,
        }


class Report(NamedTuple):
    """The outcome of one command: JSON data, remarks about it, and the exit code.

    `rests_on` are the folders that it was made of, each with its `survey.fingerprint_of`: while they and all that
    was witnessed stay as they are, the same command prints the same. None where that can't be said. `signal` is what
    pyst dies of itself, once a person was told all, because the script did.
    """

    detail: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...] = ()
    exit_code: int = ExitCode.OK
    rests_on: tuple[tuple[str, bytes], ...] | None = None
    signal: int | None = None


def diagnostic_of(failure: Failure) -> Diagnostic:
    """The failure as a diagnostic."""
    where = str(failure.where) if failure.where else ""
    return Diagnostic("error", failure.code, failure.message, failure.hint, where, failure.fix)


def envelope(
    command: str,
    report: Report,
    *,
    duration_ms: float,
    events: list[dict[str, Any]],
    trace_id: str | None,
    failed: bool = False,
) -> dict[str, Any]:
    """The JSON envelope of SPEC section 7. `failed` marks a `Failure`; a script's own exit code is no error."""
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "command": command,
        "status": "error" if failed else "ok",
        "exit_code": report.exit_code,
        "duration_ms": round(duration_ms, 3),
        "detail": report.detail,
        "diagnostics": [each.to_json() for each in report.diagnostics],
        "events": events,
    }
    if trace_id:
        body["trace_id"] = trace_id
    return body
