"""The values of a check: a rule, what it found, and the remedy that would mend it."""

from __future__ import annotations

from typing import Any, NamedTuple

LEVELS = ("error", "warning", "info")


class Remedy(NamedTuple):
    """A change that mends a finding.

    `kind` is `require` and `drop` (`text` is a requirement), `python` (`text` is a specifier), `executable`, or
    `replace`: of the characters from `start` to `end` (line from 1, column from 0) by `text`. A remedy is `is_safe`
    where it can't break a run that works now, and brings no package whose name was only guessed.
    """

    kind: str
    text: str
    is_safe: bool
    label: str
    start: tuple[int, int] = (0, 0)
    end: tuple[int, int] = (0, 0)


class Rule(NamedTuple):
    """One thing that is looked for. `code` and `name` are stable. `level` is the gravest that it reports.

    Of a rule that is not `can_be_ignored` no comment in the script can take the finding away.
    """

    code: str
    name: str
    level: str
    summary: str
    reason: str
    can_be_ignored: bool = True


class Finding(NamedTuple):
    """Something found in a script. Lines and columns count from 1; 0 is the file as a whole."""

    rule: Rule
    message: str
    line: int = 0
    column: int = 0
    hint: str = ""
    level: str = ""
    remedy: Remedy | None = None

    @property
    def severity(self) -> str:
        """The level of this finding: its own, or that of its rule."""
        return self.level or self.rule.level

    def to_json(self) -> dict[str, Any]:
        fix = None
        if self.remedy:
            fix = {"label": self.remedy.label, "is_safe": self.remedy.is_safe}
        return {
            "level": self.severity,
            "code": self.rule.code,
            "name": self.rule.name,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "hint": self.hint or None,
            "fixable": self.remedy is not None and self.remedy.is_safe,
            "fix": fix,
        }
