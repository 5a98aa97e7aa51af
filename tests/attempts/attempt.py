"""The value of one attempt, the list of all, and the script that an attempt is. Leaves judging to `scene`."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.attempts.scene import Scene

PRELUDE = Path(__file__).with_name("inside.py")
BLOCK = '# /// script\n# dependencies = ["{}"]\n# ///\n'


class Stage(NamedTuple):
    """How one attempt is judged.

    `given` is told to the attempt. `succeeded` looks from outside when the run is over; `look` does so while it runs,
    again and again. One of the two being true once is success.
    """

    given: dict[str, Any]
    succeeded: Callable[[], bool] = lambda: False
    look: Callable[[], bool] = lambda: False


Setting = Callable[["Scene"], Iterator[Stage]]
"""Prepares the ground of an attempt, yields its stage once, and clears up."""


class NotHere(Exception):
    """This machine, or this user, can't have the attempt; the message says why."""


class Attempt(NamedTuple):
    """One attempt: `breach` where success reaches what is not the run's own, else it is a bound that is passed."""

    name: str
    group: str
    what: str
    source: str
    setting: Setting
    breach: bool
    requirement: str

    def script(self) -> str:
        """The attempt as a script: it gets what it has to know as JSON, its only argument."""
        block = BLOCK.format(self.requirement) if self.requirement else ""
        call = self.name.replace("-", "_")
        return f"{block}{PRELUDE.read_text(encoding='utf-8')}\n\n{self.source}\n\n{call}(given())\n"


ATTEMPTS: dict[str, Attempt] = {}


def attempt(setting: Setting, *, breach: bool = True, requirement: str = "") -> Callable[[Callable[..., None]], Any]:
    """Register a function as an attempt: its module is the group, its docstring says what it does."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        lines = textwrap.dedent(inspect.getsource(function)).splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("def "))
        name = function.__name__.replace("_", "-")
        assert name not in ATTEMPTS, name
        group = function.__module__.rpartition(".")[2].replace("_", " ")
        what = (function.__doc__ or "").strip().rstrip(".")
        ATTEMPTS[name] = Attempt(name, group, what, "\n".join(lines[start:]), setting, breach, requirement)
        return function

    return register
