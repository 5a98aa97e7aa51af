"""Servers on loopback that say exactly what a test wants, byte by byte, with TLS or without; and a network of names."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import trustme

from pyst.system.network import Network

LONG_AGO, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=300)


class Talk:
    """One connection of a client: its request, and what is answered. `stopped` is set when the server ends."""

    def __init__(self, raw: socket.socket, request: bytes, stopped: threading.Event, number: int) -> None:
        self.raw = raw
        self.request = request
        self.stopped = stopped
        self.number = number
        self.sent_bytes = 0

    @property
    def path(self) -> str:
        return self.request.split(b" ", 2)[1].decode()

    def header(self, name: str) -> str | None:
        """The value of a header of the request."""
        for line in self.request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
            found, _, value = line.partition(b":")
            if found.decode().lower() == name.lower():
                return value.strip().decode()
        return None

    def say(self, data: bytes) -> None:
        self.raw.sendall(data)
        self.sent_bytes += len(data)

    def answer(self, status: int | str = 200, body: bytes = b"", **headers: str) -> None:
        """A whole answer, with the length of its body unless that is given."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if "transfer-encoding" not in given:
            given.setdefault("content-length", str(len(body)))
        given.setdefault("connection", "close")  # as it is: a client that keeps it may ask on it just when it is closed
        lines = [f"HTTP/1.1 {status}" + (" Said" if isinstance(status, int) else "")]
        lines += [f"{name}: {value}" for name, value in given.items()]
        self.say("\r\n".join([*lines, "", ""]).encode() + body)


Handler = Callable[[Talk], None]


class Server:
    """A server that has one handler for all connections, and remembers what it was asked."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None) -> None:
        self.handler = handler
        self.context = context
        self.talks: list[Talk] = []
        self.stopped = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[str]:
        """Method and path of each request."""
        return [" ".join(each.request.decode("latin-1").split(" ", 2)[:2]) for each in self.talks]

    @property
    def sent_bytes(self) -> int:
        return sum(each.sent_bytes for each in self.talks)

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                raw, _ = self.listening.accept()
            except OSError:
                return
            if self.stopped.is_set():
                raw.close()
                return
            thread = threading.Thread(target=self._serve, args=(raw,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        raw.settimeout(20)
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.enter_context(raw)
            if self.context:
                raw = stack.enter_context(self.context.wrap_socket(raw, server_side=True))
            request = b""
            while b"\r\n\r\n" not in request:
                if not (data := raw.recv(65536)):
                    return
                request += data
            head, _, body = request.partition(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
                    while len(body) < length and (data := raw.recv(65536)):
                        body += data
            talk = Talk(raw, head + b"\r\n\r\n" + body, self.stopped, len(self.talks))
            self.talks.append(talk)
            self.handler(talk)

    def end(self) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        self.listening.close()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


@contextmanager
def serving(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server while the block lasts."""
    server = Server(handler, context)
    try:
        yield server
    finally:
        server.end()


class Authority(NamedTuple):
    """Who signs certificates, and the file that makes a client trust it."""

    ca: trustme.CA
    file: Path

    def context(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """What a server of these names (or addresses) shows."""
        after = LONG_AGO if expired else LATER
        certificate = self.ca.issue_cert(*(names or ("127.0.0.1", "localhost")), not_after=after)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


def make_authority(folder: Path) -> Authority:
    """A new authority, its certificate in a file in the folder."""
    authority = Authority(trustme.CA(), folder / "authority.pem")
    authority.ca.cert_pem.write_to_path(str(authority.file))
    return authority


class Names(Network):
    """A network in which names have the addresses that a test gives them, all of them served on loopback.

    `answers` has the addresses of a name in the order of the questions, the last of them for all further ones; `ports`
    the port on loopback for an address. Other addresses are what they are.
    """

    def __init__(self, answers: dict[str, list[str]], ports: dict[str, int]) -> None:
        self.answers = {name: list(addresses) for name, addresses in answers.items()}
        self.ports = ports
        self.connected: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        left = self.answers[host]
        return [left.pop(0) if len(left) > 1 else left[0]]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append(address)
        if address in self.ports:
            return super().connect("127.0.0.1", self.ports[address], seconds)
        return super().connect(address, port, seconds)
