"""Where a confined script may connect to: hosts in one normal form, which grants cover them, which addresses are inner.

A host is a name in lower-case ASCII without the dot at its end, an IPv4 address of four decimal numbers, or a
compressed IPv6 address. What has several readings (octal, hexadecimal, short, mapped, scoped, encoded) is no host
at all. Pure; who resolves names and connects is `proxy`.
"""

from __future__ import annotations

from _socket import AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

from pyst.confinement.walls import HOSTS, Net
from pyst.system.addresses import LOOPBACK, MAPPED, PRIVATE, TRANSLATED, inner_range, pack

MOST_NAME = 253
MOST_LABEL = 63
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_DIGITS = frozenset("0123456789")
_DEVIATIONS = frozenset("\u00df\u03c2\u200c\u200d")
"""What IDNA 2003 and IDNA 2008 spell differently (UTS 46, section 6): a name with them may be either of two."""

LOCALHOST = ("127.0.0.1", "::1")
"""What `localhost` is, whatever a resolver says (RFC 6761, section 6.3)."""


class NoHost(ValueError):
    """A text that is no host; the message says why."""


def parse_host(text: str) -> str:
    """The normal form of a host as a client spells it; IPv6 addresses stand in brackets. Raises `NoHost`."""
    if text[:1] == "[":
        if text[-1:] != "]":
            raise NoHost("an IPv6 address ends with `]`")
        return parse_ipv6(text[1:-1])
    if not text.isascii():
        raise NoHost("a host is ASCII here (`xn--…`)")
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > MOST_NAME or not _NAME.issuperset(name):
        raise NoHost("a host is made of letters, digits, `-`, `_` and dots")
    if any(not each or len(each) > MOST_LABEL or each[0] == "-" or each[-1] == "-" for each in labels):
        raise NoHost("the parts of a name have 1 to 63 characters, and no `-` at their ends")
    is_number = _DIGITS.issuperset(labels[-1]) or labels[-1].startswith("0x")
    if is_number and (text[-1] == "." or not _is_ipv4(labels)):
        raise NoHost("an IPv4 address is four decimal numbers")
    return name


def _is_ipv4(parts: list[str]) -> bool:
    return len(parts) == 4 and all(
        _DIGITS.issuperset(each) and len(each) <= 3 and (each == "0" or each[0] != "0") and int(each) < 256
        for each in parts
    )


def parse_ipv6(text: str) -> str:
    """The compressed form of an IPv6 address without brackets (RFC 5952). Raises `NoHost`."""
    try:
        packed = inet_pton(AF_INET6, text)
    except (OSError, ValueError) as error:  # a scope (`%eth0`) is none of its characters
        raise NoHost("between the brackets is no IPv6 address") from error
    if inner_range(packed) in (MAPPED, TRANSLATED):
        raise NoHost("an IPv6 address that stands for an IPv4 address: name that one")
    return inet_ntop(AF_INET6, packed)


def parse_pattern(text: str) -> str:
    """The normal form of a host in a grant: a host, `*.` before a name, or `*`. Raises `NoHost`.

    Names in other scripts are put into ASCII (IDNA 2003), where that has one reading.
    """
    if text == "*":
        return text
    if not text.isascii():
        text = _to_ascii(text)
    wild = text.startswith("*.")
    host = parse_host(text[2:] if wild else text)
    if wild and is_address(host):
        raise NoHost("`*.` stands before a name, not before an address")
    return f"*.{host}" if wild else host


def _to_ascii(text: str) -> str:
    if not _DEVIATIONS.isdisjoint(text):
        raise NoHost("the name can be spelled in two ways; give it in ASCII (`xn--…`)")
    wild, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    try:
        return wild + name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise NoHost("the name can't be put into ASCII") from error


def parse_port(text: str) -> int:
    """A port from 1 to 65535, in plain digits. Raises `NoHost`."""
    if not text or len(text) > 5 or not _DIGITS.issuperset(text) or not 0 < int(text) < 65536:
        raise NoHost("a port is a number from 1 to 65535")
    return int(text)


def parse_authority(text: str, port: int | None = None) -> tuple[str, int]:
    """The host and the port of `HOST:PORT`, as requests name them; `port` stands where none is told.

    Raises `NoHost`, also for a user's name or password before the host.
    """
    if text[:1] == "[":
        address, found, rest = text.partition("]")
        host, after = address + found, rest
        if rest and rest[0] != ":":
            raise NoHost("after an address in brackets comes `:PORT`")
    else:
        host, colon, number = text.partition(":")
        after = colon + number
    if not after and port is not None:
        return parse_host(host), port
    return parse_host(host), parse_port(after[1:])


def is_address(host: str) -> bool:
    """Whether a host in normal form is an address."""
    return ":" in host or _DIGITS.issuperset(host.rpartition(".")[2])


# Grants


def matches(pattern: str, host: str) -> bool:
    """Whether a pattern in normal form covers a host in normal form. `*.a.b` covers what is below `a.b`, not itself."""
    if pattern in ("*", host):
        return True
    return pattern[:2] == "*." and host.endswith(pattern[1:]) and len(host) >= len(pattern) and not is_address(host)


def is_granted(net: Net, host: str, port: int) -> bool:
    """Whether a grant covers the host at the port."""
    return net.mode == HOSTS and any(number in (0, port) and matches(each, host) for each, number in net.hosts)


class Checked(NamedTuple):
    """Which of the addresses of a host may be connected to, and the ranges of those that may not."""

    allowed: tuple[str, ...]
    refused: tuple[str, ...]


def check_addresses(net: Net, host: str, port: int, addresses: tuple[str, ...]) -> Checked:
    """Which of the `addresses` that a granted host has may be connected to.

    Inner ones only if they were granted themselves, with `net.private` if they are of a private range, and loopback
    for `localhost` if that is what was granted.
    """
    allowed, refused = [], []
    for address in addresses:
        found = inner_range(pack(address))
        if (
            found is None
            or (address, port) in net.hosts
            or (address, 0) in net.hosts
            or (net.private and found in PRIVATE)
            or (found == LOOPBACK and host == "localhost" and _names_localhost(net, port))
        ):
            allowed.append(address)
        else:
            refused.append(found)
    return Checked(tuple(allowed), tuple(dict.fromkeys(refused)))


def _names_localhost(net: Net, port: int) -> bool:
    return ("localhost", port) in net.hosts or ("localhost", 0) in net.hosts
