"""`pyst inspect`: begins the log of an investigation, and adds recorded runs to it as evidence."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import TEXT, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Begin the log of an investigation: TOPIC.RUN_ID.inspect.md in the output folder, with question, hypotheses, findings,
their verification against the code, and evidence. With --append, the recorded run is added to the newest log of the
topic (or to the one whose path is given) as evidence: its record, log and outputs with sizes and hashes. What is there
is never overwritten.
"""
EPILOG = """\
  pyst inspect "orders without invoice"
  pyst inspect "orders without invoice" --append last
"""
MOST_BYTES = 16 << 20


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `inspect`."""
    add = parser.add_argument
    add("topic", metavar="TOPIC", help="what it is about, or the path of a log that is there")
    add("--append", action="append", default=[], metavar="RUN", help="add a run: an id, its beginning, or `last`")
    add("--question", default="", metavar="TEXT", help="the question of a new log")
    add("--output-dir", default="temp", metavar="DIR", help="the folder of the logs (default: temp)")


def run(app: App, args: argparse.Namespace) -> Report:
    """Begin a log, or add to one."""
    from pyst.records.reading import find_record

    records = [find_record(app.paths.state, each) for each in dict.fromkeys(args.append)]
    found = _given_log(app, args.topic) or (_newest_log(app, args) if records else None)
    if found and args.question:
        raise Failure("E_USAGE", "`--question` is for a new log", hint=f"write it into `{found}`", exit=ExitCode.USAGE)
    path = found or _begin(app, args)
    runs = []
    for each in {each.run_id: each for each in records}.values():
        entry, state = _append(app, path, each)
        runs.append({"run_id": each.run_id, "entry": entry, "state": state})
    action = "append" if found else "new"
    return Report({"action": action, "topic": args.topic, "path": path, "runs": runs})


def _given_log(app: App, topic: str) -> str | None:
    """The log that is meant by its path. Raises `Failure` (E_NO_LOG) where there is none."""
    from pyst.agents.investigation import ENDING

    if not topic.endswith(ENDING):
        return None
    if not os.path.isfile(os.path.join(app.cwd, topic)):
        raise Failure("E_NO_LOG", f"there is no log `{topic}`", hint="`pyst inspect TOPIC` begins one")
    return topic


def _word(topic: str) -> str:
    from pyst.agents.investigation import file_word

    word = file_word(topic)
    if not word:
        message = f"`{topic}` has no letter or digit that could name a file"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    return word


def _newest_log(app: App, args: argparse.Namespace) -> str | None:
    """The newest log of the topic in the folder."""
    from pyst.agents.investigation import ENDING
    from pyst.records.ids import is_run_id

    word = _word(args.topic)
    try:
        names = os.listdir(os.path.join(app.cwd, args.output_dir))
    except OSError:
        return None
    known = [each for each in names if each.startswith(word + ".") and each.endswith(ENDING)]
    known = [each for each in known if is_run_id(each[len(word) + 1 : -len(ENDING)])]
    return os.path.join(args.output_dir, max(known)) if known else None


def _begin(app: App, args: argparse.Namespace) -> str:
    """Make a new log under a name that nothing has; its path. Raises `Failure` (E_WRITE)."""
    from pyst.agents.investigation import ENDING, new_log
    from pyst.records.ids import new_run_id, time_text
    from pyst.system.files import sync_folder, writing_failed

    word = _word(args.topic)
    now = app.clock()
    text = new_log(args.topic, args.question, time_text(now)[:16].replace("T", " ") + " UTC")
    folder = os.path.join(app.cwd, args.output_dir)
    while True:
        name = f"{word}.{new_run_id(now)}{ENDING}"
        try:
            os.makedirs(folder, exist_ok=True)
            _create(folder, name, text)
            sync_folder(folder)
        except FileExistsError:
            if os.path.isdir(folder):
                continue
            message = f"`{args.output_dir}` is no folder"
            raise Failure("E_USAGE", message, hint="`--output-dir` names another", exit=ExitCode.USAGE) from None
        except OSError as error:
            raise writing_failed(os.path.join(args.output_dir, name), error) from error
        return os.path.join(args.output_dir, name)


def _create(folder: str, name: str, text: str) -> None:
    """Write a new file, whole or not at all. Raises `FileExistsError`, `OSError`."""
    place = os.path.join(folder, name)
    fresh = os.path.join(folder, f".{name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        _write_new(fresh, text)
        try:
            os.link(fresh, place)  # unlike a rename, never in place of another
        except PermissionError:  # a filesystem without links
            _write_new(place, text)
    finally:
        try:
            os.unlink(fresh)
        except OSError:
            pass


def _write_new(place: str, text: str) -> None:
    with open(place, "x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _append(app: App, path: str, found: Any) -> tuple[str, str]:
    """Add a run to the log, unless it is there: its entry, and whether it was `added` or `present`."""
    from hashlib import sha256

    from pyst.agents.investigation import entries_of, evidence_of, next_entry
    from pyst.agents.skills.words import Wording
    from pyst.system.files import locked, writing_failed

    place = os.path.realpath(os.path.join(app.cwd, path))
    lock = os.path.join(app.paths.state, "locks", f"inspect-{sha256(os.fsencode(place)).hexdigest()[:16]}.lock")
    try:
        with locked(lock, waiting=lambda: app.talk("waiting for another pyst")):
            log = _read(place, path)
            if entry := entries_of(log).get(found.run_id):
                return entry, "present"
            entry = next_entry(log)
            text = evidence_of(found, entry, app.cwd, Wording(app.masked))
            fd = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(fd, "ab", buffering=0) as file:
                file.write(("" if log.endswith("\n") else "\n").encode() + text.encode())
                os.fsync(fd)
    except OSError as error:
        raise writing_failed(path, error) from error
    return entry, "added"


def _read(place: str, path: str) -> str:
    from pyst.system.witness import Witness

    data = Witness().read(place, most_bytes=MOST_BYTES)
    if data is None:
        raise Failure("E_NO_LOG", f"the log `{path}` is gone", hint="`pyst inspect TOPIC` begins one")
    return data.decode(errors="replace")


def human(report: Report, view: View) -> Iterable[Line]:
    """The path of the log, alone where it is new; what was added to it."""
    detail = report.detail
    yield detail["path"]
    rows = [
        (
            Span(each["state"], "good" if each["state"] == "added" else "dim"),
            each["entry"],
            Span(each["run_id"], "code"),
        )
        for each in detail["runs"]
    ]
    yield from table(rows, view, indent=2)


DETAIL: dict[str, Any] = record(
    action=one_of("new", "append"),
    topic=TEXT,
    path=TEXT,
    runs=several(record(run_id=TEXT, entry=TEXT, state=one_of("added", "present"))),
)
