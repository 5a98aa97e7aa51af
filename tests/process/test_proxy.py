"""The filtering proxy as a process: what it serves, and that no hostile request reaches what was not granted."""

from __future__ import annotations

import http.client
import http.server
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pyst.confinement import proxy, service
from pyst.confinement.walls import HOSTS, Net
from pyst.system.child import fork

SECONDS = 20
NAMES = {
    "granted.test": ("127.0.0.1",),
    "other.test": ("127.0.0.1",),
    "both.test": ("8.8.8.8", "127.0.0.1"),
    "inner.test": ("10.1.2.3", "192.168.0.1", "169.254.169.254", "::ffff:127.0.0.1"),
    "mapped.test": ("::ffff:127.0.0.1",),
    "zero.test": ("0.0.0.0",),
    "metadata.test": ("169.254.169.254",),
}


class Origin(NamedTuple):
    """A server of the outside, and all that reached it."""

    port: int
    seen: list[str]
    heads: list[dict[str, str]]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    origin: Origin

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        self.origin.seen.append(f"{self.command} {self.path}")
        self.origin.heads.append(dict(self.headers.items()))
        body = body or b"hello from " + self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    accepted: list[str]

    def get_request(self) -> tuple[socket.socket, Any]:
        found = super().get_request()
        self.accepted.append("connected")
        return found

    def handle_error(self, *_: Any) -> None:
        pass


def _origin(context: ssl.SSLContext | None = None) -> Iterator[Origin]:
    seen: list[str] = []
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    server.accepted = seen
    origin = Origin(server.server_address[1], seen, [])
    handler.origin = origin  # type: ignore[attr-defined]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield origin
    server.shutdown()
    server.server_close()
    thread.join(SECONDS)


@pytest.fixture
def origin() -> Iterator[Origin]:
    yield from _origin()


@pytest.fixture
def canary() -> Iterator[Origin]:
    """A server that nothing was granted for: whoever reaches it got through."""
    yield from _origin()


class Running(NamedTuple):
    """A running proxy: where it listens, and its end of what it tells."""

    port: int
    news: int
    pid: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def say(self, data: bytes) -> bytes:
        """What the proxy answers to `data` until it hangs up."""
        with self.connect() as client:
            client.sendall(data)
            return until_end(client)

    def events(self) -> list[dict[str, object]]:
        try:
            return proxy.read_events(os.read(self.news, 1 << 16))
        except BlockingIOError:
            return []

    def opener(self) -> urllib.request.OpenerDirector:
        url = f"http://127.0.0.1:{self.port}"
        return urllib.request.build_opener(urllib.request.ProxyHandler({"http": url, "https": url}))


