"""The end of a recorded run: what it left is looked through, and its record written, line by line of the contract.

The output folder may have been in hostile hands: pyst's own files there are looked at before they are believed.
"""

from __future__ import annotations

import os

from pyst.errors import Failure
from pyst.named import NamedTuple
from pyst.records.ids import time_text
from pyst.records.outputs import Declared, Found, find_outputs
from pyst.records.places import HISTORY
from pyst.records.record import (
    FAILED,
    KILLED,
    LIMIT,
    OK,
    TIMED_OUT,
    Confinement,
    Log,
    Output,
    Record,
    Stdout,
    to_json,
)
from pyst.records.writing import Recording, not_written
from pyst.system.digest import new_sha256
from pyst.system.jsontext import json_text

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyst.report import Diagnostic
    from pyst.running.plan import Outcome

MOST_PATH_CHARACTERS = 4096


class Finished(NamedTuple):
    """A run that was recorded: the record, what is to be said of the recording, and for previews the beginnings of
    outputs that hold text, by path, and the last bytes of the log. `data` is the record as plain JSON data."""

    record: Record
    remarks: tuple[Diagnostic, ...]
    beginnings: dict[str, bytes]
    tail: bytes
    data: dict[str, Any]


def fail(recording: Recording, failure: Failure) -> Finished:
    """Write the record of a run that `failure` kept from starting, or from being followed to its end."""
    from pyst.running.plan import Outcome

    recording.log.say(f"{failure.code}: {failure.message}")
    return end(recording, Outcome(failure.exit, None, False, 0.0))


def end(recording: Recording, outcome: Outcome, is_hurried: Callable[[], bool] = bool) -> Finished:
    """Write the record of a run that ended with `outcome`. Does not fail: what can't be written is remarked on.

    `is_hurried` says that somebody waits for the end.
    """
    recording.log.finish()
    recording.printed.close()
    _look_at_log(recording)
    _look_at_input(recording)
    declared = _own_manifest(recording)
    found = _found(recording, declared, is_hurried)
    places = recording.places
    record = recording.record = _ended(recording, outcome, found, declared)
    data = to_json(record)
    text = (json_text(data, 2) + "\n").encode()
    try:
        # The same bytes go into pyst's own state below, and on disk: waiting for the disk once is enough, unless
        # something of the user's is replaced here.
        places.manifests.replace(places.manifest, text, sync=places.manifest_before is not None)
    except OSError as error:
        recording.remarks.append(not_written(places.manifest_path, error))
    _keep_stdout(recording)
    recording.write_state(text)
    try:
        places.folder.append_line(HISTORY, json_text(history_line(record)))
    except OSError as error:
        recording.remarks.append(not_written(places.path(HISTORY), error))
    places.close()
    return Finished(record, tuple(recording.remarks), found.beginnings, _last_bytes(recording), data)


def _keep_stdout(recording: Recording) -> None:
    """Keep what was printed where it is in no file of its own: runs are compared by it."""
    from pyst.records import objects

    if data := recording.printed.short:
        try:
            objects.keep(recording.wish.state, data, recording.printed.digest.hexdigest())
        except OSError:
            pass  # its hash and size are in the record


def _last_bytes(recording: Recording) -> bytes:
    """What a preview may show of the log's end. Closes the log."""
    log = recording.log
    try:
        return os.pread(
            log.descriptor, recording.wish.preview_bytes, max(0, log.own_bytes - recording.wish.preview_bytes)
        )
    except OSError:
        return b""
    finally:
        os.close(log.descriptor)


def status_of(outcome: Outcome) -> str:
    """How a run ended, in the record's word."""
    if outcome.timed_out:
        return TIMED_OUT
    if outcome.limit is not None:
        return LIMIT
    if outcome.signal is not None:
        return KILLED
    return OK if outcome.exit_code == 0 else FAILED


def _ended(recording: Recording, outcome: Outcome, found: Found, declared: Declared) -> Record:
    """The record as it stands after the end."""
    log, printed = recording.log, recording.printed
    name = recording.places.own("stdout.txt")
    stdout = Stdout(
        printed.size_bytes, printed.digest.hexdigest(), recording.places.path(name) if printed.is_in_file else None
    )
    outputs = found.outputs
    if printed.is_in_file:
        outputs = (*outputs, Output(name, "stdout", "text", printed.size_bytes, stdout.sha256))
    built, walls = outcome.confinement, recording.subject.walls
    before = recording.record
    return before._replace(
        status=status_of(outcome),
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        limit=outcome.limit,
        ended_at=time_text(recording.clock()),
        duration_seconds=round(outcome.duration_seconds, 6),
        log=Log(before.log.path, log.kept_bytes, log.seen_bytes, log.cap_bytes, log.is_truncated),
        stdout=stdout,
        outputs=outputs,
        skipped=(*found.skipped, *declared.outside),
        omitted=found.omitted,
        concurrent=recording.places.were_shared,
        confinement=Confinement(built.tier, built.layers, built.not_stopped, walls or {}) if built else None,
        process=None,
    )


