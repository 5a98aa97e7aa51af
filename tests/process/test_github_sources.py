"""Scripts of GitHub's repositories and gists, from an API that answers as theirs does; files and addresses."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from pyst.errors import Failure
from pyst.sharing.fetched import Fetched
from pyst.sharing.resolving import resolve_source
from pyst.sharing.source import parse_source
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import Fetcher
from tests.support.loopback import Server, Talk, make_authority, serving

ONE, TWO = b"print(1)\n", "print('größe')\n".encode()
LOCK = b"version = 1\n"
OLD, NEW = "a" * 40, "b" * 40
GIST = "aa5a315d61ae9438b18d0a0a0a0a0a0a"


def blob(content: bytes, /, **more: Any) -> dict[str, Any]:
    """A file of a repository as the API tells it."""
    number = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    coded = base64.encodebytes(content).decode()
    return {"type": "file", "encoding": "base64", "size": len(content), "sha": number, "content": coded, **more}


def gist_file(content: bytes, /, **more: Any) -> dict[str, Any]:
    return {"size": len(content), "truncated": False, "content": content.decode("utf-8", "replace"), **more}


class Api:
    """What is asked and answered: paths with their queries to JSON, or to bytes as they are."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def __call__(self, talk: Talk) -> None:
        found = self.answers.get(unquote(talk.path), (404, {"message": "Not Found"}))
        status, body = found if isinstance(found, tuple) else (200, found)
        if isinstance(body, bytes):
            talk.answer(status, body, content_type="text/plain")
            return
        assert talk.header("accept") == "application/vnd.github+json"
        assert talk.header("x-github-api-version") == "2022-11-28"
        text = json.dumps(body).replace("BASE", f"http://{talk.header('host')}")
        talk.answer(status, text.encode(), content_type="application/json; charset=utf-8")


def resolve(server: Server, word: str, **given: Any) -> Fetched:
    fetcher = Fetcher({}, server.url, sleep=lambda _: None, **given)
    return resolve_source(parse_source(word, "/", server.url), fetcher)


