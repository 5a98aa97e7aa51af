"""GitHub's REST API: requests, and answers that have the shape they must have. Also how a file of a repository is got.

Plain requests on `system.http`: what a library would add (models of 900 operations, its own transport without bounds
and address checks) is more than the few operations that sharing needs.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from hashlib import new
from typing import Any
from urllib.parse import quote, urlencode

from pyst.sharing.fetched import LOCK, Fetched, make_fetched
from pyst.sharing.missing import no_commits, no_file, no_ref, no_repository
from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure, too_large
from pyst.system.http import Fetcher, json_of

ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"
MOST_GUESSES = 4
MOST_NAME_CHARACTERS = 255
NO_COMMIT = (404, 409, 422)
"""What GitHub answers where a ref means no commit."""


class GitHub:
    """The API that the fetcher's settings name. All operations raise `FetchFailure`."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON that is at a path (`/gists/…`, its parts quoted)."""
        return self.send("GET", path, query=query)

    def send(self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None) -> Any:
        """Make a request with JSON, and take JSON: None where the answer has no content."""
        address = self.fetcher.api_base + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": ACCEPT, "X-GitHub-Api-Version": API_VERSION}
        sent = None
        if body is not None:
            sent = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        # Base64 and JSON make content larger than it is.
        response = self.fetcher.send(method, address, headers, body=sent, most_bytes=2 * self.fetcher.most_bytes)
        return None if response.status == 204 else json_of(response)


