"""A package into its folder: whole or not at all, and nothing lost that a person wrote.

What lies there is told apart by the seal in its SKILL.md: our own work, untouched, is replaced without a word;
whatever else stands in the way is the person's, who decides. Files of the folder that the package does not have stay.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pyst.agents.skills.skill import MAIN, Seal, read_seal, seal_of
from pyst.errors import Failure
from pyst.system.exchange import exchange
from pyst.system.files import sync_folder, write_atomic, writing_failed

NEW, SAME, OURS, CHANGED, FOREIGN = "new", "same", "ours", "changed", "foreign"
"""How a folder stands to a package: nothing in the way; the same is there; an older one, untouched; one of ours that
was changed since; files that pyst did not write."""

MOST_BYTES = 1 << 20
MOST_ENTRIES = 10_000
LEFTOVER_SECONDS = 3600


class Standing(NamedTuple):
    """What was found: `found` are the files in the way (None: something that is no readable file), `dropped` those
    of our own older package that the new one lacks."""

    state: str
    found: dict[str, bytes | None]
    dropped: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        return self.state in (CHANGED, FOREIGN)


def standing_of(folder: str, files: Mapping[str, str]) -> Standing:
    """How the folder stands to a package. Raises `Failure` (E_SKILL_FOLDER) where it is no folder."""
    if not os.path.lexists(folder):
        return Standing(NEW, {})
    if not os.path.isdir(folder):
        raise Failure("E_SKILL_FOLDER", f"`{folder}` is in the way and is no folder", hint="choose another with `-o`")
    main = read_file(os.path.join(folder, MAIN))
    seal = read_seal(main) if main else None
    dropped = tuple(each for each in seal.files if each not in files) if seal else ()
    found: dict[str, bytes | None] = {}
    for path in (*files, *dropped):
        place = os.path.join(folder, path)
        if os.path.lexists(place):
            plain = not os.path.islink(os.path.dirname(place)) or path == MAIN
            found[path] = read_file(place) if plain else None
    if found == {path: text.encode() for path, text in files.items()}:
        return Standing(SAME, found)
    if seal is not None:
        whole = {path: data for path in seal.files if (data := found.get(path)) is not None}
        if len(whole) == len(seal.files) and seal_of(whole) == seal.sha256:
            others = [path for path in found if path not in seal.files and found[path] != files[path].encode()]
            return Standing(CHANGED if others or not _same_source(seal, files) else OURS, found, dropped)
        return Standing(CHANGED, {path: data for path, data in found.items() if path in files})
    clashing = any(data != files[path].encode() for path, data in found.items())
    return Standing(FOREIGN if clashing else NEW, found)


def _same_source(seal: Seal, files: Mapping[str, str]) -> bool:
    """Whether both come from the same: what was learned from runs is not to be lost for what comes with pyst."""
    new = read_seal(files.get(MAIN, "").encode())
    return new is not None and new.metadata.get("source") == seal.metadata.get("source")


def read_file(path: str) -> bytes | None:
    """The bytes of a regular file of at most 1 MiB; None for anything else. Never blocks."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    with open(fd, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    return data if len(data) <= MOST_BYTES else None


def difference(standing: Standing, files: Mapping[str, str], name: str) -> list[str]:
    """What saving the package would change in the files that stand in the way, as lines of a unified diff."""
    from difflib import unified_diff

    lines: list[str] = []
    for path, data in standing.found.items():
        new = files.get(path, "").splitlines()
        if data is None:
            lines += [f"--- {name}/{path}", f"+++ {name}/{path}", "(what is there is no file that can be shown)"]
            continue
        old = data.decode(errors="replace").splitlines()
        lines += unified_diff(old, new, f"{name}/{path}", f"{name}/{path}", lineterm="")
    return lines


