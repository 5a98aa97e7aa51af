"""Two JSON documents: read strictly enough to be compared, and compared by structure. Pure, and never recursive.

Numbers are exact: `1`, `1.0` and `1e0` are one number, `0.1` and `0.10000000000000000001` are two. The order of an
object's members does not count. Arrays are compared by index, or by a key that each of their objects has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pyst.records.comparing.numbers import number_of, same_numbers
from pyst.records.comparing.pointers import NO_STATES, States, begin, pointer, step
from pyst.records.comparing.values import ADDED, CHANGED, REMOVED, Rules, Tally


class Unstructured(Exception):
    """Bytes that can't be compared by structure: the message says why."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()
"""Stands for a part that one of the two does not have."""

Child = tuple[str, str, Any, Any]
"""A pair of parts: their tokens on the left and on the right, and the parts themselves."""
Path = tuple[Any, ...]
"""A place as a chain, `(path of the parent, token)`, and `()` for the root: made into a pointer only if it differs."""


def parse_json(data: bytes) -> tuple[Any, tuple[str, ...]]:
    """The document, and what is to be said of it. Raises `Unstructured`.

    NaN and the infinities are let pass, as Python writes them. A key that stands twice in one object would have one of
    its values hidden, so such a document is not compared by structure.
    """
    notes = []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unstructured(f"it is not UTF-8 (byte {error.start})") from error
    if text.startswith("\ufeff"):
        text = text[1:]
        notes.append("it begins with a byte order mark")
    strange: set[str] = set()

    def constant(word: str) -> float:
        strange.add(word)
        return float(word)

    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=constant, object_pairs_hook=_once)
    except RecursionError:
        raise Unstructured("it is nested too deeply") from None
    except ArithmeticError as error:
        raise Unstructured("it holds a number that is too large") from error
    except ValueError as error:
        raise Unstructured(f"it is no JSON: {str(error)[:200]}") from error
    if strange:
        notes.append(f"it holds {', '.join(sorted(strange))}, which is no JSON")
    return document, tuple(notes)


def parse_json_lines(data: bytes) -> tuple[Any, tuple[str, ...]]:
    """The documents of JSON Lines as one array. Raises `Unstructured`."""
    documents, notes = [], []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            document, said = parse_json(line)
        except Unstructured as error:
            raise Unstructured(f"line {number}: {error}") from error
        documents.append(document)
        notes += [each for each in said if each not in notes]
    return documents, tuple(notes)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unstructured(f"the key {json.dumps(twice[:80])} stands twice in one object")
    return found


def compare_documents(left: Any, right: Any, rules: Rules, tally: Tally) -> None:
    """Add to the tally where two documents differ, in the order of the left one."""
    states = begin(rules.ignored)
    levels: list[tuple[Iterator[Child], Path, Path, States]] = []
    _meet(left, right, (), (), states, rules, tally, levels)
    while levels:
        children, left_path, right_path, states = levels[-1]
        found = next(children, None)
        if found is None:
            levels.pop()
            continue
        left_token, right_token, one, other = found
        below: States | None = NO_STATES
        if states:
            below = step(states, left_token)
            if below is not None and right_token != left_token:
                also = step(states, right_token)
                below = None if also is None else below | also
        if below is not None:
            _meet(one, other, (left_path, left_token), (right_path, right_token), below, rules, tally, levels)


def _meet(
    one: Any,
    other: Any,
    left_path: Path,
    right_path: Path,
    states: States,
    rules: Rules,
    tally: Tally,
    levels: list[tuple[Iterator[Child], Path, Path, States]],
) -> None:
    """Compare two parts; what they hold is put onto `levels`, for later."""
    if isinstance(one, dict) and isinstance(other, dict):
        levels.append((_members(one, other), left_path, right_path, states))
    elif isinstance(one, list) and isinstance(other, list):
        levels.append((_items(one, other, rules), left_path, right_path, states))
    elif one is ABSENT:
        tally.add(ADDED, _told(right_path, tally), None, other)
    elif other is ABSENT:
        tally.add(REMOVED, _told(left_path, tally), one, None)
    elif not _same(one, other, rules):
        left_place, right_place = _told(left_path, tally), _told(right_path, tally)
        tally.add(CHANGED, left_place, one, other, None if left_place == right_place else right_place)


def _told(path: Path, tally: Tally) -> str:
    """The pointer of a place, or nothing where it will not be shown any more."""
    if tally.is_full:
        return ""
    tokens = []
    while path:
        path, token = path
        tokens.append(token)
    return pointer(reversed(tokens))


def _same(one: Any, other: Any, rules: Rules) -> bool:
    """Whether two parts that are not both objects, nor both arrays, are the same."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return same_numbers(one, other, rules)
    if type(one) is not type(other) or isinstance(one, dict | list):
        return False
    if one == other:
        return True
    if rules.is_table and rules.has_tolerance:
        numbers = number_of(one), number_of(other)
        return numbers[0] is not None and numbers[1] is not None and same_numbers(numbers[0], numbers[1], rules)
    return False


def _members(one: dict[str, Any], other: dict[str, Any]) -> Iterator[Child]:
    for key, value in one.items():
        yield key, key, value, other.get(key, ABSENT)
    for key, value in other.items():
        if key not in one:
            yield key, key, ABSENT, value


def _items(one: list[Any], other: list[Any], rules: Rules) -> Iterator[Child]:
    if rules.keys and not rules.is_table:
        places = _places(one, rules.keys), _places(other, rules.keys)
        if places[0] is not None and places[1] is not None:
            yield from _matched(one, other, places[0], places[1])
            return
    for at in range(max(len(one), len(other))):
        token = str(at)
        yield token, token, one[at] if at < len(one) else ABSENT, other[at] if at < len(other) else ABSENT


def _matched(one: list[Any], other: list[Any], left: dict[Any, int], right: dict[Any, int]) -> Iterator[Child]:
    for key, at in left.items():
        there = right.get(key)
        if there is None:
            yield str(at), str(at), one[at], ABSENT
        else:
            yield str(at), str(there), one[at], other[there]
    for key, there in right.items():
        if key not in left:
            yield str(there), str(there), ABSENT, other[there]


def _places(items: list[Any], keys: tuple[str, ...]) -> dict[Any, int] | None:
    """Where the object of each key stands, or None where the keys don't tell the objects apart."""
    found: dict[Any, int] = {}
    for at, each in enumerate(items):
        if not isinstance(each, dict):
            return None
        values = tuple(each.get(key, ABSENT) for key in keys)
        if not all(isinstance(value, str | int | Decimal) for value in values):
            return None
        told = tuple((isinstance(value, bool), isinstance(value, str), value) for value in values)
        if told in found:
            return None
        found[told] = at
    return found
