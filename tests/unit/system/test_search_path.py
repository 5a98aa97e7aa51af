"""Whether a folder is on PATH, and the line that puts it there, as real shells understand it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pyst.system.search_path import is_on_path, path_line, start_file

HARD = 'it\'s a "hard" $HOME `id` \\ ! * name'
WAYS = {
    "bash": ["bash", "--norc", "-c"],
    "zsh": ["zsh", "-f", "-c"],
    "fish": ["fish", "--no-config", "-c"],
    "dash": ["dash", "-c"],
}


@pytest.mark.parametrize("shell", WAYS)
@pytest.mark.parametrize("name", ["bin", HARD])
def test_the_line_does_what_it_says(tmp_path: Path, shell: str, name: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    folder = tmp_path / name
    folder.mkdir()
    (folder / "installed-here").write_text("#!/bin/sh\nprintf there\n")
    (folder / "installed-here").chmod(0o755)
    line = path_line(str(folder), {"dash": "sh"}.get(shell, shell))
    assert line is not None
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    argv = [*WAYS[shell], f"{line}\ninstalled-here"]
    ended = subprocess.run(argv, env=environ, capture_output=True, timeout=60)
    assert (ended.stdout, ended.stderr) == (b"there", b"")


def test_the_other_shells_are_told_in_their_own_words() -> None:
    assert path_line("/o'b/bin", "powershell") == "$env:PATH = '/o''b/bin' + [IO.Path]::PathSeparator + $env:PATH"
    assert path_line("C;\\bin", "cmd") == 'set "PATH=C;\\bin;%PATH%"'
    assert path_line("/a b!/bin", "tcsh") == "set path = ('/a b\\!/bin' $path)"
    assert path_line("/bin", None) == path_line("/bin", "ksh") == 'export PATH=/bin:"$PATH"'


def test_what_path_cannot_name_has_no_line() -> None:
    assert path_line("/a:b/bin", "bash") is None
    assert path_line("/a\nb/bin", "fish") is None


def test_where_the_line_belongs() -> None:
    def file(shell: str | None, **environ: str) -> str | None:
        return start_file(shell, environ, "/home/me")

    assert file("bash") == "/home/me/.bashrc"
    assert file("zsh") == "/home/me/.zshrc"
    assert file("zsh", ZDOTDIR="/z") == "/z/.zshrc"
    assert file("fish") == "/home/me/.config/fish/config.fish"
    assert file("fish", XDG_CONFIG_HOME="/c") == "/c/fish/config.fish"
    assert file("sh") == file(None) == "/home/me/.profile"
    assert file("powershell") == "$PROFILE"
    assert file("cmd") is None


def test_a_folder_is_on_path_by_any_of_its_names(tmp_path: Path) -> None:
    folder, link = tmp_path / "bin", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    assert is_on_path(str(folder), {"PATH": f"/usr/bin:{link}"})
    assert is_on_path(str(link), {"PATH": f"{folder}/"})
    assert not is_on_path(str(folder), {"PATH": "/usr/bin:bin:"})
    assert not is_on_path(str(folder), {})
