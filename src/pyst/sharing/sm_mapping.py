"""The mapping of the script manager SM (`~/.sm/mapping.json`), read once to become part of ours. Pure.

It says for names of scripts which gist each lies in: as a table by name, whose entries are tables with `gist_id` or
just the id, or as a list of tables with `script_name` and `gist_id`; either may stand under `scripts`. `created_at` is
a time in ISO 8601, or in seconds since 1970. What the gists hold is not known from it: that is looked at when a script
is fetched. Whatever else it says is left behind, and SM's file as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pyst.errors import Failure, Where
from pyst.sharing.mapping import MOST_TAGS, Mapped, is_file_name, is_tag, time_text
from pyst.sharing.names import check_name, folded, suggest_name
from pyst.sharing.source_value import GIST

MOST_BYTES = 16 << 20
_IDS = ("gist_id", "gist", "id")


class Imported(NamedTuple):
    """What is taken over, by name, and what is not: the name it has there, and why."""

    entries: Mapping[str, Mapped]
    left_out: tuple[tuple[str, str], ...]


def sm_file(home: str) -> str:
    """Where SM keeps its mapping."""
    return os.path.join(home, ".sm", "mapping.json")


def import_sm(data: bytes, path: str, existing: Iterable[str], now: float) -> Imported:
    """The entries in the bytes of SM's file, but for names that are taken. Raises `Failure` (E_MAPPING)."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"it is not JSON ({error})") from error
    table = body.get("scripts", body) if isinstance(body, dict) else body
    if isinstance(table, dict):
        rows = [(name, value) for name, value in table.items() if name != "version"]
    elif isinstance(table, list):
        rows = [(each.get("script_name", each.get("name")) if isinstance(each, dict) else None, each) for each in table]
    else:
        raise _unreadable(path, "it has no scripts")
    taken = {folded(each) for each in existing}
    entries: dict[str, Mapped] = {}
    left_out = []
    for given, value in rows:
        shown = given if isinstance(given, str) else "?"
        entry = _entry(value, now)
        name = _name(given)
        if entry is None or name is None:
            left_out.append((shown, "it names no gist" if name else "that is no name"))
        elif folded(name) in taken:
            left_out.append((shown, f"`{name}` is in the mapping already"))
        else:
            taken.add(folded(name))
            entries[name] = entry
    return Imported(entries, tuple(left_out))


def _name(given: Any) -> str | None:
    if not isinstance(given, str) or not given:
        return None
    try:
        return check_name(given, (), lambda _: None)
    except Failure:
        name = suggest_name(given)
        return name if name != "script" or given == "script" else None


def _entry(value: Any, now: float) -> Mapped | None:
    told: Mapping[str, Any] = value if isinstance(value, dict) else {"gist_id": value}
    gist = next((told[each] for each in _IDS if isinstance(told.get(each), str)), None)
    if gist is None or not GIST.fullmatch(gist):
        return None
    file = next((told[each] for each in ("file", "filename") if is_file_name(told.get(each))), "")
    tags = told.get("tags")
    kept = tuple(each for each in tags if is_tag(each))[:MOST_TAGS] if isinstance(tags, list) else ()
    created = _time(told.get("created_at"), now)
    return Mapped(gist.lower(), file, "", "", created, _time(told.get("updated_at"), now), kept)


def _time(value: Any, now: float) -> str:
    """A time as ours; now, where it is none."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return time_text((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return time_text(value)
    except (ValueError, OverflowError, OSError):
        pass
    return time_text(now)


def _unreadable(path: str, reason: str) -> Failure:
    message = f"SM's mapping `{path}` can't be understood: {reason}"
    return Failure("E_MAPPING", message, hint="nothing was imported", where=Where(path))
