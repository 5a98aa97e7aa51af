"""Keeping the mapping of this machine equal with one gist: what would change, and changing it. Asks nobody by itself.

The gist is written first, this machine's mapping after it: whoever is killed between the two finds, the next time, that
both sides say the same. Nothing is locked over the network. Both writes are made only on top of what was read; where
somebody else was faster, all is read and merged anew. How states are merged is `merging`'s, what the gist says
`remote_mapping`'s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.sharing.gists import Gist, GistConflict, Gists
from pyst.sharing.mapping import (
    MOST_BYTES,
    Remote,
    ScriptMapping,
    change_mapping,
    encode_mapping,
    parse_entries,
    read_mapping,
    tell_entries,
)
from pyst.sharing.merging import Merged, merge
from pyst.sharing.remote_mapping import FILE, Document, Scripts, encode_document, parse_document, said_by, unusable
from pyst.sharing.sync_failures import conflict_failure
from pyst.system.fetch_failure import FetchFailure

DESCRIPTION = "The scripts that pyst keeps in gists"
NEW = "new"
MOST_ATTEMPTS = 8
MOST_UNSURE = 3
FIRST_WAIT_SECONDS = 0.2
MOST_WAIT_SECONDS = 5.0


class Wishes(NamedTuple):
    """What the person said: the gist (an id, `new`, or empty for the one that is known or found), the side that counts
    for names that conflict, and whether a history that was written anew is accepted."""

    gist: str = ""
    decided: Mapping[str, str] = {}
    accepts_history: bool = False


class Shared(NamedTuple):
    """The gist and what its newest document says; `is_behind`: it does not say yet what was written beside it."""

    gist: Gist
    document: Document
    scripts: Scripts

    @property
    def is_behind(self) -> bool:
        return self.scripts != self.document.scripts


class Plan(NamedTuple):
    """What a sync would do. Without `shared`, a new gist would be made; with `is_found`, the mapping was never synced
    with this one."""

    mapping: ScriptMapping
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
    def question(self) -> tuple[object, ...]:
        """What a person said yes to; a plan with another one has to be asked about anew."""
        return (self.shared.gist.id if self.shared else "", self.merged.here, self.merged.there)


class Synced(NamedTuple):
    """How a sync ended: its plan, and the gist as it is now (None: none was made, as nothing was to be done)."""

    plan: Plan
    gist: str | None
    version: str
    is_done: bool
    is_created: bool = False


def sync(
    path: str,
    gists: Gists,
    wishes: Wishes,
    agree: Callable[[Plan], bool],
    *,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Synced:
    """Make the mapping at `path` and the gist equal, where `agree` says so.

    Raises `Failure`: `E_SYNC_CONFLICT`, `E_SYNC_HISTORY`, `E_SYNC_REMOTE`, `E_SYNC_CHOICE`, `E_SYNC_GONE`,
    `E_SYNC_SIZE`, `E_SYNC_BUSY`, `E_MAPPING`, `E_WRITE`, `E_USAGE` (for a name that is not mapped), and those of fetching. Nothing was changed then, but for
    `E_WRITE` and failures of fetching: the gist may have been written. Another sync makes both sides equal.
    """
    agreed: object = None
    made, unsure = "", 0
    for number in range(MOST_ATTEMPTS):
        if number:
            _pause(number, tell, sleep)
        plan = make_plan(path, gists, wishes._replace(gist=made or wishes.gist))
        if plan.is_idle:
            return Synced(plan, None, "", is_done=True)
        if plan.is_needed and not made and plan.question != agreed:
            if not agree(plan):
                return Synced(plan, *_known(plan), is_done=False)
            agreed = plan.question
        try:
            gist, version = _write_gist(plan, gists)
        except GistConflict:
            continue
        except FetchFailure as failure:
            unsure += 1
            if plan.shared is None or unsure > MOST_UNSURE or not _may_be_done(failure):
                raise
            continue  # another look tells
        is_created = plan.shared is None
        if is_created:
            made = gist if wishes.gist == NEW else _settle(gists, gist)
            if made != gist:
                continue
        if _write_mapping(path, plan, Remote(gist, version)):
            return Synced(plan, gist, version, is_done=True, is_created=is_created)
    message = "the mapping was changed by others each time that it was about to be written"
    raise Failure("E_SYNC_BUSY", message, hint="nothing is lost; run `pyst sync` again in a moment")


def _may_be_done(failure: FetchFailure) -> bool:
    """Whether a change may have been made all the same, or GitHub was busy with the gist (409)."""
    return failure.status == 409 or (failure.is_temporary and not failure.is_undone)


def _known(plan: Plan) -> tuple[str | None, str]:
    return (plan.shared.gist.id, plan.shared.gist.version) if plan.shared else (None, "")


def _pause(number: int, tell: Callable[[str], None], sleep: Callable[[float], None]) -> None:
    most = min(MOST_WAIT_SECONDS, FIRST_WAIT_SECONDS * (1 << number))
    chance = int.from_bytes(os.urandom(4), "big") / (1 << 32)
    tell("somebody else was faster; reading all of it anew")
    sleep(most / 2 + chance * most / 2)


# The plan


def make_plan(path: str, gists: Gists, wishes: Wishes) -> Plan:
    """What would be done now. Raises `Failure` as `sync` does."""
    mapping = read_mapping(path)
    shared, is_found = _find_shared(mapping, gists, wishes)
    is_same = bool(shared and mapping.remote and shared.gist.id == mapping.remote.gist)
    if shared and is_same and not wishes.accepts_history:
        _check_past(mapping, shared.gist, gists)
    _check_decided(wishes, mapping, shared)
    base = tell_entries(mapping.base) if is_same and mapping.base is not None else None
    merged = merge(base, tell_entries(mapping.scripts), shared.scripts if shared else {}, wishes.decided)
    if merged.conflicts:
        raise conflict_failure(merged.conflicts, shared.gist.id if shared else "")
    return Plan(mapping, shared, merged, is_found)


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
    found = _with_document(gists)
    if len(found) > 1:
        named = ", ".join(f"`{each.id}`" for each in found[:8])
        message = f"{len(found)} of your gists have a `{FILE}`: {named}"
        raise Failure("E_SYNC_CHOICE", message, hint="`pyst sync --gist ID` takes one of them")
    return (read_shared(gists, found[0].id), True) if found else (None, False)


def _with_document(gists: Gists) -> list[Gist]:
    return [each for each in gists.list() if FILE in each.files]


def read_shared(gists: Gists, gist: str) -> Shared:
    """What the gist says, whatever raced. Raises `Failure` (E_SYNC_GONE, E_SYNC_REMOTE)."""
    try:
        newest = gists.read(gist)
    except FetchFailure as failure:
        if failure.status != 404:
            raise
        message = f"the gist `{gist}` that the mapping is kept equal with is not there"
        hint = "is the token of its owner? `pyst sync --gist new` makes another one from what is here"
        raise Failure("E_SYNC_GONE", message, hint=hint) from failure
    documents = {newest.version: _document(gists, newest)}

    def read(version: str) -> Document:
        if version not in documents:
            documents[version] = _document(gists, gists.read(newest.id, version))
        return documents[version]

    return Shared(newest, documents[newest.version], said_by(newest.versions, read))


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


# Writing


def _write_gist(plan: Plan, gists: Gists) -> tuple[str, str]:
    """Write what is to be shared, if anything is new. The gist's id, and the revision that says it."""
    number = os.urandom(16).hex()
    if plan.shared is None:
        made = gists.create(
            {FILE: encode_document(Document(plan.merged.shared, number))}, description=DESCRIPTION, public=False
        )
        return made.id, made.version
    gist = plan.shared.gist
    after = _mapping_after(plan, Remote(gist.id, gist.version))
    if len(encode_mapping(after)) > MOST_BYTES:
        raise unusable(gist.id, "with it, the mapping of this machine would be too large")
    if not plan.writes_gist:
        return gist.id, gist.version
    text = encode_document(Document(plan.merged.shared, number, gist.version, plan.shared.document.more))
    changed = gists.update(gist.id, {FILE: text}, expected=gist.version)
    return gist.id, changed.version


def _settle(gists: Gists, created: str) -> str:
    """The gist that counts, now that one was made: where another machine made one at the same time, the older one.

    Ours is deleted then; nobody but this process has known it.
    """
    found = sorted(_with_document(gists), key=lambda each: (each.created_at, each.id))
    if not any(each.id == created for each in found) or found[0].id == created:
        return created
    gists.delete(created)
    return found[0].id


def _write_mapping(path: str, plan: Plan, remote: Remote) -> bool:
    """Write this machine's mapping, unless it was changed since it was read. Whether it is written."""
    is_ours = True

    def change(found: ScriptMapping) -> ScriptMapping:
        nonlocal is_ours
        is_ours = found == plan.mapping
        return _mapping_after(plan, remote) if is_ours else found

    try:
        change_mapping(path, change)
    except Failure as failure:
        if failure.code == "E_WRITE" and plan.writes_gist:
            failure.hint = "the gist was written; another `pyst sync` makes this machine's mapping equal with it"
        raise
    return is_ours


def _mapping_after(plan: Plan, remote: Remote) -> ScriptMapping:
    return plan.mapping._replace(
        scripts=parse_entries(plan.merged.ours), remote=remote, base=parse_entries(plan.merged.shared)
    )
