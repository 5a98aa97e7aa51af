"""The output of a program as it comes: kept in bounded memory, and cut into lines for who listens."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable

MOST_LINE_BYTES = 64 << 10


class Bounded:
    """The head and the tail of a stream of bytes, in bounded memory."""

    def __init__(self, most_bytes: int) -> None:
        self.size = 0
        self._most_head = most_bytes // 2
        self._most_tail = most_bytes - self._most_head
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        room = self._most_head - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data[-self._most_tail :] if self._most_tail else b""
        if len(self._tail) > 2 * self._most_tail:
            del self._tail[: -self._most_tail]

    @property
    def head(self) -> bytes:
        """The first bytes."""
        return bytes(self._head)

    @property
    def tail(self) -> bytes:
        """The last bytes, those of the head not again."""
        return bytes(self._tail[-self._most_tail :]) if self._most_tail else b""

    @property
    def omitted(self) -> int:
        """How many bytes between head and tail were let go."""
        return self.size - len(self.head) - len(self.tail)

    @property
    def whole(self) -> bytes:
        """Head and tail in one, with a line about what is left out between them."""
        middle = b"\n[... %d bytes left out ...]\n" % self.omitted if self.omitted else b""
        return self.head + middle + self.tail


class Lines:
    """Cuts a stream into lines of text for a listener; a carriage return ends one too (progress bars)."""

    def __init__(self, listener: Callable[[str], None]) -> None:
        self._listener = listener
        self._rest = b""

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        *lines, self._rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        if len(self._rest) > MOST_LINE_BYTES:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            if line:
                self._listener(line.decode("utf-8", "replace"))

    def close(self) -> None:
        """The stream has ended, and with it the last line."""
        self.add(b"\n")
