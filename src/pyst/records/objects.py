"""The content that recorded runs rested on, by its hash: scripts, locks, inputs. What replays are made of.

Under `<state>/objects/<2 hex>/<sha256>`. An object is written once and checked at each reading; one that is not what
its name says reads as absent, and makes room for the next that is.
"""

from __future__ import annotations

import os

from pyst.records.folder import read_regular, write_whole

MOST_BYTES = 64 << 20
"""The largest content that is kept."""


def object_path(state: str, sha256: str) -> str:
    """Where the content of this hash lies, if it is kept."""
    return os.path.join(state, "objects", sha256[:2], sha256)


def keep(state: str, data: bytes, sha256: str | None = None) -> str:
    """Keep `data`, and give its SHA-256 (hexadecimal); `sha256` saves the work where it is known.

    Content above `MOST_BYTES` is not kept. Raises `OSError`.
    """
    name = sha256 or _sha256_of(data)
    if len(data) > MOST_BYTES:
        return name
    if not is_kept(state, name, len(data)):
        write_whole(object_path(state, name), data, sync=False)
    return name


def is_kept(state: str, sha256: str, size: int) -> bool:
    """Whether the content of this hash and size is kept, told by a look; it is then kept for longer."""
    path = object_path(state, sha256)
    try:
        found = os.lstat(path)
    except OSError:
        return False
    _touch(path)
    return found.st_mode & 0o170000 == 0o100000 and found.st_size == size


def _touch(path: str) -> None:
    """Say that it was needed again: what is swept goes by the time of the last need."""
    try:
        os.utime(path)
    except OSError:
        pass


def read(state: str, sha256: str) -> bytes | None:
    """The content of this hash, or None where it is not kept, or no longer what its name says."""
    if len(sha256) != 64 or sha256.strip("0123456789abcdef"):
        return None
    try:
        fd = os.open(object_path(state, sha256), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        data = read_regular(fd, MOST_BYTES)
    except OSError:
        return None
    finally:
        os.close(fd)
    return data if data is not None and _sha256_of(data) == sha256 else None


def _sha256_of(data: bytes) -> str:
    from pyst.system.digest import sha256

    return sha256(data)
