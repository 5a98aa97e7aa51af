"""What is no file where an installed script or its lock belongs: it is told, and goes with `--force` alone, without
what a link leads to or what lies in a folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyst.sharing.journal import JOURNAL, STAGED
from pyst.sharing.manifest import read_manifest
from tests.conftest import Ended, Home, Pyst
from tests.support.installed import data_folder

SCRIPT = '"""Say hello."""\nprint("hello")\n'
ELSEWHERE = "elsewhere"


def _socket(path: Path) -> None:
    """Bound from within its folder: a whole path may be too long for a socket."""
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def _link(path: Path, content: str) -> None:
    leads = path.parents[1] / ELSEWHERE
    leads.write_text(content)
    path.symlink_to(leads)


OBSTACLES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "FIFO": (os.mkfifo, "a FIFO"),
    "socket": (_socket, "a socket"),
    "empty folder": (os.mkdir, "an empty folder"),
    "link to the same": (lambda path: _link(path, SCRIPT), "a link to "),
    "link to something else": (lambda path: _link(path, "print('else')\n"), "a link to "),
    "link to nothing": (lambda path: path.symlink_to("gone"), "a link to `gone`"),
    "link to itself": (lambda path: path.symlink_to(path), "a link to "),
}
FORCED = {"update": "replaces", "uninstall": "removes"}


@pytest.fixture
def script(pyst: Pyst, home: Home) -> Path:
    """An installed script, and its file."""
    home.script("tool.py", SCRIPT, where="path")
    assert pyst("install", "--yes", "./tool.py").code == 0
    return data_folder(home) / "installed" / "tool.py"


def place_of(script: Path, which: str) -> Path:
    """The place of the script, or of its lock; nothing is there any more."""
    place = script if which == "script" else script.with_name("tool.py.lock")
    place.unlink(missing_ok=True)
    return place


def refused(ended: Ended) -> tuple[str, str]:
    """The message and the hint of a refusal for what is in the way."""
    told = ended.json["diagnostics"][0]
    assert (ended.code, told["code"]) == (101, "E_IN_THE_WAY"), ended
    return told["message"], told["hint"]


def leftovers(home: Home) -> list[Path]:
    return [each for each in data_folder(home).rglob("*") if each.name == JOURNAL or each.name.endswith(STAGED)]


@pytest.mark.parametrize("which", ["script", "lock"])
@pytest.mark.parametrize("kind", OBSTACLES)
@pytest.mark.parametrize("command", FORCED)
def test_it_is_told_and_goes_with_force(
    pyst: Pyst, home: Home, script: Path, command: str, kind: str, which: str
) -> None:
    place = place_of(script, which)
    make, what = OBSTACLES[kind]
    make(place)
    before = place.lstat()
    message, hint = refused(pyst(command, "--yes", "tool", "--format", "json"))
    assert message.startswith(f"`{place}` is {what}")
    assert f"`--force` {FORCED[command]} it" in hint
    assert (place.lstat().st_ino, place.lstat().st_mode) == (before.st_ino, before.st_mode)

    ended = pyst(command, "--yes", "--force", "tool", "--format", "json")
    assert ended.code == 0, ended
    leads = data_folder(home) / ELSEWHERE
    assert leads.exists() == (kind in ("link to the same", "link to something else"))
    assert not leads.exists() or leads.read_text() in (SCRIPT, "print('else')\n")
    assert leftovers(home) == []
    if command == "uninstall":
        assert sorted(each.name for each in script.parent.iterdir()) == []
        assert read_manifest(str(data_folder(home) / "manifest.json")).scripts == {}
    else:
        assert (ended.detail["scripts"][0]["action"], ended.detail["scripts"][0]["done"]) == ("update", True)
        assert [each.name for each in script.parent.iterdir()] == ["tool.py"]
        assert not script.is_symlink()
        assert pyst("run", "tool").out == "hello\n"


@pytest.mark.parametrize("which", ["script", "lock"])
@pytest.mark.parametrize("words", [("update", "tool"), ("uninstall", "tool"), ("install", "./tool.py")])
def test_a_folder_in_which_something_lies_stays(
    pyst: Pyst, home: Home, script: Path, words: tuple[str, ...], which: str
) -> None:
    place = place_of(script, which)
    place.mkdir()
    (place / "mine").write_text("mine")
    manifest = (data_folder(home) / "manifest.json").read_bytes()
    for force in ((), ("--force",)):
        message, hint = refused(pyst(*words, "--yes", *force, "--format", "json"))
        assert message.startswith(f"`{place}` is a folder that is not empty")
        assert "deletes no folder" in hint
    assert (place / "mine").read_text() == "mine"
    assert (data_folder(home) / "manifest.json").read_bytes() == manifest


def test_where_nothing_is_installed_yet(pyst: Pyst, home: Home) -> None:
    home.script("tool.py", SCRIPT, where="path")
    place = data_folder(home) / "installed" / "tool.py"
    place.parent.mkdir(parents=True)
    os.mkfifo(place)
    refused(pyst("install", "--yes", "./tool.py", "--format", "json"))
    assert place.is_fifo()
    assert pyst("install", "--yes", "--force", "./tool.py").code == 0
    assert pyst("run", "tool").out == "hello\n"


def test_of_several_the_others_are_updated(pyst: Pyst, home: Home, script: Path) -> None:
    home.script("other.py", SCRIPT, where="path")
    assert pyst("install", "--yes", "./other.py").code == 0
    script.with_name("other.py").write_text("spoilt")
    os.mkfifo(place_of(script, "script"))
    ended = pyst("update", "--all", "--yes", "--force", "--dry-run", "--format", "json")
    assert (ended.code, [each["action"] for each in ended.detail["scripts"]]) == (0, ["update", "update"])
    place_of(script, "script").mkdir()
    (script / "mine").touch()
    ended = pyst("update", "--all", "--yes", "--force", "--format", "json")
    assert (ended.code, [each["code"] for each in ended.detail["failed"]]) == (1, ["E_IN_THE_WAY"])
    assert pyst("run", "other").out == "hello\n"


def test_what_is_in_the_way_stays_where_the_answer_is_no(pyst: Pyst, script: Path) -> None:
    place = place_of(script, "script")
    os.mkfifo(place)
    assert pyst("uninstall", "--force", "tool").code == 64
    assert pyst("update", "--force", "tool").code == 64
    assert place.is_fifo()


def test_other_commands_tell_of_it_and_do_not_wait(pyst: Pyst, script: Path) -> None:
    os.mkfifo(place_of(script, "script"))
    for words in (
        ("list",),
        ("info", "tool"),
        ("run", "tool"),
        ("which", "tool"),
        ("trust", "--yes", "installed:tool"),
    ):
        assert "Traceback" not in pyst(*words).err