def save_package(folder: str, files: Mapping[str, str], standing: Standing) -> None:
    """Put the package in its folder; `standing` is what the decision to do so was made upon.

    Raises `Failure`: E_SKILL_FOLDER where the folder is another by now, or holds too much; E_WRITE.
    """
    folder = os.path.realpath(folder)
    parent, name = os.path.split(folder)
    fresh = os.path.join(parent, f".{name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        os.makedirs(parent, exist_ok=True)
        _sweep(parent, name)
        os.mkdir(fresh, 0o700)
        try:
            _fill(fresh, folder, files, standing)
            _put_in_place(fresh, folder, files, standing)
        finally:
            _delete(fresh)
        sync_folder(parent)
    except OSError as error:
        raise writing_failed(folder, error) from error


def _fill(fresh: str, folder: str, files: Mapping[str, str], standing: Standing) -> None:
    """Lay the package into the fresh folder, and with it what else the old one holds."""
    for path, text in files.items():
        write_atomic(os.path.join(fresh, path), text, keep=True)
    mode = 0o755
    if os.path.isdir(folder):
        mode = stat.S_IMODE(os.stat(folder).st_mode)
        for count, (path, entry) in enumerate(_others(folder, {*files, *standing.dropped})):
            if count >= MOST_ENTRIES:
                message = f"`{folder}` holds more than {MOST_ENTRIES} other files"
                raise Failure("E_SKILL_FOLDER", message, hint="choose another folder with `-o`")
            _carry(entry, os.path.join(fresh, path))
    os.chmod(fresh, mode)
    sync_folder(fresh)


def _others(folder: str, ours: set[str], below: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What lies in the folder and is not of the package: path and entry, folders before what is in them."""
    with os.scandir(os.path.join(folder, below)) as found:
        for entry in found:
            path = os.path.join(below, entry.name)
            if entry.is_dir(follow_symlinks=False):
                yield path, entry
                yield from _others(folder, ours, path)
            elif path not in ours:
                yield path, entry


def _carry(entry: os.DirEntry[str], place: str) -> None:
    """The same file at another place: no copy, and no link is followed."""
    if entry.is_dir(follow_symlinks=False):
        os.makedirs(place, exist_ok=True)
        os.chmod(place, stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode))
    elif entry.is_symlink():
        if not os.path.lexists(place):  # a link where the package has a folder
            os.symlink(os.readlink(entry.path), place)
    else:
        os.link(entry.path, place, follow_symlinks=False)


def _put_in_place(fresh: str, folder: str, files: Mapping[str, str], standing: Standing) -> None:
    if not os.path.isdir(folder):
        try:
            os.rename(fresh, folder)
        except OSError as error:
            if os.path.isdir(folder):
                raise _changed(folder) from error
            raise
        return
    if exchange(fresh, folder):
        if _is_as_found(fresh, files, standing):
            return
        exchange(fresh, folder)
        raise _changed(folder)
    if not _is_as_found(folder, files, standing):
        raise _changed(folder)
    for path in sorted(files, key=lambda each: each == MAIN):  # the seal last: until then it does not fit
        write_atomic(os.path.join(folder, path), files[path])
    for path in standing.dropped:
        os.unlink(os.path.join(folder, path))


def _changed(folder: str) -> Failure:
    return Failure("E_SKILL_FOLDER", f"`{folder}` was changed meanwhile; it is as it was", hint="try again")


def _is_as_found(folder: str, files: Mapping[str, str], standing: Standing) -> bool:
    """Whether what is in the way is still what the decision was about, and nothing more."""
    for path in {*files, *standing.found}:
        place = os.path.join(folder, path)
        if path not in standing.found:
            if os.path.lexists(place):
                return False
        elif (data := standing.found[path]) is not None and read_file(place) != data:
            return False
    return True


def _sweep(parent: str, name: str) -> None:
    """Delete what killed processes left of this package; what is younger than an hour may still be in work."""
    pattern = re.compile(rf"\.{re.escape(name)}\.(\d+)\.[0-9a-f]{{8}}\.tmp")
    for each in os.listdir(parent):
        path = os.path.join(parent, each)
        if pattern.fullmatch(each) and os.lstat(path).st_mtime < time.time() - LEFTOVER_SECONDS:
            _delete(path)


def _delete(folder: str) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)