REPOSITORY = {
    "/repos/o/r/commits/HEAD?per_page=1": {"sha": NEW},
    "/repos/o/r/commits/main?per_page=1": {"sha": NEW},
    "/repos/o/r/commits/v1?per_page=1": {"sha": OLD},
    "/repos/o/r/commits/feature/x?per_page=1": {"sha": OLD},
    f"/repos/o/r/contents/d/hello.py?ref={NEW}": blob(TWO),
    f"/repos/o/r/contents/d/hello.py.lock?ref={NEW}": blob(LOCK),
    f"/repos/o/r/contents/d/hello.py?ref={OLD}": blob(ONE),
    f"/repos/o/r/contents/d?ref={NEW}": [{"name": "hello.py"}, {"name": "README.md"}, {"name": "hell" * 99 + ".py"}],
    f"/repos/o/r/contents/module?ref={NEW}": {"type": "submodule", "size": 0, "sha": OLD},
    f"/repos/o/r/contents/lost?ref={NEW}": {"type": "symlink", "size": 3, "sha": OLD, "target": "../x"},
    f"/repos/o/r/contents/big.py?ref={NEW}": blob(ONE, encoding="none", content=""),
    f"/repos/o/r/git/blobs/{blob(ONE)['sha']}": blob(ONE),
    f"/repos/o/r/contents/forged.py?ref={NEW}": blob(ONE, content=base64.b64encode(TWO).decode()),
    f"/repos/o/r/contents/coded.py?ref={NEW}": blob(ONE, content="***"),
    f"/repos/o/r/contents/huge.py?ref={NEW}": blob(ONE, size=11 << 20),
    f"/repos/o/r/contents/lfs.py?ref={NEW}": blob(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
}


@pytest.mark.parametrize(
    ("word", "content", "commit"),
    [
        ("gh:o/r/d/hello.py", TWO, NEW),
        ("gh:o/r/d/hello.py@main", TWO, NEW),
        ("gh:o/r/d/hello.py@v1", ONE, OLD),
        ("gh:o/r/d/hello.py@feature/x", ONE, OLD),
        (f"gh:o/r/d/hello.py@{OLD}", ONE, OLD),
        ("https://github.com/o/r/blob/main/d/hello.py", TWO, NEW),
        ("https://github.com/o/r/blob/feature/x/d/hello.py", ONE, OLD),
        ("gh:o/r/big.py", ONE, NEW),
    ],
)
def test_a_file_of_a_repository(word: str, content: bytes, commit: str) -> None:
    with serving(Api(REPOSITORY)) as server:
        found = resolve(server, word)
        assert (found.content, found.commit, found.pinned.ref) == (content, commit, commit)
        assert found.sha256 == hashlib.sha256(content).hexdigest()
        assert not found.source.is_guessed
        assert found.source.path == found.pinned.path
        assert found.siblings == ((("hello.py.lock", LOCK),) if commit == NEW and "hello" in word else ())
        asked = len(server.requests)
        assert resolve(server, found.pinned.word).content == content
        assert not any("/commits/" in each for each in server.requests[asked:])


REFUSED = {
    "gh:o/r/nobody.py": "E_FETCH_MISSING",
    "gh:o/r/d/hell.py": "E_FETCH_MISSING",
    "gh:o/nobody/a.py": "E_FETCH_MISSING",
    "gh:o/r/a.py@nobody": "E_FETCH_MISSING",
    "https://github.com/o/r/blob/a/b/c/d/e/f/g.py": "E_FETCH_MISSING",
    "gh:o/r/d": "E_FETCH_NOT_A_FILE",
    "gh:o/r/module": "E_FETCH_NOT_A_FILE",
    "gh:o/r/lost": "E_FETCH_NOT_A_FILE",
    "gh:o/r/forged.py": "E_FETCH_HASH",
    "gh:o/r/coded.py": "E_FETCH_ANSWER",
    "gh:o/r/huge.py": "E_FETCH_TOO_LARGE",
    "gh:o/r/lfs.py": "E_FETCH_ANSWER",
}


@pytest.mark.parametrize("word", REFUSED)
def test_what_is_no_file_of_a_repository(word: str) -> None:
    with serving(Api(REPOSITORY)) as server:
        with pytest.raises(FetchFailure) as caught:
            resolve(server, word)
        assert len(server.requests) <= 4
    assert caught.value.code == REFUSED[word]
    if word in ("gh:o/r/d", "gh:o/r/d/hell.py"):
        assert "`d/hello.py`" in caught.value.hint
        assert "hellhell" not in caught.value.hint


def test_a_lock_that_can_not_be_had_now_is_no_lock_less() -> None:
    answers = {**REPOSITORY, f"/repos/o/r/contents/d/hello.py.lock?ref={NEW}": (500, {"message": "no"})}
    with serving(Api(answers)) as server, pytest.raises(FetchFailure) as caught:
        resolve(server, "gh:o/r/d/hello.py")
    assert caught.value.code == "E_FETCH_SERVER"


def history(*versions: str) -> list[dict[str, str]]:
    return [{"version": each} for each in versions]


RAW = b"# -*- coding: latin-1 -*-\nprint('gr\xf6sse')\n"
GISTS: dict[str, Any] = {
    f"/gists/{GIST}": {
        "files": {"hello.py": gist_file(TWO), "hello.py.lock": gist_file(LOCK), "notes.md": gist_file(b"x")},
        "history": history(NEW, OLD),
    },
    f"/gists/{GIST}/{OLD}": {"files": {"hello.py": gist_file(ONE)}, "history": history(OLD)},
    f"/gists/{GIST}/commits?per_page=100": history(NEW, OLD, OLD[:8] + "c" * 32),
    "/gists/02": {"files": {"a.py": gist_file(ONE), "b-c.py": gist_file(TWO)}, "history": history(NEW)},
    "/gists/03": {"files": {"tool": gist_file(ONE)}, "history": history(NEW)},
    "/gists/04": {"files": {}, "history": history(NEW)},
    "/gists/05": {
        "files": {"a.py": {"size": len(ONE), "truncated": True, "content": "pri", "raw_url": "BASE/raw/a.py"}},
        "history": history(NEW),
    },
    "/raw/a.py": ONE,
    "/gists/06": {"files": {"a.py": gist_file(RAW, raw_url="BASE/raw/latin.py")}, "history": history(NEW)},
    "/raw/latin.py": RAW,
    "/gists/07": {"files": {"a.py": gist_file(RAW, raw_url="BASE/raw/a.py")}, "history": history(NEW)},
    "/gists/08": {"files": {"a.py": gist_file(RAW, raw_url="https://127.0.0.1:1/a")}, "history": history(NEW)},
    "/gists/09": {"files": {"a.py": gist_file(RAW, raw_url="file:///etc/passwd")}, "history": history(NEW)},
    "/gists/0a": {"files": {"a.py": gist_file(ONE, size=11 << 20)}, "history": history(NEW)},
    "/gists/0b": {"files": {"a.py": gist_file(ONE)}, "history": []},
    "/gists/0c": {"files": {"../../x.py": gist_file(ONE)}, "history": history(NEW)},
    "/gists/0d": {"files": {"a.py": gist_file(ONE)}, "history": history("../../x")},
    "/gists/0e": {"files": ["a.py"], "history": history(NEW)},
}


@pytest.mark.parametrize(
    ("word", "content", "revision", "name"),
    [
        (f"gist:{GIST}", TWO, NEW, "hello"),
        (f"gist:{GIST}@{OLD}", ONE, OLD, "hello"),
        (f"gist:{GIST}@{NEW[:9]}", TWO, NEW, "hello"),
        (f"https://gist.github.com/someone/{GIST}#file-hello-py", TWO, NEW, "hello"),
        ("gist:02#a.py", ONE, NEW, "a"),
        ("gist:02#file-b-c-py", TWO, NEW, "b-c"),
        ("gist:03", ONE, NEW, "tool"),
        ("gist:05", ONE, NEW, "a"),
        ("gist:06", RAW, NEW, "a"),
    ],
)
def test_a_file_of_a_gist(word: str, content: bytes, revision: str, name: str) -> None:
    answers = {**GISTS, f"/gists/{GIST}/{NEW}": GISTS[f"/gists/{GIST}"]}
    with serving(Api(answers)) as server:
        found = resolve(server, word)
    assert (found.content, found.commit, found.pinned.revision) == (content, revision, revision)
    assert (found.suggested_name, found.source.file) == (name, found.pinned.file)
    assert found.siblings == ((("hello.py.lock", LOCK),) if content == TWO and name == "hello" else ())


NO_GISTS = {
    "gist:ff": "E_FETCH_MISSING",
    "gist:02": "E_FETCH_CHOICE",
    "gist:02#c.py": "E_FETCH_MISSING",
    "gist:04": "E_FETCH_MISSING",
    f"gist:{GIST}@{OLD[:8]}": "E_FETCH_MISSING",
    f"gist:{GIST}@1234567": "E_FETCH_MISSING",
    "gist:07": "E_FETCH_BROKEN",
    "gist:08": "E_FETCH_PRIVATE",
    "gist:09": "E_FETCH_ADDRESS",
    "gist:0a": "E_FETCH_TOO_LARGE",
    "gist:0b": "E_FETCH_ANSWER",
    "gist:0c": "E_FETCH_ANSWER",
    "gist:0d": "E_FETCH_ANSWER",
    "gist:0e": "E_FETCH_ANSWER",
}


@pytest.mark.parametrize("word", NO_GISTS)
def test_what_is_no_file_of_a_gist(word: str) -> None:
    with serving(Api(GISTS)) as server, pytest.raises(FetchFailure) as caught:
        resolve(server, word)
    assert caught.value.code == NO_GISTS[word]
    if word == "gist:02":
        assert caught.value.exit == 64
        assert "`gist:02#a.py`, `gist:02#b-c.py`" in caught.value.hint


# Files and addresses


def local(path: str, cwd: Path, **given: Any) -> Fetched:
    fetcher = Fetcher({}, "https://api.github.com", **given)
    return resolve_source(parse_source(path, str(cwd)), fetcher)


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_bytes(ONE)
    found = local("hello.py", tmp_path)
    assert (found.content, found.commit, found.suggested_name, found.siblings) == (ONE, None, "hello", ())
    (tmp_path / "hello.py.lock").write_bytes(LOCK)
    assert local("hello.py", tmp_path).siblings == (("hello.py.lock", LOCK),)
    (tmp_path / "hello.py.lock").write_bytes(b"<html>")
    assert local("hello.py", tmp_path).siblings == ()


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "large.py").write_bytes(b"#" * 101)
    (tmp_path / "empty.py").write_bytes(b"")
    for word, code in {
        "nobody.py": "E_FETCH_MISSING",
        ".": "E_NOT_A_FILE",
        "fifo.py": "E_NOT_A_FILE",
        "large.py": "E_FETCH_TOO_LARGE",
        "empty.py": "E_FETCH_ANSWER",
    }.items():
        with pytest.raises(Failure) as caught:
            local(word, tmp_path, most_bytes=100)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("lock", "is_taken"),
    [
        ((200, LOCK), True),
        ((404, b""), False),
        ((403, b""), False),
        ((200, b"<html>not here</html>"), False),
        ((204, b""), False),
        ((302, b""), False),
    ],
)
def test_an_address(
    lock: tuple[int, bytes], is_taken: bool, tmp_path: Path, make_fetcher: Callable[[Path], Fetcher]
) -> None:
    authority = make_authority(tmp_path)

    def handler(talk: Talk) -> None:
        talk.answer(*(lock if talk.path.endswith(".lock") else (200, ONE)), location="http://example.org/")

    with serving(handler, authority.context()) as server:
        source = parse_source(f"{server.url}/d/hello%20you.py#part", "/")
        found = resolve_source(source, make_fetcher(authority.file), sha256=hashlib.sha256(ONE).hexdigest().upper())
    assert (found.content, found.commit, found.pinned) == (ONE, None, source)
    assert found.suggested_name == "hello-you"
    assert found.siblings == ((("hello you.py.lock", LOCK),) if is_taken else ())


@pytest.fixture
def make_fetcher() -> Callable[[Path], Fetcher]:
    return lambda file: Fetcher({"SSL_CERT_FILE": str(file)}, "https://api.github.com", sleep=lambda _: None)
