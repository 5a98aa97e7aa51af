"""Globs, compared with the standard library's where the two mean the same."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.patterns import matches


@settings(max_examples=1000, deadline=None)
@given(st.text("ab*?/[]!-", max_size=8), st.text("ab/-!]", max_size=8))
def test_it_means_what_fnmatch_means(pattern: str, text: str) -> None:
    if "[" in pattern and ("--" in pattern or "-" in pattern):
        return  # fnmatch rewrites odd ranges
    assert matches(text, pattern) == fnmatchcase(text, pattern)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("b", "[a-c]", True),
        ("d", "[a-c]", False),
        ("d", "[!a-c]", True),
        ("-", "[a-]", True),
        ("-", "[-a]", True),
        ("]", "[]]", True),
        ("x", "[!]]", True),
        ("[a", "[a", True),
        ("", "", True),
        ("", "*", True),
        ("x", "", False),
        ("a/b/c", "a*c", True),
    ],
)
def test_sets(text: str, pattern: str, expected: bool) -> None:
    assert matches(text, pattern) is expected


def test_hostile_patterns_take_bounded_steps() -> None:
    assert not matches("a" * 2000, "*a" * 300 + "b")
