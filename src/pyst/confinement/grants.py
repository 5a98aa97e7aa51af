"""What the user granted to scripts for good: permissions, each bound to a script's content. Owns `grants.json`.

Grants are data of the user, like trust: written whole, under a lock, merged with what other processes wrote, and
never overwritten where the file can't be understood. A changed script has no grants; the path is kept to be shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pyst.confinement.permissions import KINDS, NOTHING, Base, Malformed, Permissions, parse_item, permissions_of
from pyst.errors import Failure, Where
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
    try:
        data = witness.read(path, most_bytes=MOST_BYTES)
        return Grants() if data is None else Grants(parse_grants(data, path))
    except Failure as failure:
        if failure.code != "E_GRANTS_UNREADABLE":
            failure = _unreadable(path, failure.message)
        return Grants({}, failure)


def parse_grants(data: bytes, path: str) -> dict[str, Grant]:
    """The grants in the bytes of `grants.json`. Raises `Failure` (E_GRANTS_UNREADABLE)."""
    import json

    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"it is not JSON ({error})") from error
    if not isinstance(body, dict) or not isinstance(body.get("version"), int):
        raise _unreadable(path, "it has no version")
    if body["version"] != VERSION:
        raise _unreadable(path, f"its version is {body['version']}, this pyst knows {VERSION}")
    entries = body.get("grants")
    if not isinstance(entries, dict):
        raise _unreadable(path, "it has no grants")
    return {key: _grant(key, value, path) for key, value in entries.items()}


def _grant(key: str, value: Any, path: str) -> Grant:
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
    raise _unreadable(path, f"the grant `{key}` is malformed")


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


def _unreadable(path: str, reason: str) -> Failure:
    return Failure(
        "E_GRANTS_UNREADABLE",
        f"`{path}` can't be understood: {reason}",
        hint="nothing is granted until it is mended or moved away; pyst leaves it as it is",
        where=Where(path),
    )


def encode_grants(entries: Mapping[str, Grant]) -> bytes:
    """The bytes of `grants.json`. ASCII only: a path that is not UTF-8 survives as escaped surrogates (PEP 383)."""
    import json

    body = {
        key: {"path": each.path, "time": each.time, "permissions": each.permissions.to_json()}
        for key, each in sorted(entries.items())
    }
    return (json.dumps({"version": VERSION, "grants": body}, indent=1) + "\n").encode()


def change_grants(
    path: str,
    change: Callable[[dict[str, Grant]], Mapping[str, Grant]],
    *,
    waiting: Callable[[], None] | None = None,
) -> None:
    """Replace the grants by `change` of them, as no other process changes them meanwhile.

    Raises `Failure`: E_GRANTS_UNREADABLE where what is there can't be understood, E_WRITE where it can't be written.
    """
    from pyst.system.files import locked, write_atomic, writing_failed

    try:
        with locked(os.path.join(os.path.dirname(path), "grants.lock"), waiting=waiting):
            grants = read_grants(path, Witness())
            if grants.broken:
                raise grants.broken
            entries = change(dict(grants.entries))
            if entries != grants.entries:
                write_atomic(path, encode_grants(entries), keep=True, mode=0o600)
    except OSError as error:
        raise writing_failed(path, error) from error
