"""Starts a program where user namespaces are refused, as containers and some hosts do: `python userless.py ARGV…`.

A filter of system calls refuses them to all below; the modules that lay it are those that are tested elsewhere.
"""

from __future__ import annotations

import os
import struct
import sys

from pyst.confinement.linux.calls import Memory, machine, syscall
from pyst.confinement.linux.filter import refuse_privileges
from pyst.confinement.linux.seccomp import ALLOW, ERRNO, JUMP_EQUAL, JUMP_IF_SET, LOAD, RETURN, encode
from pyst.confinement.linux.tables import NUMBERS

NEW_USERS = 0x10000000


def main(argv: list[str]) -> None:
    """Lay the filter and become `argv`."""
    code = encode(
        [
            (LOAD, 0, 0, 0),
            (JUMP_EQUAL, 0, 3, NUMBERS[machine()]["clone"]),
            (LOAD, 0, 0, 16),
            (JUMP_IF_SET, 0, 1, NEW_USERS),
            (RETURN, 0, 0, ERRNO | 1),
            (RETURN, 0, 0, ALLOW),
        ]
    )
    held = Memory(code)
    refuse_privileges()
    syscall("seccomp", 1, 0, struct.pack("@HxxxxxxQ", len(code) // 8, held.address))
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main(sys.argv[1:])
