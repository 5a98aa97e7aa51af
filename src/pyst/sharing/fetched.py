"""The value `Fetched`: a script that was fetched, and where exactly it came from. Also what is no script at all."""

from __future__ import annotations

import tomllib
from typing import NamedTuple

from pyst.sharing.names import suggest_name
from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure

LOCK = ".lock"


class Fetched(NamedTuple):
    """A script's content. `pinned` is the source at this commit or revision, where its kind has such a thing.

    `source` has the ref and the path apart where they were guessed. `siblings` are files beside the script: the lock
    (`NAME.py.lock`) if there is one.
    """

    source: Source
    pinned: Source
    commit: str | None
    content: bytes
    sha256: str
    size_bytes: int
    suggested_name: str
    siblings: tuple[tuple[str, bytes], ...] = ()


def make_fetched(
    source: Source, pinned: Source, commit: str | None, file: str, content: bytes, lock: bytes | None
) -> Fetched:
    """The value of what was fetched as `file`. Raises `FetchFailure` (`E_FETCH_ANSWER`) where it can be no script."""
    from hashlib import sha256

    word = pinned.word
    if not content.strip():
        raise FetchFailure("E_FETCH_ANSWER", f"`{word}` is empty")
    if content.startswith(b"version https://git-lfs.github.com/spec/"):
        raise FetchFailure("E_FETCH_ANSWER", f"`{word}` only points to a file in Git LFS, which is not fetched")
    if content.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        message = f"`{word}` is a web page, not a script"
        raise FetchFailure("E_FETCH_ANSWER", message, hint="is there an address of the file itself («raw»)?")
    siblings = ((file + LOCK, lock),) if lock is not None and is_lock(lock) else ()
    name = suggest_name(file)
    return Fetched(source, pinned, commit, content, sha256(content).hexdigest(), len(content), name, siblings)


def is_lock(content: bytes) -> bool:
    """Whether this is a lock by its look: servers may have a page for every name that is asked of them."""
    try:
        return isinstance(tomllib.loads(content.decode()).get("version"), int)
    except (ValueError, RecursionError):
        return False
