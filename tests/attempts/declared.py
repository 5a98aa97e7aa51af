"""What the tier `basic` says that it does not stop, and the attempts that show it: just these come through."""

from __future__ import annotations

_NAMES = "whether files exist, their sizes and times, where links lead (stat, readlink)"
_MODES = "changes to modes, owners and times of the user's own files (chmod, chown, utime)"
_SHARED = "shared memory and semaphores of the user's other programs (`/dev/shm`)"
_LOADER = "programs that may be read, where they are started through the dynamic loader (`ld.so`)"

BASIC = {
    "stat-foreign-file": _NAMES,
    "read-foreign-link": _NAMES,
    "change-foreign-mode": _MODES,
    "change-foreign-times": _MODES,
    "read-shared-memory-file": _SHARED,
    "leave-file-in-shared-memory": _SHARED,
    "start-by-the-loader": _LOADER,
}
