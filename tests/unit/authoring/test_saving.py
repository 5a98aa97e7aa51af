"""New files beside nothing, changed ones with the old kept, and kept ones that were spoiled."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from pyst.authoring.saving import kept_versions, read_kept, save_changed, save_new
from pyst.errors import Failure
from tests.support.damage import DAMAGES, remove, spoil


def test_a_new_file_is_there_alone(tmp_path: Path) -> None:
    path = tmp_path / "scripts" / "names.py"
    save_new(str(path), b"print(1)\n")
    assert path.read_bytes() == b"print(1)\n"
    assert os.listdir(path.parent) == ["names.py"]


@pytest.mark.parametrize("there", ["file", "folder", "link to nowhere"])
def test_nothing_is_replaced(tmp_path: Path, there: str) -> None:
    path = tmp_path / "scripts" / "names.py"
    path.parent.mkdir()
    if there == "file":
        path.write_bytes(b"mine")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(Failure) as raised:
        save_new(str(path), b"print(1)\n")
    assert raised.value.code == "E_EXISTS"
    assert os.listdir(path.parent) == ["names.py"]


def test_where_files_can_not_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "scripts" / "names.py"
    save_new(str(path), b"one")
    with pytest.raises(Failure):
        save_new(str(path), b"two")
    assert path.read_bytes() == b"one"
    assert os.listdir(path.parent) == ["names.py"]


def test_through_a_link_to_the_file_itself(tmp_path: Path) -> None:
    real, link, folder = tmp_path / "real.py", tmp_path / "link.py", str(tmp_path / "kept")
    real.write_bytes(b"old")
    link.symlink_to(real)
    save_changed(str(link), b"old", b"new", folder, 5)
    assert (real.read_bytes(), link.is_symlink()) == (b"new", True)
    assert [read_kept(each) for each in kept_versions(str(real), folder)] == [b"old"]


def test_two_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    folder = str(tmp_path / "kept")
    for each in ("a", "b"):
        (tmp_path / each).mkdir()
        (tmp_path / each / "names.py").write_text(each)
        save_changed(str(tmp_path / each / "names.py"), each.encode(), b"new", folder, 5)
    assert [read_kept(each) for each in kept_versions(str(tmp_path / "a" / "names.py"), folder)] == [b"a"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_spoiled_is_not_taken_for_what_was_kept(tmp_path: Path, damage: str) -> None:
    if damage == "unreadable" and os.getuid() == 0:
        pytest.skip("the superuser reads it all the same")
    path, folder, shelf = tmp_path / "names.py", str(tmp_path / "kept"), tmp_path / "shelf"
    shelf.mkdir()
    path.write_bytes(b"print('the old one')\n" * 9)
    kept = save_changed(str(path), path.read_bytes(), b"new", folder, 5)
    spoil(Path(kept.path), damage, path.read_bytes(), wrong=b"x", future=b"y", shelf=shelf)
    with pytest.raises(Failure) as raised:
        read_kept(kept)
    assert raised.value.code == "E_KEPT"
    assert path.read_bytes() == b"new"
    remove(Path(kept.path))
    assert kept_versions(str(path), folder) == []


@pytest.mark.parametrize("damage", ["directory", "FIFO", "dangling link", "empty"])
def test_a_folder_that_is_none_is_told(tmp_path: Path, damage: str) -> None:
    path, folder, shelf = tmp_path / "names.py", tmp_path / "kept", tmp_path / "shelf"
    shelf.mkdir()
    path.write_bytes(b"old")
    spoil(folder, damage, b"", wrong=b"", future=b"", shelf=shelf)
    with contextlib.suppress(Failure):
        save_changed(str(path), b"old", b"new", str(folder), 5)
    kept = kept_versions(str(path), str(folder))
    assert (path.read_bytes(), len(kept)) in ((b"old", 0), (b"new", 1))
