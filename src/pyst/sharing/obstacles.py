"""What stands where an installed script or its lock belongs, and is no file: a link, a folder, a FIFO, a socket.

Owns what such a thing is called, and whether pyst may put an end to it. A link is never followed, and no folder goes
that something lies in. That it goes together with all else is the transaction's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from pyst.errors import ExitCode, Failure, Where


class Obstacle(NamedTuple):
    """Something that is no file. `what` names it for a person; what `can_go` is replaced or removed by `--force`."""

    path: str
    what: str
    can_go: bool


def find_obstacle(path: str) -> Obstacle | None:
    """What stands at `path`, if that is no regular file; None for a file, and where nothing is, or can be reached."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode):
            return None
        if stat.S_ISLNK(mode):
            return Obstacle(path, f"a link to `{os.readlink(path)}`", can_go=True)
    except OSError:
        return None
    if not stat.S_ISDIR(mode):
        return Obstacle(path, _KINDS.get(stat.S_IFMT(mode), "no file"), can_go=True)
    is_empty = is_empty_folder(path)
    return Obstacle(path, "an empty folder" if is_empty else "a folder that is not empty", can_go=is_empty)


_KINDS = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def is_empty_folder(path: str) -> bool:
    """Whether nothing lies in this folder. Of one that can't be read, nobody knows, and it is not."""
    try:
        with os.scandir(path) as found:
            return next(found, None) is None
    except OSError:
        return False


def require_clear(obstacles: Iterable[Obstacle], *, force: bool, doing: str) -> None:
    """Raise `Failure` (E_IN_THE_WAY, 101) where something is in the way that may not go, or that nobody said is to.

    `doing` is what `--force` would do with it: `replaces` or `removes`.
    """
    for each in obstacles:
        if force and each.can_go:
            continue
        hint = f"`--force` {doing} it" + ("; what it leads to stays" if each.what.startswith("a link") else "")
        if not each.can_go:
            hint = "pyst deletes no folder in which something lies: look into it, move it away, then try again"
        message = f"`{each.path}` is {each.what}, where the file of an installed script belongs"
        raise Failure("E_IN_THE_WAY", message, hint=hint, exit=ExitCode.BLOCKED, where=Where(each.path))
