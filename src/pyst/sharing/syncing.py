"""Keeping the mapping of this machine equal with one gist: carries out what `sync_plan` plans. Asks nobody by itself.

The gist is written first, this machine's mapping after it: whoever is killed between the two finds, the next time, that
both sides say the same. Of one machine, one process syncs at a time; other machines are locked out of nothing. Both
writes are made only on top of what was read; where somebody else was faster, all is read and merged anew. How states
are merged is `merging`'s, what the gist says `remote_mapping`'s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

from pyst.errors import Failure
from pyst.sharing.gists import GistConflict, Gists
from pyst.sharing.mapping import (
    MOST_BYTES,
    Remote,
    ScriptMapping,
    change_mapping,
    encode_mapping,
    parse_entries,
    read_mapping,
)
from pyst.sharing.merging import Change
from pyst.sharing.pending import with_pending, without_pending
from pyst.sharing.remote_mapping import FILE, FORGET, Document, encode_document
from pyst.sharing.sync_plan import NEW, Plan, Wishes, make_plan, with_document
from pyst.system.fetch_failure import FetchFailure
from pyst.system.files import locked, writing_failed

DESCRIPTION = "The scripts that pyst keeps in gists"
CHANGED_HERE = "the mapping of this machine was changed meanwhile"
MOST_ATTEMPTS = 8
MOST_UNSURE = 3
FIRST_WAIT_SECONDS = 0.2
MOST_WAIT_SECONDS = 5.0


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

    Raises `Failure`: those of `make_plan`, `E_MAPPING`, `E_SYNC_SIZE`, `E_SYNC_BUSY`, `E_WRITE`. Nothing was changed
    then, but for the last two and failures of fetching: the gist may have been written. Another sync makes both sides
    equal.
    """
    turn = _Sync(path, gists, wishes)
    left = MOST_ATTEMPTS
    while left:
        with ExitStack() as stack:
            _begin(stack, path, tell)
            outcome = turn.attempt()
        if isinstance(outcome, Synced):
            return outcome
        if isinstance(outcome, Plan):  # nobody waits for the answer under the lock
            if not agree(outcome):
                return Synced(outcome, *_known(outcome), is_done=False)
            turn.agreed = outcome.question
            continue
        left -= 1
        if left:
            tell(f"{outcome}; reading all of it anew")
            _pause(MOST_ATTEMPTS - left, sleep)
    message = "the mapping was changed by others each time that it was about to be written"
    raise Failure("E_SYNC_BUSY", message, hint="nothing is lost; run `pyst sync` again in a moment")


def _begin(stack: ExitStack, path: str, tell: Callable[[str], None]) -> None:
    """Wait until no other process of this machine syncs: what it knows of its writes is for one at a time."""
    lock = os.path.join(os.path.dirname(path), "sync.lock")
    try:
        stack.enter_context(locked(lock, waiting=lambda: tell("waiting for another sync on this machine")))
    except OSError as error:
        raise writing_failed(lock, error) from error


class _Sync:
    """One sync, attempt by attempt.

    `agreed` is the question that was answered by yes, `made` the gist that was made and `created` whether it stands,
    `there` what earlier attempts were to change in the gist: an attempt may have succeeded without getting to know it.
    """

    def __init__(self, path: str, gists: Gists, wishes: Wishes) -> None:
        self.path = path
        self.gists = gists
        self.wishes = wishes
        self.agreed: object = None
        self.made = ""
        self.created = False
        self.unsure = 0
        self.there: dict[str, Change] = {}

    def attempt(self) -> Synced | Plan | str:
        """How it ended, or a plan that has to be asked about, or why all has to be read anew."""
        mapping = read_mapping(self.path)
        try:
            plan = make_plan(mapping, self.gists, self.wishes._replace(gist=self.made or self.wishes.gist))
        except Failure:
            if read_mapping(self.path) == mapping:
                raise
            return CHANGED_HERE  # what is wrong was so with what is no more
        if plan.is_idle:
            return Synced(plan, None, "", is_done=True)
        if plan.is_needed and not self.made and plan.question != self.agreed:
            return plan
        id = os.urandom(16).hex()
        announced = _announce(self.path, plan, id) if plan.writes_gist else plan
        return self._write(announced, id) if announced else CHANGED_HERE

    def _write(self, plan: Plan, id: str) -> Synced | str:
        """Write the gist, and then the mapping of this machine."""
        self.there |= {each.name: each for each in plan.merged.there}
        try:
            gist, version = _write_gist(plan, self.gists, id)
        except GistConflict:
            return "another machine wrote the gist first"
        except FetchFailure as failure:
            self.unsure += 1
            if plan.shared is None and _may_be_done(failure):
                failure.hint = "another `pyst sync` finds the gist, if it was made all the same"
            if plan.shared is None or self.unsure > MOST_UNSURE or not _may_be_done(failure):
                raise
            return failure.message  # another look tells
        if plan.shared is None:
            self.made = gist if self.wishes.gist == NEW else _settle(self.gists, gist)
            self.created = self.made == gist
            if not self.created:
                return "another machine made a gist first"
        if not _write_mapping(self.path, plan, Remote(gist, version)):
            return CHANGED_HERE
        done = plan._replace(merged=plan.merged._replace(there=tuple(self.there.values())))
        return Synced(done, gist, version, is_done=True, is_created=self.created)


