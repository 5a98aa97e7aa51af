"""Dropping old runs, for `pyst gc`: those that pyst keeps in its own state, and content that no record names any more.

The rule: a run whose outputs lie in `<state>/outputs/<run_id>` goes, with its record, once it is older than the user
said. Runs with an output folder of the user's own stay, and so does whatever can't be understood.
"""

from __future__ import annotations

import os
from calendar import timegm
from collections.abc import Iterator

from pyst.errors import Failure
from pyst.named import NamedTuple
from pyst.records.ids import is_hex, is_run_id
from pyst.records.reading import read_record, record_path, run_ids
from pyst.records.record import RUNNING, Record

FRESH_SECONDS = 86400
"""What no record names yet may be that of a run that is just beginning; nothing younger goes."""


class Old(NamedTuple):
    """What may go: runs by id, objects by hash, and what both take on disk (bytes)."""

    runs: tuple[str, ...]
    objects: tuple[str, ...]
    size_bytes: int


def find_old(state: str, *, now: float, keep_seconds: float) -> Old:
    """What is older than `keep_seconds`. Only looks."""
    before, unnamed_before = now - keep_seconds, now - max(keep_seconds, FRESH_SECONDS)
    runs, needed = [], set()
    is_certain = True
    known = set()
    for run_id in run_ids(state):
        known.add(run_id)
        try:
            record = read_record(record_path(state, run_id))
        except Failure:
            is_certain = False  # it may name content
            continue
        if time_of(run_id) < before and record.status != RUNNING and lies_in_state(state, record):
            runs.append(run_id)
        else:
            needed |= set(contents_of(record))
    folders = _listed(os.path.join(state, "outputs"))
    runs += [each for each in folders if each not in known and _is_old(each, unnamed_before)]
    objects = [each for each in _objects(state, unnamed_before) if each not in needed] if is_certain else []
    size = sum(_size_below(os.path.join(state, "outputs", each)) for each in runs)
    size += sum(_size_of(_object(state, each)) for each in objects)
    return Old(tuple(sorted(runs)), tuple(sorted(objects)), size)


def drop(state: str, old: Old, *, now: float, keep_seconds: float) -> None:
    """Delete what `find_old` found. Raises `OSError`; what is left then is found the next time."""
    from shutil import rmtree

    for run_id in old.runs:
        folder = os.path.join(state, "outputs", run_id)
        if os.path.isdir(folder) and not os.path.islink(folder):
            rmtree(folder)
        path = record_path(state, run_id)
        _unlink(path)
        try:
            os.rmdir(os.path.dirname(path))
        except OSError:
            pass  # there are other runs of that day
    for sha256 in old.objects:
        path = _object(state, sha256)
        try:
            if os.lstat(path).st_mtime < now - max(keep_seconds, FRESH_SECONDS):  # not needed again meanwhile
                os.unlink(path)
        except FileNotFoundError:
            pass


def time_of(run_id: str) -> int:
    """When a run began (seconds since the epoch), by its id."""
    parts = (run_id[:4], run_id[4:6], run_id[6:8], run_id[9:11], run_id[11:13], run_id[13:15])
    return timegm((*map(int, parts), 0, 0, 0))


def lies_in_state(state: str, record: Record) -> bool:
    """Whether all that the run left lies in pyst's own state."""
    own = os.path.join(os.path.realpath(state), "outputs", record.run_id)
    return record.output_dir == own and os.path.dirname(record.manifest) == own


def contents_of(record: Record) -> Iterator[str]:
    """The hashes of the content that the record names."""
    yield record.script.sha256
    for each in (record.environment.lock, record.input, record.stdout):
        if each is not None:
            yield each.sha256


def _is_old(name: str, before: float) -> bool:
    return is_run_id(name) and time_of(name) < before


def _objects(state: str, before: float) -> Iterator[str]:
    base = os.path.join(state, "objects")
    for part in _listed(base):
        for name in _listed(os.path.join(base, part)):
            if len(name) == 64 and is_hex(name) and name[:2] == part and _time_of_file(_object(state, name)) < before:
                yield name


def _object(state: str, sha256: str) -> str:
    return os.path.join(state, "objects", sha256[:2], sha256)


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _time_of_file(path: str) -> float:
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return float("inf")


def _size_of(path: str) -> int:
    try:
        return os.lstat(path).st_blocks * 512
    except OSError:
        return 0


def _size_below(folder: str) -> int:
    return sum(_size_of(os.path.join(root, each)) for root, _, files in os.walk(folder) for each in files)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
