"""Real servers of `pyst mcp` on HTTP, and requests to them byte by byte."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import Home
from tests.support.faults import PYST

MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Serving(NamedTuple):
    """A server that listens: where, the token it wants, and its process."""

    url: str
    token_file: Path
    process: subprocess.Popen[str]
    said: Path

    @property
    def token(self) -> str:
        token: str = json.loads(self.token_file.read_text())["token"]
        return token

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].partition("/")[0])

    @property
    def address(self) -> str:
        return self.url.removeprefix("http://").rsplit(":", 1)[0].strip("[]")

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(timeout=30)


@contextmanager
def serving(
    home: Home, *words: str, command: tuple[str, ...] = (*PYST, "mcp", "--transport", "http")
) -> Iterator[Serving]:
    """A server for the home's project, from when it listens; ended at the end, if it still runs."""
    said = Path(tempfile.mkstemp(dir=home.path.parent, prefix="said-")[1])
    with said.open("w") as errors:
        process = subprocess.Popen(
            [*command, *words],
            cwd=home.project,
            env=home.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on "), (line, said.read_text())
            url, _, path = line.strip().removeprefix("listening on ").partition("; the token is in ")
            yield Serving(url, Path(path), process, said)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()


class Answer(NamedTuple):
    """What came back: the status (0: nothing), the headers in lower case, the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> Any:
        """The JSON-RPC answer, whether it came as JSON or as the last event of a stream."""
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            data = [line[5:] for line in self.body.decode().splitlines() if line.startswith("data:")]
            return json.loads(data[-1])
        return self.json


def send_raw(server: Serving, data: bytes, *, timeout: float = 20.0, half: bool = False) -> Answer:
    """Send exactly these bytes and read until the server closes, or a whole answer is there. `half`: close our side."""
    with socket.create_connection((server.address, server.port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if half:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was refused before it was read to the end; the answer may still be there
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """The next answer on a connection."""
    got = b""
    while True:
        answer = _whole(got)
        if answer is not None:
            return answer
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return _parsed(got) or Answer(0, {}, got)
        got += more


def _parsed(got: bytes) -> Answer | None:
    head, end, body = got.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)


def _whole(got: bytes) -> Answer | None:
    answer = _parsed(got)
    if answer is None:
        return None
    if "content-length" in answer.headers:
        size = int(answer.headers["content-length"])
        return answer._replace(body=answer.body[:size]) if len(answer.body) >= size else None
    if answer.headers.get("transfer-encoding") != "chunked" or not answer.body.endswith(b"0\r\n\r\n"):
        return None
    return answer._replace(body=_unchunked(answer.body))


def _unchunked(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        found, body = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return found


def request(
    server: Serving,
    body: Any = None,
    *,
    method: str = "POST",
    target: str = "/mcp",
    version: str = "HTTP/1.1",
    without: tuple[str, ...] = (),
    more: tuple[tuple[str, str], ...] = (),
    **headers: str,
) -> bytes:
    """A request that the server would take, with what is given here instead. `_` in a name stands for `-`."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    usual = {
        "host": server.url.removeprefix("http://").removesuffix("/mcp"),
        "authorization": f"Bearer {server.token}",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "content-length": str(len(data)),
    }
    usual |= {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = [(name, value) for name, value in usual.items() if name not in without] + list(more)
    lines = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    return f"{method} {target} {version}\r\n{lines}\r\n".encode("latin-1") + data


def call(name: str, arguments: dict[str, Any] | None = None, number: int = 1) -> dict[str, Any]:
    """A `tools/call` of the newer generation."""
    params = {"name": name, "arguments": arguments or {}, "_meta": META}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def call_headers(name: str) -> dict[str, str]:
    """The headers that go with it."""
    return {"mcp_protocol_version": MODERN, "mcp_method": "tools/call", "mcp_name": name}