def _may_be_done(failure: FetchFailure) -> bool:
    """Whether a change may have been made all the same, or GitHub was busy with the gist (409)."""
    return failure.status == 409 or (failure.is_temporary and not failure.is_undone)


def _known(plan: Plan) -> tuple[str | None, str]:
    return (plan.shared.gist.id, plan.shared.gist.version) if plan.shared else (None, "")


def _pause(number: int, sleep: Callable[[float], None]) -> None:
    most = min(MOST_WAIT_SECONDS, FIRST_WAIT_SECONDS * (1 << number))
    chance = int.from_bytes(os.urandom(4), "big") / (1 << 32)
    sleep(most / 2 + chance * most / 2)


def _announce(path: str, plan: Plan, id: str) -> Plan | None:
    """Write down what this machine is about to write; None where its mapping was changed meanwhile."""
    pending = with_pending(plan.known, id)
    after = _mapping_after(plan, Remote("0", "0" * 64))
    if max(len(encode_mapping(each)) for each in (pending, after)) > MOST_BYTES:
        raise Failure("E_SYNC_SIZE", "the mapping of this machine would be too large", hint=FORGET)
    return plan._replace(mapping=pending) if _replace(path, plan.mapping, pending) else None


def _write_gist(plan: Plan, gists: Gists, id: str) -> tuple[str, str]:
    """Write what is to be shared, if anything is new. The gist's id, and the revision that says it."""
    if plan.shared is None:
        text = encode_document(Document(plan.merged.shared, id))
        made = gists.create({FILE: text}, description=DESCRIPTION, public=False)
        return made.id, made.version
    gist = plan.shared.gist
    if not plan.writes_gist:
        return gist.id, gist.version
    text = encode_document(Document(plan.merged.shared, id, gist.version, plan.shared.document.more))
    return gist.id, gists.update(gist.id, {FILE: text}, expected=gist.version).version


def _settle(gists: Gists, created: str) -> str:
    """The gist that counts, now that one was made: where another machine made one at the same time, the older one.

    Ours is deleted then; nobody but this process has known it.
    """
    found = sorted(with_document(gists), key=lambda each: (each.created_at, each.id))
    if not any(each.id == created for each in found) or found[0].id == created:
        return created
    gists.delete(created)
    return found[0].id


def _write_mapping(path: str, plan: Plan, remote: Remote) -> bool:
    """Write this machine's mapping, unless it was changed since it was read. Whether it is written."""
    try:
        return _replace(path, plan.mapping, _mapping_after(plan, remote))
    except Failure as failure:
        if failure.code == "E_WRITE" and plan.writes_gist:
            failure.hint = "the gist was written; another `pyst sync` makes this machine's mapping equal with it"
        raise


def _mapping_after(plan: Plan, remote: Remote) -> ScriptMapping:
    scripts, base = parse_entries(plan.merged.ours), parse_entries(plan.merged.shared)
    return without_pending(plan.mapping).after_merge(scripts)._replace(remote=remote, base=base)


def _replace(path: str, before: ScriptMapping, after: ScriptMapping) -> bool:
    """Put a mapping in the place of the one that was read; False where that is not there any more."""
    is_same = False

    def change(found: ScriptMapping) -> ScriptMapping:
        nonlocal is_same
        is_same = found == before
        return after if is_same else found

    change_mapping(path, change)
    return is_same
