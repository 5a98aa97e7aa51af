"""The hot path of runs that pyst stays for: a memo's plan is supervised without what the full path imports.

`hotpath` has compared all that the memo rests on but two things, which are compared here: where the paths lead that
the plan's walls name, and which variables there are. Walls are built and proven anew for every run. Whatever has to be
told in the end (a bound that was passed, a host that was refused) is told by the full path's own words.
"""

from __future__ import annotations

import os

from pyst import hotpath
from pyst.errors import ExitCode, Failure
from pyst.running.plan import Limits, Plan

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyst.app import App
    from pyst.report import Report

AFTER_THE_START = frozenset({"E_KEEPER"})
"""The failures that come when the script has run; at any other, the full path may begin anew."""


def stay(answer: tuple[Any, ...], rest: list[str], words: list[str]) -> int | None:
    """Run the plan of a memo with the script's own words `rest`; the exit code.

    `words` are those of the whole command line. None, before anything was started, where the full path has to do it.
    """
    argv, cwd, _, changes, removed, used, label, environment, seconds, walls, leads, names, record = answer
    environ = dict(os.environ)
    if any((os.path.realpath(path), os.path.lexists(real)) != (real, there) for path, real, there in leads):
        return None
    if walls is not None and hotpath.digest(_dumped(environ)) != names:
        return None
    plan = Plan(
        (*argv, *rest),
        cwd,
        tuple((os.fsdecode(name), os.fsdecode(value)) for name, value in changes),
        tuple(map(os.fsdecode, removed)),
        environment,
        Limits(seconds),
        None,
        used,
        None if walls is None else _walls(walls),
    )
    if used:
        try:
            os.utime(used)  # so that `pyst gc` knows what is in use
        except OSError:
            pass
    hotpath.end_turn()
    if record is not None:
        import gc

        gc.disable()  # this process is short; a collection would look through all that is imported
        from pyst.recording import stay_and_record

        code = stay_and_record(plan, label, record, tuple(rest), environ, words, _tell)
        gc.enable()
        return code
    return _run(plan, label, environ, words)


def _dumped(environ: dict[str, str]) -> bytes:
    from marshal import dumps

    return dumps(sorted(environ), 2)


def _walls(plain: tuple[Any, ...]) -> Any:
    from pyst.confinement.walls import Bounds, Net, Walls

    tier, read, write, denied, run, net, env, bounds, contents = plain
    return Walls(tier, read, write, denied, run, Net(*net), env, Bounds(*bounds), contents)


def _run(plan: Plan, label: str, environ: dict[str, str], words: list[str]) -> int | None:
    from pyst.running.supervise import die_by, supervise

    refused: list[dict[str, Any]] = []

    def on_event(event: dict[str, Any]) -> None:
        if event["type"] == "net_refused":
            refused.append(event)

    try:
        outcome = supervise(plan, environ, on_event=on_event)
    except Failure as failure:
        return _tell(words, _raise(failure)) if failure.code in AFTER_THE_START else None
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED

    def told(app: App) -> Report:
        from pyst.commands.support.run_reports import told_after
        from pyst.report import Report

        return Report({}, told_after(app, label, plan, outcome, refused), outcome.exit_code)

    hints = outcome.exit_code != 0 and plan.walls is not None and os.isatty(2)
    if outcome.timed_out or outcome.limit is not None or refused or (hints and outcome.signal is None):
        return _tell(words, told)
    if outcome.signal is not None:
        die_by(outcome.signal)
    os._exit(outcome.exit_code)  # nothing of ours is left to be written, and taking apart an interpreter takes time


def _raise(failure: Failure) -> Callable[[App], Report]:
    def told(app: App) -> Report:
        raise failure

    return told


def _tell(words: list[str], told: Callable[[App], Report]) -> int:
    from pyst.cli.main import main

    return main(words, told=told)
