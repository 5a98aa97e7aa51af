"""The programs on this machine that scripts and agents ask for: where they are and, where asked, their versions.

Finding them starts nothing. Asking for versions starts each one once, from a folder where nothing of a project lies,
with few variables; programs in relative folders of PATH are never started.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.app import App

TOOLS = (
    *("git", "gh", "uv", "uvx", "pip", "pipx", "ruff", "mypy", "pytest"),
    *("node", "npm", "npx", "pnpm", "yarn", "bun", "deno", "tsc"),
    *("docker", "podman", "kubectl", "helm", "terraform", "ansible"),
    *("make", "cmake", "ninja", "just", "gcc", "clang", "cargo", "rustc", "go", "java", "mvn", "gradle"),
    *("dotnet", "ruby", "perl", "php", "lua"),
    *("rg", "fd", "fzf", "jq", "yq", "sed", "awk", "tree", "bat"),
    *("curl", "wget", "ssh", "rsync", "tar", "unzip", "zip", "zstd", "openssl"),
    *("sqlite3", "psql", "mysql", "redis-cli", "duckdb"),
    *("ffmpeg", "convert", "pandoc", "tesseract", "pdftotext"),
    *("bash", "zsh", "fish", "pwsh", "tmux", "screen", "vim", "nvim", "nano", "emacs", "code"),
    *("bwrap", "strace", "gdb", "systemctl", "claude", "codex", "gemini", "cursor"),
)
WORDS = {"go": "version", "ssh": "-V", "tmux": "-V", "java": "-version", "openssl": "version", "unzip": "-v"}
"""How a tool is asked for its version where it is not by `--version`."""
MOST_SECONDS = 5.0
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT")


def find_tools(app: App, *, versions: bool = False) -> list[dict[str, Any]]:
    """The tools that are on PATH, each with its `name`, `path`, and `version` (None unless asked for, or unknown)."""
    folders = [each for each in app.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(each)]
    found = []
    for name in TOOLS:
        path = _find(name, folders)
        if path is not None:
            version = _version(app, name, path) if versions else None
            found.append({"name": name, "path": path, "version": version})
    return found


def _find(name: str, folders: list[str]) -> str | None:
    for folder in folders:
        path = os.path.join(folder, name)
        try:
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
        except ValueError:
            continue
    return None


def _version(app: App, name: str, path: str) -> str | None:
    """The first thing like `1.2` in what the tool says of itself."""
    environ = {each: app.environ[each] for each in KEPT if each in app.environ}
    try:
        ended = app.runner.run(
            [path, WORDS.get(name, "--version")], cwd="/", environ=environ, timeout_seconds=MOST_SECONDS
        )
    except Failure:
        return None
    told = (ended.stdout or ended.stderr).decode("utf-8", "replace")[:4000]
    version = re.search(r"\d+\.\d[0-9A-Za-z.+~_-]{0,60}", told)
    return version.group().rstrip(".") if version else None
