"""Two states of a mapping become one: a three-way merge by name and by field, against what both once agreed on. Pure.

Entries are the JSON of a mapping's `scripts`. `enabled` is nobody's but this machine's: it is in no document that
machines share, nothing from elsewhere sets it, and what was looked at stays looked at only while the same bytes would
run. Where the document lies, and how it is read and written, is left to `remote_mapping` and `syncing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pyst.sharing.names import folded

Entry = Mapping[str, Any]
Entries = Mapping[str, Entry]

LOCAL = "enabled"
SOURCE = ("gist", "file", "version", "sha256")
"""Where a script comes from: these belong together, the gist of one side with the hash of the other is nothing."""
DELETED, NAME, WHERE_FROM = "deleted", "name", "source"

OURS, THEIRS = "ours", "theirs"


class Conflict(NamedTuple):
    """What both sides changed, and not to the same.

    `what` is `source`, the name of another field, `deleted` (one side deleted what the other changed), or `name`
    (two names that some systems can't tell apart). `ours` and `theirs` are what stands there, None where nothing does.
    """

    name: str
    what: str
    ours: Any
    theirs: Any


class Change(NamedTuple):
    """What becomes of one entry on one side: `added`, `removed` or `changed` (in these fields)."""

    name: str
    kind: str
    fields: tuple[str, ...] = ()


class Merged(NamedTuple):
    """The outcome: the state to share, this machine's with `enabled`, and how each side changes to get there.

    `unseen` are the names that nobody looked at since they came, or came anew: disabled here by this merge. Where
    there are `conflicts`, nothing of this is to be kept.
    """

    shared: dict[str, dict[str, Any]]
    ours: dict[str, dict[str, Any]]
    here: tuple[Change, ...]
    there: tuple[Change, ...]
    unseen: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def merge(base: Entries | None, ours: Entries, theirs: Entries, decided: Mapping[str, str] | None = None) -> Merged:
    """Merge what changed on both sides since `base`, the state that they last agreed on (None: never).

    `decided` tells for names which side counts where they conflict (`ours` or `theirs`).
    """
    known, mine, other = shared_of(base or {}), shared_of(ours), shared_of(theirs)
    conflicts: list[Conflict] = []
    shared: dict[str, dict[str, Any]] = {}
    for name in sorted({*mine, *other}):
        entry, found = _merge_entry(name, known.get(name), mine.get(name), other.get(name), (decided or {}).get(name))
        conflicts += found
        if entry is not None:
            shared[name] = entry
    conflicts += _part_twins(shared, mine, other, decided or {})
    local = {name: {**entry, LOCAL: _stays_enabled(ours.get(name), entry)} for name, entry in shared.items()}
    unseen = tuple(
        name for name, entry in local.items() if not entry[LOCAL] and (name not in ours or ours[name].get(LOCAL, True))
    )
    return Merged(shared, local, changes(ours, local), changes(other, shared), unseen, tuple(conflicts))


def combine(base: Entries, late: Entries, early: Entries) -> dict[str, dict[str, Any]]:
    """What two documents say together that were written after the same one, neither knowing of the other.

    Where they conflict, the one that was written early counts: whoever wrote late still has what it wanted, and is
    told of the conflict.
    """
    return merge(base, late, early, dict.fromkeys({*late, *early, *base}, THEIRS)).shared


def shared_of(entries: Entries) -> dict[str, dict[str, Any]]:
    """The entries without what is this machine's alone."""
    return {name: {key: value for key, value in entry.items() if key != LOCAL} for name, entry in entries.items()}


def changes(before: Entries, after: Entries) -> tuple[Change, ...]:
    """How one state differs from another, by name."""
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            found.append(Change(name, "added" if old is None else "removed"))
        elif fields := tuple(key for key in sorted({*old, *new}) if _at(old, key) != _at(new, key)):
            found.append(Change(name, "changed", fields))
    return tuple(found)


_ABSENT: Any = object()
_CONTESTED: Any = object()


def _at(entry: Entry | None, key: str) -> Any:
    return _ABSENT if entry is None else entry.get(key, _ABSENT)


def _merge_entry(
    name: str, base: Entry | None, ours: Entry | None, theirs: Entry | None, decided: str | None
) -> tuple[dict[str, Any] | None, list[Conflict]]:
    """The entry of one name, None where there is none any more; and what conflicts of it."""
    one = _of_three(base, ours, theirs)
    if one is not _CONTESTED:
        return (None if one is None else dict(one)), []
    if ours is None or theirs is None:
        found = [] if decided else [Conflict(name, DELETED, ours, theirs)]
        chosen = ours if decided == OURS else theirs
        return (None if chosen is None else dict(chosen)), found
    return _merge_fields(name, base, ours, theirs, decided)


def _of_three(base: Any, ours: Any, theirs: Any) -> Any:
    """The value as a whole; `_CONTESTED` where both sides changed it, and not to the same."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else _CONTESTED


def _merge_fields(
    name: str, base: Entry | None, ours: Entry, theirs: Entry, decided: str | None
) -> tuple[dict[str, Any], list[Conflict]]:
    found: list[Conflict] = []
    chosen = ours if decided == OURS else theirs
    first, mine, other = (tuple(_at(each, key) for key in SOURCE) for each in (base, ours, theirs))
    source = _of_three(first, mine, other)
    if source is _CONTESTED:
        source = tuple(_at(chosen, key) for key in SOURCE)
        found.append(Conflict(name, WHERE_FROM, _source(ours), _source(theirs)))
    entry = dict(zip(SOURCE, source, strict=True))
    for key in sorted({*ours, *theirs} - set(SOURCE)):
        values = _at(base, key), _at(ours, key), _at(theirs, key)
        entry[key] = _of_three(*values)
        if entry[key] is _CONTESTED and key in _RULES and key in ours and key in theirs:
            entry[key] = _RULES[key](*values)
        elif entry[key] is _CONTESTED:
            entry[key] = _at(chosen, key)
            found.append(Conflict(name, key, ours.get(key), theirs.get(key)))
    return {key: value for key, value in entry.items() if value is not _ABSENT}, [] if decided else found


def _source(entry: Entry) -> dict[str, Any]:
    return {key: entry.get(key) for key in SOURCE}


def _merge_tags(base: Any, ours: Any, theirs: Any) -> list[str]:
    """Tags that either side added, without those that either took away."""
    before = base if isinstance(base, list) else []
    kept = [each for each in before if each in ours and each in theirs]
    return kept + sorted({*ours, *theirs} - set(before))


def _earlier(_: Any, ours: Any, theirs: Any) -> Any:
    return min(ours, theirs)


def _later(_: Any, ours: Any, theirs: Any) -> Any:
    return max(ours, theirs)


_RULES = {"tags": _merge_tags, "created_at": _earlier, "updated_at": _later}
"""Fields that both sides can change without contradicting each other."""


def _part_twins(
    shared: dict[str, dict[str, Any]], ours: Entries, theirs: Entries, decided: Mapping[str, str]
) -> list[Conflict]:
    """Names that only differ in what some systems don't tell apart, unless this machine has both already.

    Of two, `shared` keeps the one that was decided for.
    """
    seen: dict[str, str] = {}
    found = []
    for name in sorted(shared):
        first = seen.setdefault(folded(name), name)
        if first == name or (first in ours and name in ours):
            continue
        mine, other = (first, name) if first in ours or name not in ours else (name, first)
        if side := decided.get(mine) or decided.get(other):
            del shared[other if side == OURS else mine]
        else:
            found.append(Conflict(mine, NAME, mine, other))
    return found


def _stays_enabled(before: Entry | None, after: Entry) -> bool:
    """Whether a person looked at what this entry now leads to, and did not disable it."""
    if before is None or not before.get(LOCAL, True):
        return False
    # Another revision of the same bytes is new, too: the lock that lies beside them may be another.
    return all(_at(before, key) == _at(after, key) for key in SOURCE)


def names_in(conflicts: Iterable[Conflict]) -> list[str]:
    """The names that conflict, each once."""
    return list(dict.fromkeys(each.name for each in conflicts))
