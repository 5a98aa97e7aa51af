"""Comparing any two contents: whatever they hold, there is an answer, the same from both sides."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.records.comparing.contents import compare_contents, format_of
from pyst.records.comparing.values import EXACT, Rules

PIECES = st.sampled_from(
    [
        *b'{ } [ ] " "a" : , 1 1.0 - e9 null true NaN ; id x \\ \\ud800'.split(),
        b"\n",
        b"\r\n",
        b"\t",
        b" ",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        "ü".encode(),
    ]
)
CONTENTS = st.one_of(st.binary(max_size=30), st.lists(PIECES, max_size=16).map(b"".join))
FORMATS = st.sampled_from(["", "json", "jsonl", "csv"])
RULES = st.tuples(
    st.sampled_from([Decimal(0), Decimal("0.5")]),
    st.sampled_from([Decimal(0), Decimal("0.1")]),
    st.sampled_from([(), (("**", "a"),)]),
    st.sampled_from([(), ("id",)]),
).map(lambda parts: Rules(*parts))


@given(CONTENTS, CONTENTS, FORMATS, RULES)
def test_there_is_always_an_answer_and_it_is_the_mirror_image(
    one: bytes, other: bytes, format: str, rules: Rules
) -> None:
    there = compare_contents(one, other, rules, format=format)
    back = compare_contents(other, one, rules, format=format)
    assert (there.method, there.is_identical) == (back.method, back.is_identical)
    assert there.is_identical == (one == other)
    if there.method != "text":  # of two shortest edits, the two ways may take another one
        assert there.total == back.total
    else:
        assert there.is_same == back.is_same
    assert len(there.differences) == there.total


@given(CONTENTS, FORMATS, RULES)
def test_a_content_is_like_itself(content: bytes, format: str, rules: Rules) -> None:
    assert compare_contents(content, bytes(bytearray(content)), rules, format=format).is_same


@given(CONTENTS, CONTENTS)
def test_texts_and_bytes_are_the_same_only_if_identical(one: bytes, other: bytes) -> None:
    found = compare_contents(one, other, EXACT)
    if found.method in ("text", "bytes"):
        assert found.is_same == (one == other)


@given(st.lists(st.tuples(CONTENTS, CONTENTS), min_size=1, max_size=1), st.integers(0, 40))
def test_a_bound_changes_the_way_and_not_whether_there_is_an_answer(pair: list[tuple[bytes, bytes]], most: int) -> None:
    ((one, other),) = pair
    found = compare_contents(one, other, EXACT, format="json", most_bytes=most)
    if max(len(one), len(other)) > most and one != other:
        assert (found.method, found.total) == ("bytes", 1)


@pytest.mark.parametrize(
    ("name", "declared", "format"),
    [
        ("a.json", "", "json"),
        ("a.JSON", "", "json"),
        ("a.tsv", "", "csv"),
        ("a.ndjson", "", "jsonl"),
        ("a", "csv", "csv"),
        ("a.json", "csv", "csv"),
        ("a.json", "text", "json"),
        ("a.txt", "", ""),
        ("a", "", ""),
        ("", "", ""),
    ],
)
def test_the_format_is_what_was_told_or_what_the_name_says(name: str, declared: str, format: str) -> None:
    assert format_of(name, declared) == format


def test_json_is_seen_without_a_name() -> None:
    assert compare_contents(b' {"a": 1}', b'\xef\xbb\xbf{"a": 2}', EXACT).method == "json"
    assert compare_contents(b'{"a": 1}', b"a", EXACT).method == "text"
    found = compare_contents(b"{not json}", b"[nor this]", EXACT)
    assert (found.method, found.notes) == ("text", ())
