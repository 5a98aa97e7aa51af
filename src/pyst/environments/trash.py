"""Deleting what is in the store: first out of the way by a rename, then at leisure.

A deletion that was killed is finished by the next `empty_trash`.
"""

from __future__ import annotations

import os


def discard(path: str, root: str) -> None:
    """Delete whatever is at `path`. At once nothing is there any more, even if this process is killed midway.

    Raises `OSError` where it can't be moved away.
    """
    if not os.path.lexists(path):
        return
    delete_tree(move_to_trash(path, root))


def move_to_trash(path: str, root: str) -> str:
    """Move what is at `path` into the store's trash; gives its place there. Raises `OSError`."""
    trash = os.path.join(root, ".trash")
    os.makedirs(trash, mode=0o700, exist_ok=True)
    place = os.path.join(trash, f"{os.path.basename(path)}.{os.getpid()}.{os.urandom(4).hex()}")
    os.rename(path, place)
    return place


def delete_tree(path: str) -> None:
    """Delete a file or a folder with all in it, folders that can't be written too. What resists is left."""
    from shutil import rmtree

    if os.path.islink(path) or not os.path.isdir(path):
        try:
            os.unlink(path)
        except OSError:
            pass
        return
    rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        for folder, _, _ in os.walk(path):
            try:
                os.chmod(folder, 0o700)
            except OSError:
                pass
        rmtree(path, ignore_errors=True)


def empty_trash(root: str) -> int:
    """Finish what a killed deletion left; gives the number of things that were deleted.

    What another process is deleting now, and may yet put back, is left to it: it holds the lock of that key.
    """
    from pyst.system.files import locked

    trash = os.path.join(root, ".trash")
    try:
        names = os.listdir(trash)
    except OSError:
        return 0
    count = 0
    for each in names:
        with locked(os.path.join(root, ".locks", each.partition(".")[0]), patience=False) as held:
            if held:
                delete_tree(os.path.join(trash, each))
                count += 1
    return count
