"""Two tables (CSV): read into documents that `documents` compares, by key or by row. Pure.

A table with a key becomes an object of rows, `/KEY/COLUMN`; one without an array, whose first row after the head is 0.
A column that only one of the two has is one difference, `/*/COLUMN`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, NamedTuple

from pyst.records.comparing.documents import Unstructured, compare_documents
from pyst.records.comparing.pointers import is_ignored, pointer
from pyst.records.comparing.values import ADDED, REMOVED, Rules, Tally

DELIMITERS = (",", "\t", ";", "|")
KEY_NAMES = ("id", "key", "uuid", "guid")
BETWEEN = "|"
"""What stands between the parts of a key of several columns."""
MOST_COLUMNS = 10_000
MOST_GUESSES = 3
"""How many columns are tried as a key."""
ROW_COST = 4
"""What a row costs besides its cells, in cells."""


class Table(NamedTuple):
    """A table: the names of its columns, all different, its rows, and what is to be said of it."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    notes: tuple[str, ...] = ()


def parse_table(data: bytes, delimiter: str | None = None, *, most_parts: int = 4 << 20) -> Table:
    """The table in these bytes. What is not UTF-8 is kept as it is (PEP 383). Raises `Unstructured`."""
    notes = []
    text = data.decode("utf-8", "surrogateescape")
    if text.startswith("\ufeff"):
        text = text[1:]
        notes.append("it begins with a byte order mark")
    delimiter = delimiter or find_delimiter(text)
    before = csv.field_size_limit(max(len(text), 1))
    try:
        rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), most_parts)
    except csv.Error as error:
        raise Unstructured(f"it is no table: {error}") from error
    finally:
        csv.field_size_limit(before)
    if not rows:
        return Table((), [], tuple(notes))
    width = max(len(row) for row in rows)
    if width > MOST_COLUMNS:
        raise Unstructured(f"it has more than {MOST_COLUMNS} columns")
    head = [*rows[0], *(f"#{number}" for number in range(len(rows[0]) + 1, width + 1))]
    return Table(_different(head), rows[1:], tuple(notes))


def _rows(reader: Iterable[list[str]], most_parts: int) -> list[list[str]]:
    """The rows that are not empty. Raises `Unstructured` where they would take too much memory."""
    rows, parts = [], 0
    for row in reader:
        if row:
            rows.append(row)
            parts += len(row) + ROW_COST
            if parts > most_parts:
                raise Unstructured(f"it has more than {most_parts} parts (each row counts as {ROW_COST} cells more)")
    return rows


def find_delimiter(text: str) -> str:
    """What separates the cells: of the usual ones, that which stands most often in the first line, outside quotes."""
    end = text.find("\n")
    line = text[: end if end >= 0 else len(text)][:100_000]
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _different(names: list[str]) -> tuple[str, ...]:
    """The names, with a number after those that stood there before."""
    found: dict[str, None] = {}
    for name in names:
        told, number = name, 1
        while told in found:
            number += 1
            told = f"{name}#{number}"
        found[told] = None
    return tuple(found)


def compare_tables(left: Table, right: Table, rules: Rules, tally: Tally) -> tuple[str, ...]:
    """Add to the tally where two tables differ; gives what is to be said of the way they were compared."""
    notes: list[str] = []
    keys = _key_of(left, right, rules.keys, notes)
    names = set(left.columns), set(right.columns)
    shared = [name for name in left.columns if name in names[1]]
    for name in left.columns:
        if name not in names[1] and not is_ignored(rules.ignored, ("*", name)):
            tally.add(REMOVED, pointer(("*", name)), name, None)
    for name in right.columns:
        if name not in names[0] and not is_ignored(rules.ignored, ("*", name)):
            tally.add(ADDED, pointer(("*", name)), None, name)
    one, other = (_document(table, keys, shared) for table in (left, right))
    compare_documents(one, other, rules._replace(is_table=True), tally)
    if keys:
        notes.append(f"its rows are told apart by {', '.join(f'`{each}`' for each in keys)}")
        if list(one) != list(other) and set(one) == set(other):
            notes.append("the rows stand in another order")
    if shared != [name for name in right.columns if name in names[0]]:
        notes.append("the columns stand in another order")
    return tuple(notes)


def _document(table: Table, keys: tuple[str, ...], shared: list[str]) -> Any:
    """The rows as objects of the columns that both tables have: by key, or in an array."""
    places = _places(table, tuple(shared))
    cells = [{name: row[at] for name, at in zip(shared, places, strict=True) if at < len(row)} for row in table.rows]
    return dict(zip(_keys(table, keys), cells, strict=True)) if keys else cells


def _places(table: Table, names: tuple[str, ...]) -> list[int]:
    where = {name: at for at, name in enumerate(table.columns)}
    return [where[name] for name in names]


def _keys(table: Table, keys: tuple[str, ...]) -> list[str]:
    """The key of each row."""
    places = _places(table, keys)
    return [BETWEEN.join([row[at] if at < len(row) else "" for at in places]) for row in table.rows]


def _key_of(left: Table, right: Table, told: tuple[str, ...], notes: list[str]) -> tuple[str, ...]:
    """The columns that tell the rows apart: those that were told, or one that looks like a key; none: by row."""
    if told:
        absent = [name for name in told if name not in left.columns or name not in right.columns]
        if not absent and _tells_apart(left, right, told):
            return told
        why = f"there is no column `{absent[0]}`" if absent else "the key does not tell the rows apart"
        notes.append(f"{why}, so it was compared row by row")
        return ()
    names = set(right.columns)
    shared = [name for name in left.columns if name in names]
    likely = [name for name in shared if name.lower() in KEY_NAMES or name.lower().endswith("_id")][:MOST_GUESSES]
    if shared and shared[0] == left.columns[0] == right.columns[0]:
        likely.append(shared[0])
    return next(((name,) for name in likely if _tells_apart(left, right, (name,), must_overlap=True)), ())


def _tells_apart(left: Table, right: Table, keys: tuple[str, ...], *, must_overlap: bool = False) -> bool:
    """Whether each row of both has a key of its own; and, where it is a guess, at least half of them on both sides."""
    one, other = _keys(left, keys), _keys(right, keys)
    found = set(one), set(other)
    if any(len(each) != len(rows) or "" in each for each, rows in zip(found, (one, other), strict=True)):
        return False
    return not must_overlap or 2 * len(found[0] & found[1]) >= min(len(one), len(other))
