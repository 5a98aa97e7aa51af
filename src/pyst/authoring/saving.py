"""Putting a script where it is to lie: a new one beside nothing else, a changed one with the old one kept.

What is replaced goes to `<data>/replaced/` first, in a file whose name says what is in it, so that it can be had back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from pyst.errors import Failure
from pyst.system.files import sync_folder, write_atomic, writing_failed
from pyst.system.witness import Witness

MOST_KEPT = 20
"""So many earlier versions of one script are kept."""

MOST_BYTES = 4 << 20
_KEPT = re.compile(r"(\d{10,12})-(\d{4})-([0-9a-f]{64})\.py")


class Kept(NamedTuple):
    """An earlier version: its file, when it was replaced (seconds since 1970), and what it holds."""

    path: str
    replaced_at: int
    sha256: str


def save_new(path: str, source: bytes) -> None:
    """Put a new script at `path`: whole or not at all, and never in the place of anything.

    Raises `Failure`: E_EXISTS where something is there, E_WRITE.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        os.makedirs(folder, exist_ok=True)
        try:
            write_atomic(temporary, source, keep=True)
            try:
                os.link(temporary, path)
            except FileExistsError:
                raise exists(path) from None
            except OSError:  # a filesystem without links to files
                if os.path.lexists(path):
                    raise exists(path) from None
                write_atomic(path, source, keep=True)
        finally:
            if os.path.lexists(temporary):
                os.unlink(temporary)
        sync_folder(folder)
    except OSError as error:
        raise writing_failed(path, error) from error


def exists(path: str) -> Failure:
    """The failure where a script of that name is there already."""
    from shlex import quote

    word = os.path.basename(path).removesuffix(".py")
    hint = f"`pyst edit {quote(word)} …` changes it; or choose another name"
    return Failure("E_EXISTS", f"`{path}` is there already; nothing was changed", hint=hint)


def save_changed(path: str, before: bytes, source: bytes, folder: str, now: int) -> Kept:
    """Put `source` in the place of `before` at `path`, which is kept in `folder` first. Called under the edits' lock.

    Raises `Failure`: E_CHANGED where something else is there by now, E_WRITE.
    """
    if Witness().read(path, most_bytes=MOST_BYTES) != before:
        hint = "look at it, and ask again"
        raise Failure("E_CHANGED", f"`{path}` was changed meanwhile; it is as it was", hint=hint)
    own = folder_of(path, folder)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.makedirs(own, mode=0o700, exist_ok=True)
        known = kept_versions(path, folder)
        number = max((int(_number(each.path)) for each in known if each.replaced_at == now), default=0) + 1
        digest = sha256(before).hexdigest()
        kept = Kept(os.path.join(own, f"{now:010d}-{number:04d}-{digest}.py"), now, digest)
        write_atomic(kept.path, before, keep=True, mode=0o600)
        write_atomic(path, source, keep=True)
        for each in known[MOST_KEPT - 1 :]:
            os.unlink(each.path)
    except OSError as error:
        raise writing_failed(path, error) from error
    return kept


def kept_versions(path: str, folder: str) -> list[Kept]:
    """The earlier versions of the script at `path`, newest first."""
    return sorted(_kept(folder_of(path, folder)), key=lambda each: os.path.basename(each.path), reverse=True)


def read_kept(kept: Kept) -> bytes:
    """What an earlier version holds. Raises `Failure` (E_KEPT) where that is not what was kept."""
    try:
        data = Witness().read(kept.path, most_bytes=MOST_BYTES)
    except Failure:
        data = None
    if data is None or sha256(data).hexdigest() != kept.sha256:
        hint = "delete it, and the one before is the last"
        raise Failure("E_KEPT", f"`{kept.path}` does not hold any more what was kept; nothing was changed", hint=hint)
    return data


def folder_of(path: str, folder: str) -> str:
    """Where the earlier versions of the script at `path` are kept."""
    real = os.path.realpath(path)
    name = os.path.basename(real).removesuffix(".py")[:40]
    return os.path.join(folder, f"{name}-{sha256(os.fsencode(real)).hexdigest()[:16]}")


def _kept(folder: str) -> Iterator[Kept]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if match := _KEPT.fullmatch(name):
            yield Kept(os.path.join(folder, name), int(match[1]), match[3])


def _number(path: str) -> str:
    return os.path.basename(path).split("-")[1]
