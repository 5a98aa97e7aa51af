"""The values of `pyst doctor`: what examinations are given, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.system.paths import Paths

if TYPE_CHECKING:
    from pyst.settings.workspace import Workspace
    from pyst.system.process import Runner
    from pyst.system.uv import Uv

STATUSES = ("ok", "warn", "fail")

Mend = Callable[[], str]
"""Mends what was found and says what it did. Raises `OSError` or `Failure` where it can't."""


class Case(NamedTuple):
    """What is examined. `workspace` reads the settings, and may raise `Failure`; `clock` gives seconds since 1970."""

    environ: Mapping[str, str]
    paths: Paths
    cwd: str
    uv: Uv
    runner: Runner
    workspace: Callable[[], Workspace]
    clock: Callable[[], float]
    online: bool = False
    offline: bool = False


class Result(NamedTuple):
    """One thing that was looked at. `hint` says what a person can do; `mended` what was done about it."""

    name: str
    status: str
    message: str
    hint: str = ""
    mend: Mend | None = None
    mended: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status,
            "message": self.message,
            "hint": self.hint or None,
            "fixable": self.mend is not None,
            "mended": self.mended,
        }


Examination = Callable[[Case], Iterator[Result]]
