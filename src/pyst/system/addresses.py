"""Addresses of the network: which of them are not of the public internet (RFC 6890). Pure.

`confinement` keeps scripts from inner addresses by these ranges, `network` keeps pyst itself from being redirected to
them.
"""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_pton

LOOPBACK, LINK_LOCAL, PRIVATE_USE, CARRIER = "loopback", "link-local", "private", "carrier-grade NAT"
METADATA, UNSPECIFIED, MULTICAST = "metadata service", "unspecified", "multicast"
DOCUMENTATION, RESERVED, MAPPED, TRANSLATED = "documentation", "reserved", "IPv4-mapped", "translation"
PRIVATE = frozenset((LOOPBACK, LINK_LOCAL, PRIVATE_USE, CARRIER))
"""What `net.private` opens. Metadata services hand out a machine's credentials: they are granted by address alone."""

_RANGES4 = (
    ("169.254.169.254", 32, METADATA),
    ("169.254.170.2", 32, METADATA),
    ("168.63.129.16", 32, METADATA),
    ("100.100.100.200", 32, METADATA),
    ("0.0.0.0", 8, UNSPECIFIED),
    ("10.0.0.0", 8, PRIVATE_USE),
    ("100.64.0.0", 10, CARRIER),
    ("127.0.0.0", 8, LOOPBACK),
    ("169.254.0.0", 16, LINK_LOCAL),
    ("172.16.0.0", 12, PRIVATE_USE),
    ("192.0.0.0", 24, RESERVED),
    ("192.0.2.0", 24, DOCUMENTATION),
    ("192.88.99.0", 24, TRANSLATED),
    ("192.168.0.0", 16, PRIVATE_USE),
    ("198.18.0.0", 15, RESERVED),
    ("198.51.100.0", 24, DOCUMENTATION),
    ("203.0.113.0", 24, DOCUMENTATION),
    ("224.0.0.0", 4, MULTICAST),
    ("240.0.0.0", 4, RESERVED),
)
_RANGES6 = (
    ("fd00:ec2::254", 128, METADATA),
    ("fd20:ce::254", 128, METADATA),
    ("::", 128, UNSPECIFIED),
    ("::1", 128, LOOPBACK),
    ("::ffff:0:0", 96, MAPPED),
    ("::ffff:0:0:0", 96, TRANSLATED),
    ("::", 96, MAPPED),
    ("64:ff9b::", 96, TRANSLATED),
    ("64:ff9b:1::", 48, TRANSLATED),
    ("fe80::", 10, LINK_LOCAL),
    ("fec0::", 10, PRIVATE_USE),
    ("fc00::", 7, PRIVATE_USE),
    ("ff00::", 8, MULTICAST),
    ("2001::", 32, TRANSLATED),
    ("2001::", 23, RESERVED),
    ("2001:db8::", 32, DOCUMENTATION),
    ("2002::", 16, TRANSLATED),
    ("3fff::", 20, DOCUMENTATION),
)
_GLOBAL6 = 0b001
"""The first three bits of the IPv6 addresses that are global unicast (RFC 4291, section 2.4)."""


def pack(address: str) -> bytes:
    """The 4 or 16 bytes of an address in normal form."""
    return inet_pton(AF_INET6 if ":" in address else AF_INET, address)


def inner_range(packed: bytes) -> str | None:
    """The range that an address is in which isn't of the public internet (RFC 6890); None for a public one."""
    number, bits = int.from_bytes(packed, "big"), len(packed) * 8
    for base, prefix, name in _RANGES4 if bits == 32 else _RANGES6:
        if number >> (bits - prefix) == int.from_bytes(pack(base), "big") >> (bits - prefix):
            return name
    return RESERVED if bits == 128 and number >> 125 != _GLOBAL6 else None


_WELL_KNOWN_TRANSLATION = bytes.fromhex("0064ff9b" + "00" * 8)


def is_public(address: str) -> bool:
    """Whether a numeric address is of the public internet. One that NAT64 translates is what it is translated to.

    Raises `OSError` for what is no address.
    """
    packed = pack(address.partition("%")[0])
    if len(packed) == 16 and packed.startswith(_WELL_KNOWN_TRANSLATION):  # RFC 6052: a network without IPv4
        packed = packed[12:]
    return inner_range(packed) is None
