"""Git repositories of a test, and a server of them: `git http-backend` behind a small HTTPS server on loopback."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.loopback import Server, Talk, serving

ENVIRON = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.org",
    "GIT_COMMITTER_NAME": "Somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "PATH": os.environ.get("PATH", os.defpath),
    "LC_ALL": "C",
}


class Repository:
    """A repository with a work tree, as an author has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, stdin: bytes | None = None) -> str:
        argv = ["git", "-C", str(self.folder), *words]
        return subprocess.run(
            argv, env=ENVIRON, input=stdin, check=True, capture_output=True, timeout=60
        ).stdout.decode()

    def commit(self, files: dict[str, bytes], *, message: str = "A change") -> str:
        """Write the files and commit all there is; the commit's number."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def commit_tree(self, entries: list[tuple[str, str, str]]) -> str:
        """Commit a tree of `(mode, object, name)` as they are, whatever they are."""
        kinds = {"040000": "tree", "160000": "commit"}
        lines = [f"{mode} {kinds.get(mode, 'blob')} {number}\t{name}\0" for mode, number, name in entries]
        tree = self.git("mktree", "-z", "--missing", stdin="".join(lines).encode()).strip()
        commit = self.git("commit-tree", tree, "-m", "A tree").strip()
        self.git("update-ref", "refs/heads/main", commit)
        return commit


@contextmanager
def serving_git(folder: Path, context: ssl.SSLContext, **settings: str) -> Iterator[Server]:
    """Serve all repositories below the folder; `settings` are git's, with `__` for the dot."""
    environ = {
        **ENVIRON,
        "GIT_PROJECT_ROOT": str(folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for at, (name, value) in enumerate(settings.items()):
        environ |= {f"GIT_CONFIG_KEY_{at}": name.replace("__", "."), f"GIT_CONFIG_VALUE_{at}": value}

    def handler(talk: Talk) -> None:
        head, _, body = talk.request.partition(b"\r\n\r\n")
        path, _, query = talk.path.partition("?")
        told = {
            "REQUEST_METHOD": head.split(b" ")[0].decode(),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": talk.header("content-type") or "",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": talk.header("content-encoding") or "",
            "GIT_PROTOCOL": talk.header("git-protocol") or "",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], env={**environ, **told}, input=body, capture_output=True, timeout=60
        )
        lines, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in lines.decode("latin-1").split("\r\n") if line)
        status = headers.pop("Status", "200 OK")
        talk.answer(status, answer, **headers)

    with serving(handler, context) as server:
        yield server
