"""One connection to the proxy, from the first byte to the last: who asks for what, the judgement, the answer.

It runs in a thread of its own and waits as it likes, but each wait has an end. The rest of the proxy is `proxy`.
"""

from __future__ import annotations

import time
from _socket import AF_INET, AF_INET6, IPPROTO_TCP, SHUT_WR, SOCK_STREAM, TCP_NODELAY, gaierror, getaddrinfo, socket
from collections.abc import Callable
from typing import NamedTuple

from pyst.confinement import socks
from pyst.confinement.destinations import (
    LOCALHOST,
    NoHost,
    check_addresses,
    is_address,
    is_granted,
)
from pyst.confinement.http_head import MOST_HEAD, Body, NoRequest, Request, parse_request
from pyst.confinement.pump import pump
from pyst.confinement.walls import Net
from pyst.system.addresses import PRIVATE

REQUEST_SECONDS = 15.0
"""How long a client may take to say what it wants, however it spreads that."""
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 600.0
MOST_TRIES = 4
ALLOWED, REFUSED = "net_allowed", "net_refused"
NOT_GRANTED = "it was not granted"
LINGER_SECONDS = 1.0
MOST_UNREAD = 1 << 20

Resolver = Callable[[str], tuple[str, ...]]
Teller = Callable[[str, str, int, str], None]


class Rules(NamedTuple):
    """What a connection is judged by: the grants, whom to tell of decisions, and who knows the addresses of names."""

    net: Net
    tell: Teller
    resolve: Resolver
    request_seconds: float = REQUEST_SECONDS
    idle_seconds: float = IDLE_SECONDS


