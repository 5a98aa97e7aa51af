"""Capturing the outputs of a supervised run: each into a file, with a bounded preview kept, and echoed on wish.

The streams come through pipes, so that a full disk is pyst's trouble and not the script's: the run goes on, and what
the file could not take is counted. The loop that says when a pipe can be read is `supervise`'s.
"""

from __future__ import annotations

import fcntl
import os
import select

from pyst.errors import Failure
from pyst.named import NamedTuple
from pyst.running.plan import Captured

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyst.system.output import Bounded

CHUNK_BYTES = 64 << 10
PIPE_BYTES = 1 << 20
ECHO_BYTES = select.PIPE_BUF
"""What a pipe that poll(2) calls writable takes without blocking."""


class Capture(NamedTuple):
    """Where the outputs of a run go: the files `stdout` and `stderr` in `folder`, readable by the user alone; or to
    `take`, which is handed the stream's name and its next bytes, and sees to errors itself.

    `echo` passes them on to the caller's streams too. `preview_bytes` are kept of each in memory.
    """

    folder: str | None
    echo: bool = False
    preview_bytes: int = 64 << 10
    take: Callable[[str, bytes], None] | None = None


class Spool:
    """One stream on its way from the script to its file."""

    def __init__(self, capture: Capture, name: str, echo_to: int) -> None:
        """Raises `Failure` (`E_WRITE`) where the file can't be made."""
        self.path = None if capture.folder is None else os.path.join(capture.folder, name)
        self._name = name
        self._take = capture.take
        self._file = -1 if self.path is None else _new_file(self.path)
        self.source, self.sink = os.pipe()
        os.set_blocking(self.source, False)
        _widen(self.source)
        self.is_open = True
        self.echo_to = echo_to if capture.echo else None
        self._unsaid = b""
        self._preview_bytes = capture.preview_bytes
        self._preview: Bounded | None = None
        self._lost = 0

    @property
    def size_bytes(self) -> int:
        """How much has come."""
        return self._preview.size if self._preview is not None else 0

    @property
    def is_waiting_to_echo(self) -> bool:
        """Whether the next step is to echo, which waits for the caller's reader."""
        return bool(self._unsaid)

    @property
    def waits_for(self) -> tuple[int, int]:
        """The descriptor to poll, and for what: the echo comes first, then more is read."""
        if self._unsaid and self.echo_to is not None:
            return self.echo_to, select.POLLOUT
        return self.source, select.POLLIN

    def move(self) -> bool:
        """Take one step, which does not block: echo what waits, or read more. Whether there was something to do."""
        if self._unsaid:
            self._echo()
            return True
        try:
            data = os.read(self.source, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._end()
            return False
        self._previewed().add(data)
        if self._take is not None:
            self._take(self._name, data)
        if self._file >= 0:
            self._save(data)
        if self.echo_to is not None:
            self._unsaid = data
        return True

    def _previewed(self) -> Bounded:
        """What is kept of the stream; loaded when there is something, by when the script has started."""
        if self._preview is None:
            from pyst.system.output import Bounded

            self._preview = Bounded(self._preview_bytes)
        return self._preview

    def hush(self) -> None:
        """Echo no more."""
        self.echo_to, self._unsaid = None, b""

    def finish(self) -> Captured:
        """Close, and say what came."""
        self.close()
        seen = self._previewed()
        return Captured(self.path, seen.size, self._lost, seen.head, seen.tail)

    def close_sink(self) -> None:
        """Close the script's end of the pipe in this process."""
        if self.sink >= 0:
            os.close(self.sink)
            self.sink = -1

    def close(self) -> None:
        """Let go of everything."""
        self._end()
        self.close_sink()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _end(self) -> None:
        if self.is_open:
            self.is_open = False
            os.close(self.source)

    def _save(self, data: bytes) -> None:
        """Write to the file, which stays a true beginning of the stream: after a loss nothing more is written."""
        view = memoryview(b"" if self._lost else data)
        self._lost += len(data) - len(view)
        while view:
            try:
                view = view[os.write(self._file, view) :]
            except OSError:
                self._lost += len(view)
                return

    def _echo(self) -> None:
        assert self.echo_to is not None
        try:
            self._unsaid = self._unsaid[os.write(self.echo_to, self._unsaid[:ECHO_BYTES]) :]
        except BlockingIOError:
            pass
        except OSError:
            # The caller's reader has gone (`| head -1`): the script is to learn it as it would without pyst.
            self._unsaid = b""
            self._end()


def _new_file(path: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise Failure("E_WRITE", f"`{path}` can't be written: {error.strerror}") from error


def _widen(pipe: int) -> None:
    """Let the pipe hold more, where the system can: fewer switches between script and pyst."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except (AttributeError, OSError):
        pass


def drain(spools: list[Spool], gives_up_on: Callable[[int], bool]) -> None:
    """Take what is still in the pipes after the script's end, whoever else may hold their other ends.

    `gives_up_on` waits until the descriptor of an echo can be written, or says that it is not to be waited for.
    """
    for spool in spools:
        limit = spool.size_bytes + 2 * PIPE_BYTES  # a process that got away may write for ever
        while spool.is_open and spool.size_bytes < limit:
            if spool.is_waiting_to_echo and gives_up_on(spool.waits_for[0]):
                spool.hush()
            elif not spool.move():
                break
