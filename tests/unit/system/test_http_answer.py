"""What answers mean: codings undone within a bound, waits understood, proxies of the environment, public addresses."""

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.system.addresses import is_public
from pyst.system.fetch_failure import FetchFailure, shown_address
from pyst.system.http_answer import Answer, decoded, failure_of, wait_of
from pyst.system.proxies import Proxy, is_exempt, parse_proxy


@given(st.binary(max_size=2000), st.integers(0, 2000), st.integers(1, 3))
def test_gzip_is_undone_within_the_bound(body: bytes, most: int, members: int) -> None:
    raw = b"".join(gzip.compress(body) for _ in range(members))
    if len(body) * members <= most:
        assert decoded(raw, "gzip", "x", most) == body * members
    else:
        with pytest.raises(FetchFailure) as caught:
            decoded(raw, "GZIP", "x", most)
        assert caught.value.code == "E_FETCH_TOO_LARGE"


def test_a_bomb_takes_no_memory() -> None:
    raw = gzip.compress(bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailure):
            decoded(raw, "gzip", "x", 1 << 20)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 << 20


@given(st.binary(max_size=200))
def test_no_bytes_are_beyond_telling(raw: bytes) -> None:
    for body in (raw, b"\x1f\x8b\x08" + raw):
        found, code = b"", ""
        try:
            found = decoded(body, "gzip", "x", 1000)
        except FetchFailure as failure:
            code = failure.code
        assert len(found) <= 1000
        assert code in ("", "E_FETCH_BROKEN", "E_FETCH_TOO_LARGE")


@given(st.text(max_size=40), st.text(max_size=20), st.floats(0, 4e9))
def test_no_wait_is_beyond_telling(retry_after: str, reset: str, now: float) -> None:
    for headers in ({"retry-after": retry_after}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}):
        wait = wait_of(headers, now)
        assert wait is None or wait >= 0
        failure = failure_of(Answer(429, headers, b""), "https://example.org/x", now)
        assert failure.code == "E_FETCH_LIMIT"


@given(st.integers(300, 999), st.binary(max_size=60), st.booleans(), st.booleans())
def test_every_status_has_a_failure(status: int, body: bytes, is_api: bool, has_token: bool) -> None:
    failure = failure_of(Answer(status, {}, body), "https://example.org/x?sig=1", 0, is_api=is_api, has_token=has_token)
    assert failure.code.startswith("E_FETCH_")
    assert str(status) in failure.message
    assert "sig" not in failure.message
    assert failure.message.isprintable()


def test_what_is_secret_is_not_shown() -> None:
    assert shown_address("https://you:secret@example.org/a?b=c#d") == "https://example.org/a?…"


def test_proxies() -> None:
    assert parse_proxy("http://you:p%40ss@proxy.test:8080/", "X") == Proxy("proxy.test", 8080, "Basic eW91OnBAc3M=")
    assert parse_proxy("proxy.test", "X") == Proxy("proxy.test", 3128)


@pytest.mark.parametrize(
    ("entries", "host", "is_one"),
    [
        ("*", "a.example", True),
        ("example", "a.example", True),
        (".example", "a.example", True),
        ("*.example", "a.example", True),
        (".example", "example", True),
        ("ample", "a.example", False),
        ("b.example, A.example", "a.example", True),
        ("a.example:443", "a.example", True),
        ("a.example:80", "a.example", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("::1", "::1", True),
        ("10.1.2.3", "10.1.2.3", True),
        (",,", "a.example", False),
        ("", "a.example", False),
    ],
)
def test_exemptions(entries: str, host: str, is_one: bool) -> None:
    assert is_exempt(host, 443, {"NO_PROXY": entries}) == is_one


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("93.184.216.34", True),
        ("2606:2800:21f:cb07::1", True),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("::ffff:93.184.216.34", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::", False),
    ],
)
def test_public_addresses(address: str, is_one: bool) -> None:
    assert is_public(address) == is_one
