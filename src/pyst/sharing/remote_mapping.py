"""The document that machines share: the file `pyst-mapping.json` of a gist, and what it says when writers raced. Pure.

    {"version": 1, "write": {"id": RANDOM, "after": REVISION | null}, "scripts": {NAME: ENTRY, …}}

A gist has no way to be written only where nobody else has written since. So each document says after which revision it
was made: where the gist's history has another revision right before it, that one was not seen by whoever wrote later,
and its changes count all the same. `id` is new with each write: a document with the id of the one before it was edited
by hand. The entries are those of `mapping`, without `enabled`; whoever may write the gist may write anything, so all of
it is checked before any of it counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pyst.errors import Failure
from pyst.sharing.mapping import parse_entries, tell_entries
from pyst.sharing.merging import combine, merge, names_in, shared_of
from pyst.system.versioned import OtherVersion, parse_versioned

FILE = "pyst-mapping.json"
VERSION = 1
MOST_BYTES = 4 << 20
MOST_DEPTH = 20
MOST_REVISIONS = 30
"""How far back writers who raced are looked for."""

FORGET = "`pyst gists list` shows what is mapped, `pyst gists forget NAME` forgets some"

Scripts = dict[str, dict[str, Any]]


class Document(NamedTuple):
    """One revision of the document. `after` is the revision it was made from, empty where it is the first.

    `more` are keys that this pyst does not know.
    """

    scripts: Scripts
    id: str
    after: str = ""
    more: Mapping[str, Any] = {}


def parse_document(data: bytes, gist: str) -> Document:
    """The document in these bytes of a file of the gist. Raises `Failure` (E_SYNC_REMOTE)."""
    if len(data) > MOST_BYTES:
        raise unusable(gist, f"it has more than {MOST_BYTES >> 20} MiB")
    try:
        body = parse_versioned(data, VERSION, "scripts")
        _check_depth(body, MOST_DEPTH)
    except OtherVersion as error:
        hint = "another machine has a newer pyst: update this one" if error.found > VERSION else ""
        raise unusable(gist, str(error), hint=hint) from error
    except ValueError as error:
        raise unusable(gist, str(error)) from error
    write = body.get("write", {"id": "", "after": None})
    if not isinstance(write, dict) or not isinstance(write.get("id"), str):
        raise unusable(gist, "`write` does not say who wrote it")
    after = write.get("after") or ""
    if not isinstance(after, str):
        raise unusable(gist, "`write` does not say after which revision")
    try:
        scripts = shared_of(tell_entries(parse_entries(body["scripts"])))
    except ValueError as error:
        raise unusable(gist, str(error)) from error
    more = {key: each for key, each in body.items() if key not in ("version", "write", "scripts")}
    return Document(scripts, write["id"], after, more)


def encode_document(document: Document) -> str:
    """The text of the document. Raises `Failure` (E_SYNC_SIZE) where no pyst would take it."""
    body = {
        **document.more,
        "version": VERSION,
        "write": {"id": document.id, "after": document.after or None},
        "scripts": {name: document.scripts[name] for name in sorted(document.scripts)},
    }
    text = json.dumps(body, indent=1) + "\n"
    if len(text) > MOST_BYTES:
        message = f"the mapping has more than the {MOST_BYTES >> 20} MiB that a synced one may have"
        raise Failure("E_SYNC_SIZE", message, hint=FORGET)
    return text


class Past:
    """The revisions of the document, `versions` with the newest first, and what they say with what was written beside.

    `read` gives the document of a revision, and raises `Failure` (E_SYNC_REMOTE) where there is none that can be
    understood: that is raised for the one that is asked about, and of an earlier one nothing is taken. Each is read
    once at most, and none but the newest where nobody raced.
    """

    def __init__(self, versions: Sequence[str], read: Callable[[str], Document]) -> None:
        self.versions = versions[:MOST_REVISIONS]
        self._read = read
        self._documents: dict[int, Document] = {}
        self._said: dict[int, Scripts] = {}

    def document(self, at: int) -> Document:
        """The document of the revision at this place."""
        if at not in self._documents:
            self._documents[at] = self._read(self.versions[at])
        return self._documents[at]

    def said_at(self, at: int) -> Scripts:
        """What that revision says, together with all that was written beside it before."""
        if at not in self._said:
            sides = self._sides(at)
            self._said[at] = combine(*sides) if sides else self.document(at).scripts
        return self._said[at]

    def lost_at(self, at: int) -> list[str]:
        """The names for which that revision does not count, as others had written something else before."""
        sides = self._sides(at)
        return names_in(merge(*sides).conflicts) if sides else []

    def find(self, id: str, until: str) -> int | None:
        """The place of the document that was written under this id, after the revision `until`; None where there is
        none. Later ones with the same id were edited by hand."""
        found = None
        for at, version in enumerate(self.versions):
            if version == until:
                break
            try:
                found = at if self.document(at).id == id else found
            except Failure as failure:
                if failure.code != "E_SYNC_REMOTE":
                    raise
        return found

    def _sides(self, at: int) -> tuple[Scripts, Scripts, Scripts] | None:
        """What a revision was made from, what it says, and what had been written meanwhile; None where nothing was."""
        found = self.document(at)
        if not found.after or found.after not in self.versions[at + 2 :]:
            return None  # it was made from the one before it, or from none that is known
        try:
            before = self.document(at + 1)
            is_by_hand = before.id == found.id
            base = before.scripts if is_by_hand else self.said_at(self.versions.index(found.after, at + 2))
            return base, found.scripts, self.said_at(at + 1)
        except Failure as failure:
            if failure.code != "E_SYNC_REMOTE":
                raise
            return None


def unusable(gist: str, why: str, *, hint: str = "") -> Failure:
    """The failure of a document that can't be used: it is left as it is, and so is the mapping."""
    left = f"nothing was changed; its history at `gist:{gist}` has the earlier ones"
    return Failure("E_SYNC_REMOTE", f"`{FILE}` of the gist `{gist}` can't be used: {why}", hint=hint or left)


def _check_depth(value: Any, depth: int) -> None:
    """Raise `ValueError` for what could not be written again within what is kept of it."""
    if isinstance(value, dict | list):
        if not depth:
            raise ValueError("it is nested too deeply")
        for each in value.values() if isinstance(value, dict) else value:
            _check_depth(each, depth - 1)
