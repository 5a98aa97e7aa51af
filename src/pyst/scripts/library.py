"""What a listing shows of each script, read once and kept while its file stands.

Reading itself is `pyst.scripts.introspect`'s. A card is kept by the stamp of its file and by its content, in one
cache file for each script folder. A broken cache reads as absent, and a file that changed a moment ago is not
kept, because its stamp could hide a further change. Full interfaces are kept by `pyst.scripts.interfaces`.
"""

from __future__ import annotations

import marshal
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst import hotpath
from pyst.scripts.discover import MOST_SOURCE_BYTES, Found, reason_of
from pyst.scripts.interfaces import MOST_FILES
from pyst.scripts.script import Broken
from pyst.system.forks import map_forked
from pyst.system.witness import is_settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyst.hotpath import Stamp
    from pyst.scripts.catalog import Catalog

FORMAT = 1
MOST_CHECKED_BYTES = 1 << 20
"""A longer file is described by its text; whether it can be parsed is left to the run."""
WORTH_A_PROCESS = 150
"""So many files to read pay for the start of another process."""


class Card(NamedTuple):
    """What a listing shows of one script. `broken` says why it can't be run or described."""

    entry: str = "none"
    framework: str | None = None
    summary: str = ""
    broken: Broken | None = None


Kept = tuple["Stamp", bytes, str, str | None, str, tuple[str, str, int] | None]
"""A card in the cache: stamp, digest of the content, entry, framework, summary, broken."""


def read_catalog_cards(catalog: Catalog, cache: str | None) -> dict[str, Card]:
    """The card of each file of the catalog, by its path. `cache` is the folder to keep them in, or None."""
    cards: dict[str, Card] = {}
    for folder in catalog.folders:
        founds = (*folder.found, *folder.twins)
        read = read_cards(founds, cache, root=folder.root, began_ns=catalog.began_ns)
        cards.update((each.script.path, card) for each, card in zip(founds, read, strict=True))
    return cards


def read_cards(founds: Sequence[Found], cache: str | None, *, root: str, began_ns: int) -> list[Card]:
    """The cards of the scripts of one script folder, in their order. Only files that changed are read.

    `cache` is the folder to keep them in, or None; `began_ns` a time (`time.time_ns`) before the files were examined.
    """
    path = os.path.join(cache, "summaries-" + hotpath.digest(os.fsencode(root)).hex()) if cache else None
    kept = _load(path) if path else {}
    try:
        cards, keep = _cards(founds, kept, began_ns)
    except (TypeError, ValueError, IndexError):
        if not kept:
            raise
        cards, keep = _cards(founds, {}, began_ns)  # the cache is whole, but not what it should be
    if path and keep != kept:
        _save(path, keep)
    return cards


def _cards(founds: Sequence[Found], kept: dict[str, Kept], began_ns: int) -> tuple[list[Card], dict[str, Kept]]:
    """The cards of `founds`, and what to keep of them, in the light of what was `kept` before."""
    todo = [
        each
        for each in founds
        if each.stamp and not each.broken and (kept.get(each.script.path) or (None,))[0] != each.stamp
    ]
    read = map_forked(lambda each: _read(each, kept.get(each.script.path)), todo, worth=WORTH_A_PROCESS)
    fresh = {each.script.path: found for each, found in zip(todo, read, strict=True)}
    cards = []
    keep: dict[str, Kept] = {}
    for each in founds:
        name = each.script.path
        found = fresh.get(name) or kept.get(name)
        if each.broken or each.stamp is None or found is None:
            cards.append(Card(broken=each.broken))
            continue
        *_, entry, framework, summary, broken = found
        cards.append(Card(entry, framework, summary, Broken(*broken) if broken else None))
        if found[1] and is_settled(max(each.stamp[1], each.stamp[4]), began_ns):
            keep[name] = (each.stamp, *found[1:])
    return cards, keep


def _version() -> tuple[object, ...]:
    from pyst import __version__

    return (FORMAT, __version__, sys.hexversion)


def _load(path: str) -> dict[str, Kept]:
    body = hotpath.read_sealed(path)
    if body is None:
        return {}
    try:
        version, kept = marshal.loads(body)
    except (ValueError, EOFError, TypeError):
        return {}
    return kept if version == _version() and type(kept) is dict else {}


def _save(path: str, keep: dict[str, Kept]) -> None:
    from pyst.system.caches import write_cached

    body: Any = (_version(), keep)
    write_cached(path, hotpath.sealed(marshal.dumps(body, 2)), most_files=MOST_FILES)


def _read(found: Found, before: Kept | None) -> Kept:
    """Read one file. A content that is as it was before needs no second look."""
    stamp = found.stamp
    assert stamp
    try:
        source = read_source(found.script.path)
    except OSError as error:
        reason = f"can't be read: {reason_of(error.errno or 0)}"
        return (stamp, b"", "none", None, "", ("E_UNREADABLE", reason, 0))
    digest = hotpath.digest(source)
    if before and before[1] == digest:
        return (stamp, *before[1:])
    card = read_card(source, found.script.path)
    broken = card.broken and (card.broken.code, card.broken.message, card.broken.line)
    return (stamp, digest, card.entry, card.framework, card.summary, broken)


def read_source(path: str) -> bytes:
    """The bytes of the script at `path`, at most `MOST_SOURCE_BYTES`. Never waits for a FIFO. Raises `OSError`."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        size = os.fstat(fd).st_size
        data = os.read(fd, min(size, MOST_SOURCE_BYTES) + 1)
        while size > len(data) < MOST_SOURCE_BYTES:
            more = os.read(fd, 1 << 20)
            if not more:
                break
            data += more
        return data[:MOST_SOURCE_BYTES]
    finally:
        os.close(fd)


def read_card(source: bytes, path: str) -> Card:
    """What a listing shows of a script, from its text. A newer Python's syntax is not taken for a mistake."""
    from pyst.errors import Failure
    from pyst.scripts.introspect import read_summary
    from pyst.scripts.metadata import parse_metadata

    wanted, mistake, has_block = None, None, True
    try:
        metadata = parse_metadata(source, path)
    except Failure as failure:
        mistake = Broken(failure.code, failure.message, failure.where.line if failure.where else 0)
    else:
        has_block = metadata is not None
        wanted = metadata.requires_python if metadata else None
    check = len(source) <= MOST_CHECKED_BYTES
    entry, framework, summary, broken = read_summary(source, path, check=check, has_block=has_block)
    if broken and broken.code == "E_SYNTAX" and wanted and not _is_for_us(wanted):
        broken = None
    return Card(entry, framework, summary, mistake or broken)


def _is_for_us(requires_python: str) -> bool:
    """Whether this interpreter is one that the script asks for."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires_python).contains(".".join(map(str, sys.version_info[:3])))
    except InvalidSpecifier:
        return True
