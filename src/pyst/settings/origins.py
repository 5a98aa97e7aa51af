"""Where a setting's value came from, and which values were passed over.

Values only. A line number is worked out when it is asked for: reading settings must not pay for what only errors,
`explain` and `config` show.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pyst.errors import Where

KINDS = ("default", "global", "pyproject", "project", "variable", "flag")
"""The layers of settings, weakest first."""


class Origin(NamedTuple):
    """Where a value was given: `path` is the file, or the name of the variable.

    `text` is the content of the file and `key` the way to the value in it.
    """

    kind: str
    path: str = ""
    text: str = ""
    key: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """The line in the file (from 1), or 0 where there is none."""
        return self.line_of()

    def line_of(self, *item: int) -> int:
        """The line of one element of the array that was given."""
        if not self.text:
            return 0
        from pyst.settings.locate import line_of

        return line_of(self.text, (*self.key, *item))

    def where(self, *item: int) -> Where:
        """The place as one shows it to a person."""
        return Where(self.path or self.kind, self.line_of(*item), ".".join(self.key))

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "path": self.path or None, "line": self.line or None}


DEFAULT = Origin("default")


class Ignored(NamedTuple):
    """A value of an untrusted project that does not count, and why."""

    key: str
    origin: Origin
    reason: str

    @property
    def where(self) -> Where:
        return self.origin.where()

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "origin": self.origin.to_json(), "reason": self.reason}
