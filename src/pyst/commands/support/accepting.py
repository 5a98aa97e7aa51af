"""Accepting that an installed script was changed: the manifest is told what its bytes, and its lock, now are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyst.confinement.declared import declared_permissions
from pyst.confinement.permissions import Base
from pyst.errors import Failure
from pyst.sharing.integrity import Contents, accepted, check_integrity, lock_hash
from pyst.sharing.transaction import Changes, transact
from pyst.system.digest import sha256
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.manifest import Installed, Manifest


def accept(app: App, path: str, *, only_lock: bool = False) -> Installed | None:
    """Let the installed script at `path` run with the bytes that it has; its entry, None where nothing was changed.

    What its block asks for counts as consented to. With `only_lock` the script itself must be as it was installed.
    Raises `Failure`: E_INTEGRITY for a script that pyst did not install, E_METADATA or E_PERMISSIONS for a block that
    can't be understood, E_MANIFEST, E_WRITE.
    """
    found: list[Installed] = []

    def decide(manifest: Manifest) -> Changes:
        now = _contents(app, path)
        if only_lock:
            check_integrity(path, now.sha256, manifest)
        after = accepted(manifest, path, now)
        if after != manifest:
            entry = after.of_file(path)
            assert entry is not None
            found.append(entry)
        return Changes(after)

    transact(app.paths.data, decide, waiting=lambda: app.talk("waiting for another pyst"))
    return found[0] if found else None


def _contents(app: App, path: str) -> Contents:
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
    return Contents(
        sha256(source),
        len(source),
        int(app.clock()),
        lock_hash(path, witness),
        written_permissions(metadata),
        metadata.dependencies if metadata else (),
    )
