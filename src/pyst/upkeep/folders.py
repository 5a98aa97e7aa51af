"""The folders of pyst: whether they can be used, who else could write to them, room, the clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from shlex import quote
from stat import S_ISDIR

from pyst.upkeep.examination import Case, Result

LITTLE_BYTES = 200 << 20
FEW_INODES = 2_000
SKEW_SECONDS = 2.0


def own_folders(case: Case) -> dict[str, str]:
    """The folders of pyst by what they are for."""
    return {name: getattr(case.paths, name) for name in ("config", "data", "cache", "state")}


def folders(case: Case) -> Iterator[Result]:
    """Each folder: there, ours, writable, and closed to others."""
    for name, path in own_folders(case).items():
        yield _folder(name, path)


def _folder(name: str, path: str) -> Result:
    label = f"folder-{name}"
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return _absent(label, path)
    except OSError as error:
        return Result(
            label, "fail", f"`{path}` can't be reached: {error.strerror}", "look at what lies on the way to it"
        )
    if not S_ISDIR(found.st_mode):
        return Result(label, "fail", f"`{path}` is not a folder", "move it out of the way")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        return Result(label, "fail", f"`{path}` belongs to another user ({found.st_uid})", "give it back: `chown` it")
    if found.st_mode & 0o022:
        message = (
            f"`{path}` can be written by others (mode {found.st_mode & 0o777:o}): they could have you run anything"
        )
        return Result(label, "fail", message, f"run `chmod go-w {quote(path)}`", lambda: _close(path))
    problem = _write_problem(path)
    if problem:
        return Result(
            label, "fail", f"`{path}` can't be written: {problem}", "free it, or choose another by XDG_*_HOME"
        )
    return Result(label, "ok", f"`{path}`")


def _absent(label: str, path: str) -> Result:
    """A folder that is not there yet is made when it is needed, if it can be."""
    above = os.path.dirname(path)
    while not os.path.lexists(above) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    if os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK):
        return Result(label, "ok", f"`{path}` (made when it is needed)")
    hint = "free it, or choose another place by XDG_*_HOME or PYST_HOME"
    return Result(label, "fail", f"`{path}` is not there and can't be made in `{above}`", hint)


def _close(path: str) -> str:
    os.chmod(path, os.stat(path).st_mode & 0o7755)
    return f"closed `{path}` to others"


def _write_problem(folder: str) -> str:
    """Why nothing can be written into a folder, tried for real; empty where it can."""
    try:
        _, path = _probe(folder)
        os.unlink(path)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _probe(folder: str) -> tuple[float, str]:
    """Write a small file; gives the time that the filesystem says and its path. Raises `OSError`."""
    path = os.path.join(folder, f".doctor.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, b"pyst doctor\n")
        return os.fstat(fd).st_mtime, path
    except OSError:
        os.unlink(path)
        raise
    finally:
        os.close(fd)


def _existing(path: str) -> str:
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def space(case: Case) -> Iterator[Result]:
    """Room for environments where the cache lies."""
    place = _existing(case.paths.cache)
    try:
        found = os.statvfs(place)
    except (OSError, AttributeError) as error:
        yield Result("space", "warn", f"the free space of `{place}` can't be told: {error}")
        return
    free = found.f_bavail * found.f_frsize
    shown = f"{free >> 20} MiB free for the cache"
    if free < LITTLE_BYTES:
        yield Result("space", "fail", f"only {shown}", "make room; `pyst gc` drops environments that nothing needs")
    elif found.f_files > 0 and found.f_favail < FEW_INODES:
        message = f"only {found.f_favail} more files can be made where the cache lies"
        yield Result("space", "fail", message, "make room; `pyst gc` drops environments that nothing needs")
    else:
        yield Result("space", "ok", shown)


def clock(case: Case) -> Iterator[Result]:
    """Whether the filesystem of the cache and this machine tell the same time."""
    place = _existing(case.paths.cache)
    before = case.clock()
    try:
        stamped, path = _probe(place)
        os.unlink(path)
    except OSError:
        return  # the folder's own examination says so
    after = case.clock()
    skew = stamped - after if stamped > after else min(stamped - before, 0.0)
    if abs(skew) > SKEW_SECONDS:
        relation = "ahead of" if skew > 0 else "behind"
        message = f"the filesystem of `{place}` is {abs(skew):.0f} s {relation} this machine's clock"
        hint = "set the clocks; until then a change may be taken for older than it is (`--no-cache` helps)"
        yield Result("clock", "warn", message, hint)
    else:
        yield Result("clock", "ok", "files are stamped with this machine's time")
