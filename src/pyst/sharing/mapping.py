"""The mapping: which of the user's scripts lies in which gist. Owns `mapping.json`, and what an entry of it is.

    {"version": 1, "remote": {"gist": ID, "version": REVISION} | null, "base": {NAME: ENTRY, …} | null, "imports": {},
     "scripts": {NAME: {"gist": ID, "file": …, "version": …, "sha256": …, "created_at": …, "updated_at": …,
                        "tags": […], "enabled": true}},
     "here": {NAME: SHA-256}}

`remote` is the gist that the mapping is kept equal with, as of the last time; `base` are the entries as they were
then. What is done with both is left to `syncing`, and so is the key `pending`, which is there while the gist is
written. `here` is there where a sync told of newer bytes than this machine has: what the script was when it was last
as mapped, by which an older version is told from one that somebody changed. The file is written whole, under a lock,
and keys that this pyst doesn't know stay as they are. One that can't be understood is the user's data all the same:
an error, and left alone.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pyst.errors import Failure, Where
from pyst.sharing.names import check_name
from pyst.sharing.source_value import GIST
from pyst.system.versioned import parse_versioned
from pyst.system.witness import Witness

VERSION = 1
MOST_BYTES = 16 << 20
MOST_TAGS, MOST_TAG_CHARACTERS, MOST_FILE_CHARACTERS = 100, 100, 255
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_REVISION = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Malformed(ValueError):
    """What an entry, or a table of them, may not be. The message says what is wrong with which."""


class Mapped(NamedTuple):
    """One script of the mapping: where it lies, and what it was when it was last known. Times are like
    `2026-01-31T12:00:00Z`.

    An empty `version` or `sha256` is not known yet, an empty `file` is the only script of the gist. What is not
    `enabled` came from elsewhere and was not looked at on this machine: it is not fetched to be run. `more` are keys of
    the entry that this pyst does not know.
    """

    gist: str
    file: str
    version: str
    sha256: str
    created_at: str
    updated_at: str
    tags: tuple[str, ...] = ()
    enabled: bool = True
    more: Mapping[str, Any] = {}

    @property
    def word(self) -> str:
        """The source that means exactly what is mapped, or else the newest of it."""
        revision = f"@{self.version}" if self.version else ""
        return f"gist:{self.gist}{revision}" + (f"#{self.file}" if self.file else "")


class Remote(NamedTuple):
    """The gist that the mapping is kept equal with, at its revision of the last time (empty: never yet)."""

    gist: str
    version: str = ""


class ScriptMapping(NamedTuple):
    """The whole mapping. `base` is None where it was never synced. `more` are keys that this pyst does not know.

    `imports` tells what was taken over from elsewhere (`sm`), or declined, and when: that is asked once. `here` has the
    SHA-256 of what a script was when it was last as mapped, where the mapping has gone on since.
    """

    scripts: Mapping[str, Mapped] = {}
    remote: Remote | None = None
    base: Mapping[str, Mapped] | None = None
    more: Mapping[str, Any] = {}
    imports: Mapping[str, str] = {}
    here: Mapping[str, str] = {}

    def known_here(self, name: str) -> str:
        """The SHA-256 of what the script is here, if nobody changed it; empty where that is not known."""
        entry = self.scripts.get(name)
        return self.here.get(name) or (entry.sha256 if entry else "")

    def with_script(self, name: str, entry: Mapped) -> ScriptMapping:
        """The mapping with this entry in place of the one of its name."""
        return self._replace(scripts={**self.scripts, name: entry})

    def without(self, name: str) -> ScriptMapping:
        """The mapping without the script of this name."""
        scripts = {known: each for known, each in self.scripts.items() if known != name}
        return self.as_here(name)._replace(scripts=scripts)

    def as_here(self, name: str) -> ScriptMapping:
        """The mapping, now that the script of this name is here what is mapped."""
        return self._replace(here={known: each for known, each in self.here.items() if known != name})

    def after_merge(self, scripts: Mapping[str, Mapped]) -> ScriptMapping:
        """The mapping with these scripts, knowing of those that are new what they are here still."""
        here = {name: self.known_here(name) for name in scripts}
        here = {name: known for name, known in here.items() if known not in ("", scripts[name].sha256)}
        return self._replace(scripts=scripts, here=here)


NOTHING = ScriptMapping()


def read_mapping(path: str, witness: Witness | None = None) -> ScriptMapping:
    """What the mapping at `path` says; where there is none, nothing is mapped.

    Raises `Failure` (E_MAPPING) where it can't be read or understood; the file stays as it is.
    """
    try:
        data = (witness or Witness()).read(path, most_bytes=MOST_BYTES)
    except Failure as failure:
        raise _unreadable(path, failure.message) from failure
    if data is None and os.path.islink(path):
        raise _unreadable(path, "it is a link that leads nowhere")
    return NOTHING if data is None else parse_mapping(data, path)


def parse_mapping(data: bytes, path: str) -> ScriptMapping:
    """The mapping in these bytes of the file at `path`. Raises `Failure` (E_MAPPING)."""
    try:
        body = parse_versioned(data, VERSION, "scripts")
        base = body.get("base")
        return ScriptMapping(
            parse_entries(body["scripts"]),
            _remote(body.get("remote")),
            None if base is None else parse_entries(base),
            {key: each for key, each in body.items() if key not in _KEYS},
            _imports(body.get("imports", {})),
            _here(body.get("here", {})),
        )
    except ValueError as error:
        raise _unreadable(path, str(error)) from error


def parse_entries(table: Any) -> dict[str, Mapped]:
    """The entries of a table of them, by name. Raises `Malformed`, which says what is wrong with which."""
    if not isinstance(table, dict):
        raise Malformed("it has no scripts")
    found = {}
    for name, value in table.items():
        try:
            plain = check_name(name, (), lambda _: None)
        except Failure as failure:
            raise Malformed(failure.message) from failure
        if plain != name:
            raise Malformed(f"the name `{name}` is not in composed form")
        if why := _why_malformed(value):
            raise Malformed(f"the entry of `{name}` is malformed: {why}")
        known = {key: value[key] for key in _FIELDS if key in value}
        known["tags"] = tuple(value.get("tags", ()))
        found[name] = Mapped(**known, more={key: each for key, each in value.items() if key not in _FIELDS})
    return found


def tell_entries(entries: Mapping[str, Mapped]) -> dict[str, Any]:
    """The table of these entries, as JSON data; the way back of `parse_entries`."""
    return {name: tell_entry(each) for name, each in sorted(entries.items())}


def tell_entry(entry: Mapped) -> dict[str, Any]:
    """One entry as JSON data."""
    return {**entry.more, **{key: getattr(entry, key) for key in _FIELDS}, "tags": list(entry.tags)}


def encode_mapping(mapping: ScriptMapping) -> bytes:
    """The bytes of `mapping.json`; those of one mapping are always the same."""
    body = {
        **mapping.more,
        "version": VERSION,
        "remote": mapping.remote._asdict() if mapping.remote else None,
        "base": None if mapping.base is None else tell_entries(mapping.base),
        "imports": dict(sorted(mapping.imports.items())),
        "scripts": tell_entries(mapping.scripts),
        **({"here": dict(sorted(mapping.here.items()))} if mapping.here else {}),
    }
    return (json.dumps(body, indent=1) + "\n").encode()


def change_mapping(
    path: str, change: Callable[[ScriptMapping], ScriptMapping], *, waiting: Callable[[], None] | None = None
) -> ScriptMapping:
    """Replace the mapping by `change` of it, as no other process changes it meanwhile; returns the new one.

    Raises `Failure`: what `change` raises, E_MAPPING where what is there can't be understood, E_WRITE.
    """
    from pyst.system.files import locked, write_atomic, writing_failed

    try:
        with locked(os.path.splitext(path)[0] + ".lock", waiting=waiting):
            before = read_mapping(path)
            after = change(before)
            if after != before:
                write_atomic(path, encode_mapping(after), keep=True, mode=0o600)
            return after
    except OSError as error:
        raise writing_failed(path, error) from error


def time_text(seconds: float) -> str:
    """A time (seconds since 1970) as the mapping has it."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_KEYS = ("version", "scripts", "remote", "base", "imports", "here")
