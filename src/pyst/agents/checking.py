"""Whether a value fits a JSON Schema, as far as the schemas of tools go, said so that a model can mend it. Pure.

Knows the words that `schemas` and the result schemas of interfaces use: `type`, `enum`, `properties`, `required`,
`additionalProperties`, `items`, `prefixItems`, `minItems`, `maxItems`, `minimum`, `maximum`, `anyOf`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from pyst.agents.texts import bounded
from pyst.errors import did_you_mean

MOST_PROBLEMS = 5
MOST_DEPTH = 64
_KINDS: dict[str, Any] = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}
_NOUNS = {"integer": "an integer", "array": "an array", "object": "an object", "null": "null"}


class Problem(NamedTuple):
    """What does not fit: where (a JSON Pointer, RFC 6901; empty for the whole), what is wrong, and the way on."""

    pointer: str
    message: str
    hint: str = ""


def problems(value: Any, schema: dict[str, Any], pointer: str = "") -> list[Problem]:
    """What does not fit, at most five."""
    found: list[Problem] = []
    _check(value, schema, pointer, found, 0)
    return found[:MOST_PROBLEMS]


def below(pointer: str, name: str | int) -> str:
    """The pointer to a member."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal; `true` is not `1`."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _check(value: Any, schema: dict[str, Any], pointer: str, found: list[Problem], depth: int) -> None:
    if len(found) >= MOST_PROBLEMS:
        return
    if depth > MOST_DEPTH:
        found.append(Problem(pointer, "is nested too deep"))
        return
    if isinstance(value, float) and not math.isfinite(value):
        found.append(Problem(pointer, "is no number that JSON has"))
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, each) for each in kinds):
        wanted = " or ".join(_NOUNS.get(each, f"a {each}") for each in kinds)
        found.append(Problem(pointer, f"must be {wanted}, not {shown(value)}"))
        return
    if "enum" in schema and not any(same(value, each) for each in schema["enum"]):
        found.append(_not_among(value, schema["enum"], pointer))
        return
    if "anyOf" in schema and not any(not problems(value, each, pointer) for each in schema["anyOf"]):
        found.append(Problem(pointer, f"has a form that is not allowed: {shown(value)}"))
        return
    if isinstance(value, dict):
        _check_object(value, schema, pointer, found, depth)
    elif isinstance(value, list):
        _check_array(value, schema, pointer, found, depth)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            found.append(Problem(pointer, f"must be at least {schema['minimum']}"))
        if value > schema.get("maximum", value):
            found.append(Problem(pointer, f"must be at most {schema['maximum']}"))


def _is(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return kind == "number" or isinstance(value, int) or value.is_integer()
    return isinstance(value, _KINDS[kind])


def _not_among(value: Any, choices: list[Any], pointer: str) -> Problem:
    words = [each if isinstance(each, str) else str(each) for each in choices]
    listed = ", ".join(f"`{bounded(each, 60)}`" for each in words[:10]) + (", …" if len(words) > 10 else "")
    return Problem(pointer, f"must be one of {listed}, not {shown(value)}", did_you_mean(str(value)[:200], words))


def _check_object(
    value: dict[Any, Any], schema: dict[str, Any], pointer: str, found: list[Problem], depth: int
) -> None:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            found.append(Problem(below(pointer, name), "is required"))
    for name, each in value.items():
        inner = properties.get(name, others)
        if inner is False:
            place = below(pointer, bounded(str(name), 100))
            found.append(Problem(place, "is not a parameter", _known(str(name), list(properties))))
        elif isinstance(inner, dict):
            _check(each, inner, below(pointer, name), found, depth + 1)


def _known(name: str, names: list[str]) -> str:
    near = did_you_mean(name[:200], names)
    if near or not names:
        return near
    listed = ", ".join(f"`{each}`" for each in names[:20])
    return f"there are {listed}" + (", …" if len(names) > 20 else "")


def _check_array(value: list[Any], schema: dict[str, Any], pointer: str, found: list[Problem], depth: int) -> None:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most and len(value) != least:
        found.append(Problem(pointer, f"must have {least} items, not {len(value)}"))
    elif least is not None and len(value) < least:
        found.append(Problem(pointer, f"must have at least {least} {'item' if least == 1 else 'items'}"))
    elif most is not None and len(value) > most:
        found.append(Problem(pointer, f"must have at most {most} items"))
    first = schema.get("prefixItems", [])
    for number, each in enumerate(value):
        inner = first[number] if number < len(first) else schema.get("items")
        if isinstance(inner, dict):
            _check(each, inner, below(pointer, number), found, depth + 1)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, str):
        return f"`{bounded(value, 60)}`"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "an object"
    return "an array" if isinstance(value, list) else bounded(str(value) if abs(value) < 10**60 else "a number", 60)
