"""Unix sockets with a name, of the user's other programs, within what a run may read or write.

The kernel asks for no more than a path and the socket's own mode before it connects: neither Landlock nor a mount that
is read-only keeps a script from the agent of keys, the containers or the desktop, if their sockets are in sight. So
where they could be, the run has no Unix sockets with a name at all (pairs of sockets remain).
"""

from __future__ import annotations

import os

from pyst.confinement.view import covers, trace
from pyst.confinement.walls import Walls

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

USUAL = ("/run", "/tmp", "/var/tmp", "/var/run", "/home", "/root")
"""Where programs put their sockets, besides the home: they may come at any time."""
LIST = "/proc/net/unix"


def in_sight(walls: Walls, home: str | None) -> bool:
    """Whether sockets of other programs are, or are usual, in what may be reached. One that was granted to be written
    by its own path is meant to be used. To be asked in the namespace that the others are in."""
    meant = {trace(each)[0] for each in walls.write}
    granted = meant.union(trace(each)[0] for each in walls.read)
    if any(_is_one(each) for each in granted - meant):
        return True
    folders = [each for each in granted if os.path.isdir(each)]
    if not folders:
        return False
    usual = [trace(each)[0] for each in (*USUAL, *((home,) if home else ()))]
    if any(covers(folder, each) or covers("/run", folder) for folder in folders for each in usual):
        return True
    places = {trace(path)[0] for name in _bound() for path in _places(name, folders)} - meant
    return any(_is_one(each) for each in places if any(covers(folder, each) for folder in folders))


def _places(name: str, folders: list[str]) -> Iterable[str]:
    """Where a socket may be by its name; one that is relative, perhaps to a folder above, anywhere in the folders."""
    if name[0] == "/":
        return (name,)
    parts = name.split("/")
    return [os.path.join(folder, *parts[at:]) for folder in folders for at in range(len(parts))]


def _is_one(path: str) -> bool:
    try:
        return os.lstat(path).st_mode & 0o170000 == 0o140000
    except OSError:
        return False


def _bound() -> Iterable[str]:
    """The names that sockets have here; those without a `/` before it are relative to where somebody was."""
    try:
        with open(LIST, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")[1:]
    except OSError:
        return ()
    fields = (line.split(None, 7) for line in lines)
    return [each for each in {words[7] for words in fields if len(words) == 8} if each[0] != "@"]
