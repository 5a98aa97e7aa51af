"""What is known of a script that was fetched, before anybody says yes to it. Nothing of it is executed.

Owns what is read from its text; the lock is made by the caller, and what is different from what is installed is told
by `differences`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyst.confinement.declared import declared_mode, declared_permissions
from pyst.confinement.permissions import EVERYTHING, KINDS, Base
from pyst.errors import Failure
from pyst.scripts.script import Metadata
from pyst.sharing.fetched import LOCK, Fetched

INDEX_KEYS = ("index", "index-url", "extra-index-url", "find-links")


class Candidate(NamedTuple):
    """A script that may be installed. `path` is where it is going to be.

    `permissions` is what its block asks for, as written, by kind. `lock` is the lock that came with it. `origins` are
    the places that it wants packages from, besides the user's own indexes. `sandbox` is the tier of walls that it
    wishes for, None where it wishes for none.
    """

    fetched: Fetched
    path: str
    metadata: Metadata | None
    summary: str
    requirements: tuple[str, ...]
    requires_python: str | None
    permissions: Mapping[str, list[str]]
    origins: tuple[str, ...]
    lock: bytes | None
    sandbox: str | None = None

    @property
    def needs_lock(self) -> bool:
        return bool(self.requirements)


def examine(fetched: Fetched, path: str, home: str) -> Candidate:
    """Read the script that was fetched, which is going to be at `path`; `home` is what `~` means.

    Raises `Failure`: E_METADATA, E_PERMISSIONS, E_ENCODING or E_SYNTAX for what is no sound script.
    """
    from pyst.scripts.library import read_card
    from pyst.scripts.metadata import parse_metadata, validate_requirements

    content, word = fetched.content, fetched.source.word
    metadata = parse_metadata(content, word)
    if metadata is not None:
        validate_requirements(metadata, word)
    card = read_card(content, word)
    if card.broken is not None:
        at = f" (line {card.broken.line})" if card.broken.line else ""
        message = f"`{word}` is no sound script: {card.broken.message}{at}"
        raise Failure(card.broken.code, message, hint="nothing was installed")
    declared_permissions(metadata, word, Base("/", home))
    lock = next((data for name, data in fetched.siblings if name.endswith(LOCK)), None)
    return Candidate(
        fetched,
        path,
        metadata,
        card.summary,
        metadata.dependencies if metadata else (),
        metadata.requires_python if metadata else None,
        written_permissions(metadata),
        _origins(metadata),
        lock,
        declared_mode(metadata, word),
    )


def wished_walls(content: bytes | None) -> str | None:
    """The tier that a script which is here wishes for; None where it wishes for none, or is no sound script."""
    from pyst.scripts.metadata import parse_metadata

    try:
        return None if content is None else declared_mode(parse_metadata(content, "the script"), "the script")
    except Failure:
        return None


def written_permissions(metadata: Metadata | None) -> dict[str, list[str]]:
    """What a sound block asks for, as written; everything of a kind is the item that covers all."""
    table: Any = (metadata.tool if metadata else {}).get("pyst", {}).get("permissions", {})
    found = {}
    for kind in KINDS:
        value = table.get(kind)
        items = [EVERYTHING[kind]] if value is True else value or []
        if items:
            found[kind] = sorted(set(items))
    return found


def _origins(metadata: Metadata | None) -> tuple[str, ...]:
    """The indexes and other places for packages that the block names, as text."""
    tool: Any = metadata.tool.get("uv", {}) if metadata else {}
    if not isinstance(tool, dict):
        return ()
    found = [str(each) for key in INDEX_KEYS for each in _listed(tool.get(key))]
    sources = tool.get("sources")
    if isinstance(sources, dict):
        found += [f"{name}: {each}" for name, value in sources.items() for each in _listed(value)]
    return tuple(found)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    shown = value if isinstance(value, list) else [value]
    return [each.get("url", each) if isinstance(each, dict) else each for each in shown]
