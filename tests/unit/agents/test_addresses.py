"""URIs of resources: what is made is understood, and nothing else is."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.agents.addresses import Address, next_page, parse_address, run_address, script_address

PARTS = (
    (
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
        | st.binary(min_size=1, max_size=20).map(os.fsdecode)
    )
    .map(lambda each: each.replace("/", "").replace("\0", ""))
    .filter(lambda each: each not in ("", ".", ".."))
)
"""What a file may be called: bytes that are no UTF-8, too, as Python tells them."""
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(st.sampled_from(["project", "global", "installed"]), PATHS)
def test_sources_come_back(origin: str, name: str) -> None:
    uri = script_address(origin, name)
    assert uri.isascii()
    assert parse_address(uri) == Address("script", origin, name)


@given(PATHS, st.integers(0, 10**12), st.integers(1, 10**12))
def test_outputs_and_their_pages_come_back(path: str, offset: int, limit: int) -> None:
    uri = run_address("20260101T000000Z-0123abcd", "output", path)
    assert parse_address(uri) == Address("output", "20260101T000000Z-0123abcd", path)
    page = next_page(uri, offset, limit)
    assert parse_address(page) == Address("output", "20260101T000000Z-0123abcd", path, offset, limit)
    assert next_page(page, 1, 2) == f"{uri}?offset=1&limit=2"


def test_the_lists() -> None:
    assert parse_address("pyst://scripts") == Address("scripts")
    assert parse_address("pyst://runs?limit=5") == Address("runs", limit=5)
    assert parse_address("pyst://run/x/log") == Address("log", "x")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "pyst://",
        "pyst://nothing",
        "pyst://scripts/",
        "pyst://runs/x",
        "file:///etc/passwd",
        "PYST://scripts",
        "pyst://script/project",
        "pyst://script/project/",
        "pyst://script/path//etc/passwd",
        "pyst://script/project/../x",
        "pyst://script/project/%2e%2e/x",
        "pyst://script/project/a%2Fb",
        "pyst://script/project/a//b",
        "pyst://script/project/a%00",
        "pyst://run/x",
        "pyst://run/x/",
        "pyst://run/x/nothing",
        "pyst://run/x/log/y",
        "pyst://run/x/output",
        "pyst://run/x/output/",
        "pyst://run/x/output/..",
        "pyst://run/x/output/a/%2e%2e/%2e%2e/b",
        "pyst://run/x/output//etc/passwd",
        "pyst://runs?offset=-1",
        "pyst://runs?offset=1&offset=2",
        "pyst://runs?limit=0",
        "pyst://runs?limit=1e3",
        "pyst://runs?limit=٣",
        "pyst://runs?other=1",
        "pyst://runs?offset=",
        "pyst://runs?offset=9999999999999999",
        "pyst://scripts#x",
        "pyst://script/project/" + "a" * 9000,
    ],
)
def test_other_uris_mean_nothing(uri: str) -> None:
    assert parse_address(uri) is None


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    found = parse_address(f"pyst://{text}")
    if found is not None:
        assert ".." not in found.path.split("/")
        assert not found.path.startswith("/")
