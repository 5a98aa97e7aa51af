"""The manifest of installed scripts: which script came from where, and what its bytes are. Owns `manifest.json`.

    {"version": 1, "scripts": {"NAME": {"file": "installed/NAME.py", "source": …, "sha256": …, …}}}

It is written whole, under a lock, and keys that this pyst doesn't know stay as they are. One that can't be understood
is the user's data all the same: it is an error, and left alone. Changes that belong together with changes of files
are `transaction`'s; whether a script's bytes are still those of its entry is told by `integrity`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from pyst.errors import Failure, Where
from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

    from pyst.system.witness import Witness

VERSION = 1
MOST_BYTES = 64 << 20
SHIM_KINDS = ("pyst", "direct")
_HEX = frozenset("0123456789abcdef")


class Installed(NamedTuple):
    """One installed script. `file` is absolute; times are in seconds since 1970.

    `source` is the word that it was asked for by, `pinned` the one that means exactly what came; `ref` and `commit` are
    those of git. `lock_sha256` is the hash of the lock beside it, None where there is none. `permissions` is what its
    block asked for when it was consented to, as written, by kind. `shim` is the command that starts it: `path`, `kind`
    (`pyst` or `direct`), `sha256`. `sandbox` is the tier of walls that it wished for when it was
    consented to. `more` are keys of the entry that this pyst does not know.
    """

    name: str
    file: str
    source: str
    pinned: str
    ref: str
    commit: str | None
    sha256: str
    size_bytes: int
    installed_at: int
    updated_at: int
    lock_sha256: str | None = None
    permissions: Mapping[str, list[str]] = {}
    requirements: tuple[str, ...] = ()
    shim: Mapping[str, str] | None = None
    sandbox: str | None = None
    more: Mapping[str, Any] = {}


class Manifest(NamedTuple):
    """All installed scripts by name. `more` are keys of the file that this pyst does not know."""

    scripts: Mapping[str, Installed] = {}
    more: Mapping[str, Any] = {}

    def of_file(self, path: str) -> Installed | None:
        """The script whose file is at this path, links in it followed; None where there is none."""
        name = os.path.basename(path).removesuffix(".py")
        found = self.scripts.get(name)
        if found is not None and found.file == path:
            return found
        real = os.path.realpath(path)
        return next((each for each in self.scripts.values() if os.path.realpath(each.file) == real), None)

    def with_script(self, entry: Installed) -> Manifest:
        """The manifest with this entry in place of the one of its name."""
        return self._replace(scripts={**self.scripts, entry.name: entry})

    def without(self, name: str) -> Manifest:
        """The manifest without the script of this name."""
        return self._replace(scripts={known: each for known, each in self.scripts.items() if known != name})


NOTHING = Manifest()


def read_manifest(path: str, witness: Witness | None = None) -> Manifest:
    """What the manifest at `path` says; where there is none, nothing is installed.

    Raises `Failure` (E_MANIFEST) where it can't be read or understood; the file stays as it is.
    """
    if witness is None:
        from pyst.system.witness import Witness

        witness = Witness()
    if witness.look(path) is None and not os.path.islink(path):
        return NOTHING
    try:
        data = witness.read(path, most_bytes=MOST_BYTES)
    except Failure as failure:
        raise _unreadable(path, failure.message) from failure
    return NOTHING if data is None and not os.path.islink(path) else parse_manifest(data or b"", path)


def parse_manifest(data: bytes, path: str) -> Manifest:
    """The manifest in these bytes of the file at `path`. Raises `Failure` (E_MANIFEST)."""
    from pyst.system.versioned import parse_versioned

    try:
        body = parse_versioned(data, VERSION, "scripts")
    except ValueError as error:
        raise _unreadable(path, str(error)) from error
    folder = os.path.dirname(path)
    scripts = {}
    for name, value in body["scripts"].items():
        if why := _why_malformed(name, value):
            raise _unreadable(path, f"the entry of `{name}` is malformed: {why}")
        scripts[name] = _entry(name, value, folder)
    return Manifest(scripts, {key: each for key, each in body.items() if key not in ("version", "scripts")})


def encode_manifest(manifest: Manifest, path: str) -> bytes:
    """The bytes of the manifest for the file at `path`; those of one manifest are always the same."""
    import json

    folder = os.path.dirname(path)
    scripts = {name: _told(each, folder) for name, each in sorted(manifest.scripts.items())}
    return (json.dumps({**manifest.more, "version": VERSION, "scripts": scripts}, indent=1) + "\n").encode()


def change_manifest(
    path: str, change: Callable[[Manifest], Manifest], *, waiting: Callable[[], None] | None = None
) -> Manifest:
    """Replace the manifest by `change` of it, as no other process changes it meanwhile; returns the new one.

    Raises `Failure`: what `change` raises, E_MANIFEST where what is there can't be understood, E_WRITE.
    """
    from pyst.system.files import locked, write_atomic, writing_failed

    try:
        with locked(lock_of(path), waiting=waiting):
            before = read_manifest(path)
            after = change(before)
            if after != before:
                write_atomic(path, encode_manifest(after, path), keep=True, mode=0o600)
            return after
    except OSError as error:
        raise writing_failed(path, error) from error


def lock_of(path: str) -> str:
    """The file whose lock whoever changes the manifest, or an installed file, holds."""
    return os.path.splitext(path)[0] + ".lock"


def _entry(name: str, value: dict[str, Any], folder: str) -> Installed:
    known = {key: value[key] for key in _FIELDS if key in value}
    file = os.path.normpath(os.path.join(folder, value["file"]))
    known.update(name=name, file=file, requirements=tuple(value.get("requirements", ())))
    return Installed(**known, more={key: each for key, each in value.items() if key not in _FIELDS})


def _told(entry: Installed, folder: str) -> dict[str, Any]:
    told = {**entry.more, **{key: getattr(entry, key) for key in _FIELDS}}
    inside = entry.file.startswith(folder.rstrip(os.sep) + os.sep)
    told["file"] = os.path.relpath(entry.file, folder) if inside else entry.file  # so that the folder can be moved
    return {**told, "requirements": list(entry.requirements)}


_FIELDS = tuple(each for each in Installed._fields if each != "more")
_REQUIRED = {
    "file": str,
    "source": str,
    "pinned": str,
    "ref": str,
    "sha256": str,
    "size_bytes": int,
    "installed_at": int,
    "updated_at": int,
}


def _why_malformed(name: str, value: Any) -> str:
    """What is wrong with an entry; empty where nothing is."""
    if not isinstance(value, dict) or value.get("name", name) != name or not name or "/" in name or name[0] == ".":
        return "it is no entry of that name"
    for key, kind in _REQUIRED.items():
        if type(value.get(key)) is not kind:
            return f"`{key}` is wrong or absent"
    for key in ("sha256", "lock_sha256"):
        if value.get(key) is not None and not _is_sha256(value[key]):
            return f"`{key}` is no SHA-256"
    if not isinstance(value.get("commit"), str | None):
        return "`commit` is wrong"
    if not isinstance(value.get("sandbox"), str | None):
        return "`sandbox` is wrong"
    if not _are_texts(value.get("requirements", [])):
        return "`requirements` is no list of texts"
    table = value.get("permissions", {})
    if not isinstance(table, dict) or not all(_are_texts(each) for each in table.values()):
        return "`permissions` is no table of lists of texts"
    shim = value.get("shim")
    if shim is not None and not _is_shim(shim):
        return "`shim` is wrong"
    return ""


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and _HEX.issuperset(value)


def _is_shim(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("path"), str)
        and value.get("kind") in SHIM_KINDS
        and _is_sha256(value.get("sha256"))
    )


def _unreadable(path: str, reason: str) -> Failure:
    return Failure(
        "E_MANIFEST",
        f"`{path}` can't be understood: {reason}",
        hint="no installed script is run or changed until it is mended or moved away; pyst leaves it as it is",
        where=Where(path),
    )
