# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Find files with equal content below a folder.

Files are compared by size first, and only those of equal size by their SHA-256. Links are not followed.
Nothing is ever deleted.

Args:
    folder: where to look
    min_size: pass over files smaller than this many bytes
    limit: show at most this many groups, the most wasteful first

Exit codes:
    0: no file is there twice
    1: there are duplicates
    2: the folder can't be read
"""

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[tuple[int, str]]:
    """The size and path of each regular file."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield os.path.getsize(path), path


def groups_by(key, paths: Iterable) -> list[list]:
    """The groups of more than one that have the same key."""
    found = defaultdict(list)
    for path in paths:
        found[key(path)].append(path)
    return [group for group in found.values() if len(group) > 1]


def digest(path: str) -> str:
    """The SHA-256 of a file; a file that can't be read is like no other."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return path


def main(folder: Path = Path("."), min_size: int = 1, limit: int = 50) -> int:
    if not folder.is_dir():
        print(f"error: `{folder}` is not a folder", file=sys.stderr)
        return 2
    sized = [pair for pair in files_below(folder) if pair[0] >= min_size]
    found = []
    for same_size in groups_by(lambda pair: pair[0], sized):
        size = same_size[0][0]
        found += [(size, sorted(group)) for group in groups_by(digest, [path for _, path in same_size])]
    found.sort(key=lambda pair: (-pair[0] * (len(pair[1]) - 1), pair[1]))
    for size, paths in found[:limit]:
        print(f"{size:,} bytes, {len(paths)} times:")
        for path in paths:
            print(f"  {path}")
    wasted = sum(size * (len(paths) - 1) for size, paths in found)
    print(f"{len(found)} groups of equal files; {wasted:,} bytes could be saved")
    return 1 if found else 0
