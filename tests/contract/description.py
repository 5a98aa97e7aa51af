"""The description of GitHub's API (OpenAPI), from npm: the operations that sharing needs, and what they refer to."""

from __future__ import annotations

import hashlib
import json
import tarfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from tests.conformance.packages import run_npm

PACKAGE = "@octokit/openapi@23.0.2"
INTEGRITY = "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
"""SHA-512 of the package, as npm writes it. It is not installed: unpacked it has 400 MB, and one file is wanted."""
MEMBER = "package/generated/api.github.com.json"

PATHS = (
    "/gists",
    "/gists/{gist_id}",
    "/gists/{gist_id}/{sha}",
    "/gists/{gist_id}/commits",
    "/repos/{owner}/{repo}/commits/{ref}",
    "/repos/{owner}/{repo}/contents/{path}",
    "/repos/{owner}/{repo}/git/blobs/{file_sha}",
)
DEEPEST = 3
"""How many folders deep a file of the tests lies."""


def fetch_description(folder: Path, node: Path, client: Path) -> dict[str, Any]:
    """The whole description. Its package is packed by npm into the folder, and has to be the one that is meant."""
    words = ["pack", PACKAGE, "--silent", "--cache", str(folder / "cache")]
    archive = folder / run_npm(words, folder, node, client).split()[-1]
    found = b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert found == INTEGRITY, f"{PACKAGE} is not what it was: {found}"
    with tarfile.open(archive) as members:
        for member in members:
            if member.name == MEMBER:
                file = members.extractfile(member)
                assert file is not None
                whole: dict[str, Any] = json.load(file)
                return whole
    raise AssertionError(f"{PACKAGE} has no {MEMBER}")


def prune(whole: dict[str, Any]) -> dict[str, Any]:
    """The description of `PATHS` alone; files of repositories are only read."""
    found = {path: whole["paths"][path] for path in PATHS}
    paths = {path: {"get": item["get"]} if path.startswith("/repos/") else item for path, item in found.items()}
    components: dict[str, dict[str, Any]] = {}
    left: list[Any] = [paths]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            place = value.get("$ref")
            if isinstance(place, str):
                _, _, kind, name = place.split("/")
                if name not in components.setdefault(kind, {}):
                    components[kind][name] = whole["components"][kind][name]
                    left.append(components[kind][name])
            left += value.values()
        elif isinstance(value, list):
            left += value
    paths |= _deeper("/repos/{owner}/{repo}/contents/{path}", paths)
    kept = {key: whole[key] for key in ("openapi", "info", "servers")}
    return {**kept, "paths": paths, "components": components}


def _deeper(path: str, paths: dict[str, Any]) -> dict[str, Any]:
    """The same for paths with slashes in their last part: GitHub takes them, OpenAPI has no word for that."""
    found = {}
    for depth in range(1, DEEPEST + 1):
        names = [f"folder_{number}" for number in range(depth)]
        added = [{"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in names]
        operation = dict(paths[path]["get"], operationId=f"contents-{depth}")
        operation["parameters"] = [*operation["parameters"], *added]
        place = path.replace("{path}", "/".join(f"{{{each}}}" for each in names) + "/{path}")
        found[place] = {"get": operation}
    return found
