"""The YAML head of a SKILL.md, in the small part of YAML that every reader agrees about. Pure.

Written are only plain and double-quoted scalars on one line, and one mapping (`metadata`). Read is only what is
written here: whatever else a head holds, it is not one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyst.system.terminal import clean

MARK = "---"
KEY = re.compile(r"[a-z][a-z0-9-]*")
PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 ,.;()/_+'-]*[A-Za-z0-9.)])?")
WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""What YAML 1.1 takes for something else than text."""

Head = dict[str, "str | dict[str, str]"]


def scalar(text: str) -> str:
    """`text` as a YAML scalar on one line. What a line can't hold is made visible; `---` never appears in it."""
    text = " ".join(clean(text.replace("\t", " ").replace("\n", " ")).split())
    if PLAIN.fullmatch(text) and text.lower() not in WORDS and MARK not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"(?<=--)-", r"\\x2d", escaped) + '"'


def write_head(head: Mapping[str, str | Mapping[str, str]]) -> str:
    """The head, from mark to mark. Raises `ValueError` for a key that is no simple word."""
    lines = [MARK]
    for key, value in head.items():
        if isinstance(value, str):
            lines.append(f"{_key(key)}: {scalar(value)}")
        else:
            lines.append(f"{_key(key)}:")
            lines += [f"  {_key(inner)}: {scalar(text)}" for inner, text in value.items()]
    return "\n".join([*lines, MARK]) + "\n"


def _key(name: str) -> str:
    if not KEY.fullmatch(name):
        raise ValueError(f"`{name}` can't be a key")
    return name


def read_head(text: str) -> tuple[Head, str] | None:
    """The head of a text and what follows it; None where it is not exactly such a head as `write_head` writes."""
    lines = text.split("\n")
    if lines[0] != MARK or MARK not in lines[1:]:
        return None
    end = lines.index(MARK, 1)
    head: Head = {}
    inside: dict[str, str] | None = None
    for line in lines[1:end]:
        nested = line.startswith("  ")
        key, colon, rest = line.removeprefix("  ").partition(":")
        target = inside if nested else head
        if not colon or not KEY.fullmatch(key) or target is None or key in target:
            return None
        if not nested and not rest:
            inside = {}
            head[key] = inside
            continue
        value = _value(rest)
        if value is None:
            return None
        if not nested:
            inside = None
        target[key] = value
    return head, "\n".join(lines[end + 1 :])


def _value(rest: str) -> str | None:
    """The text of a scalar behind its key's colon; None where `scalar` would not have written it."""
    if rest[:1] != " ":
        return None
    written = rest[1:]
    text = written
    if written[:1] == '"':
        if len(written) < 2 or written[-1] != '"':
            return None
        text = re.sub(r'\\(x2d|["\\])', lambda found: "-" if found[1] == "x2d" else found[1], written[1:-1])
    return text if scalar(text) == written else None
