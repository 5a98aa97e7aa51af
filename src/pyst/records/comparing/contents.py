"""Two contents: which way of comparing fits them, and what it finds. Pure; bounded whatever they hold.

Identical bytes are the same without a look at what they mean. Where the structure can't be read on both sides, or is
too large for it, the next coarser way is taken, and a note says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pyst.records.comparing.documents import Unstructured, compare_documents, parse_json, parse_json_lines
from pyst.records.comparing.lines import TooManyLines, compare_lines, shared_ends
from pyst.records.comparing.tables import compare_tables, parse_table
from pyst.records.comparing.values import BYTES, CHANGED, CSV, JSON, TEXT, Comparison, Rules, Tally

Parsed = TypeVar("Parsed")
LINES = "jsonl"
"""JSON Lines, which are compared as one array."""
SUFFIXES = {
    ".json": JSON,
    ".geojson": JSON,
    ".ipynb": JSON,
    ".jsonl": LINES,
    ".ndjson": LINES,
    ".csv": CSV,
    ".tsv": CSV,
    ".tab": CSV,
}
FORMATS = {"json": JSON, "jsonl": LINES, "ndjson": LINES, "csv": CSV, "tsv": CSV}
_TOLD = {LINES: JSON}
MOST_BYTES = 64 << 20
"""How large a side may be to be compared by more than hash and size, unless it is told otherwise."""
BYTES_PER_PART = 16
"""A side may have one part (value or cell) for so many of the bytes that are allowed: a part takes more memory."""


def format_of(name: str, declared: str = "") -> str:
    """What a file holds, by the format that was told, or else by its name; empty where neither says."""
    dot = name.rfind(".")
    return FORMATS.get(declared.lower()) or (SUFFIXES.get(name[dot:].lower(), "") if dot >= 0 else "")


def compare_contents(
    left: bytes, right: bytes, rules: Rules, *, format: str = "", most_bytes: int = MOST_BYTES
) -> Comparison:
    """What differs between two contents; `format` is what `format_of` gives."""
    if left == right:
        return Comparison(_TOLD.get(format, format) or BYTES, is_identical=True)
    if max(len(left), len(right)) > most_bytes:
        return by_bytes(left, right, f"it has more than {most_bytes} bytes")
    notes: tuple[str, ...] = ()
    way = format or _guessed(left, right)
    if way in (JSON, LINES, CSV):
        try:
            return _by_structure(left, right, rules, way, most_bytes // BYTES_PER_PART)
        except Unstructured as error:
            notes = (f"not compared by structure: {error}",) if format else ()
    if not (is_text(left) and is_text(right)):
        return by_bytes(left, right, *notes)
    tally = Tally()
    try:
        said = compare_lines(left, right, tally)
    except TooManyLines as error:
        return by_bytes(left, right, *notes, f"not compared by line: {error}")
    return Comparison(TEXT, tuple(tally.kept), tally.total, notes=(*notes, *said))


def _guessed(left: bytes, right: bytes) -> str:
    """JSON where both begin like it."""
    starts = {each.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] for each in (left[:4096], right[:4096])}
    return JSON if starts <= {b"{", b"["} else ""


def is_text(data: bytes) -> bool:
    """Whether these bytes are shown by line: they hold no NUL."""
    return b"\0" not in data


def _by_structure(left: bytes, right: bytes, rules: Rules, way: str, most_parts: int) -> Comparison:
    tally = Tally()
    if way == CSV:
        tables = _both(lambda data: parse_table(data, rules.delimiter, most_parts=most_parts), left, right)
        notes = compare_tables(tables[0], tables[1], rules, tally)
        told = [each.notes for each in tables]
    else:
        parse: Callable[[bytes], tuple[object, tuple[str, ...]]] = parse_json if way == JSON else parse_json_lines
        for each in (left, right):
            if sum(map(each.count, (b",", b"[", b"{", *((b"\n",) if way == LINES else ())))) > most_parts:
                raise Unstructured(f"it may have more than {most_parts} parts")
        read = _both(parse, left, right)
        compare_documents(read[0][0], read[1][0], rules, tally)
        notes, told = (), [each[1] for each in read]
    sides = [f"{side}: {note}" for side, said in zip(("left", "right"), told, strict=True) for note in said]
    return Comparison(_TOLD.get(way, way), tuple(tally.kept), tally.total, notes=(*sides, *notes))


def _both(parse: Callable[[bytes], Parsed], left: bytes, right: bytes) -> list[Parsed]:
    """Both sides, parsed. Raises `Unstructured`, which says of which side."""
    found = []
    for side, data in (("left", left), ("right", right)):
        try:
            found.append(parse(data))
        except Unstructured as error:
            raise Unstructured(f"{side}: {error}") from error
    return found


def by_bytes(left: bytes, right: bytes, *notes: str) -> Comparison:
    """Hash and size of two contents that are not the same, and where they part."""
    start, _ = shared_ends(left, right)
    tally = Tally()
    tally.add(CHANGED, "", told_bytes(left), told_bytes(right))
    return Comparison(BYTES, tuple(tally.kept), 1, notes=(*notes, f"the first difference is at byte {start}"))


def told_bytes(data: bytes) -> dict[str, object]:
    """Hash and size of a content."""
    from hashlib import sha256

    return {"bytes": len(data), "sha256": sha256(data).hexdigest()}
