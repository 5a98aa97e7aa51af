"""What pyst keeps: environments that are whole or broken, cached answers, settings, trust."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from shlex import quote

from pyst.errors import Failure
from pyst.upkeep.examination import Case, Result

MOST_ENTRIES = 100_000


def environments(case: Case) -> Iterator[Result]:
    """Which environments of the store are whole, which are broken or were never finished."""
    from pyst.environments.gc import stored_keys
    from pyst.environments.marker import is_whole, read_marker

    root = case.paths.environments
    whole, size, broken = 0, 0, []
    for name in stored_keys(root):
        folder = os.path.join(root, name)
        if is_whole(folder, name):
            whole += 1
            size += _told_size(read_marker(folder))
        elif not is_busy(root, name):
            broken.append(name)
    shown = f"{whole} environments, {size >> 20} MiB" if whole != 1 else f"one environment, {size >> 20} MiB"
    if not broken:
        yield Result("environments", "ok", shown)
        return
    count = f"{len(broken)} broken or unfinished" if len(broken) > 1 else "one broken or unfinished"
    message = f"{shown}; {count}, such as `{os.path.join(root, broken[0])}`"
    hint = "`pyst doctor --fix` removes them; a run builds what it needs anew"
    yield Result("environments", "warn", message, hint, lambda: _remove(root, broken))


def _told_size(marker: bytes | None) -> int:
    try:
        size = json.loads(marker or b"{}").get("bytes", 0)
    except (ValueError, AttributeError, RecursionError):
        return 0
    return size if isinstance(size, int) and size >= 0 else 0


def is_busy(root: str, key: str) -> bool:
    """Whether a process builds or deletes the environment of this key just now."""
    from pyst.system.files import locked

    if not os.path.exists(os.path.join(root, ".locks", key)):
        return False
    try:
        with locked(os.path.join(root, ".locks", key), patience=False) as held:
            return not held
    except OSError:
        return False


def _remove(root: str, keys: list[str]) -> str:
    from pyst.environments.marker import is_whole
    from pyst.environments.trash import discard
    from pyst.system.files import locked

    count = 0
    for key in keys:
        with locked(os.path.join(root, ".locks", key), patience=False) as held:
            folder = os.path.join(root, key)
            if held and not is_whole(folder, key):
                discard(folder, root)
                count += 1
    return f"removed {count} broken environments" if count != 1 else "removed one broken environment"


def answers(case: Case) -> Iterator[Result]:
    """The cached interfaces, plans and snippets: how many, how large. A broken one reads as absent."""
    told = []
    for name in ("interfaces", "plans", "snippets"):
        count, size = _measured(getattr(case.paths, name))
        told.append(f"{count} {name} ({size >> 10} KiB)")
    yield Result("cache", "ok", ", ".join(told))


def _measured(folder: str) -> tuple[int, int]:
    count, size = 0, 0
    try:
        with os.scandir(folder) as listing:
            for entry, _ in zip(listing, range(MOST_ENTRIES), strict=False):
                if entry.is_file(follow_symlinks=False):
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_size
    except OSError:
        pass
    return count, size


def settings(case: Case) -> Iterator[Result]:
    """Whether all settings that hold here can be read."""
    try:
        workspace = case.workspace()
    except Failure as failure:
        where = f" ({failure.where})" if failure.where else ""
        yield Result("settings", "fail", failure.message + where, failure.hint or "mend it, or move it away")
        return
    yield Result("settings", "ok", f"the settings for `{workspace.root}` can be read")
    broken = workspace.trust.broken
    if broken is not None:
        yield Result("trust", "fail", broken.message, broken.hint)
        return
    yield _trust(case.paths.trust_file, len(workspace.trust.entries))


def _trust(path: str, count: int) -> Result:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return Result("trust", "ok", "nothing is trusted yet")
    if mode & 0o022:
        message = f"`{path}` can be written by others (mode {mode & 0o777:o}): they decide what you trust"
        return Result("trust", "fail", message, f"run `chmod 600 {quote(path)}`", lambda: _close(path))
    return Result("trust", "ok", f"{count} trusted {'entry' if count == 1 else 'entries'}")


def _close(path: str) -> str:
    os.chmod(path, 0o600)
    return f"closed `{path}` to others; look at what it trusts: `pyst trust --list`"
