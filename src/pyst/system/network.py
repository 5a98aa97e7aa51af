"""Connections to servers elsewhere: names resolved, addresses checked, TLS, proxies; all within a deadline.

An address is checked before it is connected to, and it is that number which is connected to: a name that means
something else a moment later (DNS rebinding) changes nothing. What is said on a connection is left to `http`.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pyst.system.addresses import LOOPBACK, inner_range, is_public, pack
from pyst.system.fetch_failure import FetchFailure, too_large, too_slow
from pyst.system.proxies import Proxy, open_tunnel
from pyst.system.tls import secured

CONNECT_SECONDS = 10.0
RECEIVED_BYTES = 64 << 10


class Deadline:
    """The time that a whole fetch may take, by a clock that only goes forward."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """The seconds that are left; 0 or less: none."""
        return self._end - self._clock()


class Origin(NamedTuple):
    """Whom a connection is to: scheme, host, port (RFC 6454)."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}.get(self.scheme)
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")


class Network:
    """The network of this machine. Tests hand another to see what would be connected to."""

    def resolve(self, host: str, port: int) -> list[str]:
        """The numeric addresses of the host, best first. Raises `OSError`."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(each[4][0]) for each in found))

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """A connection to a numeric address. Raises `OSError`."""
        return socket.create_connection((address, port), timeout=seconds)


class Wire:
    """One connection as `http.client` uses it: in time, in bytes, and without anything left open."""

    def __init__(
        self, raw: socket.socket, where: str, deadline: Deadline, stall_seconds: float, address: str = ""
    ) -> None:
        self.raw = raw
        self.address = address
        self._where = where
        self._deadline = deadline
        self._stall_seconds = stall_seconds
        self.most_bytes = RECEIVED_BYTES
        self.seen_bytes = 0
        self.is_over = False

    def patience(self) -> float:
        """How long the next step may take. Raises `Failure` where no time is left."""
        left = self._deadline.left()
        if left <= 0:
            raise too_slow(self._where, self._deadline.seconds, total=True)
        return min(left, self._stall_seconds)

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        self.raw.settimeout(self.patience())
        try:
            self.raw.sendall(data)
        except TimeoutError as error:
            raise self.late() from error

    def receive_into(self, buffer: memoryview) -> int:
        """Receive what there is, at least a byte; 0 at the end."""
        self.raw.settimeout(self.patience())
        try:
            count = self.raw.recv_into(buffer)
        except TimeoutError as error:
            raise self.late() from error
        self.seen_bytes += count
        self.is_over = not count
        if self.seen_bytes > self.most_bytes:
            raise too_large(self._where, self.most_bytes)
        return count

    def late(self) -> FetchFailure:
        """The failure of a step that took too long."""
        is_total = self._deadline.left() <= 0
        return too_slow(self._where, self._deadline.seconds if is_total else self._stall_seconds, total=is_total)

    def makefile(self, *_: object) -> io.BufferedReader:
        """What is received as a file."""
        return io.BufferedReader(_Incoming(self), RECEIVED_BYTES)

    def close(self) -> None:
        """Called by `http.client` while it still reads; the end comes by `end`."""

    def end(self) -> None:
        """End the connection."""
        self.raw.close()


class _Incoming(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._wire.receive_into(buffer)


class Rule(NamedTuple):
    """What a connection may be made to: `public` addresses alone, `loopback` alone, or `any`."""

    addresses: str
    why: str = ""


ANY, LOCAL = Rule("any"), Rule("loopback", "it is not encrypted, and is not of this machine")


def open_wire(
    network: Network,
    origin: Origin,
    rule: Rule,
    deadline: Deadline,
    *,
    stall_seconds: float,
    proxy: Proxy | None = None,
    context: Callable[[], ssl.SSLContext],
) -> Wire:
    """A connection to the origin, through the proxy if there is one. Raises `FetchFailure`."""
    if proxy is None:
        addresses = _allowed(origin, rule, _addresses(network, origin.host, origin.port, deadline))
        raw, address = _connect(network, addresses, origin.port, str(origin), deadline)
    else:
        _check_beyond_proxy(network, origin, rule, deadline)
        where = f"the proxy {proxy.host}:{proxy.port}"
        addresses = _addresses(network, proxy.host, proxy.port, deadline)
        raw, address = _connect(network, addresses, proxy.port, where, deadline)
        address = ""
    wire = Wire(raw, str(origin), deadline, stall_seconds, address)
    try:
        if proxy is not None:
            open_tunnel(wire.sendall, wire.receive_into, proxy, origin.host, origin.port)
        if origin.scheme == "https":
            raw.settimeout(wire.patience())
            wire.raw = secured(raw, origin.host, str(origin), context())
    except TimeoutError as error:
        wire.end()
        raise wire.late() from error
    except BaseException:
        wire.end()
        raise
    wire.seen_bytes = 0
    return wire


def _addresses(network: Network, host: str, port: int, deadline: Deadline) -> list[str]:
    """The addresses of the host. A resolver can't be interrupted, so it is left behind when it takes too long."""
    if (literal := _literal(host)) is not None:
        return [literal]
    found: list[list[str] | Exception] = []

    def resolve() -> None:
        try:
            found.append(network.resolve(host, port))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(max(0.0, min(deadline.left(), CONNECT_SECONDS)))
    if not found:
        raise FetchFailure(
            "E_FETCH_TIMEOUT", f"nobody says in time what the address of `{host}` is", is_temporary=True, is_undone=True
        )
    answer = found[0]
    if isinstance(answer, list) and answer:
        return answer
    again = isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN
    raise FetchFailure(
        "E_FETCH_UNREACHABLE",
        f"the name `{host}` is not known" if not again else f"the address of `{host}` can't be asked for now",
        hint="is the name right, and is there a network?",
        is_temporary=again,
        is_undone=True,
    )


