"""Two texts by line: the shortest edit (Myers, 1986), or a coarser one where that would take too long. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pyst.records.comparing.values import ADDED, CHANGED, REMOVED, Tally

MOST_STEPS = 2_000_000
"""How much work the shortest edit may take; beyond, all lines between the first and the last difference count."""
MOST_LINES = 400_000
"""How many lines are taken apart at all."""


class TooManyLines(Exception):
    """So many lines that only their hash and size can be compared."""


class Edit(NamedTuple):
    """Lines `left_start` to `left_end` (without the latter; from 0) make room for those of the right text."""

    left_start: int
    left_end: int
    right_start: int
    right_end: int


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends; only `\\n` ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def edits(left: Sequence[str], right: Sequence[str], *, most_steps: int = MOST_STEPS) -> list[Edit]:
    """The edits that make the right lines of the left ones, in order; none where they are the same."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    if start == len(left) - end and start == len(right) - end:
        return []
    inner = Edit(start, len(left) - end, start, len(right) - end)
    if inner.left_start == inner.left_end or inner.right_start == inner.right_end:
        return [inner]
    pairs = _common(left[start : len(left) - end], right[start : len(right) - end], most_steps)
    return [inner] if pairs is None else _between(pairs, inner)


def _common(left: Sequence[str], right: Sequence[str], most_steps: int) -> list[tuple[int, int]] | None:
    """The pairs of lines that stay, by Myers' greedy search; None where it would take too long."""
    numbers: dict[str, int] = {}
    one, other = ([numbers.setdefault(line, len(numbers)) for line in lines] for lines in (left, right))
    rounds: list[list[int]] = []
    steps = 0
    for distance in range(len(one) + len(other) + 1):
        before = rounds[-1] if rounds else [0]
        reached: list[int] = []
        for at in range(distance + 1):
            x = began = before[at] if _goes_down(before, at, distance) else before[at - 1] + 1
            y = x + distance - 2 * at
            while x < len(one) and y < len(other) and one[x] == other[y]:
                x, y = x + 1, y + 1
            reached.append(x)
            if x >= len(one) and y >= len(other):
                return _way_back([*rounds, reached], len(one), len(other))
            steps += x - began + 1
            if steps > most_steps:
                return None
        rounds.append(reached)
    raise AssertionError("an edit of all lines always exists")


def _goes_down(before: list[int], at: int, distance: int) -> bool:
    """Whether the way to a diagonal (counted from the lowest) adds a line of the right, rather than removes one."""
    return at == 0 or (at != distance and before[at - 1] < before[at])


def _way_back(rounds: list[list[int]], x: int, y: int) -> list[tuple[int, int]]:
    """The pairs of lines on the way that led to the end."""
    pairs = []
    for distance in range(len(rounds) - 1, -1, -1):
        from_x = from_y = 0
        if distance:
            before, at = rounds[distance - 1], (x - y + distance) // 2
            down = _goes_down(before, at, distance)
            from_x = before[at] if down else before[at - 1]
            from_y = from_x - (x - y + (1 if down else -1))
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = from_x, from_y
    pairs.reverse()
    return pairs


def _between(pairs: list[tuple[int, int]], inner: Edit) -> list[Edit]:
    """What is left between the pairs of lines that stay."""
    found = []
    x, y = inner.left_start, inner.right_start
    offset_x, offset_y = x, y
    size = (inner.left_end - offset_x, inner.right_end - offset_y)
    for left, right in [*pairs, size]:
        if x < left + offset_x or y < right + offset_y:
            found.append(Edit(x, left + offset_x, y, right + offset_y))
        x, y = left + offset_x + 1, right + offset_y + 1
    return found


def compare_lines(left: bytes, right: bytes, tally: Tally) -> tuple[str, ...]:
    """Add to the tally which lines differ, one difference for each block; gives what is to be said of it.

    What is not UTF-8 is kept as it is (PEP 383). Only what lies between the first and the last line that differ is
    taken apart, however long the rest is. Raises `TooManyLines`.
    """
    start, tail = shared_ends(left, right)
    start = left.rfind(b"\n", 0, start) + 1
    line_end = left.find(b"\n", len(left) - tail)  # the tail is the same on both sides
    kept = 0 if line_end < 0 else len(left) - line_end - 1
    inner = left[start : len(left) - kept], right[start : len(right) - kept]
    if sum(each.count(b"\n") for each in inner) > MOST_LINES:
        raise TooManyLines(f"more than {MOST_LINES} lines lie between the first and the last difference")
    one, other = (lines_of(each.decode("utf-8", "surrogateescape")) for each in inner)
    above = left.count(b"\n", 0, start)
    for edit in edits(one, other):
        removed, added = one[edit.left_start : edit.left_end], other[edit.right_start : edit.right_end]
        kind = CHANGED if removed and added else REMOVED if removed else ADDED
        tally.add(kind, place_of(edit, above), "".join(removed) or None, "".join(added) or None)
    ends = left.endswith(b"\n"), right.endswith(b"\n")
    if left and right and ends[0] != ends[1]:
        return (f"the {'right' if ends[0] else 'left'} one does not end with a line break",)
    return ()


def place_of(edit: Edit, above: int = 0) -> str:
    """The lines of an edit as unified diffs tell them, `-3,2 +3,1`; `above` lines lie before those it speaks of."""
    left, right = edit.left_end - edit.left_start, edit.right_end - edit.right_start
    first, second = above + edit.left_start + (left > 0), above + edit.right_start + (right > 0)
    return f"-{first},{left} +{second},{right}"


def shared_ends(left: bytes, right: bytes) -> tuple[int, int]:
    """How many bytes the two have in common at their start, and how many at their end, without overlap."""
    shorter = min(len(left), len(right))
    start = _shared(shorter, lambda at, end: left[at:end] == right[at:end])
    ends = len(left), len(right)
    tail = _shared(
        shorter - start,
        lambda at, end: left[ends[0] - end : ends[0] - at] == right[ends[1] - end : ends[1] - at],
    )
    return start, tail


def shared_start(left: str, right: str) -> int:
    """How many characters two texts have in common at their start."""
    return _shared(min(len(left), len(right)), lambda at, end: left[at:end] == right[at:end])


def _shared(most: int, is_same: Callable[[int, int], bool]) -> int:
    """The length of the longest shared part: chunk by chunk, and inside of the last one by halves."""
    at, chunk = 0, 1 << 16
    while at < most:
        end = min(at + chunk, most)
        if is_same(at, end):
            at = end
        elif chunk == 1:
            break
        else:
            chunk = max((end - at) // 2, 1)
    return at
