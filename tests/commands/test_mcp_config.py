"""`pyst mcp config`: what clients are given, and what becomes of their files."""

from __future__ import annotations

import json
import os
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pyst.agents.clients import CLIENTS, Client
from tests.conftest import Home, Pyst

OWN = str(Path(sys.executable).parent / "pyst")


def told(client: str, text: str) -> Any:
    return tomllib.loads(text) if client == "codex" else json.loads(text)


def entry(client: Client, text: str) -> Any:
    found = told(client.name, text)
    for key in client.keys:
        found = found[key]
    return found["pyst"]


def words_of(found: dict[str, Any]) -> list[str]:
    """The whole command line in an entry."""
    command = found["command"]
    return list(command) if isinstance(command, list) else [command, *found["args"]]


@pytest.fixture(autouse=True)
def _own_settings(home: Home) -> None:
    home.environ["XDG_CONFIG_HOME"] = str(home.path / ".config")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_every_client_gets_this_pyst_and_this_project(pyst: Pyst, home: Home, client: Client) -> None:
    for scope in client.files:
        ended = pyst("mcp", "config", client.name, "--scope", scope)
        assert ended.code == 0, ended
        words = words_of(entry(client, ended.out))
        own = [OWN] if os.access(OWN, os.X_OK) else [sys.executable, "-m", "pyst"]
        assert words[: len(own)] == own
        assert os.path.isabs(words[0])
        rest = words[len(own) :]
        by_itself = client.root if scope == "project" else None
        root = str(home.project) if by_itself is None else by_itself
        assert rest == ["mcp", *([f"--root={root}"] if root else [])]
        assert str(home.path) in ended.err or str(home.project) in ended.err


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_over_http_no_entry_holds_a_token(pyst: Pyst, home: Home, client: Client) -> None:
    ended = pyst("mcp", "config", client.name, "--http", "--port", "7777")
    if client.http is None:
        assert ended.code == 64
        assert "without `--http`" in ended.err
        return
    assert ended.code == 0, ended
    found = entry(client, ended.out)
    assert "http://127.0.0.1:7777/mcp" in found.values()
    assert "PYST_MCP_TOKEN" in ended.out or "mcp token 7777 --header" in found["headersHelper"]


def test_clients_are_listed_with_their_files(pyst: Pyst, home: Home) -> None:
    assert pyst("mcp", "config", "cursor", "--write", "--yes").code == 0
    rows = pyst("mcp", "config", "--format", "json").detail["clients"]
    assert [row["name"] for row in rows] == sorted(each.name for each in CLIENTS)
    states = {(row["name"], file["scope"]): file for row in rows for file in row["files"]}
    assert states["cursor", "project"] == {
        "scope": "project",
        "path": str(home.project / ".cursor" / "mcp.json"),
        "exists": True,
        "configured": True,
    }
    assert not states["cursor", "user"]["exists"]
    assert "configured" in pyst("mcp", "config").out


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_writing_makes_the_file_and_the_second_time_changes_nothing(pyst: Pyst, client: Client) -> None:
    first = pyst("mcp", "config", client.name, "--write", "--yes", "--format", "json")
    assert first.detail["state"] == "written"
    path = Path(first.detail["path"])
    assert path.read_text() == first.detail["snippet"]
    assert all(f"+{line}" in first.detail["diff"].splitlines() for line in path.read_text().splitlines())
    second = pyst("mcp", "config", client.name, "--write", "--yes", "--format", "json")
    assert second.detail["state"] == "unchanged"
    assert second.detail["diff"] is None
    assert [each["code"] for each in second.json["diagnostics"]] == ["I_UNCHANGED"]


