"""How commands take the choices of a comparison, and how they tell what it found: as data, and to a person."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.records.comparing.lines import shared_start
from pyst.system.terminal import Line, Span

if TYPE_CHECKING:
    from pyst.records.comparing.choices import Choices
    from pyst.records.comparing.files import Pair
    from pyst.records.comparing.values import Difference

MOST_TOLD = 100
"""How many differences of one pair are told,"""
MOST_TOLD_IN_ALL = 2000
"""and of all."""
MOST_PAIRS = 1000
"""How many pairs are told."""
MOST_CHARACTERS = 400
"""How much of a value is told."""
CONTEXT_CHARACTERS = 40
"""How much of two long texts is told before the place where they part."""
MOST_LINES = 12
"""How many lines of one side of a difference a person sees."""
MOST_SEEN = 20
"""How many differences of one pair a person sees."""
STATUS_STYLES = {"same": "good", "changed": "bad", "added": "warn", "removed": "warn"}
SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of a comparison."""
    add = parser.add_argument
    ignore = "leave this out: `/place` or `$.place` (with `*`), `FILES`, `FILES#/place` (repeatable)"
    add("--ignore", action="append", default=[], metavar="WHAT", help=ignore)
    add("--abs-tol", metavar="X", help="numbers may differ by X")
    add("--rel-tol", metavar="Y", help="numbers may differ by Y times the larger one")
    add("--key", action="append", default=[], metavar="COLUMN", help="what tells rows, or objects in arrays, apart")
    add("--delimiter", metavar="C", help="what separates the cells of tables (`,`, `;`, `tab`; else looked for)")


def choices_of(args: argparse.Namespace) -> Choices:
    """What the options say. Raises `Failure` (E_USAGE)."""
    from pyst.records.comparing.choices import BadChoice, parse_choices

    try:
        return parse_choices(
            abs_tol=args.abs_tol, rel_tol=args.rel_tol, ignore=args.ignore, key=args.key, delimiter=args.delimiter
        )
    except BadChoice as error:
        raise Failure("E_USAGE", f"`--{error.name}` has {error}", exit=ExitCode.USAGE) from error


def has_choices(args: argparse.Namespace) -> bool:
    """Whether any of the options was given."""
    return any((args.ignore, args.abs_tol, args.rel_tol, args.key, args.delimiter))


