"""What there is to trust in a script or a folder: its files, hashed as they are now. Reads; changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pyst.errors import Failure, Fix
from pyst.report import Diagnostic
from pyst.settings.trust import MOST_BYTES, PROJECT_FILES, Entry, Trust, hash_lock, project_hash, sha256_of
from pyst.system.witness import Witness


class Subject(NamedTuple):
    """What one target of `pyst trust` comes to: entries by real path, and remarks on what was passed over."""

    entries: Mapping[str, Entry]
    remarks: tuple[Diagnostic, ...] = ()


def subject_of_file(path: str, now: int) -> Subject:
    """One file, and its lock if it is a script. Raises `Failure` where one can't be read."""
    data = Witness().read(path, most_bytes=MOST_BYTES)
    if data is None:
        raise Failure("E_NOT_FOUND", f"there is no file `{path}`")
    kind = "settings" if os.path.basename(path) in PROJECT_FILES else "script"
    lock = hash_lock(path, Witness()) if kind == "script" else ""
    return Subject({os.path.realpath(path): Entry(sha256_of(data), kind, now, lock)})


def subject_of_folder(folder: str, scripts: Iterable[str], now: int, *, is_project: bool) -> Subject:
    """A folder: `scripts`, and of a project its settings files too. What can't be read is passed over."""
    entries: dict[str, Entry] = {}
    remarks = []
    hashes = {}
    names = [os.path.join(folder, name) for name in PROJECT_FILES] if is_project else []
    for path in (*names, *scripts):
        try:
            data = Witness().read(path, most_bytes=MOST_BYTES)
            lock = "" if path in names else hash_lock(path, Witness())
        except Failure as failure:
            remarks.append(Diagnostic("warning", "W_NOT_TRUSTED", f"{failure.message}; it is not trusted"))
            continue
        if data is not None:
            kind = "settings" if path in names else "script"
            entries[os.path.realpath(path)] = entry = Entry(sha256_of(data), kind, now, lock)
            if kind == "settings":
                hashes[os.path.basename(path)] = entry.sha256
    if is_project:
        entries[os.path.realpath(folder)] = Entry(project_hash(hashes), "project", now)
    return Subject(entries, tuple(remarks))


def state_of(path: str, entry: Entry) -> str:
    """How a trusted thing is now: `unchanged`, `changed`, or `gone`."""
    from pyst.settings.trust import hash_project_files

    try:
        if entry.kind == "project":
            if not os.path.isdir(path):
                return "gone"
            return "unchanged" if project_hash(hash_project_files(path, Witness())) == entry.sha256 else "changed"
        data = Witness().read(path, most_bytes=MOST_BYTES)
    except Failure:
        return "changed"
    if data is None:
        return "gone"
    is_same = sha256_of(data) == entry.sha256 and not Trust({path: entry}).lock_doubt(path, Witness())
    return "unchanged" if is_same else "changed"


def lock_remark(path: str, doubt: str, word: str) -> Diagnostic:
    """The remark that a script is trusted no more because of its lock; `doubt` is what `Trust.lock_doubt` said."""
    from shlex import quote

    fix = f"pyst trust {quote(word)}"
    what = "is new" if doubt == "new" else "has changed"
    message = f"`{path}.lock` {what} since the script was trusted, so the script is not trusted"
    return Diagnostic("warning", "W_LOCK_NOT_TRUSTED", message, where=f"{path}.lock", fix=Fix(fix, "high"))


def below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it, by name."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
