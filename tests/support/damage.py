"""Spoiling a file in every way that a bad disk, a full one, another program or a person could."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ELSEWHERE = b"This is somebody else's file.\n"
LARGE_BYTES = 100 << 20

DAMAGES = (
    "empty",
    "truncated",
    "bit flip",
    "wrong type",
    "future version",
    "directory",
    "full directory",
    "FIFO",
    "unreadable",
    "dangling link",
    "link elsewhere",
    "zeros",
)
"""`wrong type` and `future version` are bytes that whoever knows the format has to give."""


def remove(path: Path) -> None:
    """Take away whatever is at `path`."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()


def elsewhere_of(path: Path, shelf: Path) -> Path:
    """The file that a link in place of `path` leads to."""
    return shelf / ("elsewhere-" + path.name)


def spoil(path: Path, damage: str, content: bytes, *, wrong: bytes, future: bytes, shelf: Path) -> None:
    """Put `damage` in the place of `path`, whose sound `content` is given. `shelf` is where links lead to."""
    remove(path)
    spoiled = {
        "empty": b"",
        "truncated": content[: len(content) // 2],
        "bit flip": content[: len(content) // 2]
        + bytes(each ^ 16 for each in content[len(content) // 2 :][:1])
        + content[len(content) // 2 + 1 :],
        "wrong type": wrong,
        "future version": future,
        "unreadable": content,
    }
    if damage in spoiled:
        path.write_bytes(spoiled[damage])
        path.chmod(0 if damage == "unreadable" else 0o600)
    elif damage == "directory":
        path.mkdir()
    elif damage == "full directory":
        path.mkdir()
        (path / "something").write_bytes(ELSEWHERE)
    elif damage == "FIFO":
        os.mkfifo(path)
    elif damage == "dangling link":
        elsewhere_of(path, shelf).unlink(missing_ok=True)
        path.symlink_to(elsewhere_of(path, shelf))
    elif damage == "link elsewhere":
        elsewhere_of(path, shelf).write_bytes(ELSEWHERE)
        path.symlink_to(elsewhere_of(path, shelf))
    elif damage == "zeros":
        path.write_bytes(b"")
        os.truncate(path, LARGE_BYTES)
    else:
        raise ValueError(damage)
