"""Which stored environments are still needed, and deleting the others.

Kept is what a script that exists still asks for (the environment that it used last), what a running process uses,
and what was used a short while ago. The record of who asked may be lost: then only the time of last use counts.
Deciding is pure; a deletion takes the lock, looks again, and moves the folder away before anything in it is touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from pyst.environments.marker import USED, is_whole, read_marker
from pyst.environments.spec import KEY_LENGTH
from pyst.environments.store import users_of
from pyst.environments.trash import delete_tree, move_to_trash

WORK_SECONDS = 86400.0

JUST_USED_SECONDS = 60.0
"""Who found an environment this lately may be about to start its interpreter."""


class Stored(NamedTuple):
    """One environment of the store. Times are seconds since the epoch.

    `size_bytes` counts a file that others share (uv hard-links from its cache) by its share of the links;
    `freed_bytes` only the files that nobody shares: what its deletion gives back at once.
    """

    key: str
    path: str
    is_whole: bool
    last_used: float
    size_bytes: int
    freed_bytes: int
    needs: str
    requirements: tuple[str, ...]
    users: tuple[str, ...]


class Verdict(NamedTuple):
    """What is to become of an environment: `action` is `keep` or `drop`; `reason` says why."""

    stored: Stored
    action: str
    reason: str


def stored_keys(root: str) -> list[str]:
    """The names of the folders in the store that are environments, or the beginnings of some."""
    try:
        names = os.listdir(root)
    except OSError:
        return []
    return sorted(each for each in names if len(each) == KEY_LENGTH and set(each) <= set("0123456789abcdef"))


def read_store(root: str) -> list[Stored]:
    """Every environment in the store, with its size."""
    return [read_stored(root, key) for key in stored_keys(root)]


def read_stored(root: str, key: str) -> Stored:
    """One environment of the store. What can't be read of it is left empty."""
    path = os.path.join(root, key)
    marker = _parsed(read_marker(path))
    size, freed = sizes_of(path)
    requirements = marker.get("requirements")
    needs = marker.get("needs")
    return Stored(
        key,
        path,
        is_whole(path, key),
        last_used(path),
        size,
        freed,
        needs if isinstance(needs, str) else "",
        tuple(str(each) for each in requirements) if isinstance(requirements, list) else (),
        users_of(root, key),
    )


def _parsed(data: bytes | None) -> dict[str, object]:
    import json

    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def last_used(path: str) -> float:
    """When the environment was last used; of one without a record, when its folder was last changed."""
    for each in (os.path.join(path, USED), path):
        try:
            return os.lstat(each).st_mtime
        except OSError:
            continue
    return 0.0


def sizes_of(path: str) -> tuple[int, int]:
    """How many bytes on disk all below `path` takes: by shares of what is linked elsewhere too, and alone."""
    share = alone = 0.0
    stack = [path]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    found = entry.stat(follow_symlinks=False)
                    size = getattr(found, "st_blocks", 0) * 512
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                        share, alone = share + size, alone + size
                        continue
                    share += size / max(found.st_nlink, 1)
                    alone += size if found.st_nlink <= 1 else 0
        except OSError:
            continue
    return int(share), int(alone)


def needed_keys(store: Iterable[Stored], needs_of: Callable[[str], str | None]) -> dict[str, str]:
    """The environments that existing scripts still need: key → one such script.

    `needs_of` gives what the script at a path asks for now (`EnvSpec.needs`): None where there is no script any
    more, an empty string where it can't be told. Of several environments for one script the last used counts.
    """
    by_script: dict[str, list[Stored]] = {}
    for each in store:
        for script in each.users:
            by_script.setdefault(script, []).append(each)
    needed: dict[str, str] = {}
    for script, stored in sorted(by_script.items()):
        needs = needs_of(script)
        fitting = [each for each in stored if needs is not None and needs in ("", each.needs)]
        if fitting:
            needed.setdefault(max(fitting, key=lambda each: each.last_used).key, script)
    return needed


def decide(
    store: Iterable[Stored],
    *,
    needed: Mapping[str, str],
    in_use: Iterable[str],
    now: float,
    older_than_seconds: float,
    most_bytes: int | None,
) -> list[Verdict]:
    """What to keep and what to drop, least recently used first. Pure.

    Without `most_bytes`, all goes that nobody needs and that was not used for `older_than_seconds`. With it, as
    much of the rest goes too, by last use, as it takes to come down to that size; what is needed never goes.
    """
    ranked = sorted(store, key=lambda each: (each.last_used, each.key))
    using = set(in_use)
    total = sum(each.size_bytes for each in ranked)
    verdicts = []
    for each in ranked:
        idle = now - each.last_used
        if each.path in using:
            action, reason = "keep", "in use"
        elif idle < JUST_USED_SECONDS:
            action, reason = "keep", "just used"
        elif not each.is_whole:
            action, reason = "drop", "not whole"
        elif each.key in needed:
            action, reason = "keep", f"needed by {needed[each.key]}"
        elif idle >= older_than_seconds:
            action, reason = "drop", "not needed"
        elif most_bytes is not None and total > most_bytes:
            action, reason = "drop", "not needed, and the store is too large"
        else:
            action, reason = "keep", "used lately"
        if action == "drop":
            total -= each.size_bytes
        verdicts.append(Verdict(each, action, reason))
    return verdicts


def delete(stored: Stored, root: str, is_used: Callable[[str], bool]) -> str:
    """Delete one environment unless it is used by now; gives an empty string, or why it was kept.

    What can't be locked at once is being built or deleted by another and is left alone. Raises `OSError`.
    """
    from pyst.system.files import locked

    with locked(os.path.join(root, ".locks", stored.key), patience=False) as held:
        if not held:
            return "locked by another process"
        if not os.path.lexists(stored.path):
            return ""  # another was faster
        if last_used(stored.path) > stored.last_used or is_used(stored.path):
            return "used meanwhile"
        place = move_to_trash(stored.path, root)
        if last_used(place) > stored.last_used or is_used(stored.path):
            os.rename(place, stored.path)  # found by a run between the look and the move
            return "used meanwhile"
        try:
            os.unlink(os.path.join(root, ".users", stored.key))
        except OSError:
            pass
        delete_tree(place)
    return ""


def sweep_leftovers(root: str, now: float) -> None:
    """Finish what killed processes left: half-deleted folders, and work folders that nobody works in.

    Raises `OSError`.
    """
    from pyst.environments.trash import empty_trash
    from pyst.system.files import locked

    if not os.path.isdir(root):
        return
    empty_trash(root)
    work = os.path.join(root, ".work")
    for name in os.listdir(work) if os.path.isdir(work) else ():
        path = os.path.join(work, name)
        if name == "interpreters" or now - last_used(path) < WORK_SECONDS:
            continue
        with locked(os.path.join(root, ".locks", name), patience=False) as held:
            if held and os.path.lexists(path):
                delete_tree(move_to_trash(path, root))
