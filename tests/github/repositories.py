"""What the API of the tests' GitHub says of repositories: commits, files, folders and blobs. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.github import shapes
from tests.github.state import Repository, State


def repository_answer(state: State, pieces: list[str], query: Mapping[str, str], base: str) -> Any:
    """The JSON for `OWNER/NAME/(commits|contents|git/blobs)/…`; None: not there, a text: why it is invalid."""
    owner, name, what, *more = pieces
    repository = state.repositories.get((owner, name))
    if repository is None:
        return None
    place, rest = f"{base}/repos/{quote(owner)}/{quote(name)}", "/".join(more)
    if what == "git":
        return _blob(repository, place, rest)
    ref = rest if what == "commits" else query.get("ref", "HEAD")
    number = repository.refs.get(ref, ref)
    if number not in repository.commits:
        return f"No commit found for SHA: {ref}" if what == "commits" else None
    files = repository.commits[number]
    if what == "commits":
        return shapes.repository_commit(place, number, base, files)
    return _content(place, rest, number, files) if what == "contents" else None


def _blob(repository: Repository, place: str, rest: str) -> Any:
    for files in repository.commits.values():
        for content in files.values():
            if f"blobs/{shapes.blob_number(content)}" == rest:
                return shapes.blob(place, content)
    return None


def _content(place: str, path: str, number: str, files: Mapping[str, bytes]) -> Any:
    if path in files:
        return shapes.repository_file(place, path, number, files[path])
    below = f"{path.rstrip('/')}/" if path else ""
    names = sorted({each.removeprefix(below).split("/")[0] for each in files if each.startswith(below)})
    return [_entry(place, below + each, number, files) for each in names] or None


def _entry(place: str, path: str, number: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    if path in files:
        return shapes.repository_file(place, path, number, files[path], whole=False)
    return shapes.repository_folder(place, path, number)
