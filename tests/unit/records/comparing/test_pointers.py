"""Pointers (RFC 6901) and the patterns over them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.records.comparing.pointers import BadPattern, is_ignored, parse_pattern, pointer, tokens_of


@given(st.lists(st.text(max_size=4)))
def test_a_pointer_and_its_tokens_are_one(tokens: list[str]) -> None:
    assert list(tokens_of(pointer(tokens))) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"), [("", []), ("/", [""]), ("/a~1b", ["a/b"]), ("/m~0n", ["m~n"]), ("/~01", ["~1"])]
)
def test_the_examples_of_the_standard(text: str, tokens: list[str]) -> None:
    assert list(tokens_of(text)) == tokens
    assert pointer(tokens) == text


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("/a/*/b", ("a", "*", "b")),
        ("$.a[*].b", ("a", "*", "b")),
        ("$['x y'][0]", ("x y", "0")),
        ('$["a.b"]', ("a.b",)),
        ("$..time", ("**", "time")),
        ("$.a..[0]", ("a", "**", "0")),
        ("/**/**/x", ("**", "x")),
    ],
)
def test_a_pattern_is_written_in_two_ways(text: str, pattern: tuple[str, ...]) -> None:
    assert parse_pattern(text) == pattern


@pytest.mark.parametrize(
    "text", ["", "$", "a", "a/b", "$a", "$.", "$.a.", "$[", "$[x]", "$['a", "/~2", "/~", "$.a[", "/" + "a" * 1000]
)
def test_what_is_no_pattern_is_told(text: str) -> None:
    with pytest.raises(BadPattern):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "place", "ignored"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b/c", True),
        ("/a", "/b", False),
        ("/a/b", "/a", False),
        ("/*/t", "/x/t", True),
        ("/*/t", "/x/y/t", False),
        ("/t*", "/time", True),
        ("/*_at", "/created_at", True),
        ("/**/t", "/t", True),
        ("/**/t", "/x/y/t/z", True),
        ("/**/t", "/x/y/u", False),
        ("/a/**", "/a", False),
        ("/a/**", "/a/b", True),
        ("/a[0]", "/a[0]", True),
        ("/a[0]", "/a0", False),
        ("/a?", "/ab", False),
        ("/*", "/*", True),
    ],
)
def test_what_a_pattern_leaves_out(pattern: str, place: str, ignored: bool) -> None:
    assert is_ignored((parse_pattern(pattern),), tokens_of(place)) == ignored


def test_many_wild_segments_stay_quick() -> None:
    pattern = parse_pattern("/**/a/**/a/**/a/**/a/**/a/**/a/**/b")
    assert not is_ignored((pattern,), ["a"] * 3000)
