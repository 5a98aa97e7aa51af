"""What the settings of a project that nobody trusted may do: narrow, never loosen (SPEC section 3).

A checkout may be hostile. The rule of each setting stands in its row in `fields`; here is what the rules mean.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from pyst.settings.fields import Field


class Ruling(NamedTuple):
    """The value that counts, or the reason why the given one does not."""

    value: Any
    reason: str = ""


def narrowed(field: Field, value: Any, below: Any, root: str) -> Ruling:
    """What becomes of a `value` that an untrusted project gives, where `below` holds without it."""
    rule = field.untrusted
    if rule in ("free", "both") or value == below:
        return Ruling(value)
    if rule == "ranked":
        order = field.choices
        if below is None or order.index(value) <= order.index(below):
            return Ruling(value)
        return Ruling(below, f"{_shown(value)} is looser than {_shown(below)}")
    if rule == "less":
        if below is None or value <= below:
            return Ruling(value)
        return Ruling(below, f"{value} is more than {below}")
    if rule == "more":
        if value >= below:
            return Ruling(value)
        return Ruling(below, f"{value} is less than {below}")
    if rule == "inside":
        if not os.path.isabs(value) or is_inside(value, root):
            return Ruling(value)
        return Ruling(below, f"`{value}` is outside the project")
    if rule == "adds":
        return Ruling(tuple(dict.fromkeys((*below, *value))))
    return Ruling(below, "only a trusted project may set it")


def is_inside(path: str, folder: str) -> bool:
    """Whether `path`, its links followed, is `folder` or lies in it."""
    real, around = os.path.realpath(path), os.path.realpath(folder)
    return real == around or real.startswith(around.rstrip("/") + "/")


def _shown(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
