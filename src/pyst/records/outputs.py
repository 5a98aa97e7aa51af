"""What a run left in its output folder: found by what changed there, hashed, its beginning kept for a preview.

A script may be hostile. Nothing but regular files is opened, none through a link, and each below the descriptor of the
folder that it was seen in, so that a folder that is swapped leads nowhere. Time, number and depth are bounded.
"""

from __future__ import annotations

import os

from pyst.named import NamedTuple
from pyst.records.folder import Before, Folder, Walk
from pyst.records.record import Output, Skipped

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_SECONDS = 30.0
"""How long hashing may take in all; what is left then is counted as left out."""
CHUNK_BYTES = 1 << 20
MOST_PREVIEWS = 20

FORMATS = {
    "json": "json", "jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "tsv": "tsv", "txt": "text", "log": "text",
    "md": "markdown", "html": "html", "htm": "html", "xml": "xml", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "py": "python", "sql": "sql", "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "svg": "svg", "pdf": "pdf",
    "zip": "zip", "gz": "gzip", "parquet": "parquet", "sqlite": "sqlite", "db": "sqlite", "xlsx": "xlsx",
}  # fmt: skip
_TEXTUAL = frozenset(
    {"json", "jsonl", "csv", "tsv", "text", "markdown", "html", "xml", "yaml", "toml", "python", "sql", "svg"}
)


class Found(NamedTuple):
    """What a run left. `beginnings` are the first bytes of some outputs that hold text, by path."""

    outputs: tuple[Output, ...]
    skipped: tuple[Skipped, ...]
    omitted: int
    beginnings: dict[str, bytes]


class Entry(NamedTuple):
    """What a script itself says of one output: `path` is relative to the output folder."""

    path: str
    role: str | None
    format: str | None
    notes: dict[str, Any]


class Declared(NamedTuple):
    """What a script's own manifest says: entries by path, and those that lie outside of the output folder. `broken`
    says what can't be understood."""

    entries: dict[str, Entry]
    outside: tuple[Skipped, ...] = ()
    broken: str = ""


def find_outputs(
    folder: Folder,
    before: Before,
    declared: dict[str, Entry],
    *,
    own: frozenset[str],
    preview_bytes: int,
    is_hurried: Callable[[], bool] = bool,
) -> Found:
    """What changed in the folder since `before`, and what was `declared` besides; `own` are names that don't count.

    `is_hurried` says that somebody waits for the end: what is not hashed by then is left out.
    """
    walk = Walk()
    reader = _Reader(preview_bytes, is_hurried)

    def see(path: str, name: str, about: os.stat_result, parent: int) -> None:
        if path in own:
            return
        kind = about.st_mode & 0o170000
        mark = (about.st_mtime_ns, about.st_size, about.st_ino)
        entry = declared.pop(path, None)
        if before.marks.get(path) == mark and entry is None:
            return
        if not before.is_whole and path not in before.marks and entry is None and about.st_ctime_ns < before.at_ns:
            return
        if kind == 0o100000:
            reader.take(path, name, parent, entry)
        else:
            reader.skipped.append(Skipped(path, _KINDS.get(kind, "device")))

    walk.through(folder.descriptor, "", see, 0)
    for path in declared:  # said to be there, but not found; or too deep, or beyond the bound
        reader.skipped.append(Skipped(path, "unreadable"))
    key = _path_of
    return Found(
        tuple(sorted(reader.outputs, key=key)),
        tuple(sorted(reader.skipped, key=key)),
        reader.omitted + walk.left_out,
        reader.beginnings,
    )


def _path_of(each: Output | Skipped) -> str:
    return each.path


_KINDS = {0o120000: "symlink", 0o010000: "fifo", 0o140000: "socket"}


class _Reader:
    """Hashes files, for as long as there is time."""

    def __init__(self, preview_bytes: int, is_hurried: Callable[[], bool]) -> None:
        from time import monotonic

        self.outputs: list[Output] = []
        self.skipped: list[Skipped] = []
        self.omitted = 0
        self.beginnings: dict[str, bytes] = {}
        self._preview_bytes = preview_bytes
        self._is_hurried = is_hurried
        self._now = monotonic
        self._until = monotonic() + MOST_SECONDS

    @property
    def _is_over(self) -> bool:
        return self._now() > self._until or self._is_hurried()

    def take(self, path: str, name: str, parent: int, entry: Entry | None) -> None:
        """Hash one file of the folder `parent`."""
        if self._is_over:
            self.omitted += 1
            return
        try:
            fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        except OSError:
            self.skipped.append(Skipped(path, "unreadable"))
            return
        try:
            self._hash(fd, path, entry)
        except OSError:
            self.skipped.append(Skipped(path, "unreadable"))
        finally:
            os.close(fd)

    def _hash(self, fd: int, path: str, entry: Entry | None) -> None:
        about = os.fstat(fd)
        if about.st_mode & 0o170000 != 0o100000:
            self.skipped.append(Skipped(path, "changed"))
            return
        from pyst.system.digest import new_sha256

        digest = new_sha256(about.st_size)
        size = 0
        beginning = b""
        while data := os.read(fd, CHUNK_BYTES):
            digest.update(data)
            beginning = beginning or data[: max(self._preview_bytes, 4096)]
            size += len(data)
            if size >= CHUNK_BYTES and self._is_over:
                self.omitted += 1
                return
        after = os.fstat(fd)
        if (after.st_size, after.st_mtime_ns) != (size, about.st_mtime_ns):
            self.skipped.append(Skipped(path, "changed"))
            return
        form = entry.format if entry is not None and entry.format else format_of(path, beginning)
        role = entry.role if entry is not None and entry.role else "output"
        self.outputs.append(
            Output(path, role, form, size, digest.hexdigest(), entry is not None, entry.notes if entry else {})
        )
        if len(self.beginnings) < MOST_PREVIEWS and (form in _TEXTUAL or is_text(beginning)):
            self.beginnings[path] = beginning[: self._preview_bytes]


def format_of(path: str, beginning: bytes) -> str:
    """What a file holds: by its ending, else `text` or `binary` by its first bytes."""
    name = path.rpartition("/")[2]
    known = FORMATS.get(name.rpartition(".")[2].lower()) if "." in name[1:] else None
    return known or ("text" if is_text(beginning) else "binary")


def is_text(beginning: bytes) -> bool:
    """Whether the first bytes of a file are those of a text in UTF-8."""
    if b"\0" in beginning:
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        return error.start > len(beginning) - 4 and error.reason == "unexpected end of data"
    return True
