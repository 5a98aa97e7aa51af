"""Folders → the script files in them. Decides what is a script by name, stat and first line; reads nothing more.

The walk itself is `pyst.survey.survey_of`, on which the memos of listings rest; names, marks and reasons are made
here. What the names mean together is told by `pyst.scripts.catalog`.
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from pyst import survey
from pyst.hotpath import Stamp
from pyst.scripts.script import Broken, Script
from pyst.scripts.shebang import is_python_shebang, read_head

MOST_SOURCE_BYTES = 16 << 20
"""A larger file is listed as broken, not read."""


class Found(NamedTuple):
    """One script file, or a folder or file that can't be examined (`broken` then says why).

    `stamp` is None where nothing could be learnt of the file: then its name stays free for others.
    """

    script: Script
    stamp: Stamp | None
    broken: Broken | None = None


class Folder(NamedTuple):
    """The scripts of one script folder, in the order of their names.

    `twins` are the files without a suffix that a `.py` file of the same name hides. `fingerprint` is None, and
    `is_whole` False, where there are more entries than are looked at. `newest_ns` is the time of the latest change.
    """

    root: str
    origin: str
    found: tuple[Found, ...]
    twins: tuple[Found, ...]
    fingerprint: bytes | None
    is_whole: bool
    newest_ns: int


def find_script_files(root: str, origin: str, *, most_entries: int = survey.MOST_ENTRIES) -> Folder:
    """All script files below `root`; an absent folder has none. Time is bounded by `most_entries`.

    Links are followed, each folder once; sockets, FIFOs and devices are passed over and never opened.
    """
    parts, is_whole = survey.survey_of(root, most_entries)
    found: list[Found] = []
    twins: list[Found] = []
    newest = 0
    start = len(root) if root.endswith("/") else len(root) + 1
    for folder, error, first, second in parts:
        group = folder[start:] + "/" if len(folder) >= start else ""
        if error:
            if error not in (errno.ENOENT, errno.ENOTDIR, errno.EINVAL):
                found.append(_unexamined(group or "./", folder, origin, root, error))
            continue
        taken = set()
        for name, *state in sorted((*first, *second), reverse=True):  # `x.py` comes before `x`
            each = _examined(name, tuple(state), group, folder, origin, root)
            if each is None:
                continue
            if each.stamp:
                newest = max(newest, each.stamp[1], each.stamp[4])
                if each.script.name in taken:
                    twins.append(each)
                    continue
                taken.add(each.script.name)
            found.append(each)
    found.sort(key=_by_name)
    twins.sort(key=_by_name)
    fingerprint = survey.fingerprint_from(parts) if is_whole else None
    return Folder(root, origin, tuple(found), tuple(twins), fingerprint, is_whole, newest)


def _by_name(found: Found) -> str:
    return found.script.name


def _examined(name: str, state: tuple[int, ...], group: str, folder: str, origin: str, root: str) -> Found | None:
    """What one entry of a survey is: a script, or nothing to us."""
    is_python = name[-3:] == ".py"
    if not is_python and "." in name:
        return None
    path = f"{folder}{name}" if folder[-1] == "/" else f"{folder}/{name}"
    if len(state) != 6:
        leads_nowhere = state[0] in (errno.ENOENT, errno.ELOOP)
        if leads_nowhere and not is_python:
            return None
        return _unexamined(group + name.removesuffix(".py"), path, origin, root, state[0])
    stamp: Stamp = state
    if stamp[0] & 0o170000 != 0o100000:
        return None
    if is_python:
        return Found(Script(group + name[:-3], path, origin, root), stamp, too_large(stamp))
    try:
        head = read_head(path)
    except OSError as error:
        return _unexamined(group + name, path, origin, root, error.errno or errno.EIO)
    if not is_python_shebang(head):
        return None
    return Found(Script(group + name, path, origin, root), stamp, too_large(stamp))


def _unexamined(name: str, path: str, origin: str, root: str, error: int) -> Found:
    broken = Broken("E_UNREADABLE", f"can't be read: {reason_of(error)}")
    return Found(Script(name, path, origin, root), None, broken)


def too_large(stamp: Stamp) -> Broken | None:
    """Why a file of this stamp is not read, or None where its size is no reason."""
    if stamp[2] <= MOST_SOURCE_BYTES:
        return None
    return Broken("E_TOO_LARGE", f"has {stamp[2]} bytes; at most {MOST_SOURCE_BYTES} are read")


def reason_of(error: int) -> str:
    """What an errno means, in the words of the system; a link that leads nowhere is named as such."""
    return "the link leads nowhere" if error == errno.ENOENT else os.strerror(error)
