"""What killed processes left behind: temporary files of writes, folders that were being deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyst.upkeep.examination import Case, Result
from pyst.upkeep.folders import own_folders
from pyst.upkeep.stores import MOST_ENTRIES, is_busy

DAY_SECONDS = 86_400


def leftovers(case: Case) -> Iterator[Result]:
    """Temporary files and half deleted folders whose maker is gone."""
    found, trash = list(_abandoned(case)), list(_trash(case.paths.environments))
    everything = [*found, *trash]
    if not everything:
        yield Result("leftovers", "ok", "nothing was left behind by killed processes")
        return
    count = f"{len(everything)} leftovers" if len(everything) > 1 else "one leftover"
    message = f"{count} of killed processes, the first is `{everything[0]}`"
    hint = "`pyst doctor --fix` deletes them"
    yield Result("leftovers", "warn", message, hint, lambda: _delete(case.paths.environments, found, bool(trash)))


def _abandoned(case: Case) -> Iterator[str]:
    """The temporary files and folders of pyst beside the files that it writes."""
    places = [*own_folders(case).values(), case.paths.scripts, case.paths.bin]
    places += [getattr(case.paths, name) for name in ("environments", "interfaces", "plans", "snippets")]
    for folder in places:
        for name in _names(folder):
            path = os.path.join(folder, name)
            writer = writer_of(name)
            if writer is not None and _is_gone(writer, path, case.clock()):
                yield path


def _trash(root: str) -> Iterator[str]:
    """What lies in the store's trash and nobody is deleting now."""
    folder = os.path.join(root, ".trash")
    for name in _names(folder):
        if not is_busy(root, name.partition(".")[0]):
            yield os.path.join(folder, name)


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as listing:
            return sorted(entry.name for entry, _ in zip(listing, range(MOST_ENTRIES), strict=False))
    except OSError:
        return []


def writer_of(name: str) -> int | None:
    """The process that made a temporary file `.NAME.PID.HEX.tmp` or moved a folder to `NAME.PID.HEX.trash`, or None."""
    parts = name.rsplit(".", 3)
    if len(parts) != 4 or not (parts[3] == "trash" or (parts[3] == "tmp" and name.startswith("."))):
        return None
    _, number, random, _ = parts
    is_ours = number.isdecimal() and len(number) < 12 and len(random) == 8 and set(random) <= set("0123456789abcdef")
    return int(number) if is_ours else None


def _is_gone(writer: int, path: str, now: float) -> bool:
    """Whether there is no process of that number, or a day has passed: numbers are given again."""
    try:
        if now - os.lstat(path).st_mtime > DAY_SECONDS:
            return True
        os.kill(writer, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        pass
    return False


def _delete(root: str, paths: list[str], with_trash: bool) -> str:
    from pyst.environments.trash import delete_tree, empty_trash

    for path in paths:
        delete_tree(path)
    count = sum(not os.path.lexists(path) for path in paths) + (empty_trash(root) if with_trash else 0)
    return f"deleted {count} leftovers" if count != 1 else "deleted one leftover"
