"""The content that a decision was about: what a script was granted holds for its bytes, not for its path.

Between the decision and the start another process may change the file, and leave no trace in its times (through
memory that is mapped). So what is shown within is read once more and compared.
"""

from __future__ import annotations

import os

from pyst.confinement.walls import Wall
from pyst.system.digest import sha256

MOST_BYTES = 64 << 20


def verified(path: str, expected: str) -> bytes:
    """The bytes of the file at `path`, whose SHA-256 is as `expected`. Raises `Wall` where it is not."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise Wall("script", f"`{path}` can't be read any more ({error.strerror})") from error
    with open(fd, "rb") as file:
        try:
            data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise Wall("script", f"`{path}` can't be read any more ({error.strerror})") from error
    if sha256(data) != expected:
        raise Wall("script", f"`{path}` is not what it was when it was decided what it may reach")
    return data
