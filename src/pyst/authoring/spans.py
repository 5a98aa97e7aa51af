"""Places in a text: lines and columns as offsets, and pieces that are put in place of others. Pure."""

from __future__ import annotations

import _ast
from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """A piece of text that takes the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with these edits, of which no two overlap."""
    pieces = []
    at = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join(pieces) + text[at:]


def outermost(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order, without those that lie within another. Of two that overlap, the first takes all of it."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda each: (each.start, -each.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
        elif edit.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=edit.end)
    return kept


class Offsets:
    """From lines and columns, as tokens and syntax trees give them, to places in a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)
        self._starts.append(len(text) + 1)

    def of(self, line: int, column: int) -> int:
        """The place of a line (from 1) and a column in characters."""
        return min(self._starts[line - 1] + column, len(self.text)) if line < len(self._starts) else len(self.text)

    def of_bytes(self, line: int, column: int) -> int:
        """The place of a line (from 1) and a column in bytes of UTF-8."""
        start = self._starts[line - 1]
        end = self._starts[line] - 1
        part = self.text[start:end]
        if part.isascii():
            return start + min(column, len(part))
        return start + len(part.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))

    def span(self, node: _ast.expr | _ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends."""
        return (
            self.of_bytes(node.lineno, node.col_offset),
            self.of_bytes(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )
