"""Two files, or two folders of them, as they lie on disk. Reads no more of a file than it compares, never blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from pyst.errors import Failure, Where
from pyst.records.comparing.choices import Choices
from pyst.records.comparing.contents import MOST_BYTES, compare_contents, format_of
from pyst.records.comparing.lines import shared_ends
from pyst.records.comparing.values import ADDED, BYTES, CHANGED, REMOVED, Comparison, Difference, Rules

CHUNK_BYTES = 1 << 20
MOST_FILES = 10_000
"""How many files of a folder are compared."""
SAME = "same"


class Pair(NamedTuple):
    """One file of two folders (or of two runs): `status` is `same`, `changed`, `added` or `removed`."""

    name: str
    status: str
    comparison: Comparison | None = None


def opened(path: str) -> int:
    """A descriptor of the regular file that `path` leads to. Raises `Failure` (E_UNREADABLE)."""
    from pyst.system.files import open_regular

    try:
        return open_regular(path, follow=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Failure("E_UNREADABLE", f"`{path}` can't be read: {why}", where=Where(path)) from error


def compare_files(left: str, right: str, rules: Rules, *, format: str = "", most_bytes: int = MOST_BYTES) -> Comparison:
    """What differs between two files. Of one that is larger than `most_bytes`, only hash and size are compared.

    `format` is what is told of their content (`json`, `csv`, …); else the names say it. Raises `Failure`
    (E_UNREADABLE).
    """
    way = format_of(left, format) or format_of(right, format)
    with open(opened(left), "rb") as one, open(opened(right), "rb") as other:
        try:
            sizes = os.fstat(one.fileno()).st_size, os.fstat(other.fileno()).st_size
            if max(sizes) <= most_bytes:
                contents = one.read(most_bytes + 1), other.read(most_bytes + 1)
                return compare_contents(*contents, rules, format=way, most_bytes=most_bytes)
            return _streamed(one, other, sizes, most_bytes)
        except OSError as error:
            message = f"`{left}` or `{right}` can't be read: {error.strerror}"
            raise Failure("E_UNREADABLE", message) from error


def _streamed(one: BinaryIO, other: BinaryIO, sizes: tuple[int, int], most_bytes: int) -> Comparison:
    """Hash and size, read chunk by chunk; of a file that grows meanwhile, what it had at the start."""
    from hashlib import sha256

    hashes = sha256(), sha256()
    first = None
    at = 0
    while at < max(sizes):
        chunks = [
            file.read(max(min(CHUNK_BYTES, size - at), 0)) for file, size in zip((one, other), sizes, strict=True)
        ]
        for each, chunk in zip(hashes, chunks, strict=True):
            each.update(chunk)
        if first is None and chunks[0] != chunks[1]:
            first = at + shared_ends(chunks[0], chunks[1])[0]
        if not any(chunks):
            break
        at += CHUNK_BYTES
    if first is None:
        return Comparison(BYTES, is_identical=True)
    told = [{"bytes": size, "sha256": each.hexdigest()} for size, each in zip(sizes, hashes, strict=True)]
    notes = (f"it has more than {most_bytes} bytes", f"the first difference is at byte {first}")
    return Comparison(BYTES, (Difference(CHANGED, "", told[0], told[1]),), 1, notes=notes)


def files_below(folder: str) -> Iterator[str]:
    """The regular files below a folder, sorted, by their path from there with `/`; links are not followed.

    Raises `Failure` (E_TOO_LARGE) where there are more than `MOST_FILES`.
    """
    found: list[str] = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            path = os.path.join(parent, name)
            try:
                is_file = os.lstat(path).st_mode & 0o170000 == 0o100000
            except OSError:
                continue
            if is_file:
                found.append(os.path.relpath(path, folder).replace(os.sep, "/"))
        if len(found) > MOST_FILES:
            raise Failure("E_TOO_LARGE", f"`{folder}` has more than {MOST_FILES} files", where=Where(folder))
    yield from sorted(found)


def compare_folders(left: str, right: str, choices: Choices, *, most_bytes: int = MOST_BYTES) -> Iterator[Pair]:
    """What differs between the files of two folders, sorted by name.

    Raises `Failure` (E_UNREADABLE, E_TOO_LARGE).
    """
    sides = [dict.fromkeys(files_below(each)) for each in (left, right)]
    for name in sorted({**sides[0], **sides[1]}):
        rules = choices.rules_for(name)
        if rules is None:
            continue
        if name not in sides[1]:
            yield Pair(name, REMOVED)
        elif name not in sides[0]:
            yield Pair(name, ADDED)
        else:
            paths = [os.path.join(folder, name) for folder in (left, right)]
            found = compare_files(paths[0], paths[1], rules, most_bytes=most_bytes)
            yield Pair(name, SAME if found.is_same else CHANGED, found)
