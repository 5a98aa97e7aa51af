"""Where the parameters stand in the lines of a docstring: Google's, NumPy's and reStructuredText's ways. Pure.

What they say is read by `scripts.introspect.docstrings`; here it is the lines that count, so that they can be edited.
"""

from __future__ import annotations

from typing import NamedTuple

from pyst.scripts.introspect.docstrings import PARAMETER_TITLES

GOOGLE, NUMPY, REST = "google", "numpy", "rest"


class Entry(NamedTuple):
    """The names that an entry tells of, its first line, and the line behind its last (from 0)."""

    names: tuple[str, ...]
    first: int
    end: int


class Section(NamedTuple):
    """The parameters in the lines of a docstring: where the title stands (-1: none), and each entry."""

    style: str
    title: int
    indent: str
    entries: tuple[Entry, ...]


def find_section(lines: list[str]) -> Section | None:
    """The parameters in the lines of a docstring, the first of which is indented as all others."""
    for at, line in enumerate(lines):
        title = line.strip().rstrip(":").strip().lower()
        following = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if title in PARAMETER_TITLES:
            if is_rule(following):
                return Section(NUMPY, at, _margin(line), _entries(lines, at + 2, NUMPY, _margin(line)))
            if line.rstrip().endswith(":"):
                found = _entries(lines, at + 1, GOOGLE, _margin(line))
                return Section(GOOGLE, at, _margin(lines[found[0].first]) if found else _margin(line) + "    ", found)
    fields = _fields(lines)
    return Section(REST, -1, _margin(lines[fields[0].first]), fields) if fields else None


def is_rule(line: str) -> bool:
    """Whether a line underlines the one above it."""
    return len(line) >= 3 and not line.strip("-=")


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _entries(lines: list[str], start: int, style: str, margin: str) -> tuple[Entry, ...]:
    """The entries of a section that begins at `start`; those that are empty lines at an end belong to none."""
    found: list[Entry] = []
    base: str | None = None
    for at in range(start, len(lines)):
        line = lines[at]
        if not line.strip():
            continue
        here = _margin(line)
        if (style == GOOGLE and len(here) <= len(margin)) or (
            style == NUMPY and (len(here) < len(margin) or (at + 1 < len(lines) and is_rule(lines[at + 1].strip())))
        ):
            break
        base = here if base is None else base
        if len(here) <= len(base):
            found.append(Entry(_names(line), at, at + 1))
        elif found:
            found[-1] = found[-1]._replace(end=at + 1)
    return tuple(found)


def _names(line: str) -> tuple[str, ...]:
    head = line.strip().removeprefix("- ").removeprefix("* ").partition(":")[0].partition("(")[0]
    return tuple(each.strip().strip("`").lstrip("*") for each in head.split(",") if each.strip())


def _fields(lines: list[str]) -> tuple[Entry, ...]:
    """The `:param name: …` fields, each with its `:type name:` told as an entry of its own."""
    found: list[Entry] = []
    inside = False
    for at, line in enumerate(lines):
        bare = line.strip()
        words = bare[1 : bare.find(":", 1)].split() if bare.startswith(":") and bare.find(":", 1) > 1 else []
        if words:
            inside = len(words) > 1 and words[0] in ("param", "parameter", "arg", "argument", "key", "keyword", "type")
            if inside:
                found.append(Entry((words[-1].lstrip("*"),), at, at + 1))
        elif inside and bare and found and len(_margin(line)) > len(_margin(lines[found[-1].first])):
            found[-1] = found[-1]._replace(end=at + 1)
        else:
            inside = False
    return tuple(found)