def pairs_data(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Pairs as JSON data, those that differ first, and how many there are: all of it bounded."""
    rows: list[dict[str, Any]] = []
    alike: list[dict[str, Any]] = []
    total = different = 0
    left = MOST_TOLD_IN_ALL
    for pair in pairs:
        total += 1
        is_same = pair.status == "same"
        different += not is_same
        if len(rows if not is_same else alike) < MOST_PAIRS:
            row = pair_data(pair, min(MOST_TOLD, left))
            left -= len(row["differences"])
            (alike if is_same else rows).append(row)
    return {"pairs": [*rows, *alike][:MOST_PAIRS], "total": total, "different": different}


def pair_data(pair: Pair, most: int = MOST_TOLD) -> dict[str, Any]:
    """One pair as JSON data, bounded."""
    found = pair.comparison
    return {
        "name": pair.name,
        "status": pair.status,
        "method": found.method if found else None,
        "identical": found.is_identical if found else False,
        "total": found.total if found else 1,
        "differences": [difference_data(each, found.method) for each in found.differences[:most]] if found else [],
        "notes": list(found.notes) if found else [],
    }


def difference_data(each: Difference, method: str) -> dict[str, Any]:
    """One difference; a side that has nothing there is null."""
    is_bare = method in ("csv", "text")
    left, right = each.left, each.right
    if is_bare and isinstance(left, str) and isinstance(right, str) and len(left) + len(right) > MOST_CHARACTERS:
        left, right = _from_difference(left, right)
    return {
        "kind": each.kind,
        "path": each.path,
        "right_path": each.right_path,
        "left": None if each.kind == "added" else shown_value(left, is_bare=is_bare),
        "right": None if each.kind == "removed" else shown_value(right, is_bare=is_bare),
    }


def _from_difference(left: str, right: str) -> tuple[str, str]:
    """Two long texts, from a little before the place where they part."""
    start = shared_start(left, right) - CONTEXT_CHARACTERS
    return (left, right) if start <= MOST_CHARACTERS // 4 else ("…" + left[start:], "…" + right[start:])


def shown_value(value: Any, *, is_bare: bool = False) -> str:
    """A part of a document as JSON, cut where it is long. A `bare` text is told as it is."""
    text = value if is_bare and isinstance(value, str) else "".join(_encoded(value))
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"


def _encoded(value: Any) -> Iterator[str]:
    """A part of a document as JSON, piece by piece, its numbers as exact as they were; a little more than is shown."""
    size, pending = 0, [iter((_pieces(value),))]
    while pending and size <= MOST_CHARACTERS:
        pieces = next(pending[-1], None)
        if pieces is None:
            pending.pop()
        elif isinstance(pieces, str):
            size += len(pieces)
            yield pieces
        else:
            pending.append(iter(pieces))


def _pieces(value: Any) -> Any:
    """The pieces of a value: text, or iterators over further pieces, so that nesting costs no depth."""
    if isinstance(value, dict):
        return _joined("{", "}", ((json.dumps(key, ensure_ascii=False) + ": ", each) for key, each in value.items()))
    if isinstance(value, list):
        return _joined("[", "]", (("", each) for each in value))
    if isinstance(value, str):
        return iter((json.dumps(value[: 2 * MOST_CHARACTERS], ensure_ascii=False),))
    if value is None or isinstance(value, bool | float):
        return iter((json.dumps(value),))
    return iter((_number(value),))


def _number(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of thousands of digits
        return f"{value:#x}"


def _joined(start: str, end: str, parts: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    yield start
    for number, (name, value) in enumerate(parts):
        yield (", " if number else "") + name
        yield _pieces(value)
    yield end


def pair_lines(row: dict[str, Any], *, has_name: bool = True) -> Iterator[Line]:
    """One pair as a person sees it."""
    if has_name:
        told = f"  {row['total']} difference{'s' if row['total'] != 1 else ''}" if row["differences"] else ""
        yield [Span(f"{row['status']:<8}", STATUS_STYLES[row["status"]]), Span(row["name"], "name"), Span(told, "dim")]
    for each in row["differences"][:MOST_SEEN]:
        yield from _lines_of_text(each) if row["method"] == "text" else _lines_of_value(each)
    if row["total"] > MOST_SEEN and row["differences"]:
        yield Span(f"  … {row['total'] - min(MOST_SEEN, len(row['differences']))} more", "dim")
    if row["status"] != "same":
        yield from (Span(f"  note: {each}", "dim") for each in row["notes"])


def _lines_of_value(each: dict[str, Any]) -> Iterator[Line]:
    place = each["path"] or "(all)"
    if each["right_path"]:
        place += f" → {each['right_path']}"
    values: list[str | Span] = []
    if each["left"] is not None:
        values.append(Span(each["left"].replace("\n", "⏎"), "bad"))
    if each["kind"] == "changed":
        values.append(" → ")
    if each["right"] is not None:
        values.append(Span(each["right"].replace("\n", "⏎"), "good"))
    yield [f"  {SIGNS[each['kind']]} ", Span(place, "code"), "  ", *values]


def _lines_of_text(each: dict[str, Any]) -> Iterator[Line]:
    yield Span(f"  @@ {each['path']} @@", "code")
    for sign, text, style in (("-", each["left"], "bad"), ("+", each["right"], "good")):
        lines = (text or "").removesuffix("\n").split("\n") if text else []
        yield from (Span(f"  {sign}{line}", style) for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield Span(f"  {sign}… {len(lines) - MOST_LINES} lines more", "dim")


def aspect_lines(rows: Iterable[dict[str, Any]]) -> Iterator[Line]:
    """What two runs rested on that differs."""
    for row in rows:
        yield [
            Span(f"{row['name']:<13}", "warn"),
            Span(_aspect(row["left"]), "bad"),
            " → ",
            Span(_aspect(row["right"]), "good"),
        ]


def _aspect(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    text = "-" if value is None else str(value)
    return text[:12] if len(text) == 64 else text


DIFFERENCE = record(
    kind=one_of("added", "removed", "changed"), path=TEXT, right_path=MAYBE_TEXT, left=MAYBE_TEXT, right=MAYBE_TEXT
)
PAIR = record(
    name=TEXT,
    status=one_of("same", "changed", "added", "removed"),
    method={"enum": ["json", "csv", "text", "bytes", None]},
    identical=YES_NO,
    total=COUNT,
    differences=several(DIFFERENCE),
    notes=several(TEXT),
)
ASPECT = record(name=TEXT, left={}, right={})
