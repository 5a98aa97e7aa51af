"""System calls by number, over the half of ctypes that is written in C (0.4 ms to import where the whole takes 4).

Owns how a call is made and how it fails; what the calls mean is for the walls that make them.
"""

from __future__ import annotations

import os
from _ctypes import FUNCFLAG_CDECL, FUNCFLAG_USE_ERRNO, CFuncPtr, _SimpleCData, addressof, dlopen, dlsym, get_errno

from pyst.confinement.linux.assembled import CALLS

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

ELOOP = 40
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
PR_CAP_AMBIENT = 47


class _Long(_SimpleCData):  # type: ignore[type-arg]
    _type_ = "l"


class _Char(_SimpleCData):  # type: ignore[type-arg]
    _type_ = "c"


class _Function(CFuncPtr):
    _flags_ = FUNCFLAG_CDECL | FUNCFLAG_USE_ERRNO
    _restype_ = _Long


_call: Any = _Function(dlsym(dlopen(None, 0), "syscall"))  # type: ignore[arg-type]


def machine() -> str:
    """The name of this processor, as the tables have it."""
    return os.uname().machine


_numbers = CALLS.get(machine(), {})


def syscall(name: str, *arguments: int | bytes | None) -> int:
    """Make the system call `name`; gives what it returns. Bytes are passed by their address.

    Raises `OSError` with its errno; that is ENOSYS where this processor's table has no such call.
    """
    number = _numbers.get(name)
    if number is None:
        raise OSError(38, os.strerror(38))
    words = [_Long(each) if isinstance(each, int) else each for each in arguments]
    result = int(_call(_Long(number), *words))
    if result == -1:
        errno = get_errno()
        raise OSError(errno, os.strerror(errno))
    return result


def prctl(option: int, *arguments: int) -> int:
    """prctl(2), the arguments that are not given being 0. Raises `OSError`."""
    return syscall("prctl", option, *arguments, *(0,) * (4 - len(arguments)))


def word(*values: int) -> bytes:
    """Words of 64 bits as the kernel reads them; both processors are little-endian."""
    return b"".join([each.to_bytes(8, "little") for each in values])


def drop_bounding(capabilities: int) -> None:
    """PR_CAPBSET_DROP of the capabilities from 0 on, as many as there are. Raises `OSError` at the first refusal."""
    number, option, zero = _Long(_numbers["prctl"]), _Long(PR_CAPBSET_DROP), _Long(0)
    for each in range(capabilities):
        if _call(number, option, _Long(each), zero, zero, zero) == -1:
            errno = get_errno()
            raise OSError(errno, os.strerror(errno))


def open_exactly(path: str) -> int:
    """An O_PATH descriptor of what lies at the absolute `path`, on which no link may be.

    What was granted is resolved when that is decided; a link that is there now came after. Raises `OSError` (ELOOP).
    """
    flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open("/", flags)
    for name in path.split("/"):
        if name in ("", "."):
            continue
        try:
            below = os.open(name, flags, dir_fd=fd)
        finally:
            os.close(fd)
        fd = below
        if os.fstat(fd).st_mode & 0o170000 == 0o120000:
            os.close(fd)
            raise OSError(ELOOP, f"`{path}` leads through a link that came after it was granted")
    return fd


class Memory:
    """Bytes at a fixed `address`, for structures that point to others; they live as long as this object."""

    def __init__(self, data: bytes) -> None:
        self._held = (_Char * len(data)).from_buffer_copy(data)
        self.address = addressof(self._held)

    def read(self) -> bytes:
        """The bytes as they are now."""
        return bytes(self._held)
