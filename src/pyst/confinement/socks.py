"""SOCKS version 5 (RFC 1928), as much of it as the proxy speaks: no password, CONNECT alone. Pure."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_ntop
from typing import NamedTuple

from pyst.confinement.destinations import NoHost, parse_host, parse_ipv6

VERSION = 5
NO_METHOD = b"\x05\xff"
CHOSEN = b"\x05\x00"
DONE, FAILED, NOT_ALLOWED, NET_UNREACHABLE, UNREACHABLE, REFUSED, _, NO_COMMAND, NO_ADDRESS_TYPE = range(9)
"""The replies, by section 6."""


class Wanted(NamedTuple):
    """What a client asks for, and how many bytes it took to say so."""

    host: str
    port: int
    size: int


class Refused(ValueError):
    """A request that can't be served; `reply` is the number that says why."""

    def __init__(self, reply: int, message: str) -> None:
        super().__init__(message)
        self.reply = reply


def parse_greeting(data: bytes) -> tuple[bool, int] | None:
    """Whether the client can do without a password, and the size of its greeting; None while it isn't whole."""
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None
    return 0 in data[2 : 2 + data[1]], 2 + data[1]


def parse_request(data: bytes) -> Wanted | None:
    """What the client asks for; None while the request isn't whole. Raises `Refused` and `NoHost`."""
    if len(data) < 5:
        return None
    version, command, reserved, kind, first = data[:5]
    if version != VERSION or reserved:
        raise Refused(FAILED, "this is no request of SOCKS 5")
    if command != 1:
        raise Refused(NO_COMMAND, "of SOCKS only CONNECT is served: no BIND, and no UDP")
    lengths = {1: 4, 3: 1 + first, 4: 16}
    if kind not in lengths:
        raise Refused(NO_ADDRESS_TYPE, "the type of the address is unknown")
    size = 4 + lengths[kind] + 2
    if len(data) < size:
        return None
    address, port = data[4 : size - 2], int.from_bytes(data[size - 2 : size], "big")
    if not port:
        raise NoHost("a port is a number from 1 to 65535")
    return Wanted(_host(kind, address), port, size)


def _host(kind: int, address: bytes) -> str:
    if kind == 1:
        return inet_ntop(AF_INET, address)
    if kind == 4:
        return parse_ipv6(inet_ntop(AF_INET6, address))
    return parse_host(address[1:].decode("latin-1"))


def reply(number: int) -> bytes:
    """A reply; the address that pyst connected from is nobody's business."""
    return bytes((VERSION, number, 0, 1, 0, 0, 0, 0, 0, 0))
