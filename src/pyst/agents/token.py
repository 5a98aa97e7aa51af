"""The bearer token of a server on HTTP, and the file from which clients of the same user read it.

The file (mode 0600) lies in a folder of its own (0700), has the server's URL beside the token, and goes when the server
ends. The server holds a lock on it as long as it lives: a file without one was left by a server that was killed.
Broken files read as absent; the token is nowhere else, neither in a command line nor in a variable or a log.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

FORMAT = "pyst-mcp/1"
MOST_BYTES = 64 << 10
ABANDONED_SECONDS = 60.0
SHORTEST = 32
"""The fewest characters of a token that somebody else made."""


class Listening(NamedTuple):
    """A server that listens: its URL, its token, the file that holds both, and the project that it serves."""

    url: str
    token: str
    path: str
    root: str


def new_token() -> str:
    """A token that nobody can guess: 256 bits, in characters that stand for themselves in a header."""
    return secrets.token_urlsafe(32)


def path_of(folder: str, address: str, port: int) -> str:
    """Where the token of the server on this address and port lies."""
    return os.path.join(folder, f"{port}-{address.replace(':', '_')}.json")


@contextmanager
def kept_token(found: Listening) -> Iterator[None]:
    """Keep the file of a server as long as this lasts; what dead servers left goes first. Raises `OSError`."""
    import fcntl

    folder = os.path.dirname(found.path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    os.chmod(folder, 0o700)
    _clear(folder)
    body = {"schema": FORMAT, "url": found.url, "token": found.token, "root": found.root}
    temporary = f"{found.path}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.write(fd, json.dumps(body).encode())
        os.rename(temporary, found.path)
        try:
            yield
        finally:
            _remove_own(found.path, fd)
    except BaseException:
        _remove_own(temporary, fd)
        raise
    finally:
        os.close(fd)


def _remove_own(path: str, fd: int) -> None:
    """Remove the file at `path` if it is the one that `fd` is open on."""
    try:
        if os.path.samestat(os.lstat(path), os.fstat(fd)):
            os.unlink(path)
    except OSError:
        pass


def _clear(folder: str) -> None:
    """Remove what servers left that were killed; what can't be removed stays, and hurts nobody."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        is_old = name.endswith(".json") or (name.endswith(".tmp") and _is_abandoned(path))
        if is_old and not _is_held(path):
            try:
                os.unlink(path)
            except OSError:
                continue


def _is_abandoned(path: str) -> bool:
    """Whether a file is not just being made by another server, which has no lock on it yet."""
    try:
        return time.time() - os.lstat(path).st_mtime > ABANDONED_SECONDS
    except OSError:
        return False


def _is_held(path: str) -> bool:
    """Whether a living server holds the file."""
    fd = _open_own(path)
    if fd is None:
        return False
    try:
        return _is_locked(fd)
    finally:
        os.close(fd)


def _is_locked(fd: int) -> bool:
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _open_own(path: str) -> int | None:
    """A descriptor of the file if it is a regular one that is this user's alone; None for all else. Never blocks."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    status = os.fstat(fd)
    if status.st_mode & 0o170000 == 0o100000 and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
        return fd
    os.close(fd)
    return None


def running_servers(folder: str) -> list[Listening]:
    """The servers of this user that listen now, by URL."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = (_read(os.path.join(folder, each)) for each in names if each.endswith(".json"))
    return sorted(each for each in found if each is not None)


def _read(path: str) -> Listening | None:
    fd = _open_own(path)
    if fd is None:
        return None
    try:
        if not _is_locked(fd):
            return None
        body = json.loads(os.read(fd, MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    finally:
        os.close(fd)
    if not isinstance(body, dict) or body.get("schema") != FORMAT:
        return None
    url, token, root = body.get("url"), body.get("token"), body.get("root")
    if not (isinstance(url, str) and isinstance(token, str) and isinstance(root, str)):
        return None
    return Listening(url, token, path, root)


def usable(token: str) -> bool:
    """Whether a token that somebody else made is long enough, and can stand in a header (RFC 6750, `b64token`)."""
    body = token.rstrip("=")
    return len(token) >= SHORTEST and body.isascii() and body.replace("-", "a").translate(_OTHERS).isalnum()


_OTHERS = str.maketrans(dict.fromkeys("._~+/", "a"))
