"""Gists on GitHub: made, changed, read and listed, as values. Nobody's change is overwritten unseen.

GitHub has no condition for a change, so it is kept apart in two looks: before, the newest revision must be the one that
the change was made for; after, the history must have that one right below ours. What comes between the two looks is
told, with the revision that it left: the history of a gist has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pyst.errors import Failure
from pyst.sharing.gist_files import file_bytes, gist_answer
from pyst.sharing.github import GitHub, field, is_commit, part
from pyst.sharing.source_value import GIST, Source
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import Fetcher

PAGE = 100
MOST_PAGES = 30
"""GitHub lists no more than the newest 3,000."""
WRITES = "a token that may write gists is needed: `gh auth refresh --scopes gist`, or one with the permission «Gists»"

MAY_BE = "it may have been made all the same: `pyst gists list --remote` shows it, `pyst share --gist ID` takes it"


class Gist(NamedTuple):
    """A gist at one revision. `files` are GitHub's own entries by name; `versions` has the newest first.

    `owner` is empty for an anonymous one. Lists tell no revisions: there, `version` is empty.
    """

    id: str
    version: str
    owner: str
    public: bool
    description: str
    address: str
    updated_at: str
    files: Mapping[str, Any]
    versions: tuple[str, ...] = ()
    created_at: str = ""


class GistConflict(Failure):
    """A gist is not what a change was made for. `newest` is what it is now.

    `is_written`: the change came in all the same, on top of a revision that nobody had looked at: `unseen`.
    """

    def __init__(self, message: str, newest: Gist, *, unseen: str = "", hint: str = "") -> None:
        super().__init__("E_GIST_CONFLICT", message, hint=hint)
        self.newest = newest
        self.unseen = unseen
        self.is_written = bool(unseen)


class Gists:
    """The gists of the GitHub that the fetcher's settings name. All operations raise `FetchFailure`."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self._api = GitHub(fetcher)

    def read(self, gist: str, version: str = "") -> Gist:
        """A gist, as it is now or was at a revision."""
        found = self._gist(gist_answer(self._api, gist, version), gist)
        if not version or found.version == version:
            return found
        later = found.versions.index(version) if version in found.versions else 0
        return found._replace(version=version, versions=found.versions[later:] if later else (version,))

    def list(self) -> Iterator[Gist]:
        """The user's own gists (without a token: the newest public ones), last changed first, without content."""
        for page in range(1, MOST_PAGES + 1):
            answer = self._api.get("/gists", {"per_page": str(PAGE), "page": str(page)})
            if not isinstance(answer, list):
                raise FetchFailure("E_FETCH_ANSWER", "the answer about gists is not as GitHub's are: it is no list")
            for each in answer:
                yield self._gist(each, "", is_listed=True)
            if len(answer) < PAGE:
                return

    def content(self, gist: Gist, file: str) -> bytes:
        """The bytes of one of the gist's files. Raises `FetchFailure` (E_FETCH_MISSING) where it has none so called."""
        if file not in gist.files:
            raise FetchFailure("E_FETCH_MISSING", f"the gist `{gist.id}` has no file `{file}`")
        source = Source("gist", f"gist:{gist.id}", gist=gist.id, revision=gist.version, file=file)
        return file_bytes(self.fetcher, dict(gist.files), file, source)

    def create(self, files: Mapping[str, str], *, description: str, public: bool) -> Gist:
        """A new gist."""
        body = {"description": description, "public": public, "files": _sent(files)}
        try:
            return self._gist(self._api.send("POST", "/gists", body), "")
        except FetchFailure as failure:
            if not failure.is_undone and (failure.status is None or failure.status >= 500):
                failure.hint = MAY_BE
            raise _refused(failure) from failure.__cause__

    def update(
        self, gist: str, files: Mapping[str, str | None], *, expected: str, description: str | None = None
    ) -> Gist:
        """Change files of a gist (None deletes one) which is at the revision `expected`.

        Raises `GistConflict` where it is not, or was not any more when the change came in.
        """
        before = self.read(gist)
        if before.version != expected:
            raise GistConflict(f"the gist `{gist}` was changed meanwhile: it is at `{before.version[:10]}`", before)
        body: dict[str, Any] = {"files": _sent(files)}
        if description is not None:
            body["description"] = description
        try:
            after = self._gist(self._api.send("PATCH", _place(gist), body), gist)
        except FetchFailure as failure:
            raise _refused(failure, gist) from failure.__cause__
        return check_history(after, expected)

    def history(self, gist: str, *, until: str = "") -> tuple[str, ...]:
        """The revisions of a gist, the newest first; of many the newest hundred, or as many as it takes to `until`."""
        found: tuple[str, ...] = ()
        for page in range(1, MOST_PAGES + 1):
            query = {"per_page": str(PAGE)} | ({"page": str(page)} if page > 1 else {})
            answer = self._api.get(f"{_place(gist)}/commits", query)
            more = _versions(answer if isinstance(answer, list) else [], gist) if answer or not found else ()
            found += more
            if not until or until in more or len(more) < PAGE:
                break
        return found

    def delete(self, gist: str) -> None:
        """Delete a gist, with all its revisions."""
        self._api.send("DELETE", _place(gist))

    def _gist(self, answer: Any, id: str, *, is_listed: bool = False) -> Gist:
        """The value of an answer about the gist `id` (empty: whichever it is)."""
        what = f"`gist:{id}`" if id else "a gist"
        found = field(answer, "id", str, what)
        if not GIST.fullmatch(found) or (id and found.lower() != id.lower()):
            raise FetchFailure("E_FETCH_ANSWER", f"the answer about {what} is about another one")
        versions: tuple[str, ...] = ()
        if not is_listed:  # by GitHub's description the history may be left out
            history = answer.get("history")
            versions = _versions(history, found) if isinstance(history, list) else self.history(found)
        owner = answer.get("owner")
        return Gist(
            id=found.lower(),
            version=versions[0] if versions else "",
            owner=_text(owner, "login") if isinstance(owner, dict) else "",
            public=answer.get("public") is True,
            description=_text(answer, "description"),
            address=_text(answer, "html_url"),
            updated_at=_text(answer, "updated_at"),
            files=field(answer, "files", dict, what),
            versions=versions,
            created_at=_text(answer, "created_at"),
        )


