"""The content that recorded runs rested on, by its hash: scripts, locks, inputs. What replays are made of.

Under `<state>/objects/<2 hex>/<sha256>`. An object is written once and checked at each reading; one that is not what
its name says reads as absent, and makes room for the next that is.
"""

from __future__ import annotations

import os

from pyst.records.folder import is_kept, read_regular, write_whole
from pyst.records.ids import object_path as object_path

MOST_BYTES = 64 << 20
"""The largest content that is kept."""


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
