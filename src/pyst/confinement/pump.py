"""Moving bytes between a client of the proxy and a server: both ways at once, no more of them held than one read.

Ends of streams are passed on one by one (half-closed connections stay of use), and a connection on which nothing
moves for too long is over.
"""

from __future__ import annotations

import select
from _socket import MSG_PEEK, SHUT_WR, socket

from pyst.confinement.http_head import Body

PIECE_BYTES = 64 << 10


class _Way:
    """One direction: what was read from `source` and not yet written to `sink`."""

    def __init__(self, source: socket, sink: socket, held: bytes, body: Body | None) -> None:
        self.source = source
        self.sink = sink
        self.held = memoryview(held)
        self.body = body
        self.is_over = False
        self.moved = False

    @property
    def is_reading(self) -> bool:
        return not self.is_over and not self.held and not self.is_done

    @property
    def is_done(self) -> bool:
        """Whether all that may go this way has come, though the stream goes on."""
        return self.body is not None and self.body.is_whole

    def read(self) -> None:
        """Take in what has come, or pass on the end of the stream. Raises `OSError` and `NoRequest`."""
        try:
            data = self.source.recv(PIECE_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.is_over = True
            self.sink.shutdown(SHUT_WR)
        self.held = memoryview(self.body.take(data) if self.body else data)

    def write(self) -> None:
        """Pass on as much as is taken. Raises `OSError`."""
        try:
            self.held = self.held[self.sink.send(self.held) :]
        except BlockingIOError:
            return
        self.moved = True


def pump(client: socket, server: socket, *, first: bytes, body: Body | None, idle_seconds: float) -> None:
    """Move bytes until both streams have ended, or the server's has where the client sent one request with `body`.

    `first` goes to the server before all else. Raises `OSError` where a connection breaks and `NoRequest` for a body
    that can't be read.
    """
    client.setblocking(False)
    server.setblocking(False)
    there = _Way(client, server, first, body)
    back = _Way(server, client, b"", None)
    while not back.is_over or (body is None and not there.is_over):
        events = _wanted(there, back)
        poller = select.poll()
        for each, event in events.items():
            poller.register(each, event)
        ready = poller.poll(idle_seconds * 1000)
        if not ready:
            return
        for fd, event in ready:
            for way in (there, back):
                if fd == way.source.fileno() and event & ~select.POLLOUT and way.is_reading:
                    way.read()
                if fd == way.sink.fileno() and event & ~select.POLLIN and way.held:
                    way.write()
            if fd == client.fileno() and event & ~select.POLLOUT and there.is_done and back.moved:
                if client.recv(1, MSG_PEEK):
                    return  # a second request: the server has not closed, as it was asked to
                there.is_over = True
            if event & (select.POLLERR | select.POLLNVAL):
                return


def _wanted(there: _Way, back: _Way) -> dict[socket, int]:
    """What to wait for: bytes where there is room for them, room where there are bytes."""
    events: dict[socket, int] = {}
    for way in (there, back):
        if way.is_reading:
            events[way.source] = events.get(way.source, 0) | select.POLLIN
        if way.held:
            events[way.sink] = events.get(way.sink, 0) | select.POLLOUT
    if there.is_done and not there.is_over and back.moved:
        events[there.source] = events.get(there.source, 0) | select.POLLIN
    return events
