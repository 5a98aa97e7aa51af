"""What the GitHub of the tests holds: gists with all their revisions, repositories with their commits."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

ADA, BOB = "ada", "bob"
TOKEN, OTHER_TOKEN, READING_TOKEN = "ghp_" + "a" * 36, "ghp_" + "b" * 36, "ghp_" + "c" * 36
"""Tokens of Ada and of Bob, and one of Ada's that may change nothing."""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Revision(NamedTuple):
    """A gist as it was at one time."""

    version: str
    at: str
    user: str
    files: Mapping[str, bytes]
    description: str | None
    added: int = 0
    deleted: int = 0


class Gist:
    """A gist; `revisions` has the oldest first."""

    def __init__(self, id: str, owner: str, public: bool) -> None:
        self.id = id
        self.owner = owner
        self.public = public
        self.revisions: list[Revision] = []

    @property
    def newest(self) -> Revision:
        return self.revisions[-1]

    @property
    def version(self) -> str:
        return self.newest.version

    @property
    def text(self) -> dict[str, str]:
        """The files of the newest revision."""
        return {name: content.decode() for name, content in self.newest.files.items()}


class Repository:
    """A repository: commits by their number, and what refs mean. `HEAD` is the newest commit unless it is set."""

    def __init__(self) -> None:
        self.commits: dict[str, Mapping[str, bytes]] = {}
        self.refs: dict[str, str] = {}


class State:
    """All of it. Every change takes the lock, and a second of its own."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.gists: dict[str, Gist] = {}
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.tokens = {TOKEN: ADA, OTHER_TOKEN: BOB, READING_TOKEN: ADA}
        self.reading_only = {READING_TOKEN}
        self._ticks = 0

    @contextmanager
    def changing(self) -> Iterator[str]:
        """Hold the lock; the time of the change."""
        with self.lock:
            self._ticks += 1
            yield (BEGAN + timedelta(seconds=self._ticks)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _number(self, *parts: object) -> str:
        return hashlib.sha1(repr((self._ticks, *parts)).encode()).hexdigest()

    def add_gist(
        self,
        files: Mapping[str, str | bytes],
        *,
        owner: str = ADA,
        public: bool = False,
        description: str | None = None,
    ) -> Gist:
        """A new gist."""
        with self.changing() as at:
            gist = Gist(self._number("gist", owner)[:32], owner, public)
            content = {name: _bytes(text) for name, text in files.items()}
            added = sum(each.count(b"\n") for each in content.values())
            version = self._number(gist.id, sorted(content.items()))
            gist.revisions.append(Revision(version, at, owner, content, description, added))
            self.gists[gist.id] = gist
            return gist

    def edit_gist(
        self, id: str, files: Mapping[str, str | bytes | None], *, user: str = ADA, description: str | None = None
    ) -> Gist:
        """Change files of a gist (None deletes one); what changes nothing makes no revision."""
        with self.changing() as at:
            gist = self.gists[id]
            old = gist.newest
            content = dict(old.files)
            for name, text in files.items():
                if text is None:
                    content.pop(name, None)
                else:
                    content[name] = _bytes(text)
            said = old.description if description is None else description
            if content != old.files or said != old.description:
                version = self._number(id, sorted(content.items()))
                before, after = (sum(each.count(b"\n") for each in side.values()) for side in (old.files, content))
                changes = (max(after - before, 0), max(before - after, 0))
                gist.revisions.append(Revision(version, at, user, content, said, *changes))
            return gist

    def delete_gist(self, id: str) -> None:
        """Delete a gist with all its revisions."""
        with self.changing():
            del self.gists[id]

    def commit(self, owner: str, name: str, files: Mapping[str, str | bytes], *refs: str) -> str:
        """A commit of exactly these files; the refs (`main` unless they are named) and `HEAD` mean it. Its number."""
        with self.changing():
            repository = self.repositories.setdefault((owner, name), Repository())
            content = {path: _bytes(text) for path, text in files.items()}
            number = self._number(owner, name, sorted(content.items()))
            repository.commits[number] = content
            for each in (*(refs or ("main",)), "HEAD"):
                repository.refs[each] = number
            return number


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