def part(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


def field(answer: Any, name: str, kind: type, what: str) -> Any:
    """A field of an answer that must be there, and of this type. Raises `FetchFailure` (`E_FETCH_ANSWER`)."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        message = f"the answer about {what} is not as GitHub's are: `{name}` is wrong or absent"
        raise FetchFailure("E_FETCH_ANSWER", message, hint="does `share.api_base` lead to GitHub's API?")
    return value


def fetch_from_github(source: Source, fetcher: Fetcher) -> Fetched:
    """The file of a repository, at the commit that its ref means now. Raises `FetchFailure`."""
    api = GitHub(fetcher)
    asked, (source, commit) = source, _find_commit(api, source)
    pinned = source._replace(ref=commit)
    try:
        content = _content(api, pinned)
    except FetchFailure as failure:
        if failure.status != 404:
            raise
        raise _why_no_file(api, asked, pinned) from failure
    try:
        lock = _content(api, pinned._replace(path=source.path + LOCK))
    except FetchFailure as failure:
        if failure.code not in ("E_FETCH_MISSING", "E_FETCH_NOT_A_FILE"):
            raise
        lock = None
    return make_fetched(source, pinned, commit, source.path.rpartition("/")[2], content, lock)


def _find_commit(api: GitHub, source: Source) -> tuple[Source, str]:
    """The source with its ref told from its path, and the commit that the ref means now."""
    if is_commit(source.ref):
        return source._replace(is_guessed=False), source.ref
    statuses: list[int | None] = []
    for guess in _guesses(source):
        try:
            return guess, _commit_of(api, guess)
        except FetchFailure as failure:
            if failure.status not in NO_COMMIT:
                raise
            statuses.append(failure.status)
    raise _why_no_commit(api, source, statuses)


def _why_no_commit(api: GitHub, source: Source, statuses: list[int | None]) -> FetchFailure:
    """The failure of a ref that means no commit, by what was answered for each way to read it."""
    if 409 in statuses:
        return no_commits(source)
    if 422 in statuses:  # 404 is said of the repository alone
        return no_ref(source, tried=len(statuses))
    return no_repository(source, has_token=api.fetcher.has_token)


def _why_no_file(api: GitHub, asked: Source, pinned: Source) -> FetchFailure:
    """The failure of a file that is not there, or of its commit, where that was never looked up.

    Raises `FetchFailure` where this can't be told.
    """
    if is_commit(asked.ref):
        try:
            _commit_of(api, pinned)
        except FetchFailure as failure:
            if failure.status not in NO_COMMIT:
                raise
            return _why_no_commit(api, asked, [failure.status])
    folder = pinned.path.rpartition("/")[0]
    try:
        answer = _told_of(api, pinned._replace(path=folder))
    except FetchFailure:
        answer = []
    return no_file(pinned, [f"{folder}/{each}".lstrip("/") for each in _files_in(answer)])


def is_commit(ref: str) -> bool:
    """Whether a ref is the whole number of a commit, which always means the same."""
    return len(ref) in (40, 64) and set(ref) <= set("0123456789abcdef")


def _guesses(source: Source) -> list[Source]:
    """The ways in which ref and path may be apart; git has no branch `a` beside a branch `a/b`, so the first counts."""
    found = [source._replace(is_guessed=False)]
    while source.is_guessed and "/" in found[-1].path and len(found) < MOST_GUESSES:
        more, _, path = found[-1].path.partition("/")
        found.append(found[-1]._replace(ref=f"{found[-1].ref}/{more}", path=path))
    return found


def _commit_of(api: GitHub, source: Source) -> str:
    place = f"{_place(source)}/commits/{part(source.ref or 'HEAD')}"
    # Files of the commit are not wanted, and come in pages: one of one file is the least.
    commit = field(api.get(place, {"per_page": "1"}), "sha", str, f"`{source.word}`")
    if not is_commit(commit):
        raise FetchFailure("E_FETCH_ANSWER", f"the answer about `{source.word}` names no commit")
    return str(commit)


def _content(api: GitHub, source: Source) -> bytes:
    """The bytes of a file at a commit, held against the hash that git has of them."""
    answer = _told_of(api, source)
    what = f"`{source.word}`"
    kind = "dir" if isinstance(answer, list) else field(answer, "type", str, what)
    if kind != "file":
        called = {"dir": "a folder", "symlink": "a link to no file of the repository", "submodule": "a submodule"}
        message = f"{what} is {called.get(kind, 'no file')}"
        raise FetchFailure("E_FETCH_NOT_A_FILE", message, hint=_scripts_in(answer, source))
    size_bytes, number = field(answer, "size", int, what), field(answer, "sha", str, what)
    if size_bytes > api.fetcher.most_bytes:
        raise too_large(source.word, api.fetcher.most_bytes)
    if answer.get("encoding") != "base64" or (size_bytes and not answer.get("content")):
        answer = api.get(f"{_place(source)}/git/blobs/{part(number)}")  # beyond 1 MiB the content is not told
    try:
        content = b64decode("".join(field(answer, "content", str, what).split()), validate=True)
    except ValueError as error:
        raise FetchFailure("E_FETCH_ANSWER", f"the content of {what} is not coded as it says") from error
    found = new("sha256" if len(number) == 64 else "sha1", b"blob %d\0" % len(content) + content, usedforsecurity=False)
    if found.hexdigest() != number:
        message = f"the content of {what} is not that of its hash: it is {found.hexdigest()}, not {number[:64]}"
        raise FetchFailure("E_FETCH_HASH", message, hint="something between here and GitHub changes what is fetched")
    return content


def _place(source: Source) -> str:
    return f"/repos/{part(source.owner)}/{part(source.repository)}"


def _told_of(api: GitHub, source: Source) -> Any:
    """What the API says of a path at a commit: a file, or the entries of a folder (an empty path: of the topmost)."""
    return api.get(f"{_place(source)}/contents/{quote(source.path, safe='/')}".rstrip("/"), {"ref": source.ref})


def _scripts_in(answer: Any, source: Source) -> str:
    """A hint with the scripts of a folder."""
    scripts = [each for each in _files_in(answer) if each.endswith(".py") and each.isprintable()][:8]
    return "it has " + ", ".join(f"`{source.path}/{each}`" for each in scripts) if scripts else ""


def _files_in(answer: Any) -> list[str]:
    """The names of what an answer says is in a folder, without its folders, and without what is too long for a name."""
    entries = [each for each in answer[:1000] if isinstance(each, dict)] if isinstance(answer, list) else []
    names = [each.get("name") for each in entries if each.get("type") != "dir"]
    return [each for each in names if isinstance(each, str) and len(each) <= MOST_NAME_CHARACTERS]
