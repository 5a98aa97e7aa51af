"""Files that are written whole or not at all, locks between processes, and folders of ours.

A broken cache reads as absent; broken user data is a `Failure` and is never deleted or overwritten: the readers of
each decide which of the two they hold.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyst.errors import Failure

CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder was made by pyst; see `pyst cache --help`.\n"


def write_atomic(path: str, content: str | bytes, *, keep: bool = False, mode: int | None = None) -> None:
    """Put `content` (UTF-8) at `path`: afterwards the old or the new file is there, whole.

    `keep` is for the user's data: it is on disk before this returns, a symbolic link is followed, and what stands there
    and is no file (a device, a FIFO: `/dev/null` must outlive being named as an output) stays. Anything else can be
    made again: whatever is in its place, a link or a folder too, makes room for it. The mode of a file that is
    replaced stays, unless `mode` is given. Raises `OSError`.
    """
    path = os.path.realpath(path) if keep else os.path.abspath(path)
    data = content.encode() if isinstance(content, str) else content
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    if keep or mode is None:
        try:
            found = os.lstat(path).st_mode
        except OSError:
            found = 0
        is_file = found & 0o170000 == 0o100000
        if keep and found and not is_file and found & 0o170000 != 0o040000:
            raise OSError(errno.EEXIST, "something that is no regular file is there", path)
        if mode is None:
            mode = found & 0o7777 if is_file else 0o666 & ~_umask()
    temporary = _temporary(path)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if keep:
                os.fsync(file.fileno())
        try:
            os.replace(temporary, path)
        except IsADirectoryError:
            if keep:
                raise
            _make_room(path)
            os.replace(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise
    if keep:
        sync_folder(folder)


def _temporary(path: str) -> str:
    """A name beside `path` that no other process gives; what is left at one was left by a process that was killed."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:100]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")


IN_THE_WAY = frozenset({errno.EISDIR, errno.ELOOP, errno.EMLINK, errno.EACCES, errno.ENXIO})
"""What an open fails with where a folder, a link, a socket, or a file without permissions stands in its place."""


def _make_room(path: str) -> None:
    """Take away what stands where a file of ours is to be, whatever it is. Raises `OSError`."""
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    from shutil import rmtree

    aside = _temporary(path)
    os.rename(path, aside)
    rmtree(aside, ignore_errors=True)


def open_own_file(path: str, flags: int) -> int:
    """A descriptor of the regular file at `path`, which is made if needed (mode 0600) and opened with `flags`.

    For files in which nothing is kept that matters (locks, records that may be lost): whatever else stands there, a
    folder, a FIFO, a link, a file that can't be opened, is taken away. Never blocks. Raises `OSError`.
    """
    flags |= os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    for again in (True, False):
        try:
            fd = os.open(path, flags, 0o600)
        except OSError as error:
            if not again or error.errno not in IN_THE_WAY or not os.path.lexists(path):
                raise
        else:
            if not again or os.fstat(fd).st_mode & 0o170000 == 0o100000:
                return fd
            os.close(fd)
        _make_room(path)
    raise AssertionError("the second attempt returns or raises")


def open_regular(path: str, *, follow: bool = False) -> int:
    """A descriptor, for reading, of the regular file at `path`; a link is followed only if told. Never blocks.

    Raises `OSError`, also for what is no regular file; `ValueError` for a path that can be none.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    fd = os.open(path, flags)
    if os.fstat(fd).st_mode & 0o170000 != 0o100000:
        os.close(fd)
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    return fd


def append_line(path: str, line: str) -> None:
    """Append a line to the user's file at `path`, which is made if needed (mode 0600). Never waits for a FIFO's reader.

    One that was cut before its line's end does not swallow the new one. Raises `OSError`.
    """
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    with open(fd, "a+b", buffering=0) as file:
        found = os.fstat(fd)
        if found.st_mode & 0o170000 != 0o100000:
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        is_cut = found.st_size > 0 and os.pread(fd, 1, found.st_size - 1) != b"\n"
        file.write((b"\n" if is_cut else b"") + line.encode() + b"\n")


def sync_folder(folder: str) -> None:
    """Make the names in `folder` last through a loss of power, where the filesystem can."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(fd)
    except OSError:
        pass
    finally:
        os.close(fd)


def _umask() -> int:
    value = os.umask(0o077)
    os.umask(value)
    return value


def make_cache_folder(path: str) -> None:
    """Make a folder of the cache, private to the user, and mark the cache by `CACHEDIR.TAG`. Raises `OSError`."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    tag = os.path.join(os.path.dirname(path), "CACHEDIR.TAG")
    if not os.path.lexists(tag):
        write_atomic(tag, CACHEDIR_TAG)


@contextmanager
def locked(
    path: str, *, waiting: Callable[[], None] | None = None, patience: bool = True, inherited: bool = False
) -> Iterator[bool]:
    """Hold an exclusive lock on the file `path`; the kernel lets go of it when the process ends, however it ends.

    Yields whether the lock is held: always True with `patience`; without, False at once where another holds it.
    `waiting` is called once, before a wait. The file stays behind: to delete it would let two in. An `inherited` lock
    is also held by every helper that is started under it, until the last of them has ended: where this process is
    killed, nobody else gets in while its helper still writes. What stands there and is no file makes room for one.
    Raises `OSError`.
    """
    import fcntl

    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    fd = open_own_file(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            if not patience:
                yield False
                return
            if waiting:
                waiting()
            fcntl.flock(fd, fcntl.LOCK_EX)
        if inherited:
            os.set_inheritable(fd, True)
        yield True
    finally:
        os.close(fd)


def writing_failed(path: str, error: OSError) -> Failure:
    """The failure to raise where the user's data can't be written; what was there is as it was."""
    return Failure("E_WRITE", f"`{path}` can't be written: {error.strerror or error}; nothing was changed")