def test_what_else_is_in_a_file_stays(pyst: Pyst, home: Home) -> None:
    path = home.project / ".mcp.json"
    before = '{\n    "mcpServers": {\n        "mine": {"command": "x",   "args": []}\n    },\n    "z": 1.50\n}'
    path.write_text(before)
    path.chmod(0o640)
    assert pyst("mcp", "config", "claude-code", "--write", "--yes").code == 0
    after = path.read_text()
    assert after.startswith(before[: before.index("}")])
    assert after.endswith(before[before.index("\n    },") :])
    assert list(json.loads(after)["mcpServers"]) == ["mine", "pyst"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_comments_in_toml_stay(pyst: Pyst, home: Home) -> None:
    path = home.path / ".codex" / "config.toml"
    path.parent.mkdir()
    before = '# mine\nmodel = "x"  # yours\n\n[mcp_servers.other]\ncommand = "o"\n'
    path.write_text(before)
    assert pyst("mcp", "config", "codex", "--write", "--yes").code == 0
    assert path.read_text().startswith(before)
    assert list(tomllib.loads(path.read_text())["mcp_servers"]) == ["other", "pyst"]


def test_a_linked_file_is_changed_where_it_lies(pyst: Pyst, home: Home) -> None:
    real = home.path / "dotfiles.json"
    real.write_text("{}")
    (home.project / ".mcp.json").symlink_to(real)
    assert pyst("mcp", "config", "claude-code", "--write", "--yes").code == 0
    assert (home.project / ".mcp.json").is_symlink()
    assert "pyst" in json.loads(real.read_text())["mcpServers"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("zed", '{\n  // my theme\n  "theme": "x"\n}\n'),
        ("zed", '{"theme": "x",}'),
        ("zed", '{"context_servers": []}'),
        ("zed", '{"context_servers": {"pyst": 1, "pyst": 2}}'),
        ("cursor", ""),
        ("cursor", "\ufeff{}"),
        ("cursor", "{"),
        ("codex", "model = "),
        ("codex", "mcp_servers = 3"),
    ],
)
def test_what_cannot_be_understood_is_not_touched(pyst: Pyst, name: str, content: str) -> None:
    path = Path(pyst("mcp", "config", name, "--format", "json").detail["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    ended = pyst("mcp", "config", name, "--write", "--yes", "--format", "json")
    if not content:
        assert ended.detail["state"] == "written"
        return
    assert ended.code == 1
    assert ended.json["diagnostics"][0]["code"] == "E_CLIENT_FILE"
    assert str(path) in ended.json["diagnostics"][0]["message"]
    assert path.read_text() == content


@pytest.mark.parametrize("kind", ["bytes", "folder", "FIFO"])
def test_what_is_no_text_file_is_not_touched(pyst: Pyst, home: Home, kind: str) -> None:
    path = home.project / ".mcp.json"
    if kind == "bytes":
        path.write_bytes(b'{"a": "\xff"}')
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    ended = pyst("mcp", "config", "claude-code", "--write", "--yes")
    assert ended.code == 1
    assert "E_CLIENT_FILE" in ended.err or "can't be changed" in ended.err
    assert path.exists()
    assert pyst("mcp", "config").code == 0


def test_without_a_yes_nothing_is_written(pyst: Pyst, home: Home) -> None:
    ended = pyst("mcp", "config", "claude-code", "--write", "--format", "json")
    assert ended.code == 0
    assert ended.detail["state"] == "declined"
    assert [each["code"] for each in ended.json["diagnostics"]] == ["I_NOT_WRITTEN"]
    assert '+    "pyst": {' in ended.err.splitlines()
    assert not (home.project / ".mcp.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("config", "emacs"), "it knows"),
        (("config", "cursr"), "did you mean `cursor`"),
        (("config", "cursor", "zed"), "one client"),
        (("config", "--write"), "for which client"),
        (("config", "windsurf", "--scope", "project"), "no file for"),
        (("config", "cursor", "--name", "a b"), "letters, digits"),
        (("config", "cursor", "--http"), "--port N"),
        (("confg",), "did you mean `config`"),
        (("token", "x"), "takes a port"),
        (("--root", "nowhere"), "no such folder"),
        (("--port", "80"), "is for `--transport http`"),
        (("serve", "more"), "one word too many"),
        (("--transport", "http", "--bind", "localhost"), "is no IP address"),
        (("--transport", "http", "--host-name", "a/b"), "is no host name"),
        (("--transport", "http", "--port", "65536"), "is no port"),
    ],
)
def test_wrong_words_are_told(pyst: Pyst, words: tuple[str, ...], said: str) -> None:
    ended = pyst("mcp", *words)
    assert ended.code == 64, ended
    assert said in ended.err


def test_without_a_server_there_is_no_token(pyst: Pyst) -> None:
    ended = pyst("mcp", "token", "--format", "json")
    assert ended.code == 1
    assert ended.json["diagnostics"][0]["code"] == "E_NO_SERVER"


def test_options_of_the_operator_are_handed_on(pyst: Pyst, home: Home) -> None:
    (home.project / "own.toml").write_text("[contexts.agents]\nenabled = ['*']\n")
    words = ["--context", "agents", "--config", "own.toml", "--sandbox", "basic", "--timeout", "5"]
    found = json.loads(pyst("mcp", "config", "cursor", *words).out)
    config = home.project / "own.toml"
    handed = ["--context=agents", f"--config={config}", "--sandbox=basic", "--timeout=5"]
    assert found["mcpServers"]["pyst"]["args"][-4:] == handed


def test_another_root_changes_no_other_path(pyst: Pyst, home: Home) -> None:
    elsewhere = home.path / "elsewhere"
    (elsewhere / ".git").mkdir(parents=True)
    (home.project / "own.toml").write_text("")
    (home.project / "token").write_text("short")
    (home.project / "token").chmod(0o600)
    ended = pyst("mcp", "config", "codex", "--root", str(elsewhere), "--config", "own.toml")
    args = tomllib.loads(ended.out)["mcp_servers"]["pyst"]["args"]
    assert args == ["mcp", f"--root={elsewhere}", f"--config={home.project / 'own.toml'}"]
    ended = pyst("mcp", "--root", str(elsewhere), "--transport", "http", "--token-file", "token")
    assert f"`{home.project / 'token'}`" in ended.err


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_token_that_others_can_read_is_not_taken(pyst: Pyst, home: Home, mode: int) -> None:
    path = home.path / "token"
    path.write_text("x" * 43)
    path.chmod(mode)
    ended = pyst("mcp", "--transport", "http", "--token-file", str(path))
    assert ended.code == 1
    assert "others can read" in ended.err
    assert "x" * 43 not in ended.err


@pytest.mark.parametrize("text", ["", "short", "x" * 20 + " " + "y" * 20, "é" * 40, "x\n" * 40], ids=repr)
def test_what_is_no_token_is_not_taken(pyst: Pyst, home: Home, text: str) -> None:
    path = home.path / "token"
    path.write_text(text)
    path.chmod(0o600)
    ended = pyst("mcp", "--transport", "http", "--token-file", str(path))
    assert ended.code == 1
    assert "is no token" in ended.err


@pytest.mark.parametrize("kind", ["absent", "folder", "FIFO"])
def test_what_is_no_file_holds_no_token(pyst: Pyst, home: Home, kind: str) -> None:
    path = home.path / "token"
    if kind == "folder":
        path.mkdir(mode=0o700)
    elif kind == "FIFO":
        os.mkfifo(path, 0o600)
    ended = pyst("mcp", "--transport", "http", "--token-file", str(path))
    assert ended.code == 1
    assert f"`{path}`" in ended.err
