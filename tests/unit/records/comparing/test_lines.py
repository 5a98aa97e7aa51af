"""Comparing texts by line: the edits make the right text of the left, and are few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.records.comparing.contents import compare_contents
from pyst.records.comparing.lines import (
    Edit,
    TooManyLines,
    compare_lines,
    edits,
    lines_of,
    place_of,
    shared_ends,
)
from pyst.records.comparing.values import EXACT, Tally

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=12)


def applied(left: list[str], right: list[str], found: list[Edit]) -> list[str]:
    """The left lines with the edits done."""
    out, at = [], 0
    for edit in found:
        out += left[at : edit.left_start] + right[edit.right_start : edit.right_end]
        at = edit.left_end
    return out + left[at:]


@given(LINES, LINES, st.sampled_from([0, 5, 10**6]))
def test_the_edits_make_the_right_text(left: list[str], right: list[str], most_steps: int) -> None:
    found = edits(left, right, most_steps=most_steps)
    assert applied(left, right, found) == right
    assert (found == []) == (left == right)
    for edit in found:
        assert left[edit.left_start : edit.left_end] != right[edit.right_start : edit.right_end]


def shortest(left: list[str], right: list[str]) -> int:
    """How many lines the shortest edit adds and removes, by the textbook's table."""
    row = list(range(len(right) + 1))
    for one in left:
        before, row[0] = row[0], row[0] + 1
        for at, other in enumerate(right, 1):
            best = before if one == other else min(row[at], row[at - 1]) + 1
            before, row[at] = row[at], best
    return row[-1]


@given(LINES, LINES)
def test_the_edits_are_the_shortest(left: list[str], right: list[str]) -> None:
    found = edits(left, right)
    size = sum(each.left_end - each.left_start + each.right_end - each.right_start for each in found)
    assert size == shortest(left, right)


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_shared_ends_are_the_longest(one: bytes, other: bytes, shared: bytes) -> None:
    for left, right in ((shared + one, shared + other), (one + shared, other + shared), (one, other)):
        start, tail = shared_ends(left, right)
        assert left[:start] == right[:start]
        assert left[start : start + 1] != right[start : start + 1] or start == min(len(left), len(right))
        assert start + tail <= min(len(left), len(right))
        assert left[len(left) - tail :] == right[len(right) - tail :]


@given(st.text("ab\n\u00fc", max_size=30), st.text("ab\n\u00fc", max_size=30))
def test_places_tell_the_lines(left: str, right: str) -> None:
    tally = Tally()
    compare_lines(left.encode(), right.encode(), tally)
    sides = lines_of(left), lines_of(right)
    assert (tally.total == 0) == (left == right)
    for each in tally.kept:
        for side, word, told in (
            (sides[0], each.path.split()[0], each.left),
            (sides[1], each.path.split()[1], each.right),
        ):
            first, count = map(int, word[1:].split(","))
            assert "".join(side[first - 1 : first - 1 + count] if count else []) == (told or "")


def test_places_are_those_of_unified_diffs() -> None:
    assert place_of(Edit(2, 4, 2, 3)) == "-3,2 +3,1"
    assert place_of(Edit(2, 2, 2, 3)) == "-2,0 +3,1"


def test_a_missing_last_line_break_is_told() -> None:
    found = compare_contents(b"a\nb\n", b"a\nb", EXACT)
    assert (found.method, found.total) == ("text", 1)
    assert "the right one does not end with a line break" in found.notes


def test_bytes_that_are_no_utf8_are_kept() -> None:
    found = compare_contents(b"a\n\xff\n", b"a\n\xfe\n", EXACT)
    assert [(each.left, each.right) for each in found.differences] == [("\udcff\n", "\udcfe\n")]


def test_where_the_shortest_edit_would_take_too_long_there_is_a_coarser_one() -> None:
    left, right = ([f"{side}{number % 97}\n" for number in range(6000)] for side in "ab")
    left[::3] = right[::3] = ["same\n"] * 2000
    assert len(edits(left[:60], right[:60])) == 20
    assert edits(left, right, most_steps=10_000) == [Edit(1, 6000, 1, 6000)]
    assert applied(left, right, edits(left, right)) == right


def test_too_many_lines_are_compared_by_hash() -> None:
    left, right = b"a\n" + b"\n" * 450_000 + b"c\n", b"b\n" + b"\n" * 450_000 + b"d\n"
    with pytest.raises(TooManyLines):
        compare_lines(left, right, Tally())
    found = compare_contents(left, right, EXACT)
    assert (found.method, found.total) == ("bytes", 1)
    assert "the first difference is at byte 0" in found.notes
