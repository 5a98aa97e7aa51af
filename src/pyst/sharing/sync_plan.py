"""What a sync would do: which gist, what it says, whether its past is the one that is known, and what comes of both.

Reads, and writes nothing; `syncing` carries a plan out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.sharing.gists import Gist, Gists
from pyst.sharing.mapping import Remote, ScriptMapping, tell_entries
from pyst.sharing.merging import Change, Merged, merge
from pyst.sharing.pending import read_pending, without_pending
from pyst.sharing.remote_mapping import FILE, Document, Past, Scripts, parse_document, unusable
from pyst.sharing.sync_failures import conflict_failure
from pyst.system.fetch_failure import FetchFailure

NEW = "new"


class Wishes(NamedTuple):
    """What the person said: the gist (an id, `new`, or empty for the one that is known or found), the side that counts
    for names that conflict, and whether a history that was written anew is accepted."""

    gist: str = ""
    decided: Mapping[str, str] = {}
    accepts_history: bool = False


class Shared(NamedTuple):
    """The gist, its newest document, and what that says with all that was written beside it.

    `is_behind`: the document does not say that yet.
    """

    gist: Gist
    document: Document
    scripts: Scripts
    past: Past

    @property
    def is_behind(self) -> bool:
        return self.scripts != self.document.scripts


class Plan(NamedTuple):
    """What a sync would do with the `mapping` that was read; `known` is the same, with all that is known by now.

    Without `shared`, a new gist would be made; with `is_found`, the mapping was never synced with this one.
    """

    mapping: ScriptMapping
    known: ScriptMapping
    shared: Shared | None
    merged: Merged
    is_found: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to keep equal: no gist, and nothing to make one of."""
        return self.shared is None and not self.mapping.scripts

    @property
    def is_needed(self) -> bool:
        """Whether anything would change that is worth a question."""
        return bool(self.merged.here or self.merged.there or self.is_found) or (
            self.shared is None and not self.is_idle
        )

    @property
    def writes_gist(self) -> bool:
        return self.shared is None or bool(self.merged.there) or self.shared.is_behind

    @property
    def question(self) -> tuple[str, tuple[Change, ...], tuple[Change, ...]]:
        """What a person said yes to; a plan with another one has to be asked about anew."""
        return (self.shared.gist.id if self.shared else "", self.merged.here, self.merged.there)


def make_plan(mapping: ScriptMapping, gists: Gists, wishes: Wishes) -> Plan:
    """What would be done with this mapping now.

    Raises `Failure`: `E_SYNC_CONFLICT`, `E_SYNC_HISTORY`, `E_SYNC_REMOTE`, `E_SYNC_CHOICE`, `E_SYNC_GONE`,
    `E_SYNC_PUBLIC`, `E_USAGE` (64) for a decision about what is not mapped, and those of fetching.
    """
    shared, is_found = _find_shared(mapping, gists, wishes)
    if shared and not is_found and not wishes.accepts_history:
        _check_past(mapping, shared.gist, gists)
    _check_decided(wishes, mapping, shared)
    known = _catch_up(mapping, shared) if shared else mapping
    scripts = shared.scripts if shared else {}
    merged = merge(_base_of(known, shared), tell_entries(mapping.scripts), scripts, wishes.decided)
    if merged.conflicts:
        raise conflict_failure(merged.conflicts, shared.gist.id if shared else "")
    return Plan(mapping, known, shared, merged, is_found)


def _catch_up(mapping: ScriptMapping, shared: Shared) -> ScriptMapping:
    """The mapping, where this machine wrote the gist and did not get to know it, as if it had got to know it.

    What both agree on is then what was mapped here when that was written: all of it is in there, but for names that
    others had written otherwise by then.
    """
    pending = read_pending(mapping)
    if pending is None:
        return mapping
    is_same = mapping.remote is not None and shared.gist.id == mapping.remote.gist
    at = shared.past.find(pending.id, mapping.remote.version if mapping.remote and is_same else "")
    if at is None:
        return mapping
    lost, known = set(shared.past.lost_at(at)), (mapping.base or {}) if is_same else {}
    base = {name: each for name, each in pending.scripts.items() if name not in lost}
    base |= {name: known[name] for name in lost if name in known}
    remote = Remote(shared.gist.id, shared.past.versions[at])
    return without_pending(mapping)._replace(base=base, remote=remote)