def until_end(client: socket.socket) -> bytes:
    answer = b""
    try:
        while data := client.recv(65536):
            answer += data
    except ConnectionResetError:
        pass
    return answer


Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a proxy with these grants; its resolver knows `NAMES` alone, `resolve` is another."""
    started: list[Running] = []

    def begin(
        *hosts: tuple[str, int], private: bool = False, resolve: service.Resolver | None = None, **limits: float
    ) -> Running:
        listener = socket.create_server(("127.0.0.1", 0))
        news, telling = os.pipe()
        os.set_blocking(news, False)
        net = Net(HOSTS, hosts, private)
        pid = fork()
        if pid == 0:
            try:
                service.Rules.__new__.__defaults__ = (  # type: ignore[attr-defined]
                    limits.get("request_seconds", service.REQUEST_SECONDS),
                    limits.get("idle_seconds", service.IDLE_SECONDS),
                )
                for fd in (*(each.news for each in started), news):
                    os.close(fd)
                proxy.serve(listener.fileno(), net, telling, resolve=resolve or (lambda name: NAMES.get(name, ())))
            finally:
                os._exit(0)
        os.close(telling)
        running = Running(listener.getsockname()[1], news, pid)
        listener.close()
        started.append(running)
        return running

    yield begin
    for each in started:
        os.close(each.news)  # it ends by itself when nobody listens to it
        ended, _ = os.waitpid(each.pid, 0)
        assert ended == each.pid


# What is served


def test_plain_http_reaches_what_was_granted(start: Start, origin: Origin) -> None:
    running = start(("localhost", origin.port))
    with running.opener().open(f"http://localhost:{origin.port}/a?b=c", timeout=SECONDS) as answer:
        assert answer.read() == b"hello from /a?b=c"
    assert origin.heads[0]["Connection"] == "close"
    assert origin.heads[0]["Host"] == f"localhost:{origin.port}"
    assert running.events() == [
        {"type": "net_allowed", "host": "localhost", "port": origin.port, "reason": "127.0.0.1"}
    ]


def test_what_was_not_granted_is_refused_with_the_way_on(start: Start, origin: Origin, canary: Origin) -> None:
    running = start(("localhost", origin.port))
    with pytest.raises(urllib.error.HTTPError) as raised:
        running.opener().open(f"http://localhost:{canary.port}/", timeout=SECONDS)
    with raised.value as error:
        assert error.code == 403
        assert f"--allow-net=localhost:{canary.port}" in error.read().decode()
    assert running.events() == [
        {"type": "net_refused", "host": "localhost", "port": canary.port, "reason": "it was not granted"}
    ]
    assert canary.seen == []


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_arrive_whole(start: Start, origin: Origin, chunked: bool) -> None:
    running = start(("localhost", origin.port))
    sent = os.urandom(300_000)
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=SECONDS)
    body: Any = (sent[at : at + 7000] for at in range(0, len(sent), 7000)) if chunked else sent
    connection.request("POST", f"http://localhost:{origin.port}/", body=body, encode_chunked=chunked)
    assert connection.getresponse().read() == sent
    connection.close()


def test_a_tunnel_carries_tls(start: Start, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    serving = _origin(context)
    origin = next(serving)
    running = start(("localhost", origin.port))
    trusting = ssl.create_default_context(cafile=str(certificate))
    connection = http.client.HTTPSConnection("127.0.0.1", running.port, timeout=SECONDS, context=trusting)
    connection.set_tunnel("localhost", origin.port)
    connection.request("GET", "/secret")
    assert connection.getresponse().read() == b"hello from /secret"
    connection.close()
    if shutil.which("curl"):
        url = f"http://127.0.0.1:{running.port}"
        argv = ["curl", "-sS", "--cacert", str(certificate), "-x", url, f"https://localhost:{origin.port}/curl"]
        assert curl(*argv[1:]) == "hello from /curl"
    with pytest.raises(StopIteration):
        next(serving)


def curl(*argv: str) -> str:
    environ = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["curl", *argv], env=environ, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_curl_gets_through_either_way(start: Start, origin: Origin, scheme: str) -> None:
    running = start(("granted.test", origin.port), private=True)
    url = f"http://granted.test:{origin.port}/x"
    assert curl("-sS", "-x", f"{scheme}://127.0.0.1:{running.port}", url) == "hello from /x"


def socks_request(host: bytes, port: int, *, kind: int = 3, command: int = 1) -> bytes:
    address = bytes((len(host),)) + host if kind == 3 else host
    return b"\x05\x01\x00" + bytes((5, command, 0, kind)) + address + struct.pack(">H", port)


def test_socks_speaks_names_and_addresses(start: Start, origin: Origin) -> None:
    running = start(("granted.test", origin.port), ("127.0.0.1", origin.port))
    for host, kind in ((b"granted.test", 3), (b"GRANTED.test.", 3), (b"127.0.0.1", 3), (b"\x7f\0\0\1", 1)):
        with running.connect() as client:
            client.sendall(socks_request(host, origin.port, kind=kind))
            client.sendall(b"GET /socks HTTP/1.0\r\n\r\n")
            answer = until_end(client)
        assert answer[:4] == b"\x05\x00\x05\x00"
        assert answer.endswith(b"hello from /socks")


def test_a_half_closed_tunnel_still_carries_the_answer(start: Start) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    running = start(("localhost", port))
    with running.connect() as client:
        client.sendall(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\nquestion".encode())
        client.shutdown(socket.SHUT_WR)
        inner, _ = server.accept()
        with inner:
            inner.settimeout(SECONDS)
            assert until_end(inner) == b"question"
            inner.sendall(b"answer" * 50_000)
        assert until_end(client).endswith(b"answer" * 50_000)
    server.close()


def test_a_slow_reader_holds_the_sender_back(start: Start) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    running = start(("localhost", port))
    with running.connect() as client:
        client.sendall(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
        inner, _ = server.accept()
        inner.setblocking(False)
        sent, still = 0, 0
        while still < 50:
            try:
                sent += inner.send(bytes(1 << 16))
                still = 0
            except BlockingIOError:
                still += 1
                time.sleep(0.01)  # room appears when someone reads: nobody does
            assert sent < 64 << 20, "the proxy buffers without end"
        inner.close()
    server.close()


def test_names_are_looked_up_once_and_that_address_is_used(start: Start, origin: Origin, tmp_path: Path) -> None:
    asked = tmp_path / "asked"

    def rebinding(name: str) -> tuple[str, ...]:
        with asked.open("ab") as file:
            file.write(b".")
        return ("127.0.0.1",) if asked.stat().st_size > 1 else ("203.0.113.7",)

    running = start(("granted.test", origin.port), resolve=rebinding)
    answer = running.say(f"CONNECT granted.test:{origin.port} HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert asked.read_bytes() == b"."
    assert origin.seen == []


def test_public_addresses_are_tried_and_inner_ones_left_out(start: Start, canary: Origin) -> None:
    def resolve(name: str) -> tuple[str, ...]:
        return ("127.0.0.1", "2001:db8::1", "0.0.0.0", "::1")

    running = start(("*", 0), resolve=resolve)
    answer = running.say(f"CONNECT any.test:{canary.port} HTTP/1.1\r\n\r\n".encode())
    assert b"loopback and documentation and unspecified" in answer
    assert canary.seen == []


def test_it_waits_for_its_socket_and_ends_with_who_started_it(origin: Origin) -> None:
    code = (
        "import os, socket, sys\n"
        "from pyst.confinement import proxy\n"
        "from pyst.confinement.walls import Net\n"
        "proxy.PORT = int(sys.argv[2])\n"
        "started = proxy.start(Net('hosts', (('localhost', int(sys.argv[1])),)))\n"
        "proxy.hand_over(started.hand)\n"
        "os.close(started.hand)\n"
        "client = socket.create_connection(('127.0.0.1', proxy.PORT), timeout=20)\n"
        "client.sendall(f'GET http://localhost:{sys.argv[1]}/ HTTP/1.0\\r\\n\\r\\n'.encode())\n"
        "print(started.pid, b'hello from' in client.recv(4096) + client.recv(4096), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    argv = [sys.executable, "-c", code, str(origin.port), str(port)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS)
    pid, served = done.stdout.split()
    assert served == "True", done.stderr
    deadline = time.monotonic() + SECONDS
    while state_of(int(pid)) not in "XZ" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert state_of(int(pid)) in "XZ"


def state_of(pid: int) -> str:
    """The state of a process as `/proc` tells it; `X` for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


