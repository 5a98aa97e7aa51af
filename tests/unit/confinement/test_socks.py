"""SOCKS 5: greetings and requests, whole, cut and malformed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement import socks
from pyst.confinement.destinations import NoHost, parse_host


def asked(kind: int, address: bytes, port: int = 80, command: int = 1) -> bytes:
    return bytes((5, command, 0, kind)) + address + struct.pack(">H", port)


def named(name: bytes) -> bytes:
    return bytes((len(name),)) + name


def test_greetings_offer_ways_to_say_who_one_is() -> None:
    assert socks.parse_greeting(b"\x05") is None
    assert socks.parse_greeting(b"\x05\x02\x00") is None
    assert socks.parse_greeting(b"\x05\x02\x02\x00rest") == (True, 4)
    assert socks.parse_greeting(b"\x05\x01\x02") == (False, 3)


@pytest.mark.parametrize(
    ("data", "host"),
    [
        (asked(1, b"\x01\x02\x03\x04"), "1.2.3.4"),
        (asked(3, named(b"Example.ORG.")), "example.org"),
        (asked(4, b"\x26\x06\x47" + bytes(12) + b"\x01"), "2606:4700::1"),
    ],
)
def test_requests_name_a_host(data: bytes, host: str) -> None:
    assert socks.parse_request(data + b"rest") == (host, 80, len(data))
    for cut in range(len(data)):
        assert socks.parse_request(data[:cut]) is None


@pytest.mark.parametrize("command", [0, 2, 3, 255])
def test_only_connect_is_served(command: int) -> None:
    with pytest.raises(socks.Refused) as raised:
        socks.parse_request(asked(3, named(b"a.test"), command=command))
    assert raised.value.reply == socks.NO_COMMAND == 7


def test_unknown_types_of_address_are_refused() -> None:
    with pytest.raises(socks.Refused) as raised:
        socks.parse_request(asked(2, bytes(4)))
    assert raised.value.reply == socks.NO_ADDRESS_TYPE == 8


@pytest.mark.parametrize(
    "name", [b"", b"a\0", b"\0", b"a\0.test", b"127.1", b"::1", b"[::1", b"a test", b"\xff", b"a:80", b"a\n"]
)
def test_names_have_no_second_meaning(name: bytes) -> None:
    with pytest.raises(NoHost):
        socks.parse_request(asked(3, named(name)))


def test_mapped_addresses_are_refused() -> None:
    with pytest.raises(NoHost):
        socks.parse_request(asked(4, bytes(10) + b"\xff\xff\x7f\0\0\1"))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_host_in_normal_form_or_refused(data: bytes) -> None:
    for start in (b"", b"\x05\x01\x00", b"\x05\x01\x00\x03"):
        try:
            found = socks.parse_request(start + data)
        except (socks.Refused, NoHost):
            continue
        if found:
            assert parse_host(f"[{found.host}]" if ":" in found.host else found.host) == found.host
            assert 0 < found.port < 65536
            assert found.size <= len(start + data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_greeting_or_the_beginning_of_one(data: bytes) -> None:
    found = socks.parse_greeting(b"\x05" + data)
    assert found is None or found[1] <= len(data) + 1
