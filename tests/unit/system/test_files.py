"""What is written whole: what stands in its place before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyst.system.files import write_atomic


def test_what_the_user_keeps_never_replaces_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="no regular file"):
        write_atomic(str(path), "text", keep=True)
    assert path.is_fifo()
    assert not list(tmp_path.glob(".pipe.*"))


def test_neither_does_a_link_to_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(OSError, match="no regular file"):
        write_atomic(str(tmp_path / "link"), "text", keep=True, mode=0o600)
    assert (tmp_path / "pipe").is_fifo()


def test_what_can_be_made_again_takes_its_place(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write_atomic(str(tmp_path / "pipe"), "text")
    assert (tmp_path / "pipe").read_text() == "text"
