"""What this machine was about to write to the gist, kept in its mapping until it knows what became of that. Pure.

Who finds it there was killed, or had no answer, or the mapping was changed meanwhile. If the gist has the document of
this id, then all that was mapped here at that time is in it: what is said of that is no news from elsewhere, and what
was changed or deleted here since then was done later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pyst.sharing.mapping import Mapped, ScriptMapping, parse_entries, tell_entries

KEY = "pending"
"""The key of `mapping.json`: `{"id": …, "scripts": {…}}`."""


class Pending(NamedTuple):
    """The id of the document, and what was mapped here when it was made."""

    id: str
    scripts: Mapping[str, Mapped]


def read_pending(mapping: ScriptMapping) -> Pending | None:
    """What was about to be written; None where nothing was, or it can't be understood."""
    found = mapping.more.get(KEY)
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        return None
    try:
        return Pending(found["id"], parse_entries(found.get("scripts")))
    except ValueError:
        return None


def with_pending(mapping: ScriptMapping, id: str) -> ScriptMapping:
    """The mapping with what is about to be written."""
    return mapping._replace(more={**mapping.more, KEY: {"id": id, "scripts": tell_entries(mapping.scripts)}})


def without_pending(mapping: ScriptMapping) -> ScriptMapping:
    """The mapping once that is known."""
    return mapping._replace(more={key: each for key, each in mapping.more.items() if key != KEY})
