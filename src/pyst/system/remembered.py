"""The user's remembered yeses, in one kind of file: sealed JSON of a version, one table of entries by key.

Owns how such a file is read and written: whole, under a lock, merged with what other processes wrote, flushed to disk.
One that can't be understood stands for no yes at all, is a `Failure` to whoever wants to change it, and is never
overwritten. What an entry is, and what it permits, is left to the owners (`settings.trust`, `confinement.grants`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from pyst.errors import Failure, Where
from pyst.system.witness import Witness

T = TypeVar("T")


class Store(NamedTuple, Generic[T]):
    """A kind of such files.

    `table` is the key of the entries in the body, `entry` what one of them is called, `code` and `effect` what is said
    of a file that can't be understood. `parse` makes the value of a key and its JSON data, or None of what is
    malformed; `tell` is the way back.
    """

    version: int
    table: str
    entry: str
    code: str
    effect: str
    most_bytes: int
    parse: Callable[[str, Any], T | None]
    tell: Callable[[T], Any]

    def unreadable(self, path: str, reason: str) -> Failure:
        """The failure for a file that can't be understood."""
        return Failure(
            self.code,
            f"`{path}` can't be understood: {reason}",
            hint=f"{self.effect} until it is mended or moved away; pyst leaves it as it is",
            where=Where(path),
        )


def read_store(store: Store[T], path: str, witness: Witness) -> tuple[dict[str, T], Failure | None]:
    """The entries of the file, and why they can't be understood: then there are none. Never raises."""
    try:
        data = witness.read(path, most_bytes=store.most_bytes)
        return ({} if data is None else parse_store(store, data, path)), None
    except Failure as failure:
        return {}, failure if failure.code == store.code else store.unreadable(path, failure.message)


def parse_store(store: Store[T], data: bytes, path: str) -> dict[str, T]:
    """The entries in the bytes of the file. Raises `Failure` (the store's code)."""
    from pyst.system.versioned import parse_versioned

    try:
        body = parse_versioned(data, store.version, store.table)
    except ValueError as error:
        raise store.unreadable(path, str(error)) from error
    found = {}
    for key, value in body[store.table].items():
        entry = store.parse(key, value)
        if entry is None:
            raise store.unreadable(path, f"the {store.entry} `{key}` is malformed")
        found[key] = entry
    return found


def encode_store(store: Store[T], entries: Mapping[str, T]) -> bytes:
    """The bytes of the file. ASCII only: a path that is not UTF-8 survives as escaped surrogates (PEP 383)."""
    import json

    body = {key: store.tell(entry) for key, entry in sorted(entries.items())}
    return (json.dumps({"version": store.version, store.table: body}, indent=1) + "\n").encode()


def change_store(
    store: Store[T],
    path: str,
    change: Callable[[dict[str, T]], Mapping[str, T]],
    *,
    waiting: Callable[[], None] | None = None,
) -> None:
    """Replace the entries by `change` of them, as no other process changes them meanwhile.

    Raises `Failure`: the store's code where what is there can't be understood, E_WRITE where it can't be written.
    """
    from pyst.system.files import locked, write_atomic, writing_failed

    try:
        with locked(os.path.splitext(path)[0] + ".lock", waiting=waiting):
            before, broken = read_store(store, path, Witness())
            if broken:
                raise broken
            after = change(dict(before))
            if after != before:
                write_atomic(path, encode_store(store, after), keep=True, mode=0o600)
    except OSError as error:
        raise writing_failed(path, error) from error
