"""Files of gists: which one is meant, at which revision, and its bytes. Gists that are written are left to `gists`."""

from __future__ import annotations

import re
from typing import Any

from pyst.errors import ExitCode
from pyst.sharing.fetched import LOCK, Fetched, make_fetched
from pyst.sharing.github import GitHub, field, is_commit, part
from pyst.sharing.mapping import is_file_name
from pyst.sharing.missing import no_gist, no_revision
from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure, broken, too_large
from pyst.system.http import Fetcher


def fetch_from_gist(source: Source, fetcher: Fetcher) -> Fetched:
    """The file of a gist, at its revision.

    Raises `FetchFailure`: `E_FETCH_CHOICE` (64) where several files could be meant.
    """
    api = GitHub(fetcher)
    revision = source.revision
    if revision and not is_commit(revision):
        revision = _whole_revision(api, source)
    answer = gist_answer(api, source.gist, revision, word=source.text)
    revision = revision or _newest(api, answer, source)
    files = field(answer, "files", dict, f"`{source.word}`")
    file = find_file(files, source)
    pinned = source._replace(revision=revision, file=file)
    lock = file_bytes(fetcher, files, file + LOCK, pinned) if file + LOCK in files else None
    content = file_bytes(fetcher, files, file, pinned)
    return make_fetched(source._replace(file=file), pinned, revision, file, content, lock)


def gist_answer(api: GitHub, gist: str, revision: str = "", *, word: str = "") -> Any:
    """What the API says of a gist, as it is now or was at a revision; `word` is what named it.

    Raises `FetchFailure`: E_FETCH_MISSING, which says whether it is the gist that is not there, or the revision.
    """
    word = word or f"gist:{gist}"
    try:
        return api.get(f"/gists/{part(gist)}" + (f"/{part(revision)}" if revision else ""))
    except FetchFailure as failure:
        if failure.status != 404 and not (revision and failure.status == 422):
            raise
        if not revision:
            raise no_gist(gist, word, has_token=api.fetcher.has_token) from failure
        gist_answer(api, gist, word=word)
        raise no_revision(gist, revision, word) from failure


def _whole_revision(api: GitHub, source: Source) -> str:
    """The revision whose number begins as it was given."""
    try:
        history = api.get(f"/gists/{part(source.gist)}/commits", {"per_page": "100"})
    except FetchFailure as failure:
        if failure.status != 404:
            raise
        raise no_gist(source.gist, source.text, has_token=api.fetcher.has_token) from failure
    numbers = [each.get("version") for each in history if isinstance(each, dict)] if isinstance(history, list) else []
    found = [each for each in numbers if isinstance(each, str) and each.startswith(source.revision) and is_commit(each)]
    if len(found) == 1:
        return found[0]
    why = "several revisions begin so" if found else "no revision among the last hundred begins so"
    raise FetchFailure("E_FETCH_MISSING", f"`{source.text}` leads nowhere: {why}", hint="give the whole number")


def _newest(api: GitHub, answer: Any, source: Source) -> str:
    history = answer.get("history") if isinstance(answer, dict) else None
    if not isinstance(history, list):  # by GitHub's description it may be left out
        history = api.get(f"/gists/{part(source.gist)}/commits", {"per_page": "1"})
        history = history if isinstance(history, list) else []
    version = field(history[0] if history else None, "version", str, f"`{source.word}`")
    if not is_commit(version):
        raise FetchFailure("E_FETCH_ANSWER", f"the answer about `{source.word}` names no revision")
    return str(version)


def find_file(files: dict[str, Any], source: Source) -> str:
    """The name of the file that is meant: the one that was named, the only script, or the only file."""
    names = [each for each in files if each and is_file_name(each)]  # by git, any name can be pushed
    if files and not names:  # no word could name it, and no mapping hold it
        raise FetchFailure("E_FETCH_ANSWER", f"the gist `{source.gist}` has a file whose name can't be used")
    if source.file:
        found = [each for each in names if each == source.file] or [
            each for each in names if anchor(each) == source.file.lower()
        ]
        if len(found) == 1:
            return found[0]
        hint = "it has " + ", ".join(f"`{each}`" for each in names[:8])
        raise FetchFailure("E_FETCH_MISSING", f"the gist `{source.gist}` has no file `{source.file}`", hint=hint)
    scripts = [each for each in names if each.endswith(".py")] or names
    if len(scripts) == 1:
        return scripts[0]
    if not scripts:
        raise FetchFailure("E_FETCH_MISSING", f"the gist `{source.gist}` has no files")
    hint = "name one: " + ", ".join(f"`{source._replace(file=each).word}`" for each in scripts[:8])
    message = f"the gist `{source.gist}` has {len(scripts)} files that could be meant"
    raise FetchFailure("E_FETCH_CHOICE", message, hint=hint, exit=ExitCode.USAGE)


def anchor(file: str) -> str:
    """The fragment by which a gist's page leads to a file."""
    return "file-" + re.sub(r"[^\w]+", "-", file.lower()).strip("-")


def file_bytes(fetcher: Fetcher, files: dict[str, Any], name: str, source: Source) -> bytes:
    """The bytes of one of the gist's files; those that the answer has not whole are fetched by themselves."""
    what = f"`{source.gist}#{name}`"
    entry = field(files, name, dict, what)
    size_bytes = field(entry, "size", int, what)
    if size_bytes > fetcher.most_bytes:
        raise too_large(what.strip("`"), fetcher.most_bytes)
    text = entry.get("content")
    if isinstance(text, str) and not entry.get("truncated") and entry.get("encoding", "utf-8") == "utf-8":
        content = text.encode("utf-8", "surrogatepass")
        if len(content) == size_bytes:
            return content
    # Too large for the answer, or no UTF-8: JSON can't carry it as it is.
    content = fetcher.get(field(entry, "raw_url", str, what), is_typed=False).body
    if len(content) != size_bytes:
        raise broken(what.strip("`"), f"it has {len(content)} bytes, and not {size_bytes}")
    return content
