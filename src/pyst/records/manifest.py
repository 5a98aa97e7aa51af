"""What a script itself writes to `PYST_OUTPUT_PATH`: entries about its outputs, which are merged into the record.

A JSON object with `outputs`, or a list: of objects with `path` and, if they wish, `role`, `format` and anything else,
or of mere paths.
"""

from __future__ import annotations

import os
from typing import Any

from pyst.records.outputs import Declared, Entry
from pyst.records.record import Skipped

MOST_BYTES = 4 << 20
MOST_ENTRIES = 10_000
_MEASURED = ("path", "role", "format", "bytes", "sha256")
"""What of an entry is not a note: it says these, or pyst measures them itself."""


def parse_manifest(data: bytes, folder: str, cwd: str) -> Declared:
    """What the script's own manifest says. `folder` is the output folder; `cwd` is where the script started."""
    import json

    try:
        content = json.loads(data.decode())
    except RecursionError:
        return Declared({}, broken="it is nested too deeply")
    except ValueError as error:
        return Declared({}, broken=f"it is not JSON: {error}")
    listed = content.get("outputs", []) if isinstance(content, dict) else content
    if not isinstance(listed, list):
        return Declared({}, broken="expected an object with a list `outputs`, or a list")
    if len(listed) > MOST_ENTRIES:
        return Declared({}, broken=f"it has more than {MOST_ENTRIES} entries")
    entries: dict[str, Entry] = {}
    outside = []
    wrong = 0
    for each in listed:
        entry = {"path": each} if isinstance(each, str) else each
        path = entry.get("path") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not path or "\0" in path or not _is_plain(entry):
            wrong += 1
            continue
        place = place_below(path, folder, cwd)
        if place is None:
            outside.append(Skipped(path, "outside"))
        else:
            entries[place] = _entry(place, entry)
    broken = f"{wrong} of its {len(listed)} entries have no `path`, or numbers that are no JSON" if wrong else ""
    return Declared(entries, tuple(outside), broken)


def _entry(path: str, said: dict[str, Any]) -> Entry:
    role, form = said.get("role"), said.get("format")
    notes = {name: each for name, each in said.items() if name not in _MEASURED}
    return Entry(path, role if isinstance(role, str) else None, form if isinstance(form, str) else None, notes)


def _is_plain(value: Any) -> bool:
    """Whether it can be written as JSON again: Python reads NaN and the infinities, which are none."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return not isinstance(value, float) or value - value == 0


def place_below(path: str, folder: str, cwd: str) -> str | None:
    """`path` relative to the output folder, or None where it lies outside. Looks at names alone.

    A relative path counts from the output folder; or from where the script started, where that leads into the folder.
    """
    inner = os.path.normpath(os.path.join(folder, path))
    if not os.path.isabs(path) and not os.path.lexists(inner):
        from_start = os.path.normpath(os.path.join(cwd, path))
        if os.path.lexists(from_start) and from_start.startswith(folder + os.sep):
            inner = from_start
    if not inner.startswith(folder.rstrip(os.sep) + os.sep):
        return None
    return os.path.relpath(inner, folder)
