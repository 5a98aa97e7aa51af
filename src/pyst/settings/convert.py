"""One value of a setting: what its type allows, and what becomes of it. From TOML, and from a variable's text.

Pure, but that `~` is the home it is told. Which file and line a wrong value stands in is told by the caller.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from pyst.settings.fields import Field

TYPES = {
    "bool": "`true` or `false`",
    "text": "a string",
    "choice": "one of its choices",
    "integer": "an integer of at least 0",
    "size": "a number of bytes, or a string like `512M` or `2G`",
    "duration": "a number of seconds, or a string like `7 days`, `12 hours` or `30m`",
    "path": "a path, as a string",
    "paths": "an array of paths, as strings",
    "words": "an array of strings",
    "texts": "an array of strings",
    "names": "a name or an array of names",
    "cwd": "`project`, `script`, `current`, or a path (absolute, or with a `/`)",
}

CWD_WORDS = ("project", "script", "current")
SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
UNIT_WORDS = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}


class Base(NamedTuple):
    """What paths are relative to: the folder of the file (or the current one), and the home that `~` means."""

    folder: str
    home: str


class Wrong(Exception):
    """A value that its type does not allow. `item` is the element of the array that is wrong, if it is one."""

    def __init__(self, expected: str, item: int | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.item = item


def expected_of(field: Field) -> str:
    """What the field takes, in words."""
    if field.type == "choice":
        *most, last = (f"`{each}`" for each in field.choices)
        return f"{', '.join(most)} or {last}"
    return TYPES[field.type]


def from_toml(field: Field, value: Any, base: Base) -> Any:
    """The value of a field as TOML (or a flag) gave it, converted. Raises `Wrong`."""
    kind = field.type
    if kind == "bool":
        if not isinstance(value, bool):
            raise Wrong(expected_of(field))
        return value
    if kind in ("integer", "size", "duration"):
        return _number(field, value)
    if kind in ("paths", "words", "texts", "names"):
        return _several(field, value, base)
    if not isinstance(value, str) or not value or "\0" in value:
        raise Wrong(expected_of(field))
    if kind == "choice" and value not in field.choices:
        raise Wrong(expected_of(field))
    if kind == "path":
        return resolved(value, base)
    if kind == "cwd" and value not in CWD_WORDS:
        if "/" not in value and value not in (".", "..", "~"):
            raise Wrong(expected_of(field))
        return resolved(value, base)
    return value


def from_text(field: Field, text: str, base: Base) -> Any:
    """The value of a field as an environment variable gave it. Raises `Wrong`.

    Paths are separated like those of `PATH`, words like a shell does it, other lists by commas.
    """
    kind = field.type
    if kind == "bool":
        word = text.strip().lower()
        if word in ("1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise Wrong("`1`, `true`, `yes`, `on`, `0`, `false`, `no` or `off`")
    if kind in ("integer", "size", "duration"):
        bare = text.strip()
        return from_toml(field, int(bare) if bare.isascii() and bare.isdecimal() else bare, base)
    if kind == "paths":
        return from_toml(field, [each for each in text.split(os.pathsep) if each], base)
    if kind == "words":
        import shlex

        try:
            return from_toml(field, shlex.split(text), base)
        except ValueError as error:
            raise Wrong(f"words as a shell splits them ({error})") from error
    if kind in ("texts", "names"):
        return from_toml(field, [each.strip() for each in text.split(",") if each.strip()], base)
    return from_toml(field, text, base)


def resolved(path: str, base: Base) -> str:
    """The absolute, normal form of a path: `~` is the home, and a relative one starts at the folder of its file."""
    if path == "~" or path.startswith("~/"):
        path = base.home + path[1:]
    return os.path.normpath(os.path.join(base.folder, path))


def _several(field: Field, value: Any, base: Base) -> tuple[str, ...]:
    if field.type == "names" and isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        raise Wrong(expected_of(field))
    for at, each in enumerate(value):
        if not isinstance(each, str) or not each or "\0" in each:
            raise Wrong("a string that is not empty", at)
        if field.key == "contexts.*.enabled" and each == "!":
            raise Wrong("a glob after `!`", at)
    return tuple(resolved(each, base) for each in value) if field.type == "paths" else tuple(value)


def _number(field: Field, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    if isinstance(value, str) and field.type != "integer":
        found = parse_size(value) if field.type == "size" else parse_duration(value)
        if found is not None and found < 1 << 63:
            return found
    raise Wrong(expected_of(field))


def parse_size(text: str) -> int | None:
    """Bytes of `512`, `512M`, `2G`, `1.5 GiB` (units of 1024), or None."""
    number, unit = _split(text)
    if unit[1:] in ("b", "ib"):
        unit = unit[:1]
    return None if number is None or unit not in SIZES else int(number * SIZES[unit])


def parse_duration(text: str) -> int | None:
    """Seconds of `90`, `45s`, `30m`, `30min`, `12 hours`, `7 days`, `2w`, or None."""
    number, unit = _split(text)
    unit = UNIT_WORDS.get(unit.removesuffix("s"), unit) or "s"
    return None if number is None or unit not in UNITS else int(number * UNITS[unit])


def _split(text: str) -> tuple[float | None, str]:
    bare = text.strip().lower()
    end = next((at for at, char in enumerate(bare) if char not in "0123456789."), len(bare))
    digits = bare[:end]
    if not digits[:1].isdecimal() or digits.count(".") > 1 or len(digits) > 18:
        return None, ""
    return float(digits), bare[end:].strip()
