"""Mappings for tests: entries that a number tells apart, put into the mapping of a machine and dropped from it."""

from __future__ import annotations

from typing import Any

from pyst.sharing.mapping import change_mapping, parse_entries

TIMES = [f"2026-01-0{day}T00:00:00Z" for day in range(1, 5)]


def entry(number: int = 1, **changed: Any) -> dict[str, Any]:
    """An entry; `number` sets where it comes from."""
    found = {
        "gist": f"{number:032x}",
        "file": "tool.py",
        "version": f"{number:040x}",
        "sha256": f"{number:064x}",
        "created_at": TIMES[0],
        "updated_at": TIMES[0],
        "tags": [],
        "enabled": True,
    }
    return {**found, **changed}


def put_entry(path: str, name: str, number: int = 1, **changed: Any) -> None:
    """Map the name in the mapping at `path`, or map it anew."""
    value = parse_entries({name: entry(number, **changed)})[name]
    change_mapping(path, lambda found: found.with_script(name, value))


def drop_entry(path: str, name: str) -> None:
    """Have the name be mapped no more."""
    change_mapping(path, lambda found: found.without(name))
