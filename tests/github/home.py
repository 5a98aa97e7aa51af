"""A user's machine that knows the GitHub of the tests: settings, token, and what its mapping says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.conftest import Home
from tests.github.server import GitHub
from tests.github.state import TOKEN, Gist

TIME = "2026-01-01T00:00:00Z"


def connect(home: Home, hub: GitHub, token: str = TOKEN) -> None:
    """Let the home use this GitHub."""
    home.environ.update(GITHUB_TOKEN=token, PYST_SHARE_API_BASE=hub.url)


def data_folder(home: Home) -> Path:
    """Where pyst keeps the user's data."""
    return home.path / ".local" / "share" / "pyst"


def mapped(home: Home) -> dict[str, dict[str, Any]]:
    """The scripts of the mapping."""
    path = data_folder(home) / "mapping.json"
    scripts: dict[str, dict[str, Any]] = json.loads(path.read_text())["scripts"] if path.exists() else {}
    return scripts


def put_mapping(home: Home, *, older: dict[str, str] | None = None, **scripts: dict[str, Any]) -> Path:
    """Write a mapping of these scripts; `older` has the hashes of those that are older here."""
    path = data_folder(home) / "mapping.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"version": 1, "remote": None, "base": None, "scripts": scripts, **({"here": older} if older else {})}
    path.write_text(json.dumps(body))
    return path


def entry(gist: Gist, file: str = "", /, **changes: Any) -> dict[str, Any]:
    """What the mapping says of a file of a gist as it is now (its only one, unless it is named)."""
    name = file or next(iter(gist.newest.files))
    content = gist.newest.files[name]
    return {
        "gist": gist.id,
        "file": name,
        "version": gist.version,
        "sha256": hashlib.sha256(content).hexdigest(),
        "created_at": TIME,
        "updated_at": TIME,
        "tags": [],
        "enabled": True,
        **changes,
    }
