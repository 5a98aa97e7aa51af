"""Two folders that change places in one step, where the system can do that."""

from __future__ import annotations

import errno
import os
import sys

_CURRENT_FOLDER = -100 if sys.platform.startswith("linux") else -2  # AT_FDCWD
_EXCHANGE = 2  # renameat2(2): RENAME_EXCHANGE; macOS' renameatx_np(2): RENAME_SWAP
_CANNOT = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


def exchange(one: str, other: str) -> bool:
    """Let what lies at two paths change places: nobody ever sees one of them missing.

    False where the system or the filesystem can't do that; nothing has changed then. Raises `OSError`.
    """
    import ctypes

    name = "renameat2" if sys.platform.startswith("linux") else "renameatx_np"
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if call is None:
        return False
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    if call(_CURRENT_FOLDER, os.fsencode(one), _CURRENT_FOLDER, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), one, None, other)