def history_line(record: Record) -> dict[str, object]:
    """What the history of an output folder says of a run; paths in the folder are relative to it."""

    def shown(path: str) -> str:
        return path.removeprefix(record.output_dir.rstrip("/") + "/")

    return {
        "run_id": record.run_id,
        "task": record.task,
        "status": record.status,
        "exit_code": record.exit_code,
        "started_at": record.started_at,
        "duration_seconds": record.duration_seconds,
        "script": record.script.selector,
        "input": shown(record.input.path) if record.input else None,
        "manifest": shown(record.manifest),
        "log": shown(record.log.path),
        "outputs": len(record.outputs),
    }


def _look_at_input(recording: Recording) -> None:
    """Remark on an input that is no longer what was checked: the script may have read either."""
    wish = recording.wish
    if wish.given is None:
        return
    given = recording.record.input
    assert given is not None
    try:
        now = os.stat(given.path)
        if (now.st_mtime_ns, now.st_size, now.st_ino) == wish.given.mark:
            return
        digest = new_sha256(now.st_size)
        fd = os.open(given.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(fd, "rb", buffering=0) as file:
            digest.update(file.read(given.bytes + 1) or b"")
        if digest.hexdigest() == given.sha256:
            return
        what = "was changed"
    except OSError:
        what = "went away"
    message = f"the input `{given.path}` {what} while the script ran"
    recording.warn("W_INPUT_CHANGED", message, "the record tells of it as it was")


def _look_at_log(recording: Recording) -> None:
    """See that the log is where it was, and holds what came; put it back where a script took it away."""
    log, places = recording.log, recording.places
    if log.failure is not None:
        message = f"the log could not be written to its end: {log.failure.strerror}"
        recording.warn("W_LOG_CUT", message)
    if recording.printed.failure is not None:
        message = f"standard output could not be kept: {recording.printed.failure.strerror}"
        recording.warn("W_LOG_CUT", message)
    name = places.own("log.txt")
    own, there = os.fstat(log.descriptor), places.folder.stat(name)
    is_there = there is not None and (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)
    if is_there and own.st_size > log.own_bytes and recording.subject.walls is None:
        return  # it may write there itself
    if is_there and own.st_size == log.own_bytes and _digest_of(log.descriptor, own.st_size) == log.digest.hexdigest():
        return
    message = f"the script changed its log `{places.path(name)}`"
    if not is_there:
        try:
            places.folder.replace(name, os.pread(log.descriptor, own.st_size, 0))
            message = f"the script took its log `{places.path(name)}` away; it was put back"
        except OSError as error:
            message = f"the script took its log `{places.path(name)}` away: {error.strerror or error}"
    recording.warn("W_LOG_CHANGED", message)


def _digest_of(descriptor: int, size: int) -> str:
    digest = new_sha256(size)
    at = 0
    while at < size and (data := os.pread(descriptor, 1 << 20, at)):
        digest.update(data)
        at += len(data)
    return digest.hexdigest()


def _own_manifest(recording: Recording) -> Declared:
    """What the script itself wrote where the manifest is to be; its bytes are moved beside it, whatever they are."""
    places = recording.places
    now, before = places.manifests.stat(places.manifest), places.manifest_before
    if now is None or (before is not None and _mark(now) == _mark(before)):
        return Declared({})
    from pyst.records.manifest import MOST_BYTES, parse_manifest

    declared = Declared({})
    if now.st_mode & 0o170000 == 0o100000:
        try:
            data = places.manifests.read(places.manifest, MOST_BYTES)
        except OSError as error:
            declared = Declared({}, broken=f"it can't be read: {error.strerror or error}")
        else:
            if data is None:
                declared = Declared({}, broken=f"it is larger than {MOST_BYTES >> 20} MiB")
            else:
                declared = parse_manifest(data, places.folder.path, recording.record.cwd)
    else:
        declared = Declared({}, broken="it is not a regular file")
    aside = places.manifests.move_aside(places.manifest, _aside(places.own("manifest.script")))
    if declared.broken:
        where = f"it is kept as `{aside}`" if aside else "it can't be moved aside"
        message = f"the script's own manifest can't be used: {declared.broken}"
        recording.warn("W_MANIFEST", message, where)
    outside = tuple(each._replace(path=each.path[:MOST_PATH_CHARACTERS]) for each in declared.outside)
    return declared._replace(outside=outside)


def _aside(stem: str) -> Callable[[int], str]:
    return lambda at: f"{stem}.json" if not at else f"{stem}.{at}.json"


def _mark(about: os.stat_result) -> tuple[int, ...]:
    return about.st_mtime_ns, about.st_size, about.st_ino, about.st_mode


def _found(recording: Recording, declared: Declared, is_hurried: Callable[[], bool]) -> Found:
    places = recording.places
    own = {places.own(each) for each in ("log.txt", "stdout.txt", "manifest.json")}
    if places.manifests.identity == places.folder.identity:
        own.add(places.manifest)
    found = find_outputs(
        places.folder,
        places.before,
        dict(declared.entries),
        own=frozenset(own),
        preview_bytes=recording.wish.preview_bytes,
        is_hurried=is_hurried,
    )
    if found.omitted:
        message = f"{found.omitted} files or folders in `{places.folder.path}` were left out of the record"
        hint = "they are too many, too deep, or took too long to read"
        recording.warn("W_OUTPUTS_OMITTED", message, hint)
    return found
