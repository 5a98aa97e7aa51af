"""A run that is recorded: its streams go into the record while it is supervised, and its end is written whatever it is.

From the first word to the last, deadly signals are held: pyst passes them on to the script, and writes the record.
"""

from __future__ import annotations

from pyst.errors import Failure
from pyst.named import NamedTuple
from pyst.running.plan import Outcome, Plan, environment_of

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyst.records.ending import Finished
    from pyst.records.writing import Recording
    from pyst.running.signals import Held


class Recorded(NamedTuple):
    """A run and its record. Without an `outcome`, `failure` says why the script did not start or got lost."""

    outcome: Outcome | None
    finished: Finished
    failure: Failure | None = None


def with_variables(plan: Plan, told: dict[str, str | None], environ: dict[str, str]) -> Plan:
    """The plan with what the script is told of its record; what it must not see of its caller's is taken away."""
    given = {name: value for name, value in told.items() if value is not None}
    hidden = [name for name, value in told.items() if value is None and name in environ]
    variables = {**dict(plan.set_variables), **given}
    return plan._replace(
        set_variables=tuple(sorted(variables.items())),
        unset_variables=(*plan.unset_variables, *hidden),
    )


def run_recorded(
    plan: Plan,
    environ: dict[str, str],
    recording: Recording,
    held: Held,
    *,
    echo: bool,
    preview_bytes: int,
    lifeline: int | None = None,
    on_event: Callable[[dict[str, Any]], None] | None = None,
) -> Recorded:
    """Run `plan` into its record. `echo` shows its streams to the caller too; `preview_bytes` are kept of each.

    Raises only what is a bug, and then, too, with the record written.
    """
    from pyst.running.capture import Capture
    from pyst.running.supervise import supervise

    def hear(event: dict[str, Any]) -> None:
        if event["type"] == "script_started":
            recording.begin(plan.cwd, _seen(plan, environ))
        if on_event is not None:
            on_event(event)

    def meanwhile() -> None:
        recording.prepare()
        import pyst.records.ending
        import pyst.records.summary  # noqa: F401  what the end needs: while the script starts, it costs nobody time

    def at_end(outcome: Outcome) -> None:
        from pyst.records.ending import end

        recording.begin(plan.cwd, _seen(plan, environ))
        ended.append(outcome)
        finished.append(end(recording, outcome, lambda: bool(held.noted)))

    ended: list[Outcome] = []
    finished: list[Finished] = []
    plan = with_variables(plan, recording.variables, environ)
    capture = Capture(None, echo, preview_bytes, recording.take)
    try:
        supervise(
            plan,
            environ,
            capture=capture,
            on_event=hear,
            meanwhile=meanwhile,
            at_end=at_end,
            lifeline=lifeline,
            early=held.take(),
        )
    except Failure as failure:
        from pyst.records.ending import fail

        recording.begin(plan.cwd, _seen(plan, environ))
        return Recorded(None, fail(recording, failure), failure)
    except BaseException as error:
        from pyst.records.ending import fail

        if not ended:
            recording.begin(plan.cwd, _seen(plan, environ))
            fail(recording, Failure("E_INTERNAL", f"{type(error).__name__}: {error}"))
        raise
    return Recorded(ended[0], finished[0])


def _seen(plan: Plan, environ: dict[str, str]) -> dict[str, str]:
    """The variables that the script sees."""
    variables = environment_of(plan, environ)
    if plan.walls is None:
        return variables
    from pyst.confinement.variables import scrubbed

    return scrubbed(variables, plan, plan.walls, private="")
