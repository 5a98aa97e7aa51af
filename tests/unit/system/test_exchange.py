"""Folders that change places."""

import os
from pathlib import Path

import pytest

from pyst.system.exchange import exchange


def test_two_folders_change_places(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not exchange(str(tmp_path / "a"), str(tmp_path / "b")):
        pytest.skip("this filesystem can't do that")
    assert os.listdir(tmp_path / "a") == ["b"]
    assert os.listdir(tmp_path / "b") == ["a"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileNotFoundError):
        exchange(str(tmp_path / "a"), str(tmp_path / "absent"))
    assert (tmp_path / "a").is_dir()
