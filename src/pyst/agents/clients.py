"""The well-known clients of MCP: where each keeps its servers, and what an entry for pyst looks like there. Pure.

No entry holds a secret: over HTTP a client takes the token from a variable, or by a command; one that can do neither is
only given the entry for stdio. `commands/mcp_config.py` reads and writes the files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

VARIABLE = "PYST_MCP_TOKEN"
"""The variable from which clients take the token of a server on HTTP."""

Entry = dict[str, Any]


class Place(NamedTuple):
    """The folders that files of clients lie in: the user's, that of user settings, and the project's."""

    home: str
    config: str
    root: str
    environ: Mapping[str, str]


class Client(NamedTuple):
    """One client: how its entry is made, and its files by scope (the first scope is the usual one).

    `keys` lead to the servers in the file. `stdio` makes the entry from the program and its arguments; `http` from the
    URL and the words that print the token as a header, or is None where the client has no way to a secret. `root` is
    how the client itself calls the project's folder in its project file; "" where it starts servers in there.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    files: dict[str, Callable[[Place], str]]
    stdio: Callable[[str, list[str]], Entry]
    http: Callable[[str, str], Entry] | None
    form: str = "json"
    root: str | None = None
    notes: tuple[str, ...] = ()


def _plain(program: str, words: list[str]) -> Entry:
    return {"command": program, "args": words}


def _typed(program: str, words: list[str]) -> Entry:
    return {"type": "stdio", "command": program, "args": words}


def _bearer(reference: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {reference}"}


def _below(*parts: str) -> Callable[[Place], str]:
    return lambda place: os.path.join(place.root, *parts)


def _at_home(*parts: str) -> Callable[[Place], str]:
    return lambda place: os.path.join(place.home, *parts)


def _in_application(folder: str, *parts: str) -> Callable[[Place], str]:
    """A file of an application: below `Library/Application Support` on macOS, else below the user's settings."""

    def path(place: Place) -> str:
        if sys.platform == "darwin":
            return os.path.join(place.home, "Library", "Application Support", folder, *parts)
        return os.path.join(place.config, folder, *parts)

    return path


def _codex(place: Place) -> str:
    return os.path.join(place.environ.get("CODEX_HOME") or os.path.join(place.home, ".codex"), "config.toml")


EXPORT = f'start the client with `{VARIABLE}="$(pyst mcp token)"` in its environment'

CLIENTS = (
    Client(
        "claude-code",
        "Claude Code",
        ("mcpServers",),
        {"project": _below(".mcp.json"), "user": _at_home(".claude.json")},
        _typed,
        lambda url, header: {"type": "http", "url": url, "headersHelper": header},
        root="",
    ),
    Client(
        "claude-desktop",
        "Claude Desktop",
        ("mcpServers",),
        {"user": _in_application("Claude", "claude_desktop_config.json")},
        _plain,
        None,
        notes=("restart Claude Desktop afterwards",),
    ),
    Client(
        "codex",
        "Codex",
        ("mcp_servers",),
        {"user": _codex, "project": _below(".codex", "config.toml")},
        _plain,
        lambda url, _: {"url": url, "bearer_token_env_var": VARIABLE},
        form="toml",
    ),
    Client(
        "continue",
        "Continue",
        ("mcpServers",),
        {"project": _below(".continue", "mcpServers", "pyst.json")},
        _plain,
        None,
    ),
    Client(
        "cursor",
        "Cursor",
        ("mcpServers",),
        {"project": _below(".cursor", "mcp.json"), "user": _at_home(".cursor", "mcp.json")},
        _typed,
        lambda url, _: {"url": url, "headers": _bearer(f"${{env:{VARIABLE}}}")},
        root="${workspaceFolder}",
    ),
    Client(
        "gemini-cli",
        "Gemini CLI",
        ("mcpServers",),
        {"project": _below(".gemini", "settings.json"), "user": _at_home(".gemini", "settings.json")},
        _plain,
        lambda url, _: {"httpUrl": url, "headers": _bearer(f"${VARIABLE}")},
        root="",
    ),
    Client(
        "opencode",
        "opencode",
        ("mcp",),
        {
            "project": _below("opencode.json"),
            "user": lambda place: os.path.join(place.config, "opencode", "opencode.json"),
        },
        lambda program, words: {"type": "local", "command": [program, *words], "enabled": True},
        lambda url, _: {"type": "remote", "url": url, "headers": _bearer(f"{{env:{VARIABLE}}}"), "enabled": True},
    ),
    Client(
        "vscode",
        "Visual Studio Code",
        ("servers",),
        {"project": _below(".vscode", "mcp.json"), "user": _in_application("Code", "User", "mcp.json")},
        _typed,
        lambda url, _: {"type": "http", "url": url, "headers": _bearer(f"${{env:{VARIABLE}}}")},
        root="${workspaceFolder}",
    ),
    Client(
        "windsurf",
        "Windsurf",
        ("mcpServers",),
        {"user": _at_home(".codeium", "windsurf", "mcp_config.json")},
        _plain,
        lambda url, _: {"serverUrl": url, "headers": _bearer(f"${{env:{VARIABLE}}}")},
    ),
    Client(
        "zed",
        "Zed",
        ("context_servers",),
        {
            "user": lambda place: os.path.join(
                place.home if sys.platform == "darwin" else place.config,
                *((".config", "zed") if sys.platform == "darwin" else ("zed",)),
                "settings.json",
            ),
            "project": _below(".zed", "settings.json"),
        },
        _plain,
        None,
    ),
)


def find_client(name: str) -> Client | None:
    """The client of this name, or None."""
    return next((each for each in CLIENTS if each.name == name), None)


def words_for(client: Client, scope: str, root: str, more: list[str]) -> list[str]:
    """The arguments of pyst in the entry: for files in the project, its folder as the client calls it."""
    told = root if scope == "user" or client.root is None else client.root
    return ["mcp", *((f"--root={told}",) if told else ()), *more]
