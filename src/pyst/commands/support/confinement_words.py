"""How a person is shown walls and permissions: lines made of the JSON data of reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyst.system.terminal import Line, Span

STYLES = {"granted": "good", "denied": "bad", "missing": "warn"}
WORDS = {
    "remembered": "by a grant",
    "flags": "by an option",
    "profile": "by the profile",
    "settings": "by the settings",
    "asked": "just now",
}
UNITS = {
    "timeout_seconds": "s",
    "memory_bytes": "bytes of memory",
    "cpu_seconds": "s of processor",
    "processes": "processes",
    "file_bytes": "bytes in a file",
    "disk_bytes": "bytes written",
}


def wall_lines(walls: dict[str, Any]) -> Iterator[Line]:
    """What the walls of a plan leave open, a line for each kind."""
    yield [Span("walls  ", "dim"), walls["tier"]]
    net = walls["net"]
    hosts = [f"{each['host']}:{each['port'] or '*'}" for each in net["hosts"]]
    shown = {
        "read": walls["read"],
        "write": walls["write"],
        "denied": walls["denied"],
        "run": ["*"] if walls["run"] is None else walls["run"],
        "net": hosts or ([] if net["mode"] == "off" else [net["mode"]]),
        "env": walls["env"],
    }
    for name, items in shown.items():
        if items:
            yield [Span(f"  {name:<7}", "dim"), " ".join(items)]
    bounds = [number(walls["bounds"][name], unit) for name, unit in UNITS.items() if walls["bounds"][name] is not None]
    if bounds:
        yield [Span("  bounds ", "dim"), ", ".join(bounds)]


def number(value: float, unit: str) -> str:
    """A bound with its unit: whole numbers in full, seconds as short as they go."""
    return f"{value if isinstance(value, int) else f'{value:g}'} {unit}"


def said_by(item: dict[str, Any]) -> str:
    """Who allowed or denied an item, and at which place."""
    by = WORDS.get(item["by"], "")
    return f"{by}: {item['where']}" if item["by"] in ("profile", "settings") and item["where"] else by


def permission_lines(permissions: dict[str, Any] | None) -> Iterator[Line]:
    """What was granted, denied and is missing, and who said so, where."""
    for each in permissions["items"] if permissions else ():
        said = ", ".join(filter(None, ("declared by the script" if each["declared"] else "", said_by(each))))
        state = Span(f"{each['state']:<8}", STYLES[each["state"]])
        yield [state, f" {each['kind']:<6} {each['item']}", Span(f"  ({said})" if said else "", "dim")]