class No(Exception):
    """Why a client doesn't get what it asks for: the status of HTTP, the reply of SOCKS, and a text for a person."""

    def __init__(self, status: str, reply: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.reply = reply
        self.text = text


class _Gone(Exception):
    """The client has left, or took too long."""


def resolve(name: str) -> tuple[str, ...]:
    """The addresses of a name, as the system's resolver knows them; none where it knows none."""
    try:
        found = getaddrinfo(name.encode("ascii"), None, 0, SOCK_STREAM)
    except (gaierror, UnicodeError):
        return ()
    addresses = (each[4][0] for each in found)
    return tuple(dict.fromkeys(each for each in addresses if isinstance(each, str) and "%" not in each))


def attend(client: socket, rules: Rules) -> None:
    """Serve one connection; its end is the caller's to close. Never raises for what a client does."""
    server: socket | None = None
    try:
        client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        reader = _Reader(client, time.monotonic() + rules.request_seconds)
        reader.more()
        serve = _serve_socks if reader.data[0] == socks.VERSION else _serve_http
        served = serve(client, reader, rules)
        if served:
            server = served.server
            pump(client, server, first=served.first, body=served.body, idle_seconds=rules.idle_seconds)
    except (_Gone, OSError, NoRequest):
        pass  # nobody is left to be told, or it is too late to tell
    finally:
        if server:
            server.close()


class _Served(NamedTuple):
    """A connection that was granted and made; what goes to the server first, and the body that is to follow it."""

    server: socket
    first: bytes
    body: Body | None


class _Reader:
    """What a client has sent and nobody has taken yet; it waits for more until `deadline` and no longer."""

    def __init__(self, client: socket, deadline: float) -> None:
        self._client = client
        self._deadline = deadline
        self.data = b""

    def more(self) -> None:
        """Wait for more. Raises `_Gone`."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _Gone
        self._client.settimeout(left)
        try:
            data = self._client.recv(8192)
        except TimeoutError as error:
            raise _Gone from error
        if not data:
            raise _Gone
        self.data += data

    def take(self, size: int) -> bytes:
        """The first bytes of `data`, which are no longer part of it."""
        taken, self.data = self.data[:size], self.data[size:]
        return taken


# HTTP


def _serve_http(client: socket, reader: _Reader, rules: Rules) -> _Served | None:
    server: socket | None = None
    try:
        request = _read_request(reader)
        server = connect(request.host, request.port, rules)
        client.settimeout(rules.request_seconds)
        if request.tunnel:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return _Served(server, reader.data, None)
        body = Body(request.body)
        return _Served(server, request.head + body.take(reader.data), body)
    except No as no:
        _answer(client, no.status, no.text)
    except (NoRequest, NoHost) as error:
        if server:
            server.close()
        rules.tell(REFUSED, "", 0, str(error))
        _answer(client, "400 Bad Request", f"pyst: {error}")
    except OSError:
        if server:
            server.close()
        raise
    return None


def _read_request(reader: _Reader) -> Request:
    while (end := reader.data.find(b"\r\n\r\n")) < 0:
        lone = reader.data.replace(b"\r\n", b"")
        if b"\n" in lone or b"\r" in lone[:-1] or b"\0" in lone:
            raise NoRequest("the lines of a request end with CR and LF")
        if len(reader.data) > MOST_HEAD:
            break
        reader.more()
    if end > MOST_HEAD - 4 or end < 0:
        raise No("431 Request Header Fields Too Large", socks.FAILED, "pyst: the head of the request is too long")
    return parse_request(reader.take(end + 4))


def _answer(client: socket, status: str, text: str) -> None:
    body = (text + "\n").encode("utf-8", "replace")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    _say_last(client, head.encode("ascii") + b"Connection: close\r\n\r\n" + body)


def _say_last(client: socket, data: bytes) -> None:
    """Send the last that this client hears, and wait a little, for unread bytes would have the kernel take it back."""
    client.settimeout(LINGER_SECONDS)
    client.sendall(data)
    client.shutdown(SHUT_WR)
    deadline, unread = time.monotonic() + LINGER_SECONDS, 0
    while time.monotonic() < deadline and unread < MOST_UNREAD:
        data = client.recv(8192)
        if not data:
            return
        unread += len(data)


# SOCKS


def _serve_socks(client: socket, reader: _Reader, rules: Rules) -> _Served | None:
    while (greeting := socks.parse_greeting(reader.data)) is None:
        reader.more()
    can, size = greeting
    reader.take(size)
    client.settimeout(rules.request_seconds)
    if not can:
        _say_last(client, socks.NO_METHOD)
        return None
    client.sendall(socks.CHOSEN)
    try:
        while (wanted := socks.parse_request(reader.data)) is None:
            reader.more()
        reader.take(wanted.size)
        server = connect(wanted.host, wanted.port, rules)
    except No as no:
        _say_last(client, socks.reply(no.reply))
        return None
    except socks.Refused as refused:
        rules.tell(REFUSED, "", 0, str(refused))
        _say_last(client, socks.reply(refused.reply))
        return None
    except NoHost as error:
        rules.tell(REFUSED, "", 0, str(error))
        _say_last(client, socks.reply(socks.NOT_ALLOWED))
        return None
    try:
        client.settimeout(rules.request_seconds)
        client.sendall(socks.reply(socks.DONE))
    except OSError:
        server.close()
        raise
    return _Served(server, reader.data, None)


# Judging and connecting


def place_of(host: str, port: int) -> str:
    """A host and its port as they are written, and granted."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def connect(host: str, port: int, rules: Rules) -> socket:
    """Connect to a host in normal form if that is granted. Its name is looked up once. Raises `No`."""
    place = place_of(host, port)
    if not is_granted(rules.net, host, port):
        text = f"pyst: `{place}` was not granted to this script; allow it with `--allow-net={place}`"
        raise _refused(rules, host, port, place, NOT_GRANTED, text)
    checked = check_addresses(rules.net, host, port, _addresses(host, rules))
    if checked.refused and not checked.allowed:
        ranges = " and ".join(checked.refused)
        ways = "`--allow-net=private`, or the address itself" if PRIVATE.issuperset(checked.refused) else "the address"
        text = f"pyst: `{place}` leads to an inner address ({ranges}); to reach it, allow {ways} with `--allow-net`"
        raise _refused(rules, host, port, place, f"its address is inner ({ranges})", text)
    if not checked.allowed:
        raise No("502 Bad Gateway", socks.UNREACHABLE, f"pyst: `{host}` has no address")
    rules.tell(ALLOWED, host, port, checked.allowed[0])
    return _first_that_answers(checked.allowed[:MOST_TRIES], port, place)


def _refused(rules: Rules, host: str, port: int, place: str, reason: str, text: str) -> No:
    """The refusal. Its reason is part of the status, which is all that clients show of a tunnel's."""
    rules.tell(REFUSED, host, port, reason)
    return No(f"403 {place}: {reason}", socks.NOT_ALLOWED, text)


def _addresses(host: str, rules: Rules) -> tuple[str, ...]:
    if host == "localhost":
        return LOCALHOST
    return (host,) if is_address(host) else rules.resolve(host)


def _first_that_answers(addresses: tuple[str, ...], port: int, place: str) -> socket:
    failed: OSError | None = None
    for address in addresses:
        try:
            server = socket(AF_INET6 if ":" in address else AF_INET, SOCK_STREAM)
        except OSError as error:  # no IPv6 here, or no descriptors
            failed = failed or error
            continue
        try:
            server.settimeout(CONNECT_SECONDS)
            server.connect((address, port))
            server.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        except OSError as error:
            server.close()
            failed = failed or error
        else:
            return server
    reply = socks.REFUSED if isinstance(failed, ConnectionRefusedError) else socks.UNREACHABLE
    status = "504 Gateway Timeout" if isinstance(failed, TimeoutError) else "502 Bad Gateway"
    raise No(status, reply, f"pyst: `{place}` can't be reached: {failed and (failed.strerror or failed)}")
