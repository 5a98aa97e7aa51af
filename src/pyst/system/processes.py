"""Which folders the running processes use: by their command lines, variables, programs and mapped files.

On Linux from `/proc`, elsewhere from `ps`. Processes of other users can't all be looked into; theirs are other caches.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 8 << 20


def folders_in_use(folders: Iterable[str]) -> set[str]:
    """Those of `folders` (absolute) that a running process names, executes from, or has mapped files of."""
    marks = {folder: os.fsencode(folder) for folder in folders}
    if not marks:
        return set()
    return _by_proc(marks) if os.path.isdir("/proc/self") else _by_ps(marks)


def _by_proc(marks: dict[str, bytes]) -> set[str]:
    used: set[str] = set()
    own = str(os.getpid())
    for pid in os.listdir("/proc"):
        if not pid.isdecimal() or pid == own:
            continue
        told = b"\0".join(_told(os.path.join("/proc", pid)))
        used |= {folder for folder, mark in marks.items() if _names(told, mark)}
    return used


def _told(place: str) -> list[bytes]:
    """What is known of one process: command line, variables, maps; and where its program and folder are."""
    told = []
    for name in ("cmdline", "environ", "maps"):
        try:
            with open(os.path.join(place, name), "rb") as file:
                told.append(file.read(MOST_BYTES))
        except OSError:
            continue
    for name in ("exe", "cwd"):
        try:
            told.append(os.fsencode(os.readlink(os.path.join(place, name))))
        except OSError:
            continue
    return told


def _names(told: bytes, mark: bytes) -> bool:
    """Whether `mark` stands there as a whole path or the beginning of one."""
    at = told.find(mark)
    while at >= 0:
        after = told[at + len(mark) : at + len(mark) + 1]
        if after in (b"", b"/", b"\0", b"\n", b":", b" "):
            return True
        at = told.find(mark, at + 1)
    return False


def _by_ps(marks: dict[str, bytes]) -> set[str]:
    from pyst.system.process import Runner

    environ = {"PATH": "/bin:/usr/bin", "LC_ALL": "C"}
    told = Runner().run(["ps", "-axww", "-E", "-o", "args="], cwd="/", environ=environ).stdout
    return {folder for folder, mark in marks.items() if _names(told, mark)}
