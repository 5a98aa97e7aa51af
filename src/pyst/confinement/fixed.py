"""What keeps a name where it is: who may write to a folder could else move away what lies in it, and put another there.

A wall around a file holds that very file, however it is called later. Where its path is what counts (settings that
pyst reads, a denial of the next run), the folders and links on the way have to stay, too. A name that something is
mounted on can be neither moved nor removed: so each of them is mounted on itself. Pure.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyst.confinement.linux.mounts import Mount


def with_fixed_names(mounts: tuple[Mount, ...], links: Iterable[tuple[str, str]]) -> tuple[Mount, ...]:
    """The mounts, parents first, with one more for each name that must stay below what may be written.

    That are the folders between what may be written and what is otherwise below it, and the `links` in them.
    """
    by_target = {mount.target: mount for mount in mounts}
    wanted: dict[str, bool] = {}
    for mount in mounts:
        wanted.update(dict.fromkeys(_between(by_target, mount.target), True))
    for path, _ in links:
        above = _above(by_target, path)
        if above is not None and above.writable:
            wanted.update(dict.fromkeys(_between(by_target, path), True))
            wanted[path] = False
    for path, is_folder in wanted.items():
        above = _above(by_target, path)
        if above is not None and path not in by_target:
            by_target[path] = above._replace(
                source=path, target=path, is_folder=is_folder, exact=True, is_link=not is_folder
            )
    return tuple(sorted(by_target.values(), key=lambda each: (each.target.count("/"), each.target)))


def _between(mounts: dict[str, Mount], path: str) -> list[str]:
    """The folders above `path` up to the mount that it lies in, if that may be written."""
    above = _above(mounts, path)
    if above is None or not above.writable:
        return []
    found = []
    while (path := os.path.dirname(path)) != above.target:
        found.append(path)
    return found


def _above(mounts: dict[str, Mount], path: str) -> Mount | None:
    """The mount that the name `path` lies in."""
    while path != "/":
        path = os.path.dirname(path)
        if path in mounts:
            return mounts[path]
    return None
