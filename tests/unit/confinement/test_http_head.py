"""Requests to the proxy: read strictly, written anew, and bodies that end where they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement.destinations import NoHost
from pyst.confinement.http_head import CHUNKED, MOST_FIELDS, Body, NoRequest, parse_request


def request(*lines: bytes) -> bytes:
    return b"".join(each + b"\r\n" for each in (*lines, b""))


def test_a_request_is_written_anew() -> None:
    found = parse_request(
        request(
            b"POST http://Example.org:8080/a?b=c HTTP/1.1",
            b"host: example.org:8080",
            b"Proxy-Authorization: Basic c2VjcmV0",
            b"Proxy-Connection: keep-alive",
            b"Connection: X-Hop, keep-alive",
            b"X-Hop: 1",
            b"TE: trailers",
            b"Accept:\t*/*  ",
            b"Content-Length: 3",
        )
    )
    assert (found.host, found.port, found.tunnel, found.body) == ("example.org", 8080, False, 3)
    assert found.head == request(
        b"POST /a?b=c HTTP/1.1",
        b"Host: example.org:8080",
        b"Accept: */*",
        b"Content-Length: 3",
        b"Connection: close",
    )


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (b"http://a.test", b"GET / HTTP/1.1\r\nHost: a.test\r\n"),
        (b"HTTP://A.test:80?x", b"GET /?x HTTP/1.1\r\nHost: a.test\r\n"),
        (b"http://[2606:4700::1]/p", b"GET /p HTTP/1.1\r\nHost: [2606:4700::1]\r\n"),
    ],
)
def test_targets_are_split_into_place_and_path(target: bytes, written: bytes) -> None:
    place = target.partition(b"://")[2].partition(b"/")[0].partition(b"?")[0]
    assert parse_request(request(b"GET " + target + b" HTTP/1.1", b"Host: " + place)).head.startswith(written)


def test_a_tunnel_needs_no_host() -> None:
    found = parse_request(request(b"CONNECT a.test:443 HTTP/1.0"))
    assert (found.host, found.port, found.tunnel) == ("a.test", 443, True)
    assert parse_request(request(b"CONNECT a.test:443 HTTP/1.1", b"Host: a.test")).host == "a.test"


def test_chunks_are_for_the_newer_version() -> None:
    lines = (b"Host: a.test", b"Transfer-Encoding: Chunked")
    found = parse_request(request(b"POST http://a.test/ HTTP/1.1", *lines))
    assert found.body == CHUNKED
    assert b"\r\nTransfer-Encoding: chunked\r\n" in found.head
    with pytest.raises(NoRequest):
        parse_request(request(b"POST http://a.test/ HTTP/1.0", *lines))


TOKENS = st.from_regex(rb"[A-Za-z!#$%&'*+.^_`|~-]{1,12}", fullmatch=True)
VALUES = st.binary(max_size=20)
WORDS = (
    *(b"GET ", b"CONNECT ", b"http://", b"a.test", b":80", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\r\n\r\n", b"\n"),
    *(b"Host: ", b"Content-Length: ", b"Transfer-Encoding: ", b"chunked", b"Connection: ", b"5", b"@", b"\0", b" "),
)
PIECES = st.one_of(st.sampled_from(WORDS), st.binary(max_size=6))


@given(st.lists(PIECES, max_size=25).map(b"".join))
def test_any_bytes_are_a_request_that_can_be_read_again_or_refused(data: bytes) -> None:
    try:
        found = parse_request(data)
    except (NoRequest, NoHost):
        return
    if found.tunnel:
        return
    lines = found.head.split(b"\r\n")
    assert lines[-3:] == [b"Connection: close", b"", b""]
    assert sum(each.lower().startswith(b"host:") for each in lines) == 1
    assert sum(each.lower().startswith((b"content-length:", b"transfer-encoding:")) for each in lines) <= 1
    assert b"\0" not in found.head
    assert b"\n" not in found.head.replace(b"\r\n", b"")


@given(st.lists(st.tuples(TOKENS, VALUES), max_size=6))
def test_fields_can_bring_no_lines(fields: list[tuple[bytes, bytes]]) -> None:
    lines = (name + b": " + value for name, value in fields)
    try:
        found = parse_request(request(b"GET http://a.test/ HTTP/1.1", b"Host: a.test", *lines))
    except NoRequest:
        return
    assert found.head.count(b"\r\n") <= len(fields) + 4
    assert b"\r" not in found.head.replace(b"\r\n", b"")


def test_fields_are_bounded() -> None:
    with pytest.raises(NoRequest):
        parse_request(request(b"GET http://a.test/ HTTP/1.1", b"Host: a.test", *(b"a: b",) * MOST_FIELDS))


# Bodies


@given(st.binary(max_size=50), st.integers(1, 40), st.integers(1, 9))
def test_a_body_of_known_length_ends_there(data: bytes, length: int, step: int) -> None:
    body = Body(length)
    taken = b"".join(body.take(data[at : at + step]) for at in range(0, len(data), step))
    assert taken == data[:length]
    assert body.is_whole is (len(data) >= length)


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=6), st.binary(max_size=10), st.integers(1, 9))
def test_chunks_are_passed_on_and_what_follows_them_is_not(chunks: list[bytes], after: bytes, step: int) -> None:
    plain = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"
    told = b"".join(b"%04X;a=b\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\nX: y\r\n\r\n" + after
    body = Body(CHUNKED)
    taken = b"".join(body.take(told[at : at + step]) for at in range(0, len(told), step))
    assert taken == plain
    assert body.is_whole


@given(st.binary(max_size=60))
def test_any_bytes_are_chunks_or_refused(data: bytes) -> None:
    body = Body(CHUNKED)
    try:
        taken = body.take(data)
    except NoRequest:
        return
    assert len(taken) <= len(data)


@pytest.mark.parametrize(
    "data", [b"g\r\n", b"\r\n", b" 1\r\na", b"1 \r\na", b"+1\r\na", b"1\na\n", b"1\r\nab", b"f" * 16 + b"\r\n"]
)
def test_sizes_that_two_could_read_differently_are_refused(data: bytes) -> None:
    with pytest.raises(NoRequest):
        Body(CHUNKED).take(data)


def test_lines_between_chunks_are_bounded() -> None:
    with pytest.raises(NoRequest):
        Body(CHUNKED).take(b"1;" + b"a" * 5000)
