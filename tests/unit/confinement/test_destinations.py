"""Hosts in one normal form, what grants cover, and which addresses are inner."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement.destinations import (
    NoHost,
    check_addresses,
    is_address,
    is_granted,
    matches,
    parse_authority,
    parse_host,
    parse_pattern,
    parse_port,
)
from pyst.confinement.walls import ALL, HOSTS, OFF, Net
from pyst.confinement.walls import LOOPBACK as LOOPBACK_MODE
from pyst.system.addresses import DOCUMENTATION, LINK_LOCAL, LOOPBACK, MAPPED, METADATA, inner_range, pack

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
IPV4 = st.ip_addresses(v=4).map(str)
IPV6 = st.ip_addresses(v=6)
ADDRESSES = st.one_of(IPV4, IPV6.map(str))
PORTS = st.integers(1, 65535)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("localhost", "localhost"),
        ("a_b.example", "a_b.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("1.example", "1.example"),
        ("[::1]", "::1"),
        ("[2606:4700:0:0::1111]", "2606:4700::1111"),
        ("[FE80::1]", "fe80::1"),
    ],
)
def test_hosts_have_one_normal_form(text: str, host: str) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "a..b", ".a", "a..", "a b", " a", "a\t", "a\n", "a\0", "a\0.test", "a%00", "%6c", "a@b"),
        *("a/b", "a\\b", "a?b", "a#b", "a:b", "a;b", "a,b", "*", "*.a", "-a", "a-", "a.-b", "a" * 64, "a." * 127 + "a"),
        *("127.1", "127.0.1", "0x7f.0.0.1", "0x7f000001", "017700000001", "0177.0.0.1", "2130706433", "127.0.0.01"),
        *("127.0.0.1.", "256.0.0.1", "1.2.3.4.5", "1.2.3.", "a.0x10", "a.1", "1", "٣.٣.٣.٣", "１.0.0.1", "lоcalhost"),
        *("::1", "[::1", "::1]", "[]", "[::1%lo]", "[::1%25lo]", "[127.0.0.1]", "[::ffff:127.0.0.1]", "[::7f00:1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1]x", "[[::1]]", "[::1 ]", "[v1.a]", "\u212a.example"),
    ],
)
def test_what_can_be_read_in_two_ways_is_no_host(text: str) -> None:
    with pytest.raises(NoHost):
        parse_host(text)


@given(st.text(max_size=40))
def test_any_text_has_a_stable_normal_form_or_none(text: str) -> None:
    try:
        host = parse_host(text)
    except NoHost:
        return
    assert parse_host(f"[{host}]" if ":" in host else host) == host
    assert host.isascii()
    assert not set(host) & set(" %@/\\\0\r\n[]*")


@given(st.text(alphabet="0123456789abcdefx.:", max_size=20))
def test_whatever_the_system_takes_for_an_address_is_one_here_or_nothing(text: str) -> None:
    """No name may pass that the C library would read as an address in a form of its own."""
    try:
        host = parse_host(text)
        packed = socket.inet_aton(text)
    except (NoHost, OSError):
        return
    assert is_address(host)
    assert pack(host) == packed


@given(NAMES.filter(lambda name: not name.rpartition(".")[2].startswith("0x")))
def test_names_are_case_insensitive(name: str) -> None:
    assert parse_host(name.upper()) == parse_host(name + ".") == parse_host(name) == name


@given(IPV6)
def test_addresses_of_ipv6_are_canonical(address: ipaddress.IPv6Address) -> None:
    try:
        host = parse_host(f"[{address.exploded.upper()}]")
    except NoHost:
        assert inner_range(address.packed) is not None
        return
    assert pack(host) == address.packed


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("*", "*"),
        ("*.Example.org", "*.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.Bücher.example", "*.xn--bcher-kva.example"),
        ("[::1]", "::1"),
    ],
)
def test_grants_have_one_normal_form(text: str, pattern: str) -> None:
    assert parse_pattern(text) == pattern


@pytest.mark.parametrize(
    "text", ["*.", "*.*", "a.*", "*a.org", "*.127.0.0.1", "*.[::1]", "straße.de", "a\u200db.de", "\ud800"]
)
def test_grants_of_two_meanings_are_refused(text: str) -> None:
    with pytest.raises(NoHost):
        parse_pattern(text)


@given(st.text(max_size=30))
def test_any_grant_is_ascii_or_refused(text: str) -> None:
    try:
        pattern = parse_pattern(text)
    except NoHost:
        return
    assert pattern.isascii()


@pytest.mark.parametrize(
    ("text", "found"),
    [("a:1", ("a", 1)), ("[::1]:65535", ("::1", 65535)), ("A.:443", ("a", 443)), ("1.2.3.4:80", ("1.2.3.4", 80))],
)
def test_authorities_have_a_port(text: str, found: tuple[str, int]) -> None:
    assert parse_authority(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a:",
        ":1",
        "a:0",
        "a:65536",
        "a:+1",
        "a:1 ",
        "a:1:2",
        "a:٣",
        "[::1]",
        "[::1]1",
        "[::1]:",
        "u@a:1",
        "u:p@a:1",
        "",
    ],
)
def test_other_authorities_are_refused(text: str) -> None:
    with pytest.raises(NoHost):
        parse_authority(text)


def test_a_port_may_be_left_out_where_there_is_a_default() -> None:
    assert parse_authority("a", 80) == ("a", 80)
    assert parse_authority("[::1]", 80) == ("::1", 80)
    with pytest.raises(NoHost):
        parse_authority("a:", 80)


@given(st.integers(-5, 70000))
def test_ports_are_plain_numbers(number: int) -> None:
    try:
        assert parse_port(str(number)) == number
        assert 0 < number < 65536
    except NoHost:
        assert not 0 < number < 65536


# Grants


def net(*hosts: tuple[str, int], private: bool = False) -> Net:
    return Net(HOSTS, hosts, private)


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("example.org", "example.org", True),
        ("example.org", "www.example.org", False),
        ("example.org", "xexample.org", False),
        ("*.example.org", "www.example.org", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "evilexample.org", False),
        ("*.example.org", "example.org.evil", False),
        ("*", "anything", True),
        ("1.2.3.4", "1.2.3.4", True),
        ("*", "1.2.3.4", True),
    ],
)
def test_patterns_cover_whole_labels(pattern: str, host: str, covered: bool) -> None:
    assert matches(pattern, host) is covered


@given(NAMES, NAMES, PORTS, PORTS)
def test_a_grant_is_of_its_port_alone(granted: str, host: str, port: int, other: int) -> None:
    assert is_granted(net((granted, port)), host, other) is (granted == host and port == other)
    assert is_granted(net((granted, 0)), host, other) is (granted == host)


@pytest.mark.parametrize("mode", [OFF, LOOPBACK_MODE, ALL])
def test_only_the_mode_of_named_hosts_grants_any(mode: str) -> None:
    assert not is_granted(Net(mode, (("a", 1),)), "a", 1)


# Ranges


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", LOOPBACK),
        ("127.255.255.254", LOOPBACK),
        ("::1", LOOPBACK),
        ("169.254.169.254", METADATA),
        ("169.254.1.1", LINK_LOCAL),
        ("fe80::1", LINK_LOCAL),
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.0", "private"),
        ("fd12::1", "private"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("192.0.2.1", DOCUMENTATION),
        ("2001:db8::1", DOCUMENTATION),
        ("::ffff:127.0.0.1", MAPPED),
        ("::127.0.0.1", MAPPED),
        ("64:ff9b::1", "translation"),
        ("2002::1", "translation"),
        ("4000::1", "reserved"),
    ],
)
def test_inner_addresses_are_known_by_their_range(address: str, name: str) -> None:
    assert inner_range(pack(address)) == name


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"])
def test_public_addresses_are_none_of_them(address: str) -> None:
    assert inner_range(pack(address)) is None


@given(ADDRESSES)
def test_nothing_that_the_standard_library_holds_for_inner_is_taken_for_public(address: str) -> None:
    parsed = ipaddress.ip_address(address)
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved or parsed.is_loopback:
        # 192.0.0.9, 192.0.0.10 and a few of 2001::/23 are told differently by versions of Python: inner here
        assert inner_range(parsed.packed) is not None


@given(NAMES.filter(lambda name: name != "localhost"), PORTS, st.lists(ADDRESSES, max_size=5))
def test_names_lead_to_public_addresses_only(name: str, port: int, addresses: list[str]) -> None:
    checked = check_addresses(net((name, port)), name, port, tuple(addresses))
    assert all(inner_range(pack(each)) is None for each in checked.allowed)
    assert len(checked.allowed) + sum(inner_range(pack(each)) is not None for each in addresses) == len(addresses)


def test_an_address_that_was_granted_itself_may_be_inner() -> None:
    granted = net(("10.1.2.3", 80), ("inner.test", 80), ("169.254.169.254", 0))
    assert check_addresses(granted, "10.1.2.3", 80, ("10.1.2.3",)).allowed == ("10.1.2.3",)
    assert check_addresses(granted, "inner.test", 80, ("10.1.2.3",)).allowed == ("10.1.2.3",)
    assert check_addresses(granted, "inner.test", 81, ("10.1.2.3",)).allowed == ()
    assert check_addresses(granted, "169.254.169.254", 80, ("169.254.169.254",)).allowed == ("169.254.169.254",)


def test_private_opens_private_ranges_and_no_others() -> None:
    addresses = ("10.0.0.1", "127.0.0.1", "169.254.0.1", "100.64.0.1", "fd00::1", "::1")
    others = ("169.254.169.254", "224.0.0.1", "0.0.0.0", "::ffff:10.0.0.1", "192.0.2.1", "240.0.0.1")
    checked = check_addresses(net(("a.test", 0), private=True), "a.test", 1, addresses + others)
    assert checked.allowed == addresses


def test_localhost_means_loopback_where_it_was_granted_by_name() -> None:
    assert check_addresses(net(("localhost", 1)), "localhost", 1, ("127.0.0.1", "::1")).allowed == ("127.0.0.1", "::1")
    assert check_addresses(net(("*", 1)), "localhost", 1, ("127.0.0.1", "::1")).allowed == ()
    assert check_addresses(net(("localhost", 1)), "localhost", 1, ("10.0.0.1",)).allowed == ()
