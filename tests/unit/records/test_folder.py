"""The output folder: nothing that lies there leads elsewhere, and what is written is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyst.records.folder import Folder, make_output_folder


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = Folder(str(tmp_path / "out"))
    (tmp_path / "out" / "m.json").symlink_to(victim)
    folder.replace("m.json", b"{}")
    folder.close()
    assert victim.read_text() == "precious"
    assert (tmp_path / "out" / "m.json").read_bytes() == b"{}"
    assert not (tmp_path / "out" / "m.json").is_symlink()
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["m.json"]


def test_a_folder_in_the_way_stays(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "out"))
    (tmp_path / "out" / "m.json").mkdir()
    with pytest.raises(OSError):
        folder.replace("m.json", b"{}")
    folder.close()
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["m.json"]


def test_a_folder_that_was_swapped_does_not_mislead(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "out"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out").rename(tmp_path / "moved")
    (tmp_path / "out").symlink_to(elsewhere)
    folder.replace("m.json", b"{}")
    folder.append_line("history", "x")
    folder.close()
    assert list(elsewhere.iterdir()) == []
    assert sorted(each.name for each in (tmp_path / "moved").iterdir()) == ["history", "m.json"]


@pytest.mark.parametrize("kind", ["symlink", "fifo", "folder", "hardlink"])
def test_a_history_that_is_none_is_not_written(tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious\n")
    folder = Folder(str(tmp_path / "out"))
    path = tmp_path / "out" / "history"
    if kind == "symlink":
        path.symlink_to(victim)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        os.link(victim, path)
    with pytest.raises(OSError):
        folder.append_line("history", "x")
    folder.close()
    assert victim.read_text() == "precious\n"


def test_a_cut_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    (tmp_path / "history").write_text('{"a": 1}\n{"cu')
    folder.append_line("history", '{"b": 2}')
    folder.append_line("history", '{"c": 3}')
    folder.close()
    assert (tmp_path / "history").read_text().splitlines() == ['{"a": 1}', '{"cu', '{"b": 2}', '{"c": 3}']


def test_a_reader_never_blocks_or_follows(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    (tmp_path / "large").write_bytes(b"x" * 100)
    assert folder.read("fifo", 10) is None
    assert folder.read("large", 99) is None
    assert folder.read("large", 100) == b"x" * 100
    with pytest.raises(OSError):
        folder.read("link", 10)
    folder.close()


def test_moving_aside_takes_a_free_name(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    for name in ("a", "b0"):
        (tmp_path / name).write_text(name)
    assert folder.move_aside("a", lambda at: f"b{at}") == "b1"
    assert folder.move_aside("absent", lambda at: f"c{at}") is None
    folder.close()
    assert (tmp_path / "b0").read_text() == "b0"
    assert (tmp_path / "b1").read_text() == "a"


def test_a_folder_that_is_made_is_kept_out_of_git(tmp_path: Path) -> None:
    assert make_output_folder(str(tmp_path / "temp")) is True
    assert (tmp_path / "temp" / ".gitignore").read_text() == "*\n"
    assert make_output_folder(str(tmp_path / "temp")) is False


def test_a_folder_that_was_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "temp").mkdir()
    assert make_output_folder(str(tmp_path / "temp")) is False
    assert list((tmp_path / "temp").iterdir()) == []
