"""Comparing tables: by a key that was told or found, or row by row."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.records.comparing.contents import compare_contents
from pyst.records.comparing.documents import Unstructured
from pyst.records.comparing.pointers import parse_pattern
from pyst.records.comparing.tables import find_delimiter, parse_table
from pyst.records.comparing.values import EXACT, Comparison, Rules

CELLS = st.text('ab1.,;"\n ü', max_size=4)
TABLES = st.dictionaries(st.integers(0, 8), st.tuples(CELLS, CELLS), max_size=5)


def written(rows: list[list[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def compared(left: str | bytes, right: str | bytes, rules: Rules = EXACT) -> Comparison:
    one, other = (each if isinstance(each, bytes) else each.encode() for each in (left, right))
    return compare_contents(one, other, rules, format="csv")


def told(found: Comparison) -> list[tuple[object, ...]]:
    return [(each.kind, each.path, each.left, each.right) for each in found.differences]


@given(TABLES, TABLES, st.sampled_from([",", ";", "\t", "|"]), st.randoms())
def test_by_key_differences_are_real_and_complete(
    left: dict[int, tuple[str, str]], right: dict[int, tuple[str, str]], delimiter: str, random: object
) -> None:
    head = ["id", "x", "y"]
    one, other = ([head, *([str(key), *cells] for key, cells in side.items())] for side in (left, right))
    random.shuffle(rows := other[1:])  # type: ignore[attr-defined]
    found = compared(
        written(one, delimiter), written([head, *rows], delimiter), Rules(keys=("id",), delimiter=delimiter)
    )
    assert found.method == "csv"
    expected = {("removed", f"/{key}") for key in left.keys() - right.keys()}
    expected |= {("added", f"/{key}") for key in right.keys() - left.keys()}
    for key in left.keys() & right.keys():
        for name, a, b in zip("xy", left[key], right[key], strict=True):
            if a != b:
                expected.add(("changed", f"/{key}/{name}"))
    assert {(each.kind, each.path) for each in found.differences} == expected


def test_a_key_is_found() -> None:
    left, right = "name,order_id\na,1\na,2\n", "name,order_id\na,2\nb,1\n"
    found = compared(left, right)
    assert told(found) == [("changed", "/1/name", "a", "b")]
    assert "its rows are told apart by `order_id`" in found.notes
    assert "the rows stand in another order" in found.notes


def test_without_a_key_rows_are_compared_by_their_place() -> None:
    assert told(compared("n,x\n1,a\n1,b\n", "n,x\n1,a\n1,c\n")) == [("changed", "/1/x", "b", "c")]


def test_a_first_column_that_shares_nothing_is_no_key() -> None:
    found = compared("amount,x\n1.5,a\n2.5,b\n", "amount,x\n1.6,a\n2.6,b\n")
    assert [each.path for each in found.differences] == ["/0/amount", "/1/amount"]


@pytest.mark.parametrize(("keys", "note"), [(("nope",), "no column `nope`"), (("x",), "does not tell the rows apart")])
def test_a_key_that_can_not_be_used_is_told(keys: tuple[str, ...], note: str) -> None:
    found = compared("id,x\n1,a\n2,a\n", "id,x\n1,a\n2,b\n", Rules(keys=keys))
    assert told(found) == [("changed", "/1/x", "a", "b")]
    assert any(note in each for each in found.notes)


def test_a_key_of_two_columns() -> None:
    left, right = "a,b,x\n1,1,p\n1,2,q\n", "a,b,x\n1,2,q\n1,1,r\n"
    assert told(compared(left, right, Rules(keys=("a", "b")))) == [("changed", "/1|1/x", "p", "r")]


def test_a_column_that_only_one_has_is_one_difference() -> None:
    found = compared("id,x,old\n1,a,o\n2,b,o\n", "id,new,x\n1,n,a\n2,n,c\n")
    assert told(found) == [
        ("removed", "/*/old", "old", None),
        ("added", "/*/new", None, "new"),
        ("changed", "/2/x", "b", "c"),
    ]


def test_columns_are_ignored() -> None:
    rules = Rules(ignored=(parse_pattern("/*/time"), parse_pattern("/*/new")))
    assert compared("id,time\n1,a\n", "id,time,new\n1,b,c\n", rules).is_same


def test_cells_are_numbers_only_with_a_tolerance() -> None:
    left, right = "id,x\n1,1.0\n2,text\n", "id,x\n1,1.00\n2,text\n"
    assert not compared(left, right).is_same
    assert compared(left, right, Rules(Decimal("0.001"))).is_same
    assert not compared(left, right.replace("text", "else"), Rules(Decimal("0.001"))).is_same


def test_ragged_rows_and_names_that_stand_twice() -> None:
    table = parse_table(b"a,a,b\n1,2,3,4\n5\n")
    assert table.columns == ("a", "a#2", "b", "#4")
    assert told(compared("a,b\n1,2,3\n", "a,b\n1,2,4\n")) == [("changed", "/1/#3", "3", "4")]
    assert told(compared("a,b\n1,2\n", "a,b\n1\n")) == [("removed", "/1/b", "2", None)]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    found = compared("\ufeffid,x\n1,a\n", "id,x\n1,a\n")
    assert found.is_same
    assert not found.is_identical
    assert "left: it begins with a byte order mark" in found.notes


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [("a,b;c,d", ","), ("a;b;c,d", ";"), ('"x,y,z";b', ";"), ("a\tb", "\t"), ("a", ","), ("", ",")],
)
def test_the_delimiter_is_found(line: str, delimiter: str) -> None:
    assert find_delimiter(line + "\n1,2,3,4,5") == delimiter


@pytest.mark.parametrize(
    "data", [b'id,x\n1,"never closed\n', b'id\n"a"b\n', b"id\n" + b"1\n" * 300_000, b"," * 300_000]
)
def test_what_is_no_table_is_compared_by_line(data: bytes) -> None:
    with pytest.raises(Unstructured):
        parse_table(data, most_parts=1 << 16)
    found = compare_contents(data, data + b"z\n", EXACT, format="csv", most_bytes=1 << 20)
    assert (found.method, found.total) == ("text", 1)
    assert any("not compared by structure" in note for note in found.notes)


def test_a_large_field_and_a_nul_are_read() -> None:
    big = "x" * 300_000
    assert told(compared(f"id,x\n1,{big}\n", f"id,x\n1,{big}y\n"))[0][:2] == ("changed", "/1/x")
    assert not compared("id,x\n1,a\0b\n", "id,x\n1,ab\n").is_same


def test_empty_tables() -> None:
    assert compared("", "\n\n").is_same
    assert told(compared("", "id\n1\n")) == [("added", "/*/id", None, "id"), ("added", "/0", None, {})]
