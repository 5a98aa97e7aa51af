"""Inputs of clients: there as long as the run lasts, and no longer."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pyst.agents.inputs import inputs_folder, kept_input, sweep_inputs
from pyst.errors import Failure


def test_an_input_is_there_while_it_is_needed(tmp_path: Path) -> None:
    with kept_input(str(tmp_path), '{"a": 1}') as path:
        assert path is not None
        assert Path(path).read_text() == '{"a": 1}'
        assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.listdir(inputs_folder(str(tmp_path))) == []
    with kept_input(str(tmp_path), None) as path:
        assert path is None


def test_where_it_can_not_be_written_the_call_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inputs").write_text("in the way")
    with pytest.raises(Failure) as caught, kept_input(str(tmp_path), "1"):
        pass
    assert caught.value.code == "E_WRITE"


def test_what_dead_servers_left_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    long_ago = time.time() - 2 * 86_400
    for name, when in (
        (f"{2**22 + 1}-old.json", long_ago),
        (f"{2**22 + 1}-new.json", time.time()),
        (f"{os.getpid()}-mine.json", long_ago),
        ("strange", long_ago),
        (f"{'9' * 30}-x", long_ago),
    ):
        (folder / name).touch()
        os.utime(folder / name, (when, when))
    sweep_inputs(str(tmp_path))
    assert sorted(os.listdir(folder)) == sorted([f"{2**22 + 1}-new.json", f"{os.getpid()}-mine.json"])
    sweep_inputs(str(tmp_path / "nowhere"))
