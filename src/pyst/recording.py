"""The hot path of recorded runs: a memo's plan is executed into a record without what the full path imports.

`staying` has compared what the plan rests on. What the record says of script and environment rests on the same; the
input is read and checked anew, and so is all that the run itself makes.
"""

from __future__ import annotations

import os
import sys

from pyst.errors import Failure
from pyst.running.plan import Plan

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyst.app import App
    from pyst.records.places import Wish
    from pyst.records.subject import Subject
    from pyst.report import Report
    from pyst.running.recorded import Recorded

STREAM_BYTES = 64 << 10
COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE")


def stay_and_record(
    plan: Plan,
    label: str,
    record: tuple[Any, ...],
    arguments: tuple[str, ...],
    environ: dict[str, str],
    words: list[str],
    tell: Callable[[list[str], Callable[[App], Report]], int],
) -> int | None:
    """Run `plan` into a record, as `record` of the memo says (`running.memo`); the exit code.

    `tell` has the full path tell what it is given. None, before anything was started, where the full path has to do
    all of it.
    """
    from pyst.records.folder import is_kept
    from pyst.records.writing import Recording
    from pyst.running.recorded import run_recorded
    from pyst.running.signals import Held
    from pyst.system.child import occupy_standard_descriptors

    occupy_standard_descriptors()  # no file of the record is to become a stream that was closed
    file_first, plain = record[0], record[-1]

    def subject() -> Subject:
        from pyst.records.subject import from_plain

        return from_plain(plain, arguments)

    with Held() as held:
        try:
            wish = _wish(record)
            if wish is None or not all(is_kept(wish.state, *each) for each in plain[1]):
                return None
            recording = Recording(plain[0][0], wish, subject)
        except Failure:
            return None  # the full path says it as it is asked to
        ran = run_recorded(plan, environ, recording, held, echo=not file_first, preview_bytes=STREAM_BYTES)

    def told(app: App) -> Report:
        from pyst.commands.support.run_reports import report_of_recorded

        return report_of_recorded(app, label, plan, ran, held.noted, file_first, wish.preview_bytes)

    outcome = ran.outcome
    if outcome is None or outcome.timed_out or ran.finished.remarks or (file_first and not _print(ran, wish, words)):
        return tell(words, told)
    number = next(iter(held.noted), outcome.signal)
    if number is not None:
        from pyst.running.supervise import die_by

        die_by(number)
    os._exit(outcome.exit_code)  # nothing of ours is left to be written, and taking apart an interpreter takes time


def _wish(record: tuple[Any, ...]) -> Wish | None:
    """How this run is to be recorded; the input is read. None where there is more to do. Raises `Failure`."""
    from pyst.records.places import Wish

    _, word, output_dir, output_path, state, cap_bytes, preview_bytes, _ = record
    if output_dir is not None and not os.path.isdir(output_dir):
        return None
    given = None
    if word is not None:
        from pyst.records.inputs import read_input

        given = read_input(word, os.getcwd())
    return Wish(state, cap_bytes, preview_bytes, output_dir, output_path, given)


def _print(ran: Recorded, wish: Wish, words: list[str]) -> bool:
    """Print the summary; False, with nothing printed, where the full path has to: for colours, or for an error."""
    from pyst.records.summary import previews_of, summary_lines
    from pyst.system.terminal import View, render

    if any(os.environ.get(name, "0") not in ("", "0") for name in COLOURS) or any("--color" in each for each in words):
        return False
    try:
        if sys.stdout.isatty():
            return False
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        finished = ran.finished
        previews = previews_of(finished.record, finished.beginnings, finished.tail, wish.preview_bytes)
        lines = summary_lines(finished.data, previews, os.getcwd())
        data = render(lines, View()).encode(sys.stdout.encoding, "backslashreplace")
        while data:
            data = data[os.write(1, data) :]
    except BrokenPipeError:
        return True  # the reader has seen enough
    except (OSError, ValueError, AttributeError):
        return False
    return True