def _base_of(mapping: ScriptMapping, shared: Shared | None) -> Scripts | None:
    """What this machine and the gist last agreed on, None where they never did."""
    if shared is None or mapping.remote is None or mapping.base is None or shared.gist.id != mapping.remote.gist:
        return None
    return tell_entries(mapping.base)


def _check_decided(wishes: Wishes, mapping: ScriptMapping, shared: Shared | None) -> None:
    known = {*mapping.scripts, *(mapping.base or {}), *(shared.scripts if shared else {})}
    for name in wishes.decided:
        if name not in known:
            hint = did_you_mean(name, sorted(known))
            raise Failure("E_USAGE", f"no script `{name}` is mapped, here or there", hint=hint, exit=ExitCode.USAGE)


def _find_shared(mapping: ScriptMapping, gists: Gists, wishes: Wishes) -> tuple[Shared | None, bool]:
    """The gist to keep equal with, None where one is to be made; and whether it is another than the last time."""
    known = mapping.remote.gist if mapping.remote else ""
    if wishes.gist == NEW:
        return None, False
    if wishes.gist or known:
        wanted = wishes.gist or known
        return read_shared(gists, wanted), wanted != known
    found = with_document(gists)
    if len(found) > 1:
        named = ", ".join(f"`{each.id}`" for each in found[:8])
        message = f"{len(found)} of your gists have a `{FILE}`: {named}"
        raise Failure("E_SYNC_CHOICE", message, hint="`pyst sync --gist ID` takes one of them")
    return (read_shared(gists, found[0].id), True) if found else (None, False)


def with_document(gists: Gists) -> list[Gist]:
    return [each for each in gists.list() if FILE in each.files]


def read_shared(gists: Gists, gist: str) -> Shared:
    """What the gist says, whatever raced. Raises `Failure` (E_SYNC_GONE, E_SYNC_PUBLIC, E_SYNC_REMOTE)."""
    try:
        newest = gists.read(gist)
    except FetchFailure as failure:
        if failure.status != 404:
            raise
        message = f"the gist `{gist}` that the mapping is kept equal with is not there"
        hint = "is the token of its owner? `pyst sync --gist new` makes another one from what is here"
        raise Failure("E_SYNC_GONE", message, hint=hint) from failure
    if newest.public:
        message = f"the gist `{gist}` is public: it would tell everybody where your secret gists are"
        raise Failure("E_SYNC_PUBLIC", message, hint="`pyst sync --gist new` makes a secret one")

    def read(version: str) -> Document:
        return _document(gists, newest if version == newest.version else gists.read(newest.id, version))

    past = Past(newest.versions, read)
    return Shared(newest, past.document(0), past.said_at(0), past)


def _document(gists: Gists, gist: Gist) -> Document:
    if FILE not in gist.files:
        raise unusable(gist.id, "it has no such file")
    return parse_document(gists.content(gist, FILE), gist.id)


def _check_past(mapping: ScriptMapping, gist: Gist, gists: Gists) -> None:
    """Raise `Failure` (E_SYNC_HISTORY) where the gist's history has not what the mapping was last made equal with."""
    last = mapping.remote.version if mapping.remote else ""
    if not last or last in gist.versions or last in gists.history(gist.id, until=last):
        return
    raise Failure(
        "E_SYNC_HISTORY",
        f"the history of the gist `{gist.id}` was written anew: it has no revision `{last[:10]}`, of the last sync",
        hint=f"look at `{gist.address}`; if it is as it should be, `pyst sync --accept-history` takes it",
    )
