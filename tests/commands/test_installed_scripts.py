"""What `list`, `info`, `which` and `explain` tell of installed scripts, those that were changed among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Pyst
from tests.support.installed import AT, data_folder, install

SCRIPT = '"""Say hello."""\nprint("hello")\n'


@pytest.fixture
def tool(home: Home) -> Path:
    home.script("own", SCRIPT)
    return install(home, "tool", SCRIPT)


def told_by(pyst: Pyst, command: str) -> Any:
    """What a command has of the installed script `tool`, in JSON."""
    if command == "list":
        rows = pyst("list", "--format", "json").detail["scripts"]
        return next(each["installed"] for each in rows if each["name"] == "tool")
    return pyst(command, "tool", "--format", "json").detail["installed"]


COMMANDS = ("list", "info", "which", "explain")


@pytest.mark.parametrize("command", COMMANDS)
def test_where_it_came_from_and_when(pyst: Pyst, tool: Path, command: str) -> None:
    assert told_by(pyst, command) == {
        "source": f"gist:{'ab' * 16}",
        "pinned": f"gist:{'ab' * 16}@{'cd' * 20}#tool.py",
        "ref": None,
        "commit": "cd" * 20,
        "installed_at": AT,
        "updated_at": AT,
        "integrity": "intact",
        "shim": None,
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_its_state_is_told_and_told_anew(home: Home, pyst: Pyst, tool: Path, command: str) -> None:
    assert told_by(pyst, command)["integrity"] == "intact"
    tool.write_text("print('other')\n")
    assert told_by(pyst, command)["integrity"] == "changed"
    tool.write_text(SCRIPT)
    tool.with_name("tool.py.lock").write_text("planted")
    assert told_by(pyst, command)["integrity"] == "lock_changed"
    (data_folder(home) / "manifest.json").unlink()
    assert told_by(pyst, command)["integrity"] == "unlisted"
    (data_folder(home) / "manifest.json").write_text("[]")
    assert told_by(pyst, command)["integrity"] == "unknown"


@pytest.mark.parametrize("command", ["info", "which", "explain"])
def test_a_script_of_ones_own_is_not_installed(pyst: Pyst, tool: Path, command: str) -> None:
    assert pyst(command, "own", "--format", "json").detail["installed"] is None


def test_a_person_sees_it(pyst: Pyst, tool: Path) -> None:
    for command in ("info", "explain"):
        out = pyst(command, "tool").out
        assert "2023-11-14 22:13 UTC" in out
        assert f"gist:{'ab' * 16}" in out
        assert "as installed" in out
    tool.write_text("print('other')\n")
    listed = [line.split() for line in pyst("list").out.splitlines()]
    assert ["own", "Say", "hello."] in listed
    assert next(line for line in listed if line[0] == "tool")[:4] == ["tool", "altered", "does", "not"]
    ended = pyst("which", "tool")
    assert ended.out == f"{tool}\n"
    assert "changed after it was installed" in ended.err
    ended = pyst("explain", "tool")
    assert "pyst trust installed:tool" in ended.out
    assert "does not run: changed" in pyst("info", "tool").out


def test_what_changed_is_not_imported_to_be_described(home: Home, pyst: Pyst) -> None:
    """Not even where trust was given to these very bytes: what may run is decided by the manifest first."""
    config = home.path / ".config" / "pyst" / "pyst.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[core]\nintrospection = 'import'\n")
    text = "import argparse, pathlib\nparser = argparse.ArgumentParser()\nparser.parse_args()\n"
    path = install(home, "tool", text)
    mark = home.path / "mark"
    path.write_text(f"{text}pathlib.Path({str(mark)!r}).touch()\n")
    (data_folder(home) / "trust.json").write_text(_trust(path))
    told = pyst("info", "tool", "--format", "json")
    assert told.detail["trusted"] is True
    assert told.detail["installed"]["integrity"] == "changed"
    assert {each["code"] for each in told.json["diagnostics"]} == {"E_INTEGRITY"}
    assert not mark.exists()


def _trust(path: Path) -> str:
    import json

    from pyst.system.digest import sha256

    entry = {"kind": "script", "sha256": sha256(path.read_bytes()), "time": AT}
    return json.dumps({"version": 1, "entries": {str(path): entry}})
