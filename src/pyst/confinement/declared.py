"""What a script declares to need: `[tool.pyst.permissions]` of its PEP 723 block, checked. Pure.

Declaring grants nothing; the declaration is what a person is asked about.
"""

from __future__ import annotations

from typing import Any

from pyst.confinement.permissions import (
    EVERYTHING,
    KINDS,
    NOTHING,
    Base,
    Malformed,
    Permissions,
    parse_items,
    permissions_of,
)
from pyst.errors import ExitCode, Failure, Where, did_you_mean
from pyst.scripts.script import Metadata

TABLE = ("tool", "pyst", "permissions")
TIERS = ("strict", "basic", "best-effort")
MOST_ITEMS = 500
"""Nobody reads more of them before saying yes."""


def declared_permissions(metadata: Metadata | None, path: str, base: Base) -> Permissions:
    """The permissions that a block declares; relative paths start at `base.folder`.

    Raises `Failure` (E_PERMISSIONS) with file, line and key.
    """
    if metadata is None:
        return NOTHING
    table: Any = metadata.tool
    for at, name in enumerate(TABLE[1:], 2):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise _wrong(metadata, path, TABLE[:at], "it must be a table")
    items = {kind: _items(kind, value, metadata, path, base) for kind, value in _known(table, metadata, path)}
    if sum(len(each) for each in items.values()) > MOST_ITEMS:
        raise _wrong(metadata, path, TABLE, f"more than {MOST_ITEMS} items")
    return permissions_of(items)


def declared_mode(metadata: Metadata | None, path: str) -> str | None:
    """The tier in which a script wishes to be confined where nobody else says one: `sandbox` of `[tool.pyst]`.

    A wish to be held is no permission, so that it counts without a grant; None where there is none. Raises `Failure`
    (E_PERMISSIONS) with file, line and key.
    """
    table = metadata.tool.get("pyst") if metadata else None
    if metadata is None or not isinstance(table, dict) or "sandbox" not in table:
        return None
    mode: Any = table["sandbox"]
    if mode not in TIERS:
        message = f"`sandbox` must be {', '.join(f'`{each}`' for each in TIERS[:-1])} or `{TIERS[-1]}`"
        raise _wrong(metadata, path, ("tool", "pyst", "sandbox"), message)
    return str(mode)


def _known(table: dict[str, Any], metadata: Metadata, path: str) -> list[tuple[str, Any]]:
    for key in table:
        if key not in KINDS:
            hint = did_you_mean(key, list(KINDS)) or f"it takes {', '.join(f'`{each}`' for each in KINDS)}"
            raise _wrong(metadata, path, (*TABLE, key), f"there is no permission `{key}`", hint)
    return list(table.items())


def _items(kind: str, value: Any, metadata: Metadata, path: str, base: Base) -> list[str]:
    if value is True:
        return [EVERYTHING[kind]]
    if value is False:
        return []
    if not isinstance(value, list):
        message = f"`{kind}` must be an array of strings, or `true` for everything"
        raise _wrong(metadata, path, (*TABLE, kind), message)
    found: list[str] = []
    for at, each in enumerate(value):
        try:
            if not isinstance(each, str):
                raise Malformed("a string")
            found += parse_items(kind, (each,), base)
        except Malformed as error:
            raise _wrong(metadata, path, (*TABLE, kind, at), f"`{each}` in `{kind}`: expected {error}") from error
    return found


def _wrong(metadata: Metadata, path: str, key: tuple[str | int, ...], message: str, hint: str = "") -> Failure:
    from pyst.settings.locate import line_of

    line = metadata.line + line_of(metadata.text, key)
    where = Where(path, line, ".".join(each for each in key if isinstance(each, str)))
    message = f"the block's permissions can't be understood: {message}"
    return Failure("E_PERMISSIONS", message, hint=hint, exit=ExitCode.ERROR, where=where)