def check_history(after: Gist, expected: str) -> Gist:
    """The gist after a change of ours, if it was made on top of `expected`. Raises `GistConflict`."""
    below = after.versions[1] if len(after.versions) > 1 else ""
    if expected in (after.version, below):  # a change of nothing makes no revision
        return after
    message = f"the gist `{after.id}` was changed by somebody else in the same moment; what they wrote is its revision"
    raise GistConflict(f"{message} `{below[:10] or 'before'}`", after, unseen=below or "unknown")


def _place(gist: str) -> str:
    return f"/gists/{part(gist)}"


def _sent(files: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: None if text is None else {"content": text} for name, text in files.items()}


def _versions(history: list[Any], gist: str) -> tuple[str, ...]:
    found = tuple(_text(each, "version") for each in history if isinstance(each, dict))
    if not found or not all(is_commit(each) for each in found):
        raise FetchFailure("E_FETCH_ANSWER", f"the answer about `gist:{gist}` names no revision")
    return found


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def _refused(failure: FetchFailure, gist: str = "") -> FetchFailure:
    """A change that was refused, with the way on that changes of gists have."""
    if failure.status in (401, 403) and failure.code == "E_FETCH_DENIED":
        failure.hint = WRITES
    elif failure.status == 404:
        failure.message = f"the gist `{gist}` may not be changed with your token" if gist else failure.message
        failure.hint = f"is it yours? {WRITES}"
    elif failure.status == 409:
        failure.hint = "GitHub is busy with this gist; nothing was changed; try again in a moment"
    elif failure.status == 422:
        failure.hint = "GitHub takes no file without content, and no name with a slash; nothing was changed"
    return failure
