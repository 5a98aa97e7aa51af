"""What a recorded script prints, as it comes: both streams in one log, standard output also by its hash.

Who reads the pipes is `running.capture`. A disk that is full is pyst's trouble and not the script's: the run goes on,
and what could not be kept is counted.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_TAIL_BYTES = 64 << 10
"""How much of the end of a log that passed its cap is kept: there it says why the script failed."""
EXPECTED_BYTES = 64 << 10


class Digest:
    """A SHA-256 that is loaded when there is something to hash: until then the script starts."""

    def __init__(self) -> None:
        self._sha256: Any = None

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._sha256 is None:
            from pyst.system.digest import new_sha256

            self._sha256 = new_sha256()
        self._sha256.update(data)

    def hexdigest(self) -> str:
        """That of all bytes that came."""
        self.update(b"")
        found: str = self._sha256.hexdigest()
        return found


class LogFile:
    """The log: `descriptor` is open for reading and appending. Takes at most `cap_bytes` of the streams."""

    def __init__(self, descriptor: int, cap_bytes: int) -> None:
        self.descriptor = descriptor
        self.cap_bytes = cap_bytes
        self.seen_bytes = 0
        self.kept_bytes = 0
        self.own_bytes = 0
        self.failure: OSError | None = None
        self.digest = Digest()
        self._most_tail = min(MOST_TAIL_BYTES, cap_bytes // 4)
        self._tail = bytearray()

    @property
    def is_truncated(self) -> bool:
        """Whether something of the streams is not in the log."""
        return self.kept_bytes < self.seen_bytes

    def take(self, data: bytes) -> None:
        """Take the next bytes."""
        self.seen_bytes += len(data)
        room = self.cap_bytes - self._most_tail - self.kept_bytes
        if room > 0 and not self._tail:
            self.kept_bytes += self._write(data[:room])
            data = data[room:]
        self._tail += data[-self._most_tail :] if self._most_tail else b""
        if len(self._tail) > 2 * self._most_tail:
            del self._tail[: -self._most_tail]

    def finish(self) -> None:
        """Write the end of what did not fit, and a last line that says so."""
        if not self.is_truncated:
            return
        left_out = self.seen_bytes - self.kept_bytes
        tail = bytes(self._tail[-self._most_tail :]) if self._most_tail else b""
        if self.failure is None and left_out > len(tail):
            self._write(b"\n[pyst: %d bytes are left out here]\n" % (left_out - len(tail)))
        if self.failure is None:
            self.kept_bytes += self._write(tail)
        if self.failure is None and self.is_truncated:
            line = b"[pyst: %d of %d bytes are kept; the log is capped at %d bytes (agent.max_log_bytes)]\n"
            start = b"" if tail.endswith(b"\n") else b"\n"
            self._write(start + line % (self.kept_bytes, self.seen_bytes, self.cap_bytes))

    def say(self, text: str) -> None:
        """Add a line of pyst's own."""
        self._write(f"[pyst: {text}]\n".encode("utf-8", "backslashreplace"))

    def _write(self, data: bytes) -> int:
        """Write to the file, which stays a true beginning: after a loss nothing more is written."""
        written = 0
        while self.failure is None and written < len(data):
            try:
                count = os.write(self.descriptor, data[written:] if written else data)
            except OSError as error:
                self.failure = error
                break
            self.digest.update(data[written : written + count])
            written += count
        self.own_bytes += written
        return written


class Printed:
    """Standard output, by hash and size; whole in a file once it is longer than `most_bytes`.

    `make` makes that file and gives its descriptor; it raises `OSError` where it can't.
    """

    def __init__(self, make: Callable[[], int], most_bytes: int) -> None:
        self.size_bytes = 0
        self.lost_bytes = 0
        self.digest = Digest()
        self.is_in_file = False
        self.failure: OSError | None = None
        self._make = make
        self._most_bytes = most_bytes
        self._beginning = bytearray()
        self._descriptor = -1

    def take(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size_bytes += len(data)
        self.digest.update(data)
        if self.size_bytes <= self._most_bytes:
            self._beginning += data
            return
        if not self.is_in_file and self.failure is None:
            self._begin_file()
        self._write(data)

    @property
    def short(self) -> bytes:
        """All of it, where it is short enough to be in no file; else nothing."""
        return b"" if self.is_in_file or self.failure is not None else bytes(self._beginning)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _begin_file(self) -> None:
        try:
            self._descriptor = self._make()
            self.is_in_file = True
        except OSError as error:
            self.failure = error
        self._write(bytes(self._beginning))
        self._beginning.clear()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and self.failure is None:
            try:
                view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                self.failure = error
        self.lost_bytes += len(view)
