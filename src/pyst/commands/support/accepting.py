"""Accepting that an installed script was changed: the manifest is told what its bytes, and its lock, now are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyst.commands.support.direct import make_direct_shim
from pyst.confinement.declared import declared_permissions
from pyst.confinement.permissions import Base
from pyst.errors import Failure
from pyst.report import Diagnostic, diagnostic_of
from pyst.sharing.installing import is_direct
from pyst.sharing.integrity import MOST_LOCK_BYTES, Contents, accepted, check_integrity
from pyst.sharing.manifest import read_manifest
from pyst.sharing.shims import MODE, check_shim, plan_shim
from pyst.sharing.transaction import Change, Changes, transact
from pyst.system.digest import sha256
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.scripts.script import Metadata
    from pyst.sharing.manifest import Installed, Manifest
    from pyst.sharing.shims import Shim


def accept(app: App, path: str, *, only_lock: bool = False, trusted: bool = True) -> Installed | None:
    """Let the installed script at `path` run with the bytes that it has; its entry, None where nothing was changed.

    What its block asks for counts as consented to; a direct command of it is made anew. With `only_lock` the script
    itself must be as it was installed. `trusted`: the user trusts it as it is. Raises `Failure`: E_INTEGRITY for a
    script that pyst did not install, E_METADATA or E_PERMISSIONS for a block that can't be understood, E_INSTALL_RACE,
    E_MANIFEST, E_WRITE.
    """
    seen = _contents(app, path)
    manifest = read_manifest(app.paths.manifest_file)
    shim = _direct_shim(app, seen, path, manifest, only_lock=only_lock, trusted=trusted)
    found: list[Installed] = []

    def decide(manifest: Manifest) -> Changes:
        now = _contents(app, path)
        if (now.source, now.lock) != (seen.source, seen.lock):
            message = f"`{path}` was changed by another program meanwhile; nothing was accepted"
            raise Failure("E_INSTALL_RACE", message, hint="look at it, then try again")
        if only_lock:
            check_integrity(path, now.told.sha256, manifest)
        after = accepted(manifest, path, now.told)
        entry = after.of_file(path)
        assert entry is not None
        if after != manifest:
            found.append(entry)
        if shim is None or not is_direct(entry) or check_shim(shim) == shim.content:
            return Changes(after)
        renewed = entry._replace(shim={**(entry.shim or {}), "sha256": shim.sha256})
        return Changes(after.with_script(renewed), [Change(f"bin/{entry.name}", shim.content, MODE)])

    transact(app.paths.data, decide, waiting=lambda: app.talk("waiting for another pyst"))
    return found[0] if found else None


def _direct_shim(
    app: App, seen: _Seen, path: str, manifest: Manifest, *, only_lock: bool, trusted: bool
) -> Shim | None:
    """The direct shim for what was seen, which then goes through pyst where it has no environment; None where the
    script has no such command, or that is somebody else's by now."""
    entry = manifest.of_file(path)
    if entry is None or not is_direct(entry):
        return None
    if only_lock:
        check_integrity(path, seen.told.sha256, manifest)
    through_pyst = plan_shim(entry.name, "pyst", app.paths.bin)
    try:
        check_shim(through_pyst)
    except Failure as failure:
        app.remark(diagnostic_of(failure)._replace(level="warning"))
        return None
    try:
        given = (seen.source, seen.metadata, seen.lock)
        return make_direct_shim(app, entry.name, path, *given, trusted=trusted)
    except Failure as failure:
        message = f"the command of `installed:{entry.name}` goes through pyst for now: {failure.message}"
        hint = f"`pyst trust installed:{entry.name}` makes it direct again, once that is mended"
        app.remark(Diagnostic("warning", "W_NOT_DIRECT", message, hint))
        return through_pyst


class _Seen(NamedTuple):
    """What the files hold, and what the manifest tells of that."""

    source: bytes
    lock: bytes | None
    metadata: Metadata | None
    told: Contents


def _contents(app: App, path: str) -> _Seen:
    """What the files hold now."""
    from pyst.running.ground import MOST_SCRIPT_BYTES
    from pyst.scripts.metadata import parse_metadata
    from pyst.sharing.candidate import written_permissions

    witness = Witness()
    source = witness.read(path, most_bytes=MOST_SCRIPT_BYTES)
    if source is None:
        raise Failure("E_NOT_FOUND", f"there is no file `{path}`")
    metadata = parse_metadata(source, path)
    declared_permissions(metadata, path, Base("/", app.paths.home))  # what is no table of permissions is none to keep
    lock = witness.read(f"{path}.lock", most_bytes=MOST_LOCK_BYTES)
    told = Contents(
        sha256(source),
        len(source),
        int(app.clock()),
        None if lock is None else sha256(lock),
        written_permissions(metadata),
        metadata.dependencies if metadata else (),
    )
    return _Seen(source, lock, metadata, told)
