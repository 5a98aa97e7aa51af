"""Comparing JSON: every reported difference is real, and there is none if and only if the documents are the same."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pyst.records.comparing.contents import compare_contents
from pyst.records.comparing.documents import Unstructured, compare_documents, parse_json, parse_json_lines
from pyst.records.comparing.pointers import is_ignored, parse_pattern, tokens_of
from pyst.records.comparing.values import EXACT, Difference, Rules, Tally

KEYS = st.sampled_from(["a", "b", "", "a/b", "~", "*", "0", "ü"])
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.sampled_from([math.nan, math.inf, -math.inf]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=3), st.sampled_from(["1", "true", ""]))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
TOLERANCES = st.decimals(0, 10, places=3)


def differences(left: Any, right: Any, rules: Rules = EXACT) -> list[Difference]:
    tally = Tally(10**6)
    compare_documents(left, right, rules, tally)
    assert tally.total == len(tally.kept)
    return tally.kept


def canonical(value: Any) -> Any:
    """The document as what Python's own `==` compares as JSON is compared, numbers by value, NaN as itself."""
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, str):
        return ("text", value)
    if isinstance(value, dict):
        return ("object", {key: canonical(each) for key, each in value.items()})
    if isinstance(value, list):
        return ("array", [canonical(each) for each in value])
    return ("number", "nan" if value != value else Decimal(value))


def at(document: Any, pointer: str) -> Any:
    """What stands at a pointer; LookupError where nothing does."""
    for token in tokens_of(pointer):
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document


@given(DOCUMENTS)
def test_a_document_is_like_itself(document: Any) -> None:
    assert differences(document, document) == []


@given(DOCUMENTS, DOCUMENTS)
def test_there_is_no_difference_if_and_only_if_they_are_the_same(left: Any, right: Any) -> None:
    assert (differences(left, right) == []) == (canonical(left) == canonical(right))


@given(DOCUMENTS, DOCUMENTS)
def test_every_difference_is_real(left: Any, right: Any) -> None:
    for each in differences(left, right):
        if each.kind == "added":
            assert canonical(at(right, each.path)) == canonical(each.right)
            with pytest.raises(LookupError):
                at(left, each.path)
        elif each.kind == "removed":
            assert canonical(at(left, each.path)) == canonical(each.left)
            with pytest.raises(LookupError):
                at(right, each.path)
        else:
            assert canonical(at(left, each.path)) == canonical(each.left)
            assert canonical(at(right, each.right_path or each.path)) == canonical(each.right)
            assert canonical(each.left) != canonical(each.right)


@given(DOCUMENTS, DOCUMENTS)
def test_the_differences_make_the_right_one_of_the_left(left: Any, right: Any) -> None:
    found = differences(left, right)
    patched = [_copied(left)]
    for each in [*reversed([each for each in found if each.kind != "added"]), *found]:
        *parents, last = ("0", *tokens_of(each.path))
        place: Any = patched
        for token in parents:
            place = place[int(token)] if isinstance(place, list) else place[token]
        key: Any = int(last) if isinstance(place, list) else last
        if each.kind == "added":
            place.insert(key, each.right) if isinstance(place, list) else place.update({key: each.right})
        elif each.kind == "changed":
            place[key] = each.right
        elif key in place if isinstance(place, dict) else key < len(place):
            del place[key]  # from the end on; those that come a second time are gone
    assert canonical(patched[0]) == canonical(right)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


MIRRORED = {"added": "removed", "removed": "added", "changed": "changed"}


def mirrored(each: Difference) -> tuple[Any, ...]:
    return MIRRORED[each.kind], each.path, repr(each.right), repr(each.left)


@given(DOCUMENTS, DOCUMENTS, TOLERANCES, TOLERANCES)
def test_the_other_way_round_it_is_the_mirror_image(left: Any, right: Any, one: Decimal, other: Decimal) -> None:
    rules = Rules(one, other)
    there = sorted(mirrored(each) for each in differences(left, right, rules))
    back = sorted((each.kind, each.path, repr(each.left), repr(each.right)) for each in differences(right, left, rules))
    assert there == back


@given(DOCUMENTS, DOCUMENTS, TOLERANCES, TOLERANCES, TOLERANCES, TOLERANCES)
def test_more_tolerance_finds_no_more(
    left: Any, right: Any, one: Decimal, more: Decimal, other: Decimal, also: Decimal
) -> None:
    strict = {each.path for each in differences(left, right, Rules(one, other))}
    loose = {each.path for each in differences(left, right, Rules(one + more, other + also))}
    assert loose <= strict


