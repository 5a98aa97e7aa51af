"""What a replay rests on: the bytes that a run was recorded with, wherever they are still to be had.

Owns the answer to «can this run be replayed?», and the private place of recorded bytes. Who runs them is `run` itself.
"""

from __future__ import annotations

import os

from pyst.named import NamedTuple
from pyst.records import objects
from pyst.records.differences import read_kept
from pyst.records.record import RUNNING, Record
from pyst.system.witness import Witness

MOST_BYTES = objects.MOST_BYTES
CODE = "code"
"""The origin of code that was typed."""


class Source(NamedTuple):
    """A content that a run rested on: its bytes, and whether they still lie at the path that the record names."""

    path: str
    data: bytes
    is_there: bool


def obstacles(record: Record, state: str, *, with_script: bool = True) -> list[str]:
    """Why the run can't be replayed as it was; nothing where it can. Without `with_script` by another script."""
    found = []
    if record.status == RUNNING:
        found.append("the run has not ended")
    if record.masked:
        found.append("secrets among its arguments were masked, and are nowhere kept")
    if not record.cwd:
        found.append("its script never started")
    elif not os.path.isdir(record.cwd):
        found.append(f"the folder `{record.cwd}`, where it ran, is gone")
    if with_script and script_of(record, state) is None:
        found.append("the script's bytes of then are gone")
    has_lock = record.environment.lock is not None and record.environment.project is None
    if with_script and has_lock and lock_of(record, state) is None:
        found.append("the lock of then is gone")
    if record.input is not None and input_of(record, state) is None:
        found.append(f"the input of then is gone: `{record.input.path}` is not what it was, and no copy is kept")
    found += [f"the env file `{each}` is gone" for each in record.options.env_files if not os.path.isfile(each)]
    return found


def script_of(record: Record, state: str) -> Source | None:
    """The script as it was; None where it is gone. Code that was typed has no path."""
    return _source(record.script.path or "", record.script.bytes, record.script.sha256, state)


def lock_of(record: Record, state: str) -> Source | None:
    """The lock as it was; None where there was none, or it is gone."""
    lock = record.environment.lock
    return None if lock is None else _source(lock.path, None, lock.sha256, state)


def input_of(record: Record, state: str) -> Source | None:
    """The input as it was; None where there was none, or it is gone."""
    given = record.input
    return None if given is None else _source(given.path, given.bytes, given.sha256, state)


def _source(path: str, size: int | None, sha256: str, state: str) -> Source | None:
    there = None
    if path:
        real = os.path.realpath(path)
        try:
            known = os.stat(real).st_size
        except (OSError, ValueError):
            known = -1
        if known >= 0 and known <= MOST_BYTES and size in (None, known):
            there = read_kept(real, known, sha256)
    if there is not None:
        return Source(path, there, True)
    data = objects.read(state, sha256)
    return None if data is None else Source(path, data, False)


def place(folder: str, name: str, data: bytes, sha256: str) -> str:
    """Put recorded bytes into a private file of this name below the cache folder `folder`. Raises `OSError`."""
    from pyst.system.files import make_cache_folder, write_atomic

    make_cache_folder(folder)
    path = os.path.join(folder, sha256[:32], os.path.basename(name) or "script.py")
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    write_atomic(path, data, mode=0o600)
    return path


class RecordedWitness(Witness):
    """A witness to whom some files are what they were when a run was recorded. None stands for no file."""

    def __init__(self, files: dict[str, bytes | None]) -> None:
        super().__init__()
        self._files = files

    def read(self, path: str, *, most_bytes: int = 16 << 20) -> bytes | None:
        """The recorded bytes, or what lies at `path`. Raises `Failure`, as any witness does."""
        if path in self._files:
            return self._files[path]
        return super().read(path, most_bytes=most_bytes)

    def is_file(self, path: str) -> bool:
        """Whether there was, or is, a file at `path`."""
        return self._files[path] is not None if path in self._files else super().is_file(path)
