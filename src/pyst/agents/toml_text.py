"""TOML text with one table more: comments, order and layout of the rest stay. Pure."""

from __future__ import annotations

import tomllib
from typing import Any


class NotPlainToml(Exception):
    """The text is no TOML, or can't be changed without losing something; says what is wrong."""


def with_table(text: str, path: tuple[str, ...], value: dict[str, Any]) -> str:
    """`text` with the table `value` at `path`; tables on the way to it are made where they lack.

    Raises `NotPlainToml`, also where the outcome would differ from the text in more than that table.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import InlineTable

    try:
        before = tomllib.loads(text)
        document: Any = tomlkit.parse(text)
    except (tomllib.TOMLDecodeError, TOMLKitError, RecursionError) as error:
        raise NotPlainToml(f"it is no TOML: {error}") from error
    here, wanted = document, before
    for depth, name in enumerate(path[:-1]):
        if name not in here:
            here[name] = tomlkit.table(is_super_table=True)
        here, wanted = here[name], wanted.setdefault(name, {})
        if not isinstance(wanted, dict):
            raise NotPlainToml(f"`{'.'.join(path[: depth + 1])}` is not a table")
    if wanted.get(path[-1]) == value:
        return text
    made = tomlkit.inline_table() if isinstance(here, InlineTable) else tomlkit.table()
    for key, each in value.items():
        made[key] = each
    here[path[-1]] = made
    wanted[path[-1]] = value
    after: str = tomlkit.dumps(document)
    if not _says(after, before):
        raise NotPlainToml("its tables are laid out in a way that pyst can't add to")
    return after


def _says(text: str, tree: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == tree
    except tomllib.TOMLDecodeError:
        return False