# What is refused


def http_requests(granted: int, canary: int) -> dict[str, bytes]:
    """Hostile requests of HTTP. `granted` is the port of a server that may be reached as `localhost`."""
    there, other = f"localhost:{granted}".encode(), f"localhost:{canary}".encode()

    def get(target: bytes, *lines: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1") -> bytes:
        return b" ".join((method, target, version)) + b"\r\n" + b"".join(each + b"\r\n" for each in lines) + b"\r\n"

    def connect(host: bytes, *lines: bytes) -> bytes:
        return get(host, *lines, method=b"CONNECT")

    address = f":{canary}".encode()
    second = get(b"http://" + other + b"/", b"Host: " + other)
    return {
        "another port": connect(other),
        "by address": connect(b"127.0.0.1" + address),
        "short address": connect(b"127.1" + address),
        "hexadecimal address": connect(b"0x7f000001" + address),
        "hexadecimal parts": connect(b"0x7f.0.0.0x1" + address),
        "octal address": connect(b"0177.0.0.1" + address),
        "number": connect(b"2130706433" + address),
        "zero": connect(b"0" + address),
        "unspecified": connect(b"0.0.0.0" + address),
        "all of loopback": connect(b"127.9.9.9" + address),
        "IPv6 loopback": connect(b"[::1]" + address),
        "mapped": connect(b"[::ffff:127.0.0.1]" + address),
        "mapped in hexadecimal": connect(b"[::ffff:7f00:1]" + address),
        "compatible": connect(b"[::127.0.0.1]" + address),
        "NAT64": connect(b"[64:ff9b::127.0.0.1]" + address),
        "6to4": connect(b"[2002:7f00:1::]" + address),
        "scope": connect(b"[::1%lo]" + address),
        "scope encoded": connect(b"[::1%25lo]" + address),
        "no brackets": connect(b"::1" + address),
        "percent": connect(b"%6cocalhost" + address),
        "percent dot": connect(b"127%2e0.0.1" + address),
        "user before host": connect(there + b"@" + other),
        "user in URL": get(b"http://" + there + b"@" + other + b"/", b"Host: " + there),
        "backslash in URL": get(b"http://" + other + b"\\@" + there + b"/", b"Host: " + there),
        "fragment in URL": get(b"http://" + other + b"#@" + there + b"/", b"Host: " + there),
        "NUL in name": connect(b"localhost\0.test" + address),
        "NUL after port": connect(other + b"\0"),
        "tab": connect(b"\t" + other),
        "two ports": connect(there + address),
        "port too large": connect(f"localhost:{canary + 65536}".encode()),
        "port with sign": connect(f"localhost:+{canary}".encode()),
        "port with zeros": connect(f"localhost:{canary:06}".encode()),
        "port in other digits": connect(b"localhost:" + "".join(chr(0x660 + int(d)) for d in str(canary)).encode()),
        "no port": connect(b"localhost"),
        "not ASCII": connect("lоcalhost".encode() + address),
        "full-width": connect("127。0。0。1".encode() + address),
        "over-long label": connect(b"a" * 64 + b".test" + address),
        "over-long name": connect(b"a." * 130 + b"test" + address),
        "empty label": connect(b"localhost.." + address),
        "no host": connect(address),
        "wildcard itself": connect(b"*" + address),
        "another Host": get(b"http://" + there + b"/", b"Host: " + other),
        "two Hosts": get(b"http://" + there + b"/", b"Host: " + there, b"Host: " + other),
        "Host with a list": get(b"http://" + there + b"/", b"Host: " + there + b", " + other),
        "no Host": get(b"http://" + other + b"/"),
        "another Host of a tunnel": connect(there, b"Host: " + other),
        "origin form": get(b"/", b"Host: " + other),
        "asterisk form": get(b"*", b"Host: " + other, method=b"OPTIONS"),
        "https": get(b"https://" + other + b"/", b"Host: " + other),
        "ftp": get(b"ftp://" + other + b"/", b"Host: " + other),
        "file": get(b"file:///etc/passwd", b"Host: " + other),
        "length and chunks": get(
            b"http://" + there + b"/", b"Host: " + there, b"Content-Length: 5", b"Transfer-Encoding: chunked"
        )
        + b"0\r\n\r\n"
        + second,
        "two lengths": get(b"http://" + there + b"/", b"Host: " + there, b"Content-Length: 0", b"Content-Length: 9")
        + second,
        "list of lengths": get(b"http://" + there + b"/", b"Host: " + there, b"Content-Length: 0, 9") + second,
        "length with sign": get(b"http://" + there + b"/", b"Host: " + there, b"Content-Length: +0") + second,
        "coding hidden": get(b"http://" + there + b"/", b"Host: " + there, b"Transfer-Encoding: xchunked") + second,
        "codings": get(b"http://" + there + b"/", b"Host: " + there, b"Transfer-Encoding: gzip, chunked") + second,
        "chunks of HTTP/1.0": get(
            b"http://" + there + b"/", b"Host: " + there, b"Transfer-Encoding: chunked", version=b"HTTP/1.0"
        ),
        "folded line": get(b"http://" + there + b"/", b"Host: " + there, b"X: a", b" b: " + other),
        "space before colon": get(b"http://" + there + b"/", b"Host : " + other),
        "no name": get(b"http://" + there + b"/", b"Host: " + there, b": x"),
        "lone line feeds": b"GET http://" + there + b"/ HTTP/1.1\nHost: " + other + b"\n\n",
        "lone carriage return": get(b"http://" + there + b"/", b"Host: " + there + b"\rX: y"),
        "NUL in a field": get(b"http://" + there + b"/", b"Host: " + there, b"X: a\0b"),
        "Host named by Connection": get(b"http://" + there + b"/", b"Host: " + there, b"Connection: host"),
        "length named by Connection": get(
            b"http://" + there + b"/", b"Host: " + there, b"Content-Length: 9", b"Connection: content-length"
        )
        + second,
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/0.9": b"GET http://" + other + b"/\r\n\r\n",
        "HTTP/1.2": get(b"http://" + other + b"/", version=b"HTTP/1.2"),
        "many spaces": b"CONNECT  " + other + b"  HTTP/1.1\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00" + bytes(512) + b"\r\n\r\n",
        "huge field": get(b"http://" + there + b"/", b"Host: " + there, b"X: " + b"a" * 40_000),
        "many fields": get(b"http://" + there + b"/", b"Host: " + there, *(b"X: a",) * 500),
        "huge target": get(b"http://" + there + b"/" + b"a" * 40_000, b"Host: " + there),
        "private 10": connect(b"10.0.0.1:80"),
        "private 172": connect(b"172.16.0.1:80"),
        "private 192": connect(b"192.168.1.1:80"),
        "metadata": connect(b"169.254.169.254:80"),
        "name of loopback": connect(b"other.test" + address),
        "names below localhost": connect(b"a.localhost" + address),
    }


def socks_requests(canary: int) -> dict[str, bytes]:
    """Hostile requests of SOCKS."""
    return {
        "another port": socks_request(b"localhost", canary),
        "NUL in name": socks_request(b"localhost\0.granted.test", canary),
        "NUL at the end": socks_request(b"127.0.0.1\0", canary),
        "address as name": socks_request(b"127.0.0.1", canary),
        "short address": socks_request(b"127.1", canary),
        "hexadecimal": socks_request(b"0x7f.1", canary),
        "number": socks_request(b"2130706433", canary),
        "IPv6 as name": socks_request(b"::1", canary),
        "empty name": socks_request(b"", canary),
        "port with name": socks_request(b"localhost:80", canary),
        "line in name": socks_request(b"localhost\r\nx", canary),
        "space in name": socks_request(b"localhost ", canary),
        "percent": socks_request(b"%6cocalhost", canary),
        "bytes": socks_request(bytes(range(0x80, 0xC0)), canary),
        "longest name": socks_request(b"a" * 255, canary),
        "IPv4": socks_request(b"\x7f\0\0\1", canary, kind=1),
        "IPv4 zero": socks_request(b"\0\0\0\0", canary, kind=1),
        "IPv6": socks_request(bytes(15) + b"\1", canary, kind=4),
        "mapped": socks_request(bytes(10) + b"\xff\xff\x7f\0\0\1", canary, kind=4),
        "unknown kind": socks_request(b"\x7f\0\0\1", canary, kind=2),
        "BIND": socks_request(b"localhost", canary, command=2),
        "UDP": socks_request(b"localhost", canary, command=3),
        "port 0": socks_request(b"localhost", 0),
        "password alone": b"\x05\x01\x02\x01\x01a\x01b" + socks_request(b"localhost", canary)[3:],
        "SOCKS 4": b"\x04\x01" + struct.pack(">H", canary) + b"\x7f\0\0\1\0\r\n\r\n",
        "SOCKS 4a": b"\x04\x01" + struct.pack(">H", canary) + b"\0\0\0\1\0localhost\0\r\n\r\n",
        "wrong version inside": b"\x05\x01\x00\x04" + socks_request(b"localhost", canary)[4:],
    }


HTTP_NAMES = sorted(http_requests(1, 2))
SOCKS_NAMES = sorted(socks_requests(2))


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Running, Origin, Origin]]:
    """One proxy, one server that is granted as `localhost`, and a canary: for all that must not get through."""
    granted, canary = _origin(), _origin()
    one, other = next(granted), next(canary)
    starting = start.__wrapped__()  # type: ignore[attr-defined]
    running = next(starting)(("localhost", one.port), ("*.granted.test", other.port))
    yield running, one, other
    for each in (starting, granted, canary):
        with pytest.raises(StopIteration):
            next(each)


