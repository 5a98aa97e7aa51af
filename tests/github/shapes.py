"""How GitHub's API tells of gists, their revisions, users, commits and files: the shapes of its OpenAPI description."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.github.state import Gist, Revision

MOST_TEXT = 1 << 20
"""Of a longer file the API tells only the beginning."""
MOST_HISTORY = 30
LANGUAGES = {"py": "Python", "json": "JSON", "md": "Markdown"}


def user(login: str, base: str) -> dict[str, Any]:
    """A `simple-user`."""
    here = f"{base}/users/{login}"
    return {
        "login": login,
        "id": 1 + sum(login.encode()),
        "node_id": f"U_{login}",
        "avatar_url": f"{base}/avatars/{login}",
        "gravatar_id": "",
        "url": here,
        "html_url": f"{base}/{login}",
        "followers_url": f"{here}/followers",
        "following_url": f"{here}/following{{/other_user}}",
        "gists_url": f"{here}/gists{{/gist_id}}",
        "starred_url": f"{here}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{here}/subscriptions",
        "organizations_url": f"{here}/orgs",
        "repos_url": f"{here}/repos",
        "events_url": f"{here}/events{{/privacy}}",
        "received_events_url": f"{here}/received_events",
        "type": "User",
        "site_admin": False,
    }


def gist(found: Gist, revision: Revision, base: str, *, whole: bool = True) -> dict[str, Any]:
    """A gist at a revision: a `gist-simple`, or without its content and history the `base-gist` of lists."""
    here = f"{base}/gists/{found.id}"
    told: dict[str, Any] = {
        "url": here,
        "forks_url": f"{here}/forks",
        "commits_url": f"{here}/commits",
        "id": found.id,
        "node_id": f"G_{found.id}",
        "git_pull_url": f"{base}/git/{found.id}.git",
        "git_push_url": f"{base}/git/{found.id}.git",
        "html_url": f"{base}/{found.owner}/{found.id}",
        "files": {name: _gist_file(found, revision, name, base, whole=whole) for name in sorted(revision.files)},
        "public": found.public,
        "created_at": found.revisions[0].at,
        "updated_at": found.newest.at,
        "description": revision.description,
        "comments": 0,
        "user": None,
        "comments_url": f"{here}/comments",
        "owner": user(found.owner, base),
        "truncated": False,
    }
    if whole:
        past = found.revisions[: found.revisions.index(revision) + 1]
        told["history"] = [commit(found, each, base) for each in reversed(past)][:MOST_HISTORY]
        told["forks"] = []
    return told


def _gist_file(found: Gist, revision: Revision, name: str, base: str, *, whole: bool) -> dict[str, Any]:
    content = revision.files[name]
    told: dict[str, Any] = {
        "filename": name,
        "type": "application/x-python" if name.endswith(".py") else "text/plain",
        "language": LANGUAGES.get(name.rpartition(".")[2], "Text"),
        "raw_url": f"{base}/raw/{found.id}/{revision.version}/{quote(name, safe='')}",
        "size": len(content),
    }
    if whole:
        is_cut = len(content) > MOST_TEXT
        text = content[:MOST_TEXT].decode("utf-8", "ignore" if is_cut else "replace")
        told |= {"truncated": is_cut, "content": text, "encoding": "utf-8"}
    return told


def commit(found: Gist, revision: Revision, base: str) -> dict[str, Any]:
    """A `gist-commit`: one revision in the history of a gist."""
    return {
        "user": user(revision.user, base),
        "version": revision.version,
        "committed_at": revision.at,
        "change_status": {
            "total": revision.added + revision.deleted,
            "additions": revision.added,
            "deletions": revision.deleted,
        },
        "url": f"{base}/gists/{found.id}/{revision.version}",
    }


def blob_number(content: bytes) -> str:
    """The number that git has for content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def repository_file(place: str, path: str, ref: str, content: bytes, *, whole: bool = True) -> dict[str, Any]:
    """A `content-file`, or (not whole) an entry of a folder. `place` is the repository's address."""
    number = blob_number(content)
    told: dict[str, Any] = {
        "type": "file",
        "name": path.rpartition("/")[2],
        **_links(place, f"contents/{quote(path)}?ref={ref}", f"git/blobs/{number}"),
        "path": path,
        "size": len(content),
        "sha": number,
    }
    if whole:
        is_large = len(content) > MOST_TEXT
        told |= {
            "encoding": "none" if is_large else "base64",
            "content": "" if is_large else base64.encodebytes(content).decode(),
        }
    return told


def repository_folder(place: str, path: str, ref: str) -> dict[str, Any]:
    """An entry of the listing of a folder that is a folder."""
    return {
        "type": "dir",
        "name": path.rpartition("/")[2],
        **_links(place, f"contents/{quote(path)}?ref={ref}", f"git/trees/{'0' * 40}"),
        "path": path,
        "size": 0,
        "sha": "0" * 40,
    }


def _links(place: str, path: str, git: str) -> dict[str, Any]:
    addresses = {"self": f"{place}/{path}", "git": f"{place}/{git}", "html": f"{place}/blob/{path}"}
    return {
        "url": addresses["self"],
        "git_url": addresses["git"],
        "html_url": addresses["html"],
        "download_url": None,
        "_links": addresses,
    }


def blob(place: str, content: bytes) -> dict[str, Any]:
    """A `blob`."""
    number = blob_number(content)
    return {
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
        "url": f"{place}/git/blobs/{number}",
        "sha": number,
        "size": len(content),
        "node_id": f"B_{number}",
    }


def repository_commit(place: str, number: str, base: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """A `commit` of a repository."""
    person = {"name": "Ada", "email": "ada@example.org", "date": "2026-01-01T00:00:00Z"}
    here = f"{place}/commits/{number}"
    tree = {"sha": "1" * 40, "url": f"{place}/git/trees/{'1' * 40}"}
    return {
        "url": here,
        "sha": number,
        "node_id": f"C_{number}",
        "html_url": here,
        "comments_url": f"{here}/comments",
        "commit": {
            "url": f"{place}/git/commits/{number}",
            "author": person,
            "committer": person,
            "message": "A commit",
            "comment_count": 0,
            "tree": tree,
        },
        "author": user("ada", base),
        "committer": user("ada", base),
        "parents": [],
        "stats": {"additions": len(files), "deletions": 0, "total": len(files)},
        "files": [],
    }
