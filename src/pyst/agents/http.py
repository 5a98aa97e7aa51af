"""The MCP server on HTTP: the socket, the connections and their clocks, and an orderly end.

Owns how a server listens (loopback, unless the operator says otherwise) and how it ends; `guard` decides which requests
come through, `token` keeps the secret, the SDK speaks the protocol, and `server` answers.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import uvicorn
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from uvicorn.protocols.http.h11_impl import H11Protocol

from pyst.agents.guard import PATH, USUAL, Guard, Limits
from pyst.agents.token import Listening, kept_token, path_of
from pyst.errors import Failure

LOOPBACK = "127.0.0.1"
MOST_CONNECTIONS = 100
MOST_SESSIONS = 256
HEAD_SECONDS = 15.0
"""How long a connection may be without a whole head of a request: at its beginning, and between requests."""
END_SECONDS = 10.0
"""How long calls may take to end once the server was asked to."""
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
NOISY = {"uvicorn": logging.CRITICAL, "mcp": logging.ERROR, "sse_starlette": logging.ERROR, "asyncio": logging.ERROR}
"""Whose words are heard, and from which level on. What uvicorn calls an error is a client that went away."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def serve_http(
    server: Server[Any],
    *,
    folder: str,
    root: str,
    token: str,
    bind: str = LOOPBACK,
    port: int = 0,
    names: tuple[str, ...] = (),
    ready: Callable[[Listening], None],
    trouble: Callable[[str], None],
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; by then every call has ended and the token's file is gone.

    `folder` is where the file with `token` is kept; `names` are host names beside the address itself. `ready` is
    called once requests are taken; `trouble` hears in one line of what went wrong meanwhile. Raises `Failure` (E_BIND)
    where the address can't be had, E_WRITE where the token can't be kept.
    """
    listener = listen(bind, port)
    try:
        address, port = listener.getsockname()[:2]
        found = Listening(url_of(address, port), token, path_of(folder, address, port), root)
        with _heard(trouble), ExitStack() as held:
            try:
                held.enter_context(kept_token(found))
            except OSError as error:
                message = f"the token can't be kept in `{folder}`: {error.strerror or error}"
                raise Failure("E_WRITE", message, hint="`PYST_HOME` or `XDG_STATE_HOME` say where else") from error
            asyncio.run(_serve(server, listener, token, names, lambda: ready(found), trouble))
    finally:
        listener.close()


def url_of(address: str, port: int) -> str:
    """The URL of the server; the one for clients on this machine where it listens on every address."""
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(address, address)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"


def listen(bind: str, port: int) -> socket.socket:
    """A socket that listens on the IP address. Raises `Failure` (E_BIND)."""
    address = ipaddress.ip_address(bind)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just used is free
        if address.version == 6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((str(address), port))
        listener.listen(MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        hint = "`--port 0` takes one that is free" if error.errno == errno.EADDRINUSE else ""
        message = f"port {port} of `{bind}` can't be had: {error.strerror or error}"
        raise Failure("E_BIND", message, hint=hint) from error
    return listener


async def _serve(
    server: Server[Any],
    listener: socket.socket,
    token: str,
    names: tuple[str, ...],
    ready: Callable[[], None],
    trouble: Callable[[str], None],
    limits: Limits = USUAL,
) -> None:
    manager = StreamableHTTPSessionManager(
        app=server,
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard is stricter
        max_request_body_size=limits.body_bytes,
        max_sessions=MOST_SESSIONS,
    )
    guard = Guard(manager.handle_request, token, names=names, limits=limits, trouble=trouble)
    config = uvicorn.Config(
        guard,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        headers=[("x-content-type-options", "nosniff")],
        h11_max_incomplete_event_size=limits.head_bytes,
        timeout_keep_alive=int(HEAD_SECONDS),
    )
    async with manager.run():
        await _Listener(config, ready).serve(sockets=[listener])


class _Listener(uvicorn.Server):
    """Takes connections until a signal; then ends what is under way instead of waiting for it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._asked = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in ENDING:
            loop.add_signal_handler(each, self._asked.set)
        try:
            yield
        finally:
            for each in ENDING:
                loop.remove_signal_handler(each)

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self._ready()
        await self._asked.wait()  # without the tick of ten a second that uvicorn has here

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.close()


class Connection(H11Protocol):
    """One connection. It is closed when there is no whole head of a request in time, and at once when there are too
    many beside it."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._end(BUSY)
            return
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_clock()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(HEAD_SECONDS, self._end, SLOW)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _end(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class _Trouble(logging.Handler):
    """Tells what the libraries log as an error, in one line and without its traceback."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        said = record.getMessage().strip()
        self._tell(f"{record.name}: {said}" + (f": {type(error).__name__}: {error}" if error else ""))


@contextmanager
def _heard(trouble: Callable[[str], None]) -> Iterator[None]:
    handler = _Trouble(trouble)
    for name, level in NOISY.items():
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield
    finally:
        for name in NOISY:
            logger = logging.getLogger(name)
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