@pytest.mark.parametrize("name", HTTP_NAMES)
def test_no_hostile_request_gets_through(shared: tuple[Running, Origin, Origin], name: str) -> None:
    running, granted, canary = shared
    answer = running.say(http_requests(granted.port, canary.port)[name])
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 431"), answer
    assert b"pyst: " in answer
    assert granted.seen == []
    assert canary.seen == []


@pytest.mark.parametrize("name", SOCKS_NAMES)
def test_no_hostile_request_of_socks_gets_through(shared: tuple[Running, Origin, Origin], name: str) -> None:
    running, granted, canary = shared
    answer = running.say(socks_requests(canary.port)[name])
    assert answer == b"\x05\xff" or answer[:3] == b"HTT" or (answer[:3] == b"\x05\x00\x05" and answer[3] != 0), answer
    assert granted.seen == []
    assert canary.seen == []


@pytest.mark.parametrize("name", ["inner.test", "mapped.test", "zero.test", "metadata.test", "other.test"])
def test_names_of_inner_addresses_are_refused(start: Start, canary: Origin, name: str) -> None:
    running = start((name, canary.port))
    answer = running.say(f"CONNECT {name}:{canary.port} HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"inner address" in answer
    assert canary.seen == []


@pytest.mark.parametrize("name", ["mapped.test", "zero.test", "metadata.test"])
def test_private_opens_no_addresses_with_two_meanings(start: Start, canary: Origin, name: str) -> None:
    running = start((name, canary.port), private=True)
    assert running.say(f"CONNECT {name}:{canary.port} HTTP/1.1\r\n\r\n".encode()).startswith(b"HTTP/1.1 403 ")
    assert canary.seen == []


def test_a_second_request_is_not_served(start: Start, origin: Origin, canary: Origin) -> None:
    running = start(("localhost", origin.port))
    one = f"GET http://localhost:{origin.port}/one HTTP/1.1\r\nHost: localhost:{origin.port}\r\n\r\n"
    two = f"GET http://localhost:{canary.port}/two HTTP/1.1\r\nHost: localhost:{canary.port}\r\n\r\n"
    three = f"GET /three HTTP/1.1\r\nHost: localhost:{origin.port}\r\n\r\n"
    answer = running.say((one + two + three).encode())
    assert answer.endswith(b"hello from /one")
    assert [each for each in origin.seen if each != "connected"] == ["GET /one"]
    assert canary.seen == []


@pytest.mark.parametrize(
    "chunks", [b"-5\r\nhello\r\n", b"5\nhello\r\n", b"5\r\nhelloGET", b"0x5\r\nhello\r\n", b"\r\n", b"5;" + b"a" * 5000]
)
def test_chunks_that_two_could_read_differently_end_it(start: Start, origin: Origin, chunks: bytes) -> None:
    running = start(("localhost", origin.port))
    head = f"POST http://localhost:{origin.port}/ HTTP/1.1\r\nHost: localhost:{origin.port}\r\n"
    answer = running.say(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert [each for each in origin.seen if each != "connected"] == []


def test_a_slow_client_is_given_up(start: Start, origin: Origin) -> None:
    running = start(("localhost", origin.port), request_seconds=0.3)
    with running.connect() as client:
        for byte in b"GET http://":
            client.sendall(bytes((byte,)))
        assert until_end(client) == b""


def test_an_idle_tunnel_is_given_up(start: Start, origin: Origin) -> None:
    running = start(("localhost", origin.port), idle_seconds=0.2)
    answer = running.say(f"CONNECT localhost:{origin.port} HTTP/1.1\r\n\r\n".encode())
    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n"


def test_a_flood_of_half_open_connections_delays_and_no_more(start: Start, origin: Origin) -> None:
    running = start(("localhost", origin.port), request_seconds=1.0)
    flood = [running.connect() for _ in range(proxy.MOST_CONNECTIONS + 40)]
    try:
        assert len(os.listdir(f"/proc/{running.pid}/task")) <= proxy.MOST_CONNECTIONS + 1
        with running.opener().open(f"http://localhost:{origin.port}/after", timeout=SECONDS) as answer:
            assert answer.read() == b"hello from /after"
    finally:
        for each in flood:
            each.close()


def test_what_it_tells_is_bounded_and_clean(start: Start) -> None:
    running = start(("localhost", 1))
    running.say(b"CONNECT ev\x1bil:80 HTTP/1.1\r\n\r\n")
    running.say(b"CONNECT evil.test:80 HTTP/1.1\r\n\r\n")
    events = running.events()
    assert [each["host"] for each in events] == ["", "evil.test"]
    assert all(str(value).isprintable() for each in events for value in each.values())


def test_fifty_at_once_are_served(start: Start, origin: Origin) -> None:
    running = start(("localhost", origin.port))
    answers: list[bytes] = []

    def ask(number: int) -> None:
        with running.opener().open(f"http://localhost:{origin.port}/{number}", timeout=SECONDS) as answer:
            answers.append(answer.read())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(SECONDS)
    assert sorted(answers) == sorted(f"hello from /{number}".encode() for number in range(50))