_FIELDS = tuple(each for each in Mapped._fields if each != "more")


def _remote(value: Any) -> Remote | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not _fits(GIST, value.get("gist")):
        raise Malformed("`remote` names no gist")
    if value.get("version") != "" and not _fits(_REVISION, value.get("version")):
        raise Malformed("`remote` names no revision")
    return Remote(value["gist"], value["version"])


def _imports(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(_fits(_TIME, each) for each in value.values()):
        raise Malformed("`imports` is no table of times")
    return value


def _here(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(_fits(_SHA256, each) for each in value.values()):
        raise Malformed("`here` is no table of SHA-256")
    return value


def _why_malformed(value: Any) -> str:
    """What is wrong with an entry; empty where nothing is."""
    if not isinstance(value, dict):
        return "it is no table"
    if not _fits(GIST, value.get("gist")):
        return "`gist` is no id of a gist"
    if value.get("version") != "" and not _fits(_REVISION, value.get("version")):
        return "`version` is no revision"
    if value.get("sha256") != "" and not _fits(_SHA256, value.get("sha256")):
        return "`sha256` is no SHA-256"
    if not is_file_name(value.get("file")):
        return "`file` is no file of a gist"
    for key in ("created_at", "updated_at"):
        if not _fits(_TIME, value.get(key)):
            return f"`{key}` is no time"
    tags = value.get("tags", [])
    if not isinstance(tags, list) or len(tags) > MOST_TAGS or not all(is_tag(each) for each in tags):
        return "`tags` is no list of short texts"
    return "" if type(value.get("enabled", True)) is bool else "`enabled` is neither true nor false"


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def is_file_name(value: Any) -> bool:
    """Whether this may be the name of a gist's file; the empty one, too, which leaves it open."""
    return (
        isinstance(value, str)
        and len(value) <= MOST_FILE_CHARACTERS
        and value not in (".", "..")
        and "/" not in value
        and value.isprintable()
    )


def is_tag(value: Any) -> bool:
    """Whether this may be a tag."""
    return isinstance(value, str) and 0 < len(value) <= MOST_TAG_CHARACTERS and value.isprintable()


def _unreadable(path: str, reason: str) -> Failure:
    return Failure(
        "E_MAPPING",
        f"`{path}` can't be understood: {reason}",
        hint="nothing is shared, synced or fetched by name until it is mended or moved away; pyst leaves it as it is",
        where=Where(path),
    )
