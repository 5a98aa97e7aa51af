"""What the user trusts: real paths, each bound to the hash of its content. Owns the entries of `trust.json`.

How they are kept is `system.remembered`. To whom trust matters: settings that loosen, `import` mode, build code of
scripts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.errors import Failure
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.system.remembered import Store

VERSION = 1
KINDS = ("script", "settings", "project")
PROJECT_FILES = (".pyst.toml", "pyproject.toml", "uv.toml", "uv.lock", ".python-version")
"""The files at a project's root that steer pyst and uv."""
MOST_BYTES = 64 << 20
"""A larger file is no script and no settings file, and is never trusted."""


class Entry(NamedTuple):
    """One thing that is trusted: the hash (SHA-256, hex) that its content had, and when (seconds since 1970).

    Of a `project`, the hash is that of the names and hashes of its `PROJECT_FILES`. `lock` is the hash of a script's
    lock, empty where there was none.
    """

    sha256: str
    kind: str
    time: int
    lock: str = ""


class Trust(NamedTuple):
    """All that is trusted, by real path. `broken` says why `trust.json` can't be understood: nothing is trusted."""

    entries: Mapping[str, Entry] = {}
    broken: Failure | None = None

    def covers(self, path: str, sha256: str) -> bool:
        """Whether a file of this content at this path is trusted."""
        if not self.entries:
            return False
        entry = self.entries.get(os.path.realpath(path))
        return entry is not None and entry.kind != "project" and entry.sha256 == sha256

    def covers_bytes(self, path: str, data: bytes) -> bool:
        """Whether a file at this path that holds `data` is trusted. Hashes only where there is an entry."""
        return bool(self.entries) and os.path.realpath(path) in self.entries and self.covers(path, sha256_of(data))

    def covers_script(self, path: str, data: bytes, witness: Witness) -> bool:
        """Whether the script at this path that holds `data` is trusted, and so is what its lock installs."""
        return self.covers_bytes(path, data) and not self.lock_doubt(path, witness)

    def lock_doubt(self, path: str, witness: Witness) -> str:
        """What ended the trust in a script with an entry: its lock is `new` or `changed` since; empty if nothing is.

        A lock that is gone ends nothing: what the block asks for was trusted.
        """
        entry = self.entries.get(os.path.realpath(path)) if self.entries else None
        if entry is None or entry.kind != "script":
            return ""
        try:
            found = hash_lock(path, witness)
        except Failure:
            return "changed"
        return "" if found in ("", entry.lock) else "changed" if entry.lock else "new"

    def covers_settings(self, path: str, data: bytes, witness: Witness) -> bool:
        """Whether the settings file at `path`, which holds `data`, is trusted where it is.

        Where a link leads to it from another folder, that folder must be trusted as a project: a hostile checkout could
        borrow the settings of a trusted one.
        """
        if not self.covers_bytes(path, data):
            return False
        root = os.path.dirname(path)
        return os.path.dirname(os.path.realpath(path)) == os.path.realpath(root) or self.covers_project(root, witness)

    def covers_file(self, path: str, witness: Witness) -> bool:
        """Whether the file is trusted as it is now. A file that can't be read is not."""
        if not self.entries or os.path.realpath(path) not in self.entries:
            return False
        try:
            data = witness.read(path, most_bytes=MOST_BYTES)
        except Failure:
            return False
        return data is not None and self.covers(path, sha256_of(data))

    def covers_project(self, root: str, witness: Witness) -> bool:
        """Whether the project is trusted, and none of its `PROJECT_FILES` came, went or changed since."""
        entry = self.entries.get(os.path.realpath(root)) if self.entries else None
        if entry is None or entry.kind != "project":
            return False
        try:
            return project_hash(hash_project_files(root, witness)) == entry.sha256
        except Failure:
            return False


def sha256_of(data: bytes) -> str:
    """The SHA-256 of `data`, in hex."""
    from pyst.system.digest import sha256

    return sha256(data)


def hash_lock(path: str, witness: Witness) -> str:
    """The hash of the lock of the script at `path`; empty where there is none. Raises `Failure` (unreadable)."""
    data = witness.read(f"{path}.lock", most_bytes=MOST_BYTES)
    return "" if data is None else sha256_of(data)


def hash_project_files(root: str, witness: Witness) -> dict[str, str]:
    """The hashes of those `PROJECT_FILES` that exist, by name. Raises `Failure` where one can't be read."""
    found = {}
    for name in PROJECT_FILES:
        data = witness.read(os.path.join(root, name), most_bytes=MOST_BYTES)
        if data is not None:
            found[name] = sha256_of(data)
    return found


def project_hash(files: Mapping[str, str]) -> str:
    """The hash that stands for a project as a whole."""
    return sha256_of("".join(f"{name}\0{digest}\n" for name, digest in sorted(files.items())).encode())


def read_trust(path: str, witness: Witness) -> Trust:
    """What `trust.json` says; never raises: where it can't be understood nothing is trusted, and `broken` tells."""
    if witness.look(path) is None:
        return Trust()
    from pyst.system.remembered import read_store

    return Trust(*read_store(_store(), path, witness))


def parse_trust(data: bytes, path: str) -> dict[str, Entry]:
    """The entries in the bytes of `trust.json`. Raises `Failure` (E_TRUST_UNREADABLE)."""
    from pyst.system.remembered import parse_store

    return parse_store(_store(), data, path)


def encode_trust(entries: Mapping[str, Entry]) -> bytes:
    """The bytes of `trust.json`."""
    from pyst.system.remembered import encode_store

    return encode_store(_store(), entries)


def change_trust(
    path: str,
    change: Callable[[dict[str, Entry]], Mapping[str, Entry]],
    *,
    waiting: Callable[[], None] | None = None,
) -> None:
    """Replace the entries by `change` of them, as no other process changes them meanwhile.

    Raises `Failure`: E_TRUST_UNREADABLE where what is there can't be understood, E_WRITE where it can't be written.
    """
    from pyst.system.remembered import change_store

    change_store(_store(), path, change, waiting=waiting)


def _store() -> Store[Entry]:
    from pyst.system.remembered import Store

    code, effect = "E_TRUST_UNREADABLE", "nothing is trusted"
    return Store(VERSION, "entries", "entry", code, effect, MOST_BYTES, _entry, _told)


def _entry(key: str, value: Any) -> Entry | None:
    if (
        isinstance(value, dict)
        and os.path.isabs(key)
        and isinstance(value.get("sha256"), str)
        and len(value["sha256"]) == 64
        and value.get("kind") in KINDS
        and isinstance(value.get("time"), int)
        and isinstance(value.get("lock", ""), str)
    ):
        return Entry(value["sha256"], value["kind"], value["time"], value.get("lock", ""))
    return None


def _told(entry: Entry) -> dict[str, Any]:
    told = entry._asdict()
    if not entry.lock:
        del told["lock"]
    return told
