"""Reading a file of a run for a stranger: through no link, below one folder, and only while it is what was recorded."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from typing import NamedTuple

MOST_KNOWN = 512
CHUNK_BYTES = 1 << 20

Identity = tuple[int, int, int, int, int]


class Changed(Exception):
    """The file is gone, is no ordinary file below its folder, or holds something else than was recorded."""


class Piece(NamedTuple):
    """Some bytes of a file, from `offset`; the file has `total_bytes`."""

    data: bytes
    offset: int
    total_bytes: int


class Known:
    """Which files were found to hold what their records say; so that page after page does not hash it all again."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[Identity, str], None] = OrderedDict()

    def read(self, folder: str, path: str, *, offset: int, limit: int, size: int, sha256: str | None) -> Piece:
        """`limit` bytes from `offset` of the file at `path`, relative to `folder`, which must have `size` bytes and,
        unless that is None, this hash. Raises `Changed`."""
        fd = open_below(folder, path)
        try:
            before = _identity(fd)
            if os.fstat(fd).st_size != size:
                raise Changed("its size is not the one that was recorded")
            if sha256 is not None and (before, sha256) not in self._found:
                if _hash(fd) != sha256:
                    raise Changed("its content is not the one that was recorded")
                self._found[before, sha256] = None
                if len(self._found) > MOST_KNOWN:
                    self._found.popitem(last=False)
            data = os.pread(fd, limit, offset) if offset < size else b""
            if _identity(fd) != before:
                raise Changed("it is being changed")
            return Piece(data, offset, size)
        except OSError as error:
            raise Changed(error.strerror or "it can't be read") from error
        finally:
            os.close(fd)


def open_below(folder: str, path: str) -> int:
    """A descriptor of the regular file at `path` below `folder`. No part of the path may be a link, `folder` itself
    included; nothing that is opened can make this wait. Raises `Changed`."""
    parts = path.split("/")
    if any(each in ("", ".", "..") or "\0" in each for each in parts):
        raise Changed("its path does not lead into the folder")
    at = -1
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        for each in parts[:-1]:
            inner = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(at)
            at = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        fd = os.open(parts[-1], flags, dir_fd=at)
    except OSError as error:
        raise Changed(error.strerror or "it can't be opened") from error
    finally:
        if at >= 0:
            os.close(at)
    if os.fstat(fd).st_mode & 0o170000 != 0o100000:
        os.close(fd)
        raise Changed("it is no regular file")
    return fd


def _identity(fd: int) -> Identity:
    found = os.fstat(fd)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _hash(fd: int) -> str:
    digest = hashlib.sha256()
    at = 0
    while data := os.pread(fd, CHUNK_BYTES, at):
        digest.update(data)
        at += len(data)
    return digest.hexdigest()
