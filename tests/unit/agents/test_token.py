"""The token's file: private, held while its server lives, and gone afterwards."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from pyst.agents.token import Listening, kept_token, new_token, path_of, running_servers, usable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "mcp"
    found.mkdir()
    return found


def listening(folder: Path, port: int = 8000, token: str = "t" * 43) -> Listening:
    path = path_of(str(folder), "127.0.0.1", port)
    return Listening(f"http://127.0.0.1:{port}/mcp", token, path, "/project")


def test_it_is_there_while_the_server_lives(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "mcp"
    found = listening(folder)
    with kept_token(found):
        assert running_servers(str(folder)) == [found]
        assert stat.S_IMODE(os.stat(found.path).st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert os.listdir(folder) == ["8000-127.0.0.1.json"]
    assert os.listdir(folder) == []
    assert running_servers(str(folder)) == []


def test_it_goes_when_the_server_fails(folder: Path) -> None:
    with pytest.raises(RuntimeError), kept_token(listening(folder)):
        raise RuntimeError
    assert os.listdir(folder) == []


def test_what_dead_servers_left_goes_and_what_lives_stays(folder: Path) -> None:
    dead = folder / "1-127.0.0.1.json"
    dead.write_text(json.dumps({"schema": "pyst-mcp/1", "url": "u", "token": "t", "root": "r"}))
    dead.chmod(0o600)
    half = folder / "half.json.1.tmp"
    half.write_text("{")
    os.utime(half, (0, 0))
    (folder / "new.json.2.tmp").write_text("")
    (folder / "other").write_text("not ours")
    assert running_servers(str(folder)) == []
    with kept_token(listening(folder, 1)), kept_token(listening(folder, 2)):
        assert [each.url for each in running_servers(str(folder))] == [
            "http://127.0.0.1:1/mcp",
            "http://127.0.0.1:2/mcp",
        ]
        assert sorted(os.listdir(folder)) == ["1-127.0.0.1.json", "2-127.0.0.1.json", "new.json.2.tmp", "other"]


def test_anothers_file_in_its_place_is_left_alone(folder: Path) -> None:
    found = listening(folder)
    with kept_token(found):
        os.unlink(found.path)
        Path(found.path).write_text("somebody else's")
    assert Path(found.path).read_text() == "somebody else's"


@pytest.mark.parametrize(
    "damage", ["others can read", "link", "FIFO", "folder", "no JSON", "list", "other schema", "deep"]
)
def test_what_is_no_file_of_ours_is_not_read(folder: Path, damage: str) -> None:
    found = listening(folder)
    with kept_token(found):
        path = Path(found.path)
        if damage == "others can read":
            path.chmod(0o644)
        elif damage in ("link", "FIFO", "folder"):
            moved = folder / "moved"
            path.rename(moved)
            {"link": lambda: path.symlink_to(moved), "FIFO": lambda: os.mkfifo(path, 0o600), "folder": path.mkdir}[
                damage
            ]()
        else:
            text = {"no JSON": "{", "list": "[]", "deep": "[" * 60_000}.get(damage, '{"schema": "pyst-mcp/2"}')
            path.write_text(text)
        assert running_servers(str(folder)) == []


def test_without_a_folder_there_are_no_servers(folder: Path) -> None:
    assert running_servers(str(folder / "nowhere")) == []


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(usable(each) for each in tokens)
    assert all(len(each) >= 43 for each in tokens)


@pytest.mark.parametrize("token", ["", "a" * 31, "a" * 31 + " ", "a" * 40 + "\n", "ä" * 40, "a=b" * 20, "=" * 40])
def test_what_is_no_token(token: str) -> None:
    assert not usable(token)


@pytest.mark.parametrize("token", ["a" * 32, "a-._~+/9" * 5, "a" * 40 + "=="])
def test_what_is_a_token(token: str) -> None:
    assert usable(token)
