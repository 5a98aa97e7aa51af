"""What installing, updating and uninstalling come to: the files and the entry of the manifest that are to change.

Decided under the lock of the transaction, against what a person was shown: where that is not so any more, nothing is
changed. Owns these decisions; the question, the lock of the script and its environment are the callers'.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.sharing.candidate import Candidate
from pyst.sharing.manifest import Installed, Manifest, read_manifest
from pyst.sharing.names import check_name
from pyst.sharing.obstacles import Obstacle, find_obstacle
from pyst.sharing.shims import MODE, Shim, check_shim, interpreter_of, plan_shim, read_shim
from pyst.sharing.transaction import Change, Changes, require_settled
from pyst.system.digest import sha256
from pyst.system.paths import Paths
from pyst.system.witness import Witness

MOST_BYTES = 64 << 20
MOST_LOOKS = 100
"""How often what others change meanwhile is looked at anew."""


class Standing(NamedTuple):
    """What is there under a name: the entry in the manifest, the script and its lock as they are now.

    What is no file has no content; it is among the `obstacles`.
    """

    name: str
    entry: Installed | None
    content: bytes | None
    lock: bytes | None
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether somebody has changed what was installed."""
        if self.entry is not None and self.obstacles:
            return True
        if self.entry is None or self.content is None:
            return False
        return sha256(self.content) != self.entry.sha256 or self.lock_sha256 not in (None, self.entry.lock_sha256)

    @property
    def lock_sha256(self) -> str | None:
        return None if self.lock is None else sha256(self.lock)

    def is_blocked(self, path: str) -> bool:
        """Whether something that is no file stands at this path below the data."""
        return any(os.path.basename(each.path) == os.path.basename(path) for each in self.obstacles)


class Wish(NamedTuple):
    """An installed script as it is to be: what was consented to."""

    candidate: Candidate
    lock: bytes | None
    shim: Shim
    now: int


def script_path(name: str, paths: Paths) -> str:
    """Where the script of this name is, or is going to be."""
    return os.path.join(paths.installed, f"{name}.py")


def find_standing(name: str, paths: Paths) -> tuple[Standing, Manifest]:
    """What is there under this name, and the manifest, both of one moment: never one half of another's change.

    Raises `Failure`: E_MANIFEST, E_JOURNAL, E_WRITE, E_INSTALL_RACE where others don't stop, or E_UNREADABLE,
    E_TOO_LARGE where the script can't be read.
    """
    for _ in range(MOST_LOOKS):
        require_settled(paths.data)
        before = read_manifest(paths.manifest_file)
        found = _standing(name, before, paths)
        if not os.path.lexists(paths.journal_file) and read_manifest(paths.manifest_file) == before:
            return found, before
    message = f"`{name}` can't be looked at in one moment: other pysts install all the time; nothing was changed"
    raise Failure("E_INSTALL_RACE", message, hint="try again when they are done")


def _standing(name: str, manifest: Manifest, paths: Paths) -> Standing:
    path, witness = script_path(name, paths), Witness()
    places = (path, f"{path}.lock")
    found = [find_obstacle(each) for each in places]
    content, lock = (
        None if obstacle else witness.read(each, most_bytes=MOST_BYTES)
        for each, obstacle in zip(places, found, strict=True)
    )
    return Standing(name, manifest.scripts.get(name), content, lock, tuple(filter(None, found)))


def require_installed(name: str, manifest: Manifest) -> Installed:
    """The entry of this name. Raises `Failure` (E_NOT_INSTALLED, 127), with near misses."""
    bare = name.removeprefix("installed:")
    found = manifest.scripts.get(bare)
    if found is None:
        hint = did_you_mean(bare, list(manifest.scripts)) or "`pyst list` shows what is installed"
        raise Failure("E_NOT_INSTALLED", f"no script `{name}` is installed", hint=hint, exit=ExitCode.NOT_FOUND)
    return found