@given(DOCUMENTS, DOCUMENTS, st.lists(KEYS, min_size=1, max_size=2))
def test_what_is_ignored_is_exactly_left_out(left: Any, right: Any, keys: list[str]) -> None:
    pattern = parse_pattern("/**/" + "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys))
    ignored = differences(left, right, Rules(ignored=(pattern,)))
    for each in ignored:
        assert not is_ignored((pattern,), tokens_of(each.path))
    assert set(map(repr, ignored)) == {
        repr(each) for each in differences(left, right) if not is_ignored((pattern,), tokens_of(each.path))
    }


ROWS = st.lists(st.fixed_dictionaries({"id": st.integers(0, 6)}, optional={"n": st.integers(0, 2)}), max_size=5)


@given(ROWS, ROWS)
def test_by_key_the_order_of_rows_does_not_count(left: list[Any], right: list[Any]) -> None:
    assume(len({row["id"] for row in left}) == len(left))
    assume(len({row["id"] for row in right}) == len(right))
    found = differences(left, right, Rules(keys=("id",)))
    by_id = [{row["id"]: row for row in rows} for rows in (left, right)]
    assert (found == []) == (by_id[0] == by_id[1])
    for each in found:
        if each.kind == "changed":
            assert at(left, each.path) == each.left != each.right == at(right, each.right_path or each.path)


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, True), (0, False), ("1", 1), (None, False), ([], {}), ("", None), (0.5, "0.5"), ({"a": None}, {})],
)
def test_kinds_are_told_apart(left: Any, right: Any) -> None:
    assert len(differences(left, right)) == 1


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("1", "1.0", True),
        ("1e2", "100", True),
        ("-0", "0", True),
        ("0.1", "0.10000000000000000001", False),
        ("9007199254740993", "9007199254740992.0", False),
        ("1e400", "1e500", False),
        ("NaN", "NaN", True),
        ("NaN", "null", False),
        ("Infinity", "-Infinity", False),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', True),
        ('"\\u00e9"', '"é"', True),
        ('"\\ud800"', '"\\ud800"', True),
        ("\ufeff[1]", "[1]", True),
    ],
)
def test_numbers_and_texts_are_compared_by_value(left: str, right: str, same: bool) -> None:
    found = compare_contents(left.encode(), right.encode(), EXACT, format="json")
    assert (found.method, found.is_same) == ("json", same)


@pytest.mark.parametrize(
    ("absolute", "relative", "left", "right", "same"),
    [
        ("0.1", "0", "1.0", "1.1", True),
        ("0.1", "0", "1.0", "1.100000000000000000000001", False),
        ("0.1", "0", "9007199254740992", "9007199254740993", False),
        ("1", "0", "9007199254740992", "9007199254740993", True),
        ("0", "0.01", "100", "101", True),
        ("0", "0.01", "1e999999", "1.005e999999", True),
        ("5", "5", "1", "NaN", False),
        ("5", "5", "1", "Infinity", False),
    ],
)
def test_a_tolerance_is_exact(absolute: str, relative: str, left: str, right: str, same: bool) -> None:
    rules = Rules(Decimal(absolute), Decimal(relative))
    assert compare_contents(left.encode(), right.encode(), rules, format="json").is_same == same


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b"1e99999999999999999999999", "too large"),
        (b"1" * 5000, "no JSON"),
        (b"\xff", "not UTF-8"),
        (b"[1,]", "no JSON"),
        (b"", "no JSON"),
        ("[1]".encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_has_no_structure_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unstructured, match=reason):
        parse_json(data)
    found = compare_contents(data, b"[1]", EXACT, format="json")
    assert found.total >= 1
    assert any(reason in note for note in found.notes)


def test_json_lines_are_an_array() -> None:
    assert parse_json_lines(b'{"a": 1}\n\n[2]\n') == ([{"a": 1}, [2]], ())
    found = compare_contents(b'{"a": 1}\n{"a": 2}\n', b'{"a": 1}\n{"a": 3}\n', EXACT, format="jsonl")
    assert [(each.path, each.left, each.right) for each in found.differences] == [("/1/a", 2, 3)]
    with pytest.raises(Unstructured, match="line 2"):
        parse_json_lines(b"1\n{\n")


def test_only_the_first_differences_are_kept_but_all_are_counted() -> None:
    left, right = (json.dumps([number] * 5000).encode() for number in (1, 2))
    found = compare_contents(left, right, EXACT, format="json")
    assert (found.total, len(found.differences)) == (5000, 1000)


def test_too_many_parts_are_not_taken_apart() -> None:
    left, right = b"[" + b"[]," * 100_000 + b"1]", b"[" + b"[]," * 100_000 + b"2]"
    found = compare_contents(left, right, EXACT, format="json", most_bytes=1 << 20)
    assert (found.method, found.total) == ("text", 1)
    assert any("parts" in note for note in found.notes)
    assert compare_contents(left, right, EXACT, format="json", most_bytes=1 << 10).method == "bytes"