def _literal(host: str) -> str | None:
    """The host if it is a numeric address, in any way of writing that the system takes for one."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _allowed(origin: Origin, rule: Rule, addresses: list[str]) -> list[str]:
    """Those of the addresses that the rule lets through. Raises `FetchFailure` where there is none."""
    allowed = [each for each in addresses if _fits(each, rule)]
    if allowed:
        return allowed
    raise FetchFailure("E_FETCH_PRIVATE", f"`{origin}` ({addresses[0]}) is not connected to: {rule.why}")


def _fits(address: str, rule: Rule) -> bool:
    if rule.addresses == "public":
        return is_public(address)
    return rule.addresses == "any" or inner_range(pack(address.partition("%")[0])) == LOOPBACK


def _check_beyond_proxy(network: Network, origin: Origin, rule: Rule, deadline: Deadline) -> None:
    """Hold what the proxy is to connect to against the rule, as far as this machine knows its address.

    Who connects is the proxy, and so it is the proxy that has the last word on what the name means.
    """
    if rule.addresses == "any":
        return
    try:
        addresses = _addresses(network, origin.host, origin.port, deadline)
    except FetchFailure:
        addresses = ["127.0.0.1"] if origin.host == "localhost" or origin.host.endswith(".localhost") else []
    for each in addresses:
        _allowed(origin, rule, [each])


def _connect(
    network: Network, addresses: list[str], port: int, where: str, deadline: Deadline
) -> tuple[socket.socket, str]:
    """A connection to the first address that answers, and that address."""
    why = ""
    for at, address in enumerate(addresses):
        left = deadline.left()
        if left <= 0:
            raise too_slow(where, deadline.seconds, total=True)
        try:
            return network.connect(address, port, min(CONNECT_SECONDS, left / (len(addresses) - at))), address
        except TimeoutError:
            why = "it does not answer"
        except OSError as error:
            why = error.strerror or str(error)
    raise FetchFailure(
        "E_FETCH_UNREACHABLE",
        f"`{where}` can't be reached: {why}",
        hint="is there a network? a proxy is named by `HTTPS_PROXY`",
        is_temporary=True,
        is_undone=True,
    )


def find_proxy(environ: Mapping[str, str], origin: Origin) -> Proxy | None:
    """The proxy that the variables name for the origin; None where it is reached without. Raises `FetchFailure`."""
    from pyst.system.proxies import is_exempt, parse_proxy

    if origin.scheme != "https" or is_exempt(origin.host, origin.port, environ):
        return None
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        if environ.get(name):
            return parse_proxy(environ[name], name)
    return None
