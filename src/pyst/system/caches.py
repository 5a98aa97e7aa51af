"""Files of the cache: sealed, private, written whole, and not more of them than are of use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

MOST_FILES = 1024
"""A folder of the cache with more files loses the older half."""


def write_cached(path: str, data: bytes, *, most_files: int = MOST_FILES) -> bool:
    """Keep `data` at `path`, in a folder that is the cache's own; says whether it was kept.

    Never an error: without a cache, pyst is only slower.
    """
    from pyst.system.files import make_cache_folder, write_atomic

    folder = os.path.dirname(path)
    try:
        make_cache_folder(folder)
        write_atomic(path, data, mode=0o600)
        thin_out(folder, most_files)
    except (OSError, ValueError):
        return False
    return True


def thin_out(folder: str, most_files: int) -> None:
    """Delete the older half of the files in `folder` where there are more than `most_files`. Raises `OSError`."""
    if len(os.listdir(folder)) <= most_files:
        return
    by_age = sorted(_files_in(folder), reverse=True)
    for _, path in islice(by_age, most_files // 2, None):
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass  # another process thins it out as well


def _files_in(folder: str) -> Iterator[tuple[int, str]]:
    """The files directly in `folder`, each with the time of its last change (ns)."""
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_file(follow_symlinks=False):
                try:
                    yield entry.stat(follow_symlinks=False).st_mtime_ns, entry.path
                except FileNotFoundError:
                    continue
