"""Where the files of one run lie: reserved before the script starts, held by descriptors until the end.

Also owns how it is told that other runs use the same output folder at the same time.
"""

from __future__ import annotations

import errno
import os
import sys

from pyst.errors import Failure
from pyst.named import NamedTuple
from pyst.records.folder import Folder, look_before
from pyst.records.ids import new_run_id

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from pyst.records.inputs import Given

HISTORY = ".history.jsonl"
ATTEMPTS = 64
MOST_MANIFEST_BYTES = 64 << 20
MOST_NAME_BYTES = 255


class Wish(NamedTuple):
    """How a run is to be recorded. All paths are absolute.

    `state` is the folder of pyst's own state. Without an `output_dir` the run gets one below it. `output_path` is where
    the manifest is to lie. `cap_bytes` is the most that the log holds, `preview_bytes` what a summary shows.
    """

    state: str
    cap_bytes: int
    preview_bytes: int
    output_dir: str | None = None
    output_path: str | None = None
    given: Given | None = None


class Places:
    """The files of one run. `folder` is the output folder; the manifest is `manifest` in the folder `manifests`."""

    def __init__(self, task: str, wish: Wish, now: float) -> None:
        """Reserve an id that no other run has, and the log that goes by it. Raises `Failure` (E_WRITE)."""
        self.task = task
        self.run_id, self.folder, self.log_descriptor = _reserve(task, wish, now)
        self.manifests, self.manifest = self.folder, self.own("manifest.json")
        try:
            if wish.output_path is not None:
                self.manifests, self.manifest = _place_of_manifest(wish.output_path)
            self.manifest_before = self.manifests.stat(self.manifest)
            self._neighbours = _Neighbours(wish.state, self.folder)
            self.before = look_before(self.folder)
        except BaseException:
            os.close(self.log_descriptor)
            self.close()
            raise

    def own(self, ending: str) -> str:
        """The name of a file of pyst's own in the output folder."""
        return f"{self.task}.{self.run_id}.{ending}"

    def path(self, name: str) -> str:
        """The path of a file in the output folder."""
        return os.path.join(self.folder.path, name)

    @property
    def manifest_path(self) -> str:
        return os.path.join(self.manifests.path, self.manifest)

    @property
    def log_path(self) -> str:
        return self.path(self.own("log.txt"))

    @property
    def were_shared(self) -> bool:
        """Whether another run used the output folder since this one reserved its place there."""
        return self._neighbours.are_there

    def close(self) -> None:
        """Let go of the folders: to be done once the history has its line."""
        self.folder.close()
        self.manifests.close()
        if hasattr(self, "_neighbours"):
            self._neighbours.close()


def cannot_write(path: str, error: OSError, flag: str = "--output-dir") -> Failure:
    """The failure for a run that has nowhere to write to; nothing was started."""
    hint = f"choose another {'folder' if flag == '--output-dir' else 'file'} with `{flag}`"
    return Failure("E_WRITE", f"`{path}` can't be written: {error.strerror or error}", hint=hint)


def _reserve(task: str, wish: Wish, now: float) -> tuple[str, Folder, int]:
    """A new id, the output folder, and the descriptor of the log: its file was not there before, which says «new»."""
    for _ in range(ATTEMPTS):
        run_id = new_run_id(now)
        path = wish.output_dir or os.path.join(wish.state, "outputs", run_id)
        try:
            folder = Folder(path, is_new=wish.output_dir is None)
        except FileExistsError as error:
            if wish.output_dir is not None:
                raise Failure("E_WRITE", f"`{path}` is not a folder") from error
            continue
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            return run_id, folder, folder.create(f"{task}.{run_id}.log.txt", os.O_RDWR | os.O_APPEND)
        except FileExistsError:
            folder.close()
        except OSError as error:
            folder.close()
            raise cannot_write(path, error) from error
    raise Failure("E_WRITE", f"no id for a run is free in `{wish.output_dir or wish.state}`")


def _place_of_manifest(path: str) -> tuple[Folder, str]:
    """The folder and the name of a manifest whose path the user chose."""
    above, name = os.path.split(path)
    try:
        folder = Folder(above)
    except OSError as error:
        raise cannot_write(path, error, "--output-path") from error
    found = folder.stat(name) if name else None
    if len(os.fsencode(name)) > MOST_NAME_BYTES:
        folder.close()
        raise cannot_write(path, OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG)), "--output-path")
    if not name or name == HISTORY or (found is not None and not _is_manifest(folder, name, found)):
        folder.close()
        if not name or os.path.isdir(path):
            raise Failure("E_WRITE", f"`{path}` is a folder; the manifest is a file")
        if name == HISTORY:
            raise Failure("E_WRITE", f"`{path}` holds the history of runs; the manifest is a file of its own")
        hint = "move it away, or choose another `--output-path`"
        raise Failure("E_WRITE", f"`{path}` is there and is no manifest: it is not overwritten", hint=hint)
    if not os.access(folder.path, os.W_OK | os.X_OK):
        folder.close()
        raise cannot_write(path, OSError(errno.EACCES, os.strerror(errno.EACCES)), "--output-path")
    return folder, name


def _is_manifest(folder: Folder, name: str, found: os.stat_result) -> bool:
    """Whether the file may be replaced: it is empty, a record, or a manifest as scripts write them.

    Devices and FIFOs seem empty; one that was replaced by a file would be missed by the whole machine.
    """
    import json

    if found.st_mode & 0o170000 != 0o100000:
        return False
    if found.st_size == 0:
        return True
    try:
        held = json.loads(folder.read(name, MOST_MANIFEST_BYTES) or b"")
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(held, dict) and isinstance(held.get("outputs"), list)


class _Neighbours:
    """Tells whether other runs used the output folder at the same time.

    Each run holds a shared lock on one byte of a file of the state that stands for the folder; and those that have
    ended meanwhile have left a line in the history. Where there are no such locks, only the latter is told.
    """

    def __init__(self, state: str, folder: Folder) -> None:
        self._folder = folder
        self._lock = -1
        self._at = hash(folder.identity) & (1 << 62) - 1  # of integers: the same in every process
        self._before = self._history_bytes()
        try:
            import fcntl

            path = os.path.join(state, "folders.lock")
            try:
                self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            except FileNotFoundError:
                os.makedirs(state, mode=0o700, exist_ok=True)
                self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            fcntl.lockf(self._lock, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, self._at)
            self._before = self._history_bytes()  # who ended before that was not at the same time
        except (ImportError, OSError):
            pass

    @property
    def are_there(self) -> bool:
        return self._is_held_by_others() or self._history_bytes() != self._before  # in this order

    def _history_bytes(self) -> int:
        found = self._folder.stat(HISTORY)
        return found.st_size if found is not None else 0

    def _is_held_by_others(self) -> bool:
        if self._lock < 0 or sys.platform != "linux":
            return False
        import fcntl

        # struct flock of 64-bit Linux (type, whence, start, length, process): what is in the way of such a lock?
        fields = ((fcntl.F_WRLCK, 2), (os.SEEK_SET, 6), (self._at, 8), (1, 8), (0, 8))
        try:
            told = fcntl.fcntl(
                self._lock, fcntl.F_GETLK, b"".join(v.to_bytes(size, sys.byteorder) for v, size in fields)
            )
        except OSError:
            return False
        return int.from_bytes(told[:2], sys.byteorder) != fcntl.F_UNLCK

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