def decide_installed(
    found: Standing, wish: Wish, paths: Paths, path_commands: Callable[[str], str | None], *, force: bool
) -> Callable[[Manifest], Changes]:
    """The decision to have the script as it was wished for, in place of what was `found`.

    Raises, when it is called, `Failure`: E_INSTALL_RACE where something else is there by now, E_NAME_TWIN, E_SHADOWS,
    E_SHIM.
    """
    entry = _entry(found, wish)

    def decide(manifest: Manifest) -> Changes:
        now = _standing(found.name, manifest, paths)
        if now != found and now.entry is not None and _is_wished(now, wish):
            return Changes(manifest)  # another one came first, with the very same
        _still(found, now)
        if found.entry is None:
            check_name(found.name, manifest.scripts, path_commands, force)
        shim_there = check_shim(wish.shim)
        files = []
        file = f"installed/{found.name}.py"
        if wish.candidate.fetched.content != found.content:
            files.append(Change(file, wish.candidate.fetched.content))
        if wish.lock != found.lock or found.is_blocked(f"{file}.lock"):
            files.append(Change(f"{file}.lock", wish.lock))
        holds_text = interpreter_of(shim_there or b"") is not None
        if files and found.entry is not None and is_direct(found.entry) and not holds_text:
            # What starts the interpreter itself must not meet a script and a lock of two versions. A shim that is the
            # script meets neither; and its interpreter, which may just have been started, must not meet lines of shell.
            through_pyst = plan_shim(found.name, "pyst", paths.bin)
            files.insert(0, Change(f"bin/{found.name}", through_pyst.content, MODE))
            shim_there = None
        if wish.shim.content != shim_there:
            files.append(Change(f"bin/{found.name}", wish.shim.content, MODE))
        return Changes(manifest.with_script(entry), files)

    return decide


def is_direct(entry: Installed) -> bool:
    """Whether its command is to start the interpreter itself."""
    return entry.shim is not None and entry.shim["kind"] == "direct"


def _entry(found: Standing, wish: Wish) -> Installed:
    candidate, shim = wish.candidate, wish.shim
    fetched = candidate.fetched
    before = found.entry
    made = Installed(
        name=found.name,
        file=candidate.path,
        source=fetched.source.word,
        pinned=fetched.pinned.word,
        ref=fetched.source.ref or fetched.source.revision,
        commit=fetched.commit,
        sha256=fetched.sha256,
        size_bytes=fetched.size_bytes,
        installed_at=before.installed_at if before else wish.now,
        updated_at=wish.now,
        lock_sha256=None if wish.lock is None else sha256(wish.lock),
        permissions=candidate.permissions,
        requirements=candidate.requirements,
        shim={"path": f"bin/{found.name}", "kind": shim.kind, "sha256": shim.sha256},
        sandbox=candidate.sandbox,
        more=before.more if before else {},
    )
    is_same = before is not None and made._replace(updated_at=before.updated_at) == before
    return before if before is not None and is_same else made


def decide_uninstalled(found: Standing, paths: Paths) -> Callable[[Manifest], Changes]:
    """The decision that the script is there no more. A shim that pyst did not write stays.

    Raises, when it is called, `Failure` (E_INSTALL_RACE) where something else is there by now.
    """

    def decide(manifest: Manifest) -> Changes:
        _still(found, _standing(found.name, manifest, paths))
        files = [Change(f"bin/{found.name}", None)] if has_shim(found, paths) else []
        file = f"installed/{found.name}.py"
        for path, content in ((file, found.content), (f"{file}.lock", found.lock)):
            files += [Change(path, None)] if content is not None or found.is_blocked(path) else []
        return Changes(manifest.without(found.name), files)

    return decide


def has_shim(found: Standing, paths: Paths) -> bool:
    """Whether there is a shim of this name that pyst wrote."""
    from pyst.sharing.shims import is_ours

    try:
        data = read_shim(os.path.join(paths.bin, found.name))
    except Failure:
        return False
    return data is not None and is_ours(data)


def _is_wished(now: Standing, wish: Wish) -> bool:
    """Whether all that is wished for is there already, from the same source."""
    fetched = wish.candidate.fetched
    is_same_source = now.entry is not None and now.entry.pinned == fetched.pinned.word
    return is_same_source and (now.content, now.lock) == (fetched.content, wish.lock) and not now.is_changed


def _still(found: Standing, now: Standing) -> None:
    """Make sure that all is as it was found. Raises `Failure` (E_INSTALL_RACE)."""
    if now != found:
        there = f" (from `{now.entry.pinned}`)" if now.entry and now.entry != found.entry else ""
        raise Failure(
            "E_INSTALL_RACE",
            f"`{found.name}` was changed by another pyst meanwhile{there}; this one has changed nothing",
            hint=f"look at it by `pyst info installed:{found.name}`, then try again",
        )
