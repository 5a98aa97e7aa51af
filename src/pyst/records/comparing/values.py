"""The values of a comparison: what to let pass, what was found. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from pyst.records.comparing.pointers import Pattern

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
JSON, CSV, TEXT, BYTES = "json", "csv", "text", "bytes"
MOST_DIFFERENCES = 1000
"""How many differences of one pair are kept; the rest are counted."""
ZERO = Decimal(0)


class Rules(NamedTuple):
    """What is let pass, and how the parts of two outputs find each other.

    Two numbers are the same where they differ by no more than `absolute`, or than `relative` times the larger one.
    What an `ignored` pattern matches is left out with all below it. `keys` name the columns, or the members of objects
    in an array, that tell one row from another. `delimiter` separates the cells of a table (None: looked for).
    """

    absolute: Decimal = ZERO
    relative: Decimal = ZERO
    ignored: tuple[Pattern, ...] = ()
    keys: tuple[str, ...] = ()
    delimiter: str | None = None
    is_table: bool = False

    @property
    def has_tolerance(self) -> bool:
        return self.absolute > 0 or self.relative > 0


EXACT = Rules()


class Difference(NamedTuple):
    """One difference: `left` stands at `path` and `right` does not, or the other way round, or they are not the same.

    `path` is a JSON Pointer (RFC 6901) into the left document; of what was `added`, into the right one. Where the same
    part has another place on the right, that is `right_path`. In text the path says the lines: `-3,2 +3,1`.
    """

    kind: str
    path: str
    left: Any = None
    right: Any = None
    right_path: str | None = None


class Comparison(NamedTuple):
    """What came out of one pair.

    `method` is how it was compared. `differences` are the first of the `total` that there are. `is_identical`: byte for
    byte. `notes` say what a reader should know: why a file was not compared by structure, what was let pass.
    """

    method: str
    differences: tuple[Difference, ...] = ()
    total: int = 0
    is_identical: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        return self.total == 0


class Tally:
    """Collects differences: keeps the first, counts all."""

    def __init__(self, most: int = MOST_DIFFERENCES) -> None:
        self._most = most
        self.kept: list[Difference] = []
        self.total = 0

    @property
    def is_full(self) -> bool:
        """Whether the next one will only be counted."""
        return len(self.kept) >= self._most

    def add(self, kind: str, path: str, left: Any = None, right: Any = None, right_path: str | None = None) -> None:
        """Count a difference, and keep it if there is room."""
        self.total += 1
        if not self.is_full:
            self.kept.append(Difference(kind, path, left, right, right_path))
