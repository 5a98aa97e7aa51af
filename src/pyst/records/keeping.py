"""What has become of the files of a run since: whether they are still what the record says.

The files lie where a script, or anybody, may have put something else: links are not followed, nothing blocks, and how
much is read is bounded.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from pyst.records import objects
from pyst.records.differences import STDOUT, path_of
from pyst.records.record import Record
from pyst.system.digest import new_sha256
from pyst.system.files import open_regular

SAME, CHANGED, GONE, UNREAD = "same", "changed", "gone", "unread"
"""`unread`: its size is right, and it is too large to be hashed for a look."""
MOST_BYTES = 256 << 20
"""How many bytes are hashed in all."""
MOST_FILES = 2000
CHUNK_BYTES = 1 << 20


class FileState(NamedTuple):
    """One file of a run: what it is to it, how it stands, and whether its content is kept by pyst as well."""

    kind: str
    path: str
    state: str
    is_kept: bool = False


class Looker:
    """Looks at files, until enough has been read."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._left = most_bytes

    def state_of(self, path: str, size: int, sha256: str) -> str:
        """How the file that was recorded with this size and hash stands now."""
        try:
            with open(open_regular(path), "rb", buffering=0) as file:
                if os.fstat(file.fileno()).st_size != size:
                    return CHANGED
                if size > self._left:
                    return UNREAD
                self._left -= size
                digest = new_sha256(size)
                while data := file.read(CHUNK_BYTES):
                    digest.update(data)
        except FileNotFoundError:
            return GONE
        except (OSError, ValueError):
            return CHANGED
        return SAME if digest.hexdigest() == sha256 else CHANGED


def look_at(record: Record, state: str) -> list[FileState]:
    """How the files of a run stand: what it rested on, then what it left."""
    looker = Looker()
    found = []
    script, lock, given = record.script, record.environment.lock, record.input

    def kept(sha256: str) -> bool:
        return objects.read(state, sha256) is not None

    if script.path is not None:
        found.append(FileState("script", script.path, _followed(looker, script.path, script.bytes, script.sha256)))
        found[-1] = found[-1]._replace(is_kept=kept(script.sha256))
    if lock is not None:
        found.append(FileState("lock", lock.path, _followed(looker, lock.path, None, lock.sha256), kept(lock.sha256)))
    if given is not None:
        standing = _followed(looker, given.path, given.bytes, given.sha256)
        found.append(FileState("input", given.path, standing, kept(given.sha256)))
    found.append(FileState("manifest", record.manifest, _there(record.manifest)))
    found.append(FileState("log", record.log.path, _there(record.log.path)))
    if record.stdout is not None and record.stdout.path is not None:
        out = record.stdout
        found.append(FileState(STDOUT, record.stdout.path, looker.state_of(record.stdout.path, out.bytes, out.sha256)))
    for each in record.outputs[:MOST_FILES]:
        path = path_of(record, each)
        if path is not None and (record.stdout is None or path != record.stdout.path):
            found.append(FileState("output", path, looker.state_of(path, each.bytes, each.sha256)))
    return found


def _followed(looker: Looker, path: str, size: int | None, sha256: str) -> str:
    """The state of a file that the user named: links to it count as it."""
    real = os.path.realpath(path)
    if size is None:
        try:
            size = os.stat(real).st_size
        except OSError:
            return GONE
    return looker.state_of(real, size, sha256)


def _there(path: str) -> str:
    """Whether a file of pyst's own, whose hash no record holds, is there."""
    try:
        return SAME if os.lstat(path).st_mode & 0o170000 == 0o100000 else CHANGED
    except (OSError, ValueError):
        return GONE


class Part(NamedTuple):
    """A part of a file: `start` bytes lie before `data`, and `size` is that of all."""

    data: bytes
    start: int
    size: int


def read_part(path: str, most_bytes: int, *, from_end: bool = False) -> Part | None:
    """The beginning (or the end) of the regular file at `path`; None where there is none. Follows no link."""
    try:
        with open(open_regular(path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = max(size - most_bytes, 0) if from_end else 0
            file.seek(start)
            return Part(file.read(most_bytes), start, size)
    except (OSError, ValueError):
        return None
