"""Changing a settings file: one key at a time, comments and layout kept; checked before it is written.

Text in, text out, but for `write_settings`. What a value may be is told by `convert`, by way of `parse_layer`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from pyst.errors import ExitCode, Failure, Where, did_you_mean
from pyst.settings.convert import Base, Wrong, expected_of, from_text, from_toml
from pyst.settings.fields import BY_KEY, NAMED, Field, find_field
from pyst.settings.layers import parse_layer
from pyst.system.witness import Witness

LISTS = ("paths", "words", "texts", "names")


def require_field(key: str) -> Field:
    """The row of a key that a person typed. Raises `Failure` (E_CONFIG, usage) with near misses."""
    field = find_field(key)
    if field is None or (field.key.partition(".")[0] in NAMED and not key.split(".")[1]):
        known = [each.replace("*", "NAME") for each in BY_KEY]
        hint = did_you_mean(key, known) or "`pyst config` shows all settings"
        raise Failure("E_CONFIG", f"there is no setting `{key}`", hint=hint, exit=ExitCode.USAGE)
    return field


def value_from_words(field: Field, words: Sequence[str]) -> Any:
    """The TOML value that the words of a command line mean. Raises `Failure` (E_CONFIG, usage).

    A list is given as several words, or as one TOML array; one of flags also as one word, which a shell would split.
    """
    base = Base("/", "/")
    try:
        if field.type in LISTS:
            value: Any = list(words)
            if len(words) == 1 and words[0].lstrip().startswith("["):
                value = _toml_array(words[0])
            elif len(words) == 1 and field.type == "words":
                value = list(from_text(field, words[0], base))
            from_toml(field, value, base)
            return value
        if len(words) != 1:
            raise Wrong(f"one value: {expected_of(field)}")
        converted = from_text(field, words[0], base)
        return converted if field.type in ("bool", "integer") else words[0]
    except Wrong as error:
        said = " ".join(words) if words else "nothing"
        message = f"`{said}` is no value for `{field.key}`; expected {error.expected}"
        raise Failure("E_CONFIG", message, exit=ExitCode.USAGE) from error


def _toml_array(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Wrong("a TOML array, or several words") from error


def with_value(text: str, key: str, value: Any, path: str) -> str:
    """The text of a settings file with `key` set to `value`; nothing else in it changes.

    Raises `Failure` (E_CONFIG) where the file is laid out so that this can't be done.
    """
    import tomllib

    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    parts = key.split(".")
    try:
        document = tomlkit.parse(text)
        node: Any = document
        for at, part in enumerate(parts[:-1]):
            if part not in node:
                node[part] = tomlkit.table(is_super_table=at < len(parts) - 2)
            node = node[part]
        node[parts[-1]] = value
        new = tomlkit.dumps(document)
        expected = tomllib.loads(text)
        _put(expected, parts, value)
        if tomllib.loads(new) == expected:
            return new
    except (TOMLKitError, tomllib.TOMLDecodeError, ValueError, TypeError, KeyError, AttributeError):
        pass
    message = f"`{key}` can't be set in `{path}` as that file is laid out"
    raise Failure("E_CONFIG", message, hint="`pyst config edit` opens it", where=Where(path))


def _put(table: dict[str, Any], parts: list[str], value: Any) -> None:
    for part in parts[:-1]:
        table = table.setdefault(part, {})
    table[parts[-1]] = value


def read_text(path: str) -> bytes | None:
    """The bytes of a settings file as they are now, or None where there is none. Raises `Failure` (E_CONFIG)."""
    from pyst.settings.workspace import read_settings

    return read_settings(path, Witness())


def change_settings(
    path: str, kind: str, home: str, lock: str, change: Callable[[bytes | None], str], *, mode: int | None = None
) -> None:
    """Replace a settings file by `change` of its bytes, checked, as no other pyst changes it meanwhile.

    Raises `Failure`: E_CONFIG where the new text can't be used (the file is as it was), E_WRITE.
    """
    from pyst.system.files import locked, write_atomic, writing_failed

    try:
        with locked(lock):
            text = change(read_text(path))
            parse_layer(text.encode("utf-8", "surrogateescape"), kind, path, home)
            write_atomic(path, text.encode("utf-8", "surrogateescape"), keep=True, mode=mode)
    except OSError as error:
        raise writing_failed(path, error) from error


def lock_path(state: str) -> str:
    """The lock that all changes of settings files share."""
    return os.path.join(state, "settings.lock")
