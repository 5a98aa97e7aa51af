"""JSON text with one member more: only the text of that member is new, everything else stays byte for byte. Pure."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


class NotPlainJson(Exception):
    """The text is no JSON object, or one that can't be changed without losing something; says what is wrong."""


class _Member(NamedTuple):
    """A member of an object: its name, where the name begins, and where its value begins and ends."""

    name: str
    start: int
    value: int
    end: int


def with_member(text: str, path: tuple[str, ...], value: dict[str, Any]) -> str:
    """`text` with `value` at `path`; objects on the way to it are made where they lack. Raises `NotPlainJson`."""
    if not text.strip(_SPACE):
        text = "{}\n"
    _require_plain(text)
    at = _skip(text, 0)
    unit = _unit_of(text)
    for depth, name in enumerate(path):
        members, closing = _members(text, at)
        found = next((each for each in members if each.name == name), None)
        if found is None:
            rest = _wrapped(path[depth + 1 :], value)
            return _inserted(text, at, members, closing, name, rest, unit)
        if depth + 1 == len(path):
            indent = _indent_at(text, found.start)
            return text[: found.value] + _written(value, unit, indent) + text[found.end :]
        if text[found.value] != "{":
            raise NotPlainJson(f"`{'.'.join(path[: depth + 1])}` is not an object")
        at = found.value
    raise AssertionError("the last name on the way returns")


def member(text: str, path: tuple[str, ...]) -> Any:
    """The value at `path`, or None. Raises `NotPlainJson`."""
    if not text.strip(_SPACE):
        return None
    found: Any = _require_plain(text)
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found


def _require_plain(text: str) -> dict[str, Any]:
    """The object that the text is. Raises `NotPlainJson` for comments, trailing commas, names that stand twice."""
    try:
        found = json.loads(text, object_pairs_hook=_without_doubles)
    except RecursionError:
        raise NotPlainJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        what = "it has comments, or is no JSON" if "//" in text or "/*" in text else "it is no JSON"
        raise NotPlainJson(f"{what}: {error.msg} in line {error.lineno}") from None
    except ValueError as error:
        raise NotPlainJson(str(error)) from None
    if not isinstance(found, dict):
        raise NotPlainJson("it is no JSON object")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(each for each in names if names.count(each) > 1)
        raise NotPlainJson(f"the name `{double}` stands twice in one object")
    return found


def _members(text: str, at: int) -> tuple[list[_Member], int]:
    """The members of the object that begins at `at`, and where its closing brace is. The text is valid JSON."""
    found = []
    here = _skip(text, at + 1)
    while text[here] != "}":
        start = here
        name, here = _DECODER.raw_decode(text, here)
        value = _skip(text, _skip(text, here) + 1)
        _, end = _DECODER.raw_decode(text, value)
        found.append(_Member(name, start, value, end))
        here = _skip(text, end)
        if text[here] == ",":
            here = _skip(text, here + 1)
    return found, here


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _unit_of(text: str) -> str:
    """What one level is indented by: what the first indented line begins with."""
    for line in text.splitlines():
        if line[:1] in (" ", "\t") and line.strip():
            return line[: len(line) - len(line.lstrip())]
    return "  "


def _indent_at(text: str, at: int) -> str:
    """What the line begins with in which `at` lies."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _wrapped(path: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return value


def _written(value: dict[str, Any], unit: str, indent: str) -> str:
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", "\n" + indent)


def _inserted(
    text: str, at: int, members: list[_Member], closing: int, name: str, value: dict[str, Any], unit: str
) -> str:
    """The text with a new last member in the object between `at` and `closing`."""
    outer = _indent_at(text, at)
    on_a_line = members and "\n" in text[at : members[-1].start]
    indent = _indent_at(text, members[-1].start) if on_a_line else outer + unit
    written = f"{json.dumps(name, ensure_ascii=False)}: {_written(value, unit, indent)}"
    if not members:
        return f"{text[: at + 1]}\n{indent}{written}\n{outer}{text[closing:]}"
    end = members[-1].end
    if not on_a_line:
        return f"{text[:end]},\n{indent}{written}\n{outer}{text[closing:]}"
    return f"{text[:end]},\n{indent}{written}{text[end:]}"
