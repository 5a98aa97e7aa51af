"""What a source leads to: the bytes of a script, and the exact place that they have come from."""

from __future__ import annotations

import os
import stat
from urllib.parse import unquote, urlsplit

from pyst.errors import ExitCode, Failure
from pyst.sharing.fetched import LOCK, Fetched, make_fetched
from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure, too_large
from pyst.system.http import Fetcher
from pyst.system.process import Runner

__all__ = ["Fetched", "resolve_source"]


def resolve_source(
    source: Source, fetcher: Fetcher, runner: Runner | None = None, *, sha256: str | None = None
) -> Fetched:
    """Fetch what the source leads to. Nothing of it is executed, and nothing is kept.

    With `sha256`, only content of that hash is taken (`E_FETCH_HASH`). Raises `Failure`, mostly `FetchFailure`, named
    by the cause.
    """
    fetched = _fetch(source, fetcher, runner)
    if sha256 is not None and fetched.sha256 != sha256.lower():
        message = f"`{source.word}` is not what was expected: its sha256 is {fetched.sha256}, not {sha256.lower()[:64]}"
        raise FetchFailure("E_FETCH_HASH", message, hint="it was changed; look at it before you take it")
    return fetched


def _fetch(source: Source, fetcher: Fetcher, runner: Runner | None) -> Fetched:
    if source.kind == "file":
        return _from_file(source, fetcher.most_bytes)
    if source.kind == "https":
        return _from_address(source, fetcher)
    if source.kind == "github":
        from pyst.sharing.github import fetch_from_github

        return fetch_from_github(source, fetcher)
    if source.kind == "gist":
        from pyst.sharing.gist_files import fetch_from_gist

        return fetch_from_gist(source, fetcher)
    from pyst.sharing.git import fetch_from_git

    return fetch_from_git(source, fetcher, runner or Runner())


def _from_file(source: Source, most_bytes: int) -> Fetched:
    content = _read(source.address, most_bytes)
    try:
        lock = _read(source.address + LOCK, most_bytes)
    except FetchFailure as failure:
        if failure.code != "E_FETCH_MISSING":
            raise
        lock = None
    return make_fetched(source, source, None, os.path.basename(source.address), content, lock)


def _read(path: str, most_bytes: int) -> bytes:
    """The bytes of a regular file. Never waits for a FIFO's writer."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        hint = "`https://…`, `gh:owner/repository/path.py`, `gist:ID` and `git+https://…#path.py` are understood too"
        if "/~/" in path:
            hint = "`~` is left as it is between quotes: the shell makes your home of it elsewhere"
        raise FetchFailure("E_FETCH_MISSING", f"there is no file `{path}`", hint=hint) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Failure("E_UNREADABLE", f"`{path}` can't be read: {why}") from error
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        os.close(fd)
        what, hint = ("a folder", "name the file in it") if stat.S_ISDIR(mode) else ("no regular file", "")
        raise Failure("E_NOT_A_FILE", f"`{path}` is {what}", hint=hint, exit=ExitCode.CANNOT_EXECUTE)
    with open(fd, "rb") as file:
        try:
            content = file.read(most_bytes + 1)
        except OSError as error:
            raise Failure("E_UNREADABLE", f"`{path}` can't be read: {error.strerror}") from error
    if len(content) > most_bytes:
        raise too_large(path, most_bytes)
    return content


def _from_address(source: Source, fetcher: Fetcher) -> Fetched:
    response = fetcher.get(source.address)
    if response.status != 200:
        message = f"`{source.address}` gives no content (status {response.status})"
        raise FetchFailure("E_FETCH_ANSWER", message, status=response.status)
    file = unquote(urlsplit(source.address).path).rpartition("/")[2]
    return make_fetched(source, source, None, file, response.body, _lock_beside(source.address, fetcher))


def _lock_beside(address: str, fetcher: Fetcher) -> bytes | None:
    """The lock beside a script's address. That it can't be had now is no reason to do without."""
    if "?" in address or address.endswith("/"):
        return None
    try:
        response = fetcher.get(address + LOCK)
    except FetchFailure as failure:
        is_refused = failure.status is not None and 400 <= failure.status < 500 and not failure.is_temporary
        if is_refused or failure.code == "E_FETCH_REDIRECT":
            return None
        raise
    return response.body if response.status == 200 else None
