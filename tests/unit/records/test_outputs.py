"""Finding outputs: what changed, and nothing that a hostile script can make of it."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pyst.records.folder import Folder, look_before
from pyst.records.outputs import Entry, Found, find_outputs, format_of, is_text

Change = Callable[[Path], object]


def found_after(folder: Path, change: Change, **declared: Entry) -> Found:
    """What is found when `change` was done to the folder."""
    place = Folder(str(folder))
    before = look_before(place)
    change(folder)
    found = find_outputs(
        place, before, {each.path: each for each in declared.values()}, own=frozenset(), preview_bytes=8
    )
    place.close()
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def paths(found: Found) -> list[str]:
    return [each.path for each in found.outputs]


def test_what_is_new_or_changed_is_found(folder: Path) -> None:
    (folder / "old.txt").write_text("as it was")
    (folder / "changed.txt").write_text("before")

    def change(folder: Path) -> None:
        (folder / "sub" / "deep").mkdir(parents=True)
        (folder / "sub" / "deep" / "new.json").write_text('{"a": 1}')
        (folder / "changed.txt").write_text("after it")
        (folder / "moved.txt").write_text("x")
        (folder / "moved.txt").rename(folder / "there.csv")

    found = found_after(folder, change)
    assert paths(found) == ["changed.txt", "sub/deep/new.json", "there.csv"]
    assert found.outputs[1] == (
        "sub/deep/new.json", "output", "json", 8, hashlib.sha256(b'{"a": 1}').hexdigest(), False, {},
    )  # fmt: skip
    assert found.beginnings["changed.txt"] == b"after it"
    assert (found.skipped, found.omitted) == ((), 0)


def test_a_file_of_the_same_size_put_in_place_is_found(folder: Path) -> None:
    path = folder / "same"
    path.write_text("aaaa")
    told = path.stat()

    def change(folder: Path) -> None:
        (folder / "other").write_text("bbbb")
        (folder / "other").replace(path)
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))

    assert paths(found_after(folder, change)) == ["same"]


def test_links_and_special_files_are_named_and_not_opened(tmp_path: Path, folder: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")

    def change(folder: Path) -> None:
        (folder / "link").symlink_to(secret)
        (folder / "folder-link").symlink_to(tmp_path)
        os.mkfifo(folder / "fifo")
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(folder / "socket"))

    found = found_after(folder, change)
    assert found.outputs == ()
    assert [tuple(each) for each in found.skipped] == [
        ("fifo", "fifo"),
        ("folder-link", "symlink"),
        ("link", "symlink"),
        ("socket", "socket"),
    ]


def test_own_files_are_no_outputs(folder: Path) -> None:
    def change(folder: Path) -> None:
        for name in (
            ".history.jsonl",
            "t.20261118T115320Z-01234567.log.txt",
            "t.20261118T115320Z-01234567.manifest.json",
        ):
            (folder / name).write_text("x")

    assert found_after(folder, change).outputs == ()


def test_what_the_script_says_is_merged(folder: Path) -> None:
    (folder / "old.bin").write_bytes(b"\0\1")

    def change(folder: Path) -> None:
        (folder / "new.txt").write_text("x")

    found = found_after(
        folder,
        change,
        new=Entry("new.txt", "report", None, {"rows": 3}),
        old=Entry("old.bin", None, "special", {}),
        gone=Entry("gone.txt", None, None, {}),
    )
    assert [(each.path, each.role, each.format, each.declared, each.notes) for each in found.outputs] == [
        ("new.txt", "report", "text", True, {"rows": 3}),
        ("old.bin", "output", "special", True, {}),
    ]
    assert [tuple(each) for each in found.skipped] == [("gone.txt", "unreadable")]


def test_too_many_files_are_counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyst.records.folder.MOST_FILES", 10)

    def change(folder: Path) -> None:
        for number in range(15):
            (folder / f"{number:02}").write_text("x")

    found = found_after(folder, change)
    assert (len(found.outputs), found.omitted) == (10, 5)


def test_a_folder_that_was_too_full_before_tells_by_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (folder / f"{number:02}").write_text("x")
    monkeypatch.setattr("pyst.records.folder.MOST_FILES", 3)
    place = Folder(str(folder))
    before = look_before(place)
    monkeypatch.setattr("pyst.records.folder.MOST_FILES", 100)
    unseen = find_outputs(place, before._replace(at_ns=1 << 62), {}, own=frozenset(), preview_bytes=8)
    (folder / "new").write_text("x")
    seen = find_outputs(place, before._replace(at_ns=0), {}, own=frozenset(), preview_bytes=8)
    place.close()
    assert not before.is_whole
    assert unseen.outputs == ()
    assert "new" in paths(seen)


def test_too_deep_folders_are_counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyst.records.folder.MOST_DEPTH", 2)

    def change(folder: Path) -> None:
        (folder / "a" / "b" / "c").mkdir(parents=True)
        (folder / "a" / "b" / "c" / "deep").write_text("x")
        (folder / "a" / "b" / "seen").write_text("x")

    found = found_after(folder, change)
    assert (paths(found), found.omitted) == (["a/b/seen"], 1)


def test_nothing_more_is_hashed_when_somebody_waits(folder: Path) -> None:
    place = Folder(str(folder))
    before = look_before(place)
    (folder / "new").write_text("x")
    found = find_outputs(place, before, {}, own=frozenset(), preview_bytes=8, is_hurried=lambda: True)
    place.close()
    assert (found.outputs, found.omitted) == ((), 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_are_named(folder: Path) -> None:
    def change(folder: Path) -> None:
        (folder / "closed").write_text("x")
        (folder / "closed").chmod(0)

    assert [tuple(each) for each in found_after(folder, change).skipped] == [("closed", "unreadable")]


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.json", b"\0", "json"),
        ("a.JSONL", b"", "jsonl"),
        ("a", b"text", "text"),
        ("a", b"\0", "binary"),
        ("a.unknown", "ü".encode(), "text"),
        ("json", b"x", "text"),
        (".csv", b"x", "text"),
        ("sub.json/a", b"\xff", "binary"),
    ],
)
def test_formats(name: str, data: bytes, form: str) -> None:
    assert format_of(name, data) == form


def test_a_text_that_was_cut_is_one() -> None:
    assert is_text("äöü".encode()[:-1])
    assert not is_text(b"\xe4\xf6 text")
