"""What is no file gives way together with all else that changes, or stays with it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyst.errors import Failure
from pyst.sharing.manifest import Manifest, read_manifest
from pyst.sharing.transaction import Changes, settle, transact
from tests.unit.sharing.test_transaction import calls_of, gone, killed_at, leftovers, patched, version


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def blocked(data: Path) -> None:
    """An empty folder is in the place of the script, a FIFO in that of its lock."""
    transact(str(data), version("new"))
    for each in ("it.py", "it.py.lock"):
        (data / "installed" / each).unlink()
    (data / "installed" / "it.py").mkdir()
    os.mkfifo(data / "installed" / "it.py.lock")


def over(word: str) -> Callable[[Manifest], Changes]:
    return version(word) if word == "old" else gone


def kinds(data: Path) -> tuple[object, ...]:
    """What stands in the places of script and lock, and what the manifest says."""
    found: list[object] = []
    for path in (data / "installed" / "it.py", data / "installed" / "it.py.lock"):
        word = "folder" if path.is_dir() else "FIFO" if path.is_fifo() else None
        found.append(word or (path.read_text() if path.exists() else None))
    entry = read_manifest(str(data / "manifest.json")).scripts.get("it")
    return (*found, entry and entry.sha256[0])


BLOCKED = ("folder", "FIFO", "2")
CLEARED: dict[str, tuple[object, ...]] = {"old": ("old", None, "1"), "gone": (None, None, None)}


@pytest.mark.parametrize("word", CLEARED)
def test_what_is_in_the_way_goes_with_all_else_or_stays(data: Path, word: str) -> None:
    blocked(data)
    seen = set()
    for number in range(calls_of(over(word), data) + 1):
        blocked(data)
        killed_at(number, lambda: transact(str(data), over(word)))
        killed_at(number % 7, lambda: settle(str(data)))
        settle(str(data))
        seen.add(kinds(data))
        assert seen <= {BLOCKED, CLEARED[word]}, number
        transact(str(data), over(word))
        assert (kinds(data), leftovers(data)) == (CLEARED[word], [])
    assert seen == {BLOCKED, CLEARED[word]}


@pytest.mark.parametrize("word", CLEARED)
def test_a_disk_that_fails_leaves_what_is_in_the_way_or_does_all(data: Path, word: str) -> None:
    blocked(data)
    seen = set()
    for number in range(calls_of(over(word), data) + 1):
        blocked(data)
        left = iter(range(number))

        def fail(_: str, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        told = None
        with pytest.MonkeyPatch.context() as patch:
            patched(patch, fail)
            try:
                transact(str(data), over(word))
            except Failure as failure:
                told = failure
        settle(str(data))
        assert told is None or told.code == "E_WRITE"
        is_done = told is None or "next pyst" in told.hint
        assert kinds(data) == (CLEARED[word] if is_done else BLOCKED), (number, told)
        seen.add(is_done)
        transact(str(data), over(word))
    assert seen == {True, False}


def test_a_folder_in_which_something_lies_stays_with_all_else(data: Path) -> None:
    blocked(data)
    (data / "installed" / "it.py" / "mine").touch()
    for word in CLEARED:
        with pytest.raises(Failure) as caught:
            transact(str(data), over(word))
        assert caught.value.code == "E_WRITE"
        assert (kinds(data), leftovers(data)) == (BLOCKED, [])
