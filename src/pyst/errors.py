"""The ways in which pyst says no: exit codes and `Failure`.

Owns the exit codes of pyst itself (SPEC: a script's own code always passes through untouched) and the one
exception that carries a message for a person. It is raised anywhere and caught in one place, `cli.main`.
"""

from __future__ import annotations

from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any


class ExitCode:
    """Exit codes of pyst itself, after sysexits(3) and the shells' conventions."""

    OK = 0
    ERROR = 1
    USAGE = 64
    BLOCKED = 101
    NEEDS_NETWORK = 102
    TIMED_OUT = 124
    CANNOT_EXECUTE = 126
    NOT_FOUND = 127
    INTERRUPTED = 130


class Where(NamedTuple):
    """A place in a file: `path:line`, and the key there if it has one. Lines count from 1; 0 is unknown."""

    path: str
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}, key `{self.key}`" if self.key else place


class Fix(NamedTuple):
    """A command that would mend what failed, and how risky it is (`none`, `low`, `high`)."""

    command: str
    risk: str = "low"


class Failure(Exception):
    """Something that pyst can't or won't do, told so that a person can act on it.

    `code` is a stable `E_*` slug, `message` says what failed with the thing in backticks, `hint` the way on.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        exit: int = ExitCode.ERROR,
        where: Where | None = None,
        fix: Fix | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit = exit
        self.where = where
        self.fix = fix
        self.detail = detail or {}


def near_misses(name: str, known: list[str], *, most: int = 3) -> list[str]:
    """The names in `known` that a person who typed `name` may have meant, nearest first."""
    from difflib import get_close_matches

    return get_close_matches(name, known, n=most, cutoff=0.6)


def did_you_mean(name: str, known: list[str]) -> str:
    """A hint that names the near misses, or an empty string where there is none."""
    close = near_misses(name, known)
    return "did you mean " + " or ".join(f"`{each}`" for each in close) + "?" if close else ""
