"""Files of the cache: private, marked, and bounded in number."""

from __future__ import annotations

import os
from pathlib import Path

from pyst.system.caches import thin_out, write_cached


def test_what_is_kept_is_private_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "plans-v1" / "x"
    assert write_cached(str(path), b"data")
    assert path.read_bytes() == b"data"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert (tmp_path / "cache" / "CACHEDIR.TAG").exists()


def test_where_nothing_can_be_kept_there_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    assert not write_cached(str(tmp_path / "cache" / "plans" / "x"), b"")
    assert not write_cached(str(tmp_path / "a\0b" / "x"), b"")


def test_too_many_lose_the_older_half(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "plans-v1"
    for number in range(10):
        assert write_cached(str(folder / str(number)), b"", most_files=10)
        os.utime(folder / str(number), ns=(number, number))
    (folder / "folder").mkdir()
    thin_out(str(folder), 11)
    assert len(list(folder.iterdir())) == 11
    assert write_cached(str(folder / "new"), b"", most_files=8)
    assert sorted(each.name for each in folder.iterdir()) == ["7", "8", "9", "folder", "new"]
