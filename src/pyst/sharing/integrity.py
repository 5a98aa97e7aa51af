"""Whether an installed script still has the bytes that were installed, and the lock.

What lies in the folder of installed scripts runs only as the manifest has it: a script that was changed there, or put
there by another hand, does not. Whatever reads its files, for a run, a tool call or a listing, asks here with what it
read, so that what is judged is what is used.
"""

from __future__ import annotations

from pyst.errors import ExitCode, Failure, Where
from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyst.sharing.manifest import Manifest
    from pyst.system.witness import Witness


class Contents(NamedTuple):
    """What of an entry of the manifest follows from the bytes of script and lock, and when they came; as `Installed`
    has it."""

    sha256: str
    size_bytes: int
    updated_at: int
    lock_sha256: str | None
    permissions: Mapping[str, list[str]]
    requirements: tuple[str, ...]


STATES = ("intact", "changed", "lock_changed", "unlisted", "unknown")
"""How an installed script can stand: as installed; its bytes or its lock are others; pyst did not put it there; the
manifest can't be read."""
UNSEEN = "unseen"
"""Instead of the hash of a lock: nobody looked."""


MOST_LOCK_BYTES = 64 << 20


def integrity_failure(path: str, source: bytes, manifest_file: str, witness: Witness) -> Failure | None:
    """Why the installed script at `path`, whose bytes are `source`, may not run; None where it may.

    The manifest and the lock are read through `witness`.
    """
    from pyst.sharing.manifest import read_manifest

    try:
        manifest = read_manifest(manifest_file, witness)
    except Failure as failure:
        return failure
    state = standing(path, source, manifest, witness)
    return None if state == "intact" else _broken(path, state, manifest)


def standing(path: str, source: bytes, manifest: Manifest, witness: Witness) -> str:
    """How the installed script at `path`, whose bytes are `source`, stands with the lock beside it: one of `STATES`.

    Of a script that a link from elsewhere leads to, a lock is not missed. One that can't be read is not the same.
    """
    try:
        lock = lock_hash(path, witness)
    except Failure:
        lock = ""
    entry = manifest.of_file(path)
    is_link = entry is not None and entry.file != path
    return state_of(path, source, manifest, UNSEEN if is_link and lock is None else lock)


def lock_hash(path: str, witness: Witness) -> str | None:
    """The SHA-256 of the lock beside the script at `path`, None where there is none. Raises `Failure` (unreadable)."""
    data = witness.read(f"{path}.lock", most_bytes=MOST_LOCK_BYTES)
    return None if data is None else _sha256(data)


def state_of(path: str, data: bytes | str, manifest: Manifest, lock_sha256: str | None = UNSEEN) -> str:
    """How the installed script at `path` stands, one of `STATES`; see `check_integrity`."""
    entry = manifest.of_file(path)
    if entry is None:
        return "unlisted"
    if _sha256(data) != entry.sha256:
        return "changed"
    return "intact" if lock_sha256 in (UNSEEN, entry.lock_sha256) else "lock_changed"


def check_integrity(path: str, data: bytes | str, manifest: Manifest, lock_sha256: str | None = UNSEEN) -> None:
    """Raise `Failure` (E_INTEGRITY, 101) where the installed script at `path` is not as the manifest has it.

    `data` are its bytes, or their SHA-256 in hex; `lock_sha256` is that of the lock beside it, None where there is no
    lock. Whether a script is installed at all is told by `scripts.catalog.is_installed`.
    """
    state = state_of(path, data, manifest, lock_sha256)
    if state != "intact":
        raise _broken(path, state, manifest)


def _broken(path: str, state: str, manifest: Manifest) -> Failure:
    """The failure for an installed script in this state."""
    entry = manifest.of_file(path)
    if entry is None:
        return Failure(
            "E_INTEGRITY",
            f"`{path}` lies among the installed scripts, but pyst did not install it",
            hint="`pyst install FILE` installs a script; one of your own belongs into another folder",
            exit=ExitCode.BLOCKED,
            where=Where(path),
        )
    name = entry.name
    what = "its bytes are not" if state == "changed" else "its lock is not"
    place = path if state == "changed" else f"{path}.lock"
    return Failure(
        "E_INTEGRITY",
        f"`installed:{name}` was changed after it was installed: {what} what was consented to",
        hint=f"`pyst update {name}` brings back what its source has, `pyst trust installed:{name}` accepts the change",
        exit=ExitCode.BLOCKED,
        where=Where(place),
    )


def accepted(manifest: Manifest, path: str, now: Contents) -> Manifest:
    """The manifest in which the script at `path` has the contents that it has now, on the user's word.

    Where it came from stays. Raises `Failure` (E_INTEGRITY) for a script that pyst did not install.
    """
    entry = manifest.of_file(path)
    if entry is None:
        raise _broken(path, "unlisted", manifest)
    if (now.sha256, now.lock_sha256) == (entry.sha256, entry.lock_sha256):
        return manifest
    return manifest.with_script(entry._replace(**now._asdict()))


def _sha256(data: bytes | str) -> str:
    if isinstance(data, str):
        return data
    from pyst.system.digest import sha256

    return sha256(data)
