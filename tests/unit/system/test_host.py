"""What the system tells of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyst.system import host


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("/bin/bash", "bash"),
        ("-zsh", "zsh"),
        ("C:\\Windows\\System32\\cmd.exe", "cmd"),
        ("pwsh", "powershell"),
        ("dash", "sh"),
        ("python3", None),
        ("", None),
    ],
)
def test_names_of_shells(word: str, name: str | None) -> None:
    assert host.shell_name(word) == name


def processes(folder: Path, *tree: tuple[int, str, int]) -> str:
    for pid, name, parent in tree:
        (folder / str(pid)).mkdir()
        (folder / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1")
    return str(folder)


def test_the_nearest_shell_is_the_running_one(tmp_path: Path) -> None:
    proc = processes(tmp_path, (9, "python3 (x) y)", 8), (8, "fish", 7), (7, "bash", 1))
    assert host.running_shell(proc, 9) == "fish"


def test_no_shell_is_found(tmp_path: Path) -> None:
    proc = processes(tmp_path, (9, "agent", 8), (8, "sshd", 1))
    assert host.running_shell(proc, 9) is None
    assert host.running_shell(proc, 99) is None


def test_a_loop_of_parents_ends(tmp_path: Path) -> None:
    proc = processes(tmp_path, (9, "a", 8), (8, "b", 9))
    assert host.running_shell(proc, 9) is None


def test_the_name_of_the_distribution(tmp_path: Path) -> None:
    path = tmp_path / "os-release"
    path.write_text('NAME=x\nPRETTY_NAME="Some Linux 1"\n')
    assert host.distribution(str(path)) == "Some Linux 1"
    assert host.distribution(str(tmp_path / "none")) is None


def test_the_kind_of_container(tmp_path: Path) -> None:
    assert host.container(str(tmp_path)) is None
    (tmp_path / ".dockerenv").write_text("")
    assert host.container(str(tmp_path)) == "docker"
