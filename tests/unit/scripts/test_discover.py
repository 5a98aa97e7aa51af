"""What is found in a script folder, and what a hostile one can't do."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from pyst import survey
from pyst.scripts.discover import MOST_SOURCE_BYTES, Folder, find_script_files

needs_modes = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def write(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(folder: Folder) -> list[str]:
    return [each.script.name for each in folder.found]


def find(root: Path, **given: int) -> Folder:
    return find_script_files(str(root), "project", **given)


def test_python_files_and_groups_are_found_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a.py", "db/backup.py", "db/inner/deep.py", "x.pyw", "notes.txt", "data.py.json")
    assert names(find(tmp_path)) == ["a", "b", "db/backup", "db/inner/deep"]


def test_what_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, "_x.py", ".x.py", "x.pyi", "__pycache__/x.py", ".git/x.py", "_lib/x.py", "__init__.py", ".py")
    write(tmp_path, "venv/pyvenv.cfg", "venv/x.py", "venv/lib/y.py", "z.pyi/x.py")
    assert names(find(tmp_path)) == []


def test_a_script_folder_that_is_a_virtual_environment_is_what_it_was_said_to_be(tmp_path: Path) -> None:
    write(tmp_path, "pyvenv.cfg", "x.py")
    assert names(find(tmp_path)) == ["x"]


def test_a_file_without_a_suffix_needs_a_python_shebang(tmp_path: Path) -> None:
    write(tmp_path, "tool", text="#!/usr/bin/env -S uv run --script\n")
    write(tmp_path, "shell", text="#!/bin/sh\n")
    write(tmp_path, "data", "Makefile")
    write(tmp_path, "my.tool", text="#!/usr/bin/python3\n")
    assert names(find(tmp_path)) == ["tool"]


def test_of_twins_the_one_with_the_suffix_has_the_name(tmp_path: Path) -> None:
    write(tmp_path, "x.py", "x", text="#!/usr/bin/python3\n")
    found = find(tmp_path)
    assert [each.script.path for each in found.found] == [str(tmp_path / "x.py")]
    assert [each.script.path for each in found.twins] == [str(tmp_path / "x")]


def test_an_absent_folder_has_no_scripts_and_a_fingerprint(tmp_path: Path) -> None:
    found = find(tmp_path / "nowhere")
    assert found.found == ()
    assert found.fingerprint is not None
    assert find(tmp_path / "a\0b").found == ()


def test_a_file_in_place_of_the_folder_has_no_scripts(tmp_path: Path) -> None:
    write(tmp_path, "file")
    assert find(tmp_path / "file").found == ()


def test_links_are_followed_and_each_folder_is_listed_once_under_its_real_name(tmp_path: Path) -> None:
    write(tmp_path, "zz/x.py")
    (tmp_path / "aa").symlink_to("zz")
    (tmp_path / "zz" / "loop").symlink_to("..")
    (tmp_path / "y.py").symlink_to("zz/x.py")
    other = tmp_path.parent / "other"
    write(other, "far.py")
    (tmp_path / "far").symlink_to(other)
    (other / "back").symlink_to(tmp_path)
    assert names(find(tmp_path)) == ["far/far", "y", "zz/x"]


def test_a_link_that_leads_nowhere_is_broken_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to("nowhere")
    (tmp_path / "loop.py").symlink_to("loop.py")
    gone, loop = find(tmp_path).found
    assert gone.broken is not None
    assert (gone.script.name, gone.broken.code) == ("gone", "E_UNREADABLE")
    assert gone.broken.message == "can't be read: the link leads nowhere"
    assert loop.broken is not None
    assert gone.stamp is loop.stamp is None


def test_a_broken_link_leaves_its_name_to_a_twin(tmp_path: Path) -> None:
    (tmp_path / "x.py").symlink_to("nowhere")
    write(tmp_path, "x", text="#!/usr/bin/python3\n")
    assert [(each.script.name, each.broken is None) for each in find(tmp_path).found] in (
        [("x", True), ("x", False)],
        [("x", False), ("x", True)],
    )


def test_fifos_sockets_and_devices_are_passed_over_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / "pipe")
    os.mknod(tmp_path / "socket.py", stat.S_IFSOCK | 0o600)
    (tmp_path / "null.py").symlink_to("/dev/null")
    (tmp_path / "tty").symlink_to("/dev/tty")
    assert names(find(tmp_path)) == []


def test_a_huge_file_is_broken_and_not_read(tmp_path: Path) -> None:
    write(tmp_path, "huge.py")
    os.truncate(tmp_path / "huge.py", 1 << 30)
    (found,) = find(tmp_path).found
    assert found.broken is not None
    assert found.broken.code == "E_TOO_LARGE"
    assert found.stamp is not None
    assert found.stamp[2] > MOST_SOURCE_BYTES


@needs_modes
def test_what_may_not_be_read_is_broken(tmp_path: Path) -> None:
    write(tmp_path, "locked/x.py", "tool")
    (tmp_path / "locked").chmod(0)
    (tmp_path / "tool").chmod(0)
    try:
        found = find(tmp_path).found
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert [each.script.name for each in found] == ["locked/", "tool"]
    assert all(each.broken and "Permission denied" in each.broken.message for each in found)


def test_names_that_are_odd_are_kept_as_they_are(tmp_path: Path) -> None:
    odd = ["-rf", "new\nline", "esc\x1b[31m", "a b", "project:x", "é", "\udcff"]
    for name in odd:
        (tmp_path / f"{name}.py").write_text("")
    assert sorted(names(find(tmp_path))) == sorted(odd)


def test_the_number_of_entries_is_bounded(tmp_path: Path) -> None:
    root = tmp_path / "scripts"
    write(root, *(f"{number}.py" for number in range(50)))
    found = find(root, most_entries=20)
    assert len(found.found) == 20
    assert not found.is_whole
    assert found.fingerprint is None
    assert find(root, most_entries=50).is_whole


def test_a_folder_deeper_than_a_path_can_be_long_is_broken(tmp_path: Path) -> None:
    root = tmp_path / "scripts"
    root.mkdir()
    here = os.open(root, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("deep" * 50, dir_fd=here)
        there = os.open("deep" * 50, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    (found,) = find(root).found
    shutil.rmtree(root)
    assert found.broken is not None
    assert "too long" in found.broken.message.lower()


def test_the_fingerprint_is_the_one_that_the_hot_path_compares(tmp_path: Path) -> None:
    write(tmp_path, "x.py", "db/y.py")
    (tmp_path / "link").symlink_to("db")
    assert find(tmp_path).fingerprint == survey.fingerprint_of(str(tmp_path))


def test_the_newest_change_is_told(tmp_path: Path) -> None:
    write(tmp_path, "x.py", "y.py")
    os.utime(tmp_path / "x.py", ns=(0, 0))
    latest = max(os.stat(tmp_path / name).st_ctime_ns for name in ("x.py", "y.py"))
    assert find(tmp_path).newest_ns == latest


CHANGES = {
    "an edit of the same length": lambda root: (root / "x.py").write_text("2"),
    "an edit with the old time put back": lambda root: (
        (root / "x.py").write_text("2"),
        os.utime(root / "x.py", ns=(1, 1)),
    ),
    "a new file": lambda root: (root / "new.py").write_text(""),
    "a new file without a suffix": lambda root: (root / "new").write_text(""),
    "a new file in a group": lambda root: (root / "db" / "new.py").write_text(""),
    "a file that is gone": lambda root: (root / "x.py").unlink(),
    "a file of another mode": lambda root: (root / "x.py").chmod(0o600),
    "a file that was replaced": lambda root: os.replace(root / "db" / "y.py", root / "x.py"),
    "a name that changed": lambda root: (root / "x.py").rename(root / "z.py"),
    "a group that changed its name": lambda root: (root / "db").rename(root / "database"),
    "a group that became an environment": lambda root: (root / "db" / "pyvenv.cfg").write_text(""),
    "a link that leads elsewhere": lambda root: (
        (root / "link.py").unlink(),
        (root / "link.py").symlink_to("db/y.py"),
    ),
    "a folder that is gone": lambda root: root.rename(root.parent / "elsewhere"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_that_matters_changes_the_fingerprint(tmp_path: Path, change: str) -> None:
    root = tmp_path / "scripts"
    write(root, "x.py", "db/y.py", text="1")
    os.utime(root / "x.py", ns=(1, 1))
    (root / "link.py").symlink_to("x.py")
    before = survey.fingerprint_of(str(root))
    CHANGES[change](root)
    assert survey.fingerprint_of(str(root)) != before


def test_what_does_not_matter_leaves_the_fingerprint(tmp_path: Path) -> None:
    write(tmp_path, "x.py")
    before = survey.fingerprint_of(str(tmp_path))
    write(tmp_path, "notes.txt", "_private.py", ".hidden/x.py", "__pycache__/x.pyc")
    os.utime(tmp_path)
    assert survey.fingerprint_of(str(tmp_path)) == before


def test_two_processes_compare_as_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "scripts"
    write(root, *(f"db/{name}.py" for name in ("a", "b", "ab", "ba", "abc", "x1", "x2", "x3", "x4")), "c.py")
    (root / "link.py").symlink_to("db/a.py")
    (root / "folder.py").mkdir()
    trees = ((str(root), survey.fingerprint_of(str(root))),)
    assert 0 < int.from_bytes((trees[0][1] or b"")[:4], "big") < 10
    for worth in (1, 1000):
        monkeypatch.setattr(survey, "WORTH_A_CHILD", worth)
        assert survey.stands(trees)
        for name in ("a", "b", "ab", "x1", "x2"):
            path = root / "db" / f"{name}.py"
            before = os.stat(path)
            path.write_text("changed")
            assert not survey.stands(trees)
            path.unlink()
            assert not survey.stands(trees)
            path.write_text("")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            trees = ((str(root), survey.fingerprint_of(str(root))),)
    assert not survey.stands(((str(root), None),))
    assert not survey.stands(((str(root), b""),))
