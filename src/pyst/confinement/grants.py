"""What the user granted to scripts for good: permissions, each bound to a script's content.

Owns the grants in `grants.json`; how they are kept is `system.remembered`. A changed script has no grants; the path
is kept to be shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pyst.confinement.permissions import KINDS, NOTHING, Base, Malformed, Permissions, parse_item, permissions_of
from pyst.errors import Failure
from pyst.system.remembered import Store, change_store, encode_store, parse_store, read_store
from pyst.system.witness import Witness

VERSION = 1
MOST_BYTES = 16 << 20


class Grant(NamedTuple):
    """What was granted to one content: the permissions, the path that it then had, and when (seconds since 1970)."""

    permissions: Permissions
    path: str
    time: int


class Grants(NamedTuple):
    """All grants, by the SHA-256 (hex) of the script. `broken` says why they can't be understood: none holds."""

    entries: Mapping[str, Grant] = {}
    broken: Failure | None = None

    def of(self, sha256: str) -> Permissions:
        """What a script of this content was granted."""
        found = self.entries.get(sha256)
        return found.permissions if found else NOTHING

    def earlier(self, path: str, sha256: str) -> Grant | None:
        """The newest grant that a script at this path had with another content."""
        here = [each for key, each in self.entries.items() if key != sha256 and each.path == path]
        return max(here, key=lambda each: each.time, default=None)


def read_grants(path: str, witness: Witness) -> Grants:
    """What `grants.json` says; never raises: where it can't be understood there are no grants, and `broken` tells."""
    return Grants(*read_store(STORE, path, witness))


def parse_grants(data: bytes, path: str) -> dict[str, Grant]:
    """The grants in the bytes of `grants.json`. Raises `Failure` (E_GRANTS_UNREADABLE)."""
    return parse_store(STORE, data, path)


def encode_grants(entries: Mapping[str, Grant]) -> bytes:
    """The bytes of `grants.json`."""
    return encode_store(STORE, entries)


def change_grants(
    path: str,
    change: Callable[[dict[str, Grant]], Mapping[str, Grant]],
    *,
    waiting: Callable[[], None] | None = None,
) -> None:
    """Replace the grants by `change` of them, as no other process changes them meanwhile.

    Raises `Failure`: E_GRANTS_UNREADABLE where what is there can't be understood, E_WRITE where it can't be written.
    """
    change_store(STORE, path, change, waiting=waiting)


def _grant(key: str, value: Any) -> Grant | None:
    if (
        isinstance(value, dict)
        and len(key) == 64
        and isinstance(value.get("path"), str)
        and type(value.get("time")) is int
        and isinstance(value.get("permissions"), dict)
        and set(value["permissions"]) <= set(KINDS)
    ):
        try:
            return Grant(_permissions(value["permissions"]), value["path"], value["time"])
        except Malformed:
            pass
    return None


def _permissions(table: dict[str, Any]) -> Permissions:
    items = {}
    for kind, given in table.items():
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise Malformed("an array of strings")
        for each in given:
            is_path = kind in ("read", "write") or (kind == "run" and each[:1] == "/")
            normal = os.path.normpath(each) if is_path else parse_item(kind, each, Base("/", "/"))
            if each != normal or (is_path and each[:1] != "/"):
                raise Malformed("items in normal form")
        items[kind] = given
    return permissions_of(items)


def _told(grant: Grant) -> dict[str, Any]:
    return {"path": grant.path, "time": grant.time, "permissions": grant.permissions.to_json()}


STORE = Store(VERSION, "grants", "grant", "E_GRANTS_UNREADABLE", "nothing is granted", MOST_BYTES, _grant, _told)
