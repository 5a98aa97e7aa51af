"""Changes of installed scripts as a whole: script, lock, shim and manifest change together or not at all.

All that is new is put on disk first, beside its place. Then a journal says what is to be moved where, and from that
moment on the new version counts: whoever finds a journal, because the process that wrote it was killed or the disk
failed, does what it says (`settle`). Before that moment nothing has changed. What the changes are is decided by the
callers; the lock under which they are made is that of the manifest.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pyst.sharing.journal import (
    FOLDERS,
    INSTALLED,
    JOURNAL,
    MANIFEST,
    STAGED,
    Step,
    encode_steps,
    read_steps,
    undeletable,
    unfinished,
)
from pyst.sharing.manifest import Manifest, encode_manifest, lock_of, read_manifest
from pyst.sharing.obstacles import is_empty_folder


class Change(NamedTuple):
    """One file as it is to be; `path` is like `installed/NAME.py`, below the data. A `content` of None: it goes."""

    path: str
    content: bytes | None
    mode: int = 0o644


class Changes(NamedTuple):
    """What a transaction comes to: the new manifest, and the files in the order in which they change."""

    manifest: Manifest
    files: Sequence[Change] = ()


def transact(data: str, decide: Callable[[Manifest], Changes], *, waiting: Callable[[], None] | None = None) -> Changes:
    """Make the changes that `decide` makes of the manifest in the folder `data`, while no other process can.

    `decide` is called under the lock: what it finds there stays so meanwhile. Returns the changes. Raises `Failure`:
    whatever `decide` raises, E_MANIFEST, E_JOURNAL, E_WRITE; nothing was changed then, or, where the message says so,
    the next pyst finishes what was begun. An empty folder in the way of a script or a lock gives way, too.
    """
    from pyst.system.files import locked, writing_failed

    path = os.path.join(data, MANIFEST)
    try:
        with locked(lock_of(path), waiting=waiting):
            if not _settle(data):
                raise undeletable(os.path.join(data, JOURNAL))
            before = read_manifest(path)
            changes = decide(before)
            if changes.files or changes.manifest != before:
                _make(data, changes)
            return changes
    except OSError as error:
        raise writing_failed(error.filename or data, error) from error


def settle(data: str, *, waiting: Callable[[], None] | None = None) -> bool:
    """Finish what a killed process began, wait for what a living one has begun; says whether there was something.

    Where there is nothing to do, this costs one look. A journal that can't be deleted stays, which harms nobody who
    only reads. Raises `Failure` (E_JOURNAL, E_WRITE).
    """
    return _settled(data, waiting) is not None


def require_settled(data: str) -> None:
    """The same for who changes something, or waits until there is no journal: also where it can't be deleted, that is
    a `Failure` (E_JOURNAL)."""
    if _settled(data, None) is False:
        raise undeletable(os.path.join(data, JOURNAL))


def _settled(data: str, waiting: Callable[[], None] | None) -> bool | None:
    """What `_settle` says; None where there was no journal. Raises `Failure` (E_JOURNAL, E_WRITE)."""
    journal = os.path.join(data, JOURNAL)
    if not os.path.lexists(journal):
        return None
    from pyst.system.files import locked

    try:
        with locked(lock_of(os.path.join(data, MANIFEST)), waiting=waiting):
            return _settle(data)
    except OSError as error:
        raise unfinished(journal, error) from error


def _settle(data: str) -> bool:
    """Do what the journal says, if there is one; whether it is gone. Under the lock. Raises `Failure` (E_JOURNAL) and
    `OSError`."""
    journal = os.path.join(data, JOURNAL)
    if not os.path.lexists(journal):
        return True
    for step in read_steps(journal):
        _apply(data, step)
    return _finish(data, journal)


def _make(data: str, changes: Changes) -> None:
    """Stage everything, commit by the journal, and do what it says. Under the lock. Raises `OSError`, `Failure`."""
    journal = os.path.join(data, JOURNAL)
    manifest = encode_manifest(changes.manifest, os.path.join(data, MANIFEST))
    steps: list[Step] = []
    done = 0
    try:
        _prepare(data)
        for change in (*changes.files, Change(MANIFEST, manifest, 0o600)):
            _check(change.path, _place(data, change.path))
            steps.append(Step(change.path, "" if change.content is None else _stage(data, change)))
        _commit(data, steps)
        for step in steps:
            _apply(data, step)
            done += 1
    except OSError as error:
        if os.path.lexists(journal) and (done or not _unlink(journal)):
            raise unfinished(journal, error) from error
        _clear(data, steps)
        raise
    except BaseException:
        if not os.path.lexists(journal):
            _clear(data, steps)
        raise
    _finish(data, journal)


def _prepare(data: str) -> None:
    """Make the folders, and clear what processes that were killed have staged in them for nothing."""
    for name in FOLDERS:
        os.makedirs(os.path.join(data, name), exist_ok=True)
    folders = (data, *(os.path.join(data, name) for name in FOLDERS), os.path.dirname(_place(data, MANIFEST)))
    for folder in dict.fromkeys(folders):
        for name in os.listdir(folder):
            if name.startswith(".") and name.endswith(STAGED):
                _unlink(os.path.join(folder, name))


def _check(path: str, place: str) -> None:
    """Make sure that a file can be moved there, before anything is begun. Raises `OSError`."""
    if _is_folder(place) and not (path.startswith(f"{INSTALLED}/") and is_empty_folder(place)):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), place)


def _is_folder(place: str) -> bool:
    return os.path.isdir(place) and not os.path.islink(place)


def _place(data: str, path: str) -> str:
    """Where a file is; of the manifest, where the user has a link lead to."""
    full = os.path.join(data, path)
    return os.path.realpath(full) if path == MANIFEST else full


def _stage(data: str, change: Change) -> str:
    """Put the new content beside its place, on disk; returns the name that it has there."""
    folder, name = os.path.split(_place(data, change.path))
    staged = f".{name[:100]}.{os.urandom(6).hex()}{STAGED}"
    path = os.path.join(folder, staged)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(fd, "wb") as file:
            file.write(change.content or b"")
            file.flush()
            os.fchmod(file.fileno(), change.mode)
            os.fsync(file.fileno())
    except BaseException:
        _unlink(path)
        raise
    return staged


def _commit(data: str, steps: list[Step]) -> None:
    """Write the journal: whole, on disk, and from then on the truth. Raises `OSError`."""
    from pyst.system.files import sync_folder

    staged = os.path.join(data, _stage(data, Change(JOURNAL, encode_steps(steps), 0o600)))
    try:
        os.replace(staged, os.path.join(data, JOURNAL))
    except BaseException:
        _unlink(staged)
        raise
    sync_folder(data)


def _apply(data: str, step: Step) -> None:
    """Make one step; one that was made already is none. Raises `OSError`."""
    place = _place(data, step.path)
    staged = os.path.join(os.path.dirname(place), step.staged)
    try:
        if _is_folder(place) and (not step.staged or os.path.lexists(staged)):
            os.rmdir(place)
        if step.staged:
            os.replace(staged, place)
        else:
            os.unlink(place)
    except FileNotFoundError:
        pass


def _finish(data: str, journal: str) -> bool:
    """Make all steps last, and delete the journal; whether it is gone. If it stays, the next pyst makes them again,
    which harms nothing."""
    from pyst.system.files import sync_folder

    for name in FOLDERS:
        sync_folder(os.path.join(data, name))
    sync_folder(os.path.dirname(_place(data, MANIFEST)))
    return _unlink(journal)


def _clear(data: str, steps: list[Step]) -> None:
    for step in steps:
        if step.staged:
            _unlink(os.path.join(os.path.dirname(_place(data, step.path)), step.staged))


def _unlink(path: str) -> bool:
    """Delete a file if that can be done; whether it is gone."""
    try:
        os.unlink(path)
    except OSError:
        return not os.path.lexists(path)
    return True
