"""Comparing files and folders as they lie on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyst.errors import Failure
from pyst.records.comparing.choices import parse_choices
from pyst.records.comparing.files import compare_files, compare_folders, files_below
from pyst.records.comparing.values import EXACT


def put(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def test_the_name_says_what_a_file_holds(tmp_path: Path) -> None:
    left, right = put(tmp_path / "a.json", b'{"a": 1}'), put(tmp_path / "b.json", b'{"a": 2}')
    assert [each.path for each in compare_files(left, right, EXACT).differences] == ["/a"]
    assert compare_files(left, left, EXACT).is_identical
    left, right = put(tmp_path / "a.out", b"id,x\n1,a\n"), put(tmp_path / "b.out", b"id,x\n1,b\n")
    assert compare_files(left, right, EXACT).method == "text"
    assert compare_files(left, right, EXACT, format="csv").method == "csv"


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 5, 3 << 20])
def test_large_files_are_compared_by_hash(tmp_path: Path, size: int) -> None:
    data = os.urandom(16) * (size // 16 + 1)
    left, right = put(tmp_path / "a.json", data[:size] + b"1"), put(tmp_path / "b.json", data[:size] + b"23")
    found = compare_files(left, right, EXACT, most_bytes=1)
    assert (found.method, found.total) == ("bytes", 1)
    assert found.notes[-1] == f"the first difference is at byte {size}"
    assert found.differences[0].left["bytes"] == size + 1
    assert compare_files(left, left, EXACT, most_bytes=0).is_identical


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    real = put(tmp_path / "a", b"")
    for name in ("fifo", "nothing", "."):
        with pytest.raises(Failure) as told:
            compare_files(real, str(tmp_path / name), EXACT)
        assert told.value.code == "E_UNREADABLE"


def test_folders_are_compared_file_by_file(tmp_path: Path) -> None:
    for side, last in (("left", b"1"), ("right", b"2")):
        put(tmp_path / side / "same.txt", b"x")
        put(tmp_path / side / "deep" / "a.json", b'{"n": ' + last + b', "t": ' + last + b"}")
        put(tmp_path / side / f"only-{side}", b"")
        put(tmp_path / side / "time.log", last)
    os.symlink("/etc/passwd", tmp_path / "left" / "link")
    os.mkfifo(tmp_path / "right" / "fifo")
    choices = parse_choices(ignore=["*.log", "/t"])
    pairs = list(compare_folders(str(tmp_path / "left"), str(tmp_path / "right"), choices))
    assert [(each.name, each.status) for each in pairs] == [
        ("deep/a.json", "changed"),
        ("only-left", "removed"),
        ("only-right", "added"),
        ("same.txt", "same"),
    ]
    assert pairs[0].comparison is not None
    assert [each.path for each in pairs[0].comparison.differences] == ["/n"]


def test_a_folder_with_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyst.records.comparing.files.MOST_FILES", 2)
    for number in range(3):
        put(tmp_path / str(number), b"")
    with pytest.raises(Failure) as told:
        list(files_below(str(tmp_path)))
    assert told.value.code == "E_TOO_LARGE"
