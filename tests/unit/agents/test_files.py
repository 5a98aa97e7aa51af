"""Reading files of runs: below their folder, through no link, unchanged."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from pyst.agents.files import Changed, Known, open_below

DATA = b"0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "out"
    (found / "inner").mkdir(parents=True)
    (found / "inner" / "data.txt").write_bytes(DATA)
    (tmp_path / "secret.txt").write_bytes(DATA)
    return found


def read(folder: Path, path: str, offset: int = 0, limit: int = 100, *, known: Known | None = None) -> bytes:
    digest = sha256(DATA).hexdigest()
    piece = (known or Known()).read(str(folder), path, offset=offset, limit=limit, size=len(DATA), sha256=digest)
    assert piece.total_bytes == len(DATA)
    return piece.data


def test_pieces_are_read(folder: Path) -> None:
    assert read(folder, "inner/data.txt") == DATA
    assert read(folder, "inner/data.txt", 4, 3) == b"456"
    assert read(folder, "inner/data.txt", 10, 3) == b""
    assert read(folder, "inner/data.txt", 10**9, 3) == b""


@pytest.mark.parametrize(
    "path", ["../secret.txt", "inner/../../secret.txt", "/etc/passwd", "", ".", "inner", "inner/", "a\0b", "nothing"]
)
def test_paths_that_lead_elsewhere(folder: Path, path: str) -> None:
    with pytest.raises(Changed):
        read(folder, path)


def test_no_link_is_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (tmp_path / "other").symlink_to(folder)
    for path in ("link.txt", "up/secret.txt"):
        with pytest.raises(Changed):
            read(folder, path)
    with pytest.raises(Changed):
        read(tmp_path / "other", "inner/data.txt")


def test_nothing_but_files_is_opened(folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    with pytest.raises(Changed):
        open_below(str(folder), "fifo")


def test_a_file_that_changed_is_refused(folder: Path) -> None:
    known = Known()
    path = folder / "inner" / "data.txt"
    assert read(folder, "inner/data.txt", known=known) == DATA
    path.write_bytes(b"9876543210")  # as long as before
    with pytest.raises(Changed, match="content"):
        read(folder, "inner/data.txt", known=known)
    path.write_bytes(DATA + b"more")
    with pytest.raises(Changed, match="size"):
        read(folder, "inner/data.txt", known=known)
    path.unlink()
    with pytest.raises(Changed):
        read(folder, "inner/data.txt", known=known)


def test_a_file_is_hashed_once_while_it_stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyst.agents import files

    hashed = []
    real = files._hash
    monkeypatch.setattr(files, "_hash", lambda fd: hashed.append(fd) or real(fd))
    known = Known()
    for offset in range(5):
        read(folder, "inner/data.txt", offset, 1, known=known)
    assert len(hashed) == 1


def test_no_descriptor_is_left_open(folder: Path) -> None:
    (folder / "link.txt").symlink_to("/etc/passwd")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for path in ("inner/data.txt", "link.txt", "inner/nothing", "nothing/x", "inner"):
        try:
            read(folder, path)
        except Changed:
            continue
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before
