"""Whether the store's folder can be used, and what takes its place where it can't."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping

from pyst.errors import Failure

UNWRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENOENT, errno.ELOOP, errno.EEXIST})

_spare: dict[str, str] = {}


def is_private(root: str) -> bool:
    """Whether nobody but this user (and root) could have put anything into `root`; so it is where there is nothing."""
    try:
        found = os.stat(root)
    except OSError:
        return True
    return not hasattr(os, "geteuid") or (found.st_uid in (os.geteuid(), 0) and not found.st_mode & 0o022)


def writable_root(root: str, environ: Mapping[str, str], say: Callable[[str], None] | None = None) -> str:
    """`root`, made if needed; or a private store under the temporary folder, where `root` can't be written, or could
    be written by others: what lies there is executed.

    Says so, once. Raises `Failure` (E_CACHE_WRITE) where neither can be had.
    """
    from pyst.system.files import make_cache_folder

    if root in _spare:
        return _spare[root]
    try:
        make_cache_folder(root)
        if not is_private(root):
            reason = "can be written by others"
        elif os.access(root, os.W_OK | os.X_OK):
            return root
        else:
            reason = "can't be written (permission denied)"
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise cache_failed(root, error) from error
        reason = f"can't be written ({error.strerror or error})"
    spare = private_root(os.path.basename(root), environ)
    if say:
        say(f"warning: the cache folder `{root}` {reason}; using `{spare}`")
    _spare[root] = spare
    return spare


def private_root(name: str, environ: Mapping[str, str]) -> str:
    """A store of this user's own under the temporary folder; nobody else could have put anything into it."""
    folder = environ.get("TMPDIR", "")
    base = os.path.join(folder if os.path.isabs(folder) else "/tmp", f"pyst-{os.getuid()}")
    try:
        try:
            os.mkdir(base, mode=0o700)  # a temporary folder that is not there is not made
        except FileExistsError:
            pass
        found = os.lstat(base)
        if found.st_mode & 0o170077 != 0o040000 or found.st_uid != os.geteuid():
            from tempfile import mkdtemp

            base = mkdtemp(prefix="pyst-", dir=os.path.dirname(base))
        path = os.path.join(base, name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path
    except OSError as error:
        raise cache_failed(base, error) from error


def spare_cache_of_uv(environ: Mapping[str, str]) -> str | None:
    """A private folder for uv's own cache where the one it would use can't be written; None where it can.

    Raises `Failure` (E_CACHE_WRITE) where neither can be had.
    """
    base = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME", "")
    base = base if os.path.isabs(base) else os.path.join(home, ".cache")
    folder = environ.get("UV_CACHE_DIR") or os.path.join(base, "uv")
    while not os.path.lexists(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    usable = os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)
    return None if usable or not os.path.isabs(folder) else private_root("uv-cache", environ)


def cache_failed(path: str, error: OSError) -> Failure:
    """The failure to raise where the cache can't be written; a rerun finds nothing half done."""
    place = error.filename or path
    place = place if isinstance(place, str) else os.fsdecode(place) if isinstance(place, bytes) else path
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "make room (`pyst gc`), then run it again" if full else "set XDG_CACHE_HOME to a folder that can be written"
    return Failure("E_CACHE_WRITE", f"`{place}` can't be written: {error.strerror or error}", hint=hint)
