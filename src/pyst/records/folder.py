"""The output folder of a run, held by its descriptor: what is put there lands there, whatever a script puts in its way.

A script may rename the folder, or put links, FIFOs and folders where pyst's own files are to be. Nothing of that is
followed or opened; files of pyst replace links by a rename, and never a folder.
"""

from __future__ import annotations

import errno
import os

from pyst.named import NamedTuple
from pyst.records.ids import is_own_file, object_path

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable

TEMPORARY_ATTEMPTS = 8
MOST_FILES = 10_000
MOST_DEPTH = 32
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
NEW = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_regular(fd: int, most_bytes: int) -> bytes | None:
    """The bytes of the regular file that `fd` is open for; None where it is none, or larger. Raises `OSError`."""
    about = os.fstat(fd)
    if about.st_mode & 0o170000 != 0o100000 or about.st_size > most_bytes:
        return None
    parts: list[bytes] = []
    left = most_bytes + 1
    while left > 0 and (part := os.read(fd, min(left, about.st_size + 1 if not parts else left))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts) if left > 0 else None


def make_output_folder(path: str) -> bool:
    """Make a folder for the files of runs where there is none, kept out of Git; says whether it was made.

    What is there already stays as it is. Raises `OSError`.
    """
    if os.path.isdir(path):
        return False
    try:
        os.makedirs(path)
    except FileExistsError:
        if os.path.isdir(path):
            return False  # another process was first
        raise
    try:
        fd = os.open(os.path.join(path, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        return True
    with open(fd, "wb") as file:
        file.write(b"*\n")
    return True


class Folder:
    """A folder, by its path as it was when it was opened, and its descriptor."""

    def __init__(self, path: str, *, is_new: bool = False) -> None:
        """Open the folder, which is made if needed; one that must be new is private. Raises `OSError`."""
        if is_new:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            os.mkdir(path, 0o700)
        else:
            os.makedirs(path, exist_ok=True)
        self.path = os.path.realpath(path)
        self.descriptor = os.open(self.path, DIRECTORY)
        about = os.fstat(self.descriptor)
        self.identity = (about.st_dev, about.st_ino)

    def close(self) -> None:
        """Let go of it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def create(self, name: str, flags: int = os.O_WRONLY, mode: int = 0o666) -> int:
        """A descriptor of the new file `name`. Raises `FileExistsError` where anything is there, and `OSError`."""
        return os.open(name, NEW | flags, mode, dir_fd=self.descriptor)

    def replace(self, name: str, data: bytes, *, mode: int = 0o666, sync: bool = True) -> None:
        """Put `data` at `name`: whole, and on disk, or not at all. A link that is there is replaced.

        Raises `OSError`.
        """
        _replace(self.descriptor, name, data, mode, sync)

    def stat(self, name: str) -> os.stat_result | None:
        """What stands at `name` itself, or None."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError:
            return None

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """The bytes of the regular file `name`, or None where there is none or it is larger. Raises `OSError`."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        fd = os.open(name, flags, dir_fd=self.descriptor)
        try:
            return read_regular(fd, most_bytes)
        finally:
            os.close(fd)

    def move_aside(self, name: str, aside: Callable[[int], str]) -> str | None:
        """Give what stands at `name` another name: the first of `aside(0)`, `aside(1)`, … that is free.

        None where nothing stands there, or it can't be moved.
        """
        for at in range(TEMPORARY_ATTEMPTS):
            other = aside(at)
            if self.stat(other) is not None:
                continue
            try:
                os.rename(name, other, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
            except OSError:
                return None
            return other
        return None

    def append_line(self, name: str, line: str) -> None:
        """Append a line to the file `name`, whole or not at all; made if needed. Raises `OSError`.

        A line that was cut by a power failure does not swallow the new one. Many processes may append at once.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        fd = os.open(name, flags, 0o666, dir_fd=self.descriptor)
        try:
            about = os.fstat(fd)
            if about.st_mode & 0o170000 != 0o100000 or about.st_nlink > 1:
                raise OSError(errno.EINVAL, "it is not a file of its own", name)
            _lock(fd)
            size = os.fstat(fd).st_size
            is_cut = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
            data = (b"\n" if is_cut else b"") + line.encode() + b"\n"
            try:
                written = os.write(fd, data)
                if written < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
            except OSError:
                os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)


class Walk:
    """A walk through all that is no folder, within bounds; `left_out` counts what lies beyond them."""

    def __init__(self) -> None:
        self.left_out = 0
        self._seen = 0

    def through(self, fd: int, prefix: str, see: Callable[[str, str, os.stat_result, int], None], depth: int) -> None:
        """Call `see` with path, name, state and the folder's descriptor of each thing below the folder `fd`."""
        folders = []
        try:
            with os.scandir(fd) as listing:
                for entry in listing:
                    if is_own_file(entry.name):
                        continue
                    if self._seen >= MOST_FILES:
                        self.left_out += 1
                        if self.left_out > MOST_FILES:
                            return  # enough to tell that there is too much
                        continue
                    self._seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                        continue
                    try:
                        about = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue  # gone meanwhile
                    see(prefix + entry.name, entry.name, about, fd)
        except OSError:
            return
        for name in folders:
            if depth >= MOST_DEPTH:
                self.left_out += 1
                continue
            try:
                inner = os.open(name, DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
            except OSError:
                continue
            try:
                self.through(inner, f"{prefix}{name}/", see, depth + 1)
            finally:
                os.close(inner)


Mark = tuple[int, int, int]
"""What tells that a file was written: the time of its last change (ns), size (bytes), inode."""


class Before(NamedTuple):
    """The files that were there before the run. `is_whole` is False where there were more than were looked at."""

    marks: dict[str, Mark]
    is_whole: bool
    at_ns: int


def look_before(folder: Folder) -> Before:
    """Take down what is in the output folder now."""
    from time import time_ns

    walk = Walk()
    marks: dict[str, Mark] = {}

    def see(path: str, name: str, about: os.stat_result, parent: int) -> None:
        marks[path] = (about.st_mtime_ns, about.st_size, about.st_ino)

    walk.through(folder.descriptor, "", see, 0)
    return Before(marks, walk.left_out == 0, time_ns() - 20_000_000)  # the clock of files runs behind, in steps


def _replace(descriptor: int, name: str, data: bytes, mode: int, sync: bool) -> None:
    temporary = f".{name[:150]}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    fd = os.open(temporary, NEW | os.O_WRONLY, mode, dir_fd=descriptor)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            if sync:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, name, src_dir_fd=descriptor, dst_dir_fd=descriptor)
    except BaseException:
        try:
            os.unlink(temporary, dir_fd=descriptor)
        except OSError:
            pass
        raise


def write_whole(path: str, data: bytes, *, sync: bool) -> None:
    """Put `data` at `path`, below folders that are the user's own: whole, on disk with `sync`. Raises `OSError`."""
    above, name = os.path.split(path)
    try:
        descriptor = os.open(above, DIRECTORY)
    except FileNotFoundError:
        os.makedirs(above, mode=0o700, exist_ok=True)
        descriptor = os.open(above, DIRECTORY)
    try:
        _replace(descriptor, name, data, 0o600, sync)
    finally:
        os.close(descriptor)


PATIENCE_SECONDS = 5.0


def _lock(fd: int) -> None:
    """Lock the file against others that append; not for longer than makes sense: a script may hold such a lock."""
    import fcntl
    from time import monotonic, sleep

    until = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES) or monotonic() > until:
                return
        sleep(0.002)


def is_kept(state: str, sha256: str, size: int) -> bool:
    """Whether the content of this hash and size is kept, told by a look; it is then kept for longer."""
    path = object_path(state, sha256)
    try:
        found = os.lstat(path)
    except OSError:
        return False
    _touch(path)
    return found.st_mode & 0o170000 == 0o100000 and found.st_size == size


def _touch(path: str) -> None:
    """Say that it was needed again: what is swept goes by the time of the last need."""
    try:
        os.utime(path)
    except OSError:
        pass
