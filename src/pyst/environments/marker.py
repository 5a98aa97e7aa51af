"""The marker of an environment: the file that says it is whole, written last by `build` and looked at by all others."""

from __future__ import annotations

import os

from pyst.hotpath import digest

MARKER = "pyst-environment.json"
USED = "last-used"
MARKER_ENDS = b'"whole": true}\n'
MOST_MARKER_BYTES = 4 << 20
MOST_CONFIG_BYTES = 1 << 16


def python_of(folder: str) -> str:
    """Where the interpreter of a virtual environment lies."""
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def marker_begins(folder: str, key: str) -> bytes:
    """How the marker of the environment in `folder` begins: with its key, and a digest of its `pyvenv.cfg`.

    An interpreter whose `pyvenv.cfg` was spoiled starts as well, but without the environment's packages.
    """
    config = read_bounded(os.path.join(folder, "pyvenv.cfg"), MOST_CONFIG_BYTES) or b""
    return b'{"format": 2, "key": "%s", "pyvenv": "%s", ' % (key.encode(), digest(config).hex().encode())


def is_whole(folder: str, key: str) -> bool:
    """Whether the environment in `folder` was finished and still has its interpreter."""
    data = read_marker(folder)
    if data is None or not data.endswith(MARKER_ENDS) or not data.startswith(marker_begins(folder, key)):
        return False
    python = python_of(folder)
    return os.path.isfile(python) and os.access(python, os.X_OK)


def read_marker(folder: str) -> bytes | None:
    """The bytes of the marker in `folder`, or None. Never blocks."""
    return read_bounded(os.path.join(folder, MARKER), MOST_MARKER_BYTES)


def read_bounded(path: str, most_bytes: int) -> bytes | None:
    """The bytes of a regular file of at most `most_bytes`, or None. Follows no link and never blocks."""
    from stat import S_ISREG

    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            found = os.fstat(fd)
            if not S_ISREG(found.st_mode) or found.st_size > most_bytes:
                return None
            return os.read(fd, found.st_size)
        finally:
            os.close(fd)
    except OSError:
        return None
