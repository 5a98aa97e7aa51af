"""What `install` and `update` propose: a version of a script, beside what is there; made without changing anything.

The lock of the new version is made here, so that a person is asked about the packages that will really be there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.errors import Failure
from pyst.sharing.candidate import Candidate, examine, wished_walls
from pyst.sharing.differences import (
    code_difference,
    package_difference,
    permission_difference,
    permission_growth,
    requirement_difference,
    walls_growth,
)
from pyst.sharing.fetched import Fetched
from pyst.sharing.installing import Standing, script_path
from pyst.system.search_path import is_on_path

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.environments.spec import EnvSpec
    from pyst.scripts.script import Metadata

NEED_TRUST = ("E_UNTRUSTED_BUILD", "E_UNTRUSTED_INDEX", "E_UNTRUSTED_SETTING", "E_UNTRUSTED_SOURCE")
EMPTY: dict[str, Any] = {"added": {}, "removed": {}, "grown": {}}


class Proposal(NamedTuple):
    """A version to install in place of what is `found` under its name. `kind` is that of the shim."""

    found: Standing
    candidate: Candidate
    lock: bytes | None
    kind: str
    spec: EnvSpec | None

    @property
    def name(self) -> str:
        return self.found.name

    @property
    def action(self) -> str:
        """`install` where nothing is there, `replace` what is from elsewhere, `update`; `unchanged` if all is so."""
        found, fetched = self.found, self.candidate.fetched
        if found.entry is None:
            return "install" if found.content in (None, fetched.content) else "replace"
        if found.entry.source != fetched.source.word:
            return "replace"
        is_there = (found.content, found.lock) == (fetched.content, self.lock)
        return "unchanged" if is_there and not found.is_changed else "update"  # not what somebody put there

    def growth(self, home: str) -> dict[str, list[str]]:
        """The permissions that it asks for and what is there did not."""
        entry = self.found.entry
        if entry is None:
            return {}
        return {**permission_growth(entry.permissions, self.candidate.permissions, home), **self.walls()}

    def walls(self) -> dict[str, list[str]]:
        """That it wishes for looser walls than what is there does, or did when it was agreed to."""
        entry = self.found.entry
        before = (entry.sandbox, wished_walls(self.found.content)) if entry else ()
        return walls_growth(before, self.candidate.sandbox)


def propose(app: App, fetched: Fetched, found: Standing, *, kind: str, with_lock: bool) -> Proposal:
    """The proposal of what was fetched under the name of what was found. Nothing is executed, nothing kept.

    Raises `Failure`: what `examine` raises, and where no lock can be made, why.
    """
    candidate = examine(fetched, script_path(found.name, app.paths), app.paths.home)
    lock, spec = None, None
    if candidate.needs_lock:
        is_same = fetched.content == found.content and not found.is_changed
        if with_lock and is_same and found.lock is not None and found.entry is not None and not candidate.lock:
            lock = found.lock
        elif with_lock:
            lock = _lock(app, candidate, found)
        trusted = is_trusted(app, candidate.path, fetched.content, lock)
        spec = spec_of(app, candidate.metadata, candidate.path, lock, trusted=trusted)
    return Proposal(found, candidate, lock, kind, spec)


def is_trusted(app: App, path: str, content: bytes, lock: bytes | None) -> bool:
    """Whether the installed script at `path`, with these bytes and this lock, will be one that the user trusts."""
    from pyst.system.digest import sha256

    trust = app.workspace.trust
    if not trust.covers_bytes(path, content):
        return False
    return lock is None or sha256(lock) == trust.entries[os.path.realpath(path)].lock


def spec_of(app: App, metadata: Metadata | None, path: str, lock: bytes | None, *, trusted: bool = False) -> EnvSpec:
    """What a run of the installed script at `path` will ask for."""
    from pyst.commands.support.environment import uv_of
    from pyst.environments.interpreters import find_interpreter
    from pyst.environments.spec import make_spec, wanted_python
    from pyst.system.uv import settings_that_count, sort_flags

    flags, python, _ = sort_flags(app.workspace.settings.core.uv.flags)
    interpreter = find_interpreter(
        python,
        wanted_python(metadata, lock),
        root=app.paths.environments,
        uv=uv_of(app),
        cwd=app.cwd,
        flags=flags,
        witness=app.witness,
    )
    return make_spec(
        metadata,
        interpreter,
        script_path=path,
        lock=lock,
        flags=flags,
        settings=settings_that_count(app.environ, app.witness.read),
        allow_build=trusted,
    )


def _lock(app: App, candidate: Candidate, found: Standing) -> bytes:
    """A lock for the candidate: the versions that its author had, or those that were there, no release too young."""
    from pyst.commands.support.environment import uv_of
    from pyst.environments.aging import make_aged_lock, versions_in

    if found.lock is not None and candidate.lock is not None and not found.is_changed:
        same_needs = found.entry is not None and found.entry.requirements == candidate.requirements
        if (
            same_needs
            and found.content == candidate.fetched.content
            and (versions_in(found.lock) == versions_in(candidate.lock))
        ):
            return found.lock
    cooldown_seconds = app.workspace.settings.share.cooldown
    try:
        return make_aged_lock(
            spec_of(app, candidate.metadata, candidate.path, None),
            app.paths.environments,
            uv_of(app),
            name=found.name,
            source=candidate.fetched.content,
            newest=_moment(app.clock() - cooldown_seconds) if cooldown_seconds else None,
            wished=candidate.lock or _own_lock(found),
        )
    except Failure as failure:
        raise _explained(failure, found.name, cooldown_seconds) from failure


def _own_lock(found: Standing) -> bytes | None:
    """The lock that is there, if it is the one that was made here."""
    return found.lock if found.entry is not None and found.entry.lock_sha256 == found.lock_sha256 else None


def _moment(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(max(seconds, 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _explained(failure: Failure, name: str, cooldown_seconds: int) -> Failure:
    """The failure of the lock, with the way on for what is not installed yet."""
    if failure.code in NEED_TRUST:
        failure.hint = f"`--no-lock` installs it without a lock; it runs once you said `pyst trust installed:{name}`"
        failure.fix = None
    elif cooldown_seconds and failure.code in ("E_CONFLICT", "E_NO_PACKAGE"):
        more = "`share.cooldown` leaves out releases that are too young; `pyst config get share.cooldown` shows it"
        failure.hint = f"{failure.hint}\n{more}" if failure.hint else more
    return failure


def proposal_data(app: App, proposal: Proposal) -> dict[str, Any]:
    """The proposal as JSON data: what comes, and how it differs from what is there."""
    from pyst.environments.aging import with_other_files

    candidate, found, entry = proposal.candidate, proposal.found, proposal.found.entry
    fetched = candidate.fetched
    return {
        "name": proposal.name,
        "action": proposal.action,
        "path": candidate.path,
        "source": fetched.source.word,
        "pinned": fetched.pinned.word,
        "commit": fetched.commit,
        "sha256": fetched.sha256,
        "size_bytes": fetched.size_bytes,
        "summary": candidate.summary,
        "requires_python": candidate.requires_python,
        "requirements": [app.masked(each) for each in candidate.requirements],
        "origins": [app.masked(each) for each in candidate.origins],
        "permissions": {kind: list(each) for kind, each in candidate.permissions.items()},
        "locked": packages_data(proposal.lock),
        "other_files": with_other_files(proposal.lock or b"", candidate.lock or b""),
        "shim": {
            "path": os.path.join(app.paths.bin, proposal.name),
            "kind": proposal.kind,
            "is_on_path": is_on_path(app.paths.bin, app.environ),
        },
        "before": None
        if found.content is None and entry is None
        else {
            "source": entry.source if entry else None,
            "pinned": entry.pinned if entry else None,
            "commit": entry.commit if entry else None,
            "sha256": entry.sha256 if entry else None,
            "is_changed": found.is_changed or entry is None,
        },
        "changes": _changes(app, proposal),
    }


def packages_data(lock: bytes | None) -> list[str] | None:
    """What a lock holds, as `name version`; None without one."""
    from pyst.environments.aging import versions_in

    return None if lock is None else [f"{name} {' '.join(each)}" for name, each in versions_in(lock).items()]


def _changes(app: App, proposal: Proposal) -> dict[str, Any]:
    """How it differs from what is there; of the first version, nothing is said that stands beside it already."""
    from pyst.environments.aging import versions_in

    candidate, found, entry = proposal.candidate, proposal.found, proposal.found.entry
    left, right = (
        {name: " ".join(each) for name, each in versions_in(lock or b"").items()}
        for lock in (found.lock, proposal.lock)
    )
    code = None
    if found.content is not None:
        code = app.masked(code_difference(found.content, candidate.fetched.content, f"{proposal.name}.py")) or None
    if entry is None:
        return {"code": code, "requirements": [], "packages": [], "permissions": EMPTY}
    added, removed = permission_difference(entry.permissions, candidate.permissions)
    added |= proposal.walls()
    requirements = requirement_difference(entry.requirements, candidate.requirements)
    return {
        "code": code,
        "requirements": [_masked(app, each.to_json()) for each in requirements],
        "packages": [each.to_json() for each in package_difference(left, right)],
        "permissions": {"added": added, "removed": removed, "grown": proposal.growth(app.paths.home)},
    }


def _masked(app: App, row: dict[str, Any]) -> dict[str, Any]:
    return {key: each and app.masked(each) for key, each in row.items()}
