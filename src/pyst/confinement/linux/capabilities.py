"""Giving up the powers of root: every set of capabilities, for this process and all that it executes."""

from __future__ import annotations

from pyst.confinement.linux.calls import (
    PR_CAP_AMBIENT,
    PR_CAPBSET_READ,
    PR_SET_SECUREBITS,
    Memory,
    drop_bounding,
    prctl,
    syscall,
)

HEADER = (0x20080522).to_bytes(4, "little") + bytes(4)
"""Version 3 of the structures, and the caller itself."""
CLEAR_ALL = 4
LOCKED_DOWN = 0x2F
"""NOROOT, NO_SETUID_FIXUP (both locked), KEEP_CAPS off and locked: being root makes no difference at an exec."""
MOST = 64


def drop_all() -> None:
    """Give up all capabilities, in all sets. Raises `OSError` where one is left."""
    if any(held()) or _in_bounding_set(0):
        try:
            prctl(PR_SET_SECUREBITS, LOCKED_DOWN)
            drop_bounding(MOST)
        except OSError as error:
            if error.errno not in (1, 22):  # not ours to drop (NO_NEW_PRIVS then holds), or past the last
                raise
    prctl(PR_CAP_AMBIENT, CLEAR_ALL)
    syscall("capset", HEADER, bytes(24))
    if any(held()):
        raise OSError(1, "capabilities are left")


def held() -> tuple[int, int]:
    """The permitted and the inheritable capabilities of this process, as bits."""
    data = Memory(bytes(24))
    syscall("capget", HEADER, data.address)
    words = data.read()
    low = [int.from_bytes(words[at : at + 4], "little") for at in range(0, 24, 4)]
    return low[1] | low[4] << 32, low[2] | low[5] << 32


def _in_bounding_set(capability: int) -> bool:
    return prctl(PR_CAPBSET_READ, capability) == 1
