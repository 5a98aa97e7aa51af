"""Where the scripts of the mapping have their files, and how one is put there: whole, with the lock that came with it.

A mapped script is the user's own: it lies with the scripts that are visible from everywhere, and may be changed there.
What was changed there is never overwritten unseen: the hash of the mapping tells.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256

from pyst.sharing.fetched import LOCK
from pyst.system.files import write_atomic, writing_failed
from pyst.system.witness import Witness

MOST_BYTES = 64 << 20


def own_folder(folders: Sequence[str], usual: str) -> str:
    """The folder for the user's own scripts: the usual one where it is among those that are searched, or the first."""
    return usual if usual in folders or not folders else folders[0]


def read_placed(path: str) -> bytes | None:
    """The bytes of the script at `path`; None where there is none. Raises `Failure` where it can't be read."""
    return Witness().read(path, most_bytes=MOST_BYTES)


def hash_of(content: bytes | None) -> str:
    """The SHA-256 of a script, as the mapping has it; empty for none."""
    return "" if content is None else sha256(content).hexdigest()


def place(path: str, content: bytes, lock: bytes | None) -> None:
    """Put a script at `path`, and before it its lock, where there is one. Raises `Failure` (E_WRITE).

    A lock without its script is nothing, a script without its lock would run with other packages.
    """
    try:
        if lock is not None:
            write_atomic(path + LOCK, lock, keep=True)
        write_atomic(path, content, keep=True)
    except OSError as error:
        raise writing_failed(os.path.realpath(path), error) from error
