"""Content by its hash: written once, checked at each reading."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pyst.records import objects


def test_what_was_kept_is_read(tmp_path: Path) -> None:
    name = objects.keep(str(tmp_path), b"some bytes")
    assert name == hashlib.sha256(b"some bytes").hexdigest()
    assert objects.read(str(tmp_path), name) == b"some bytes"
    assert objects.keep(str(tmp_path), b"some bytes", name) == name
    assert os.stat(objects.object_path(str(tmp_path), name)).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "x" * 64, "../../etc/passwd", "0" * 64])
def test_what_is_not_kept_is_none(tmp_path: Path, name: str) -> None:
    assert objects.read(str(tmp_path), name) is None


@pytest.mark.parametrize("damage", [b"", b"other bits", b"longer than it was"])
def test_damaged_content_is_none_and_makes_room(tmp_path: Path, damage: bytes) -> None:
    name = objects.keep(str(tmp_path), b"some bytes")
    Path(objects.object_path(str(tmp_path), name)).write_bytes(damage)
    assert objects.read(str(tmp_path), name) is None
    if len(damage) != 10:
        objects.keep(str(tmp_path), b"some bytes")
        assert objects.read(str(tmp_path), name) == b"some bytes"


def test_links_are_not_followed(tmp_path: Path) -> None:
    name = objects.keep(str(tmp_path), b"some bytes")
    path = Path(objects.object_path(str(tmp_path), name))
    path.rename(tmp_path / "aside")
    path.symlink_to(tmp_path / "aside")
    assert objects.read(str(tmp_path), name) is None


def test_what_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MOST_BYTES", 4)
    name = objects.keep(str(tmp_path), b"12345")
    assert not (tmp_path / "objects").exists()
    assert objects.read(str(tmp_path), name) is None
