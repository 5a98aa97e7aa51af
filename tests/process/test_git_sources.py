"""Scripts of git repositories: real git, over files and over HTTPS, with repositories and servers that mean ill."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyst.errors import Failure
from pyst.sharing.fetched import Fetched
from pyst.sharing.git import fetch_from_git
from pyst.sharing.resolving import resolve_source
from pyst.sharing.source import parse_source
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import MOST_ATTEMPTS, Fetcher
from pyst.system.process import Runner
from tests.support.git_server import Repository, serving_git
from tests.support.loopback import Authority, Talk, make_authority, serving

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")

ONE, TWO, THREE = b"print(1)\n", b"print(2)\n", b"print(3)\n"
LOCK = b"version = 1\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repository `tools`: commits `one` (a tag), `two` (main), `three` (a branch)."""
    folder = tmp_path_factory.mktemp("repositories")
    tools = Repository(folder / "tools")
    tools.commit({"d/hello.py": ONE, "d/hello.py.lock": LOCK, "d/other.py": ONE})
    tools.git("tag", "--annotate", "v1", "--message", "One")
    tools.commit({"d/hello.py": TWO})
    tools.git("switch", "--quiet", "--create", "feature/x")
    tools.commit({"d/hello.py": THREE})
    tools.git("switch", "--quiet", "main")
    return folder


@pytest.fixture
def environ(tmp_path: Path, authority: Authority) -> Iterator[dict[str, str]]:
    """A user's variables; their home stays empty, and so does the folder of temporary files."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        yield {
            "HOME": str(home),
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_SSL_CAINFO": str(authority.file),
            "SSL_CERT_FILE": str(authority.file),
        }
    assert list(temporary.iterdir()) == []
    assert list(home.iterdir()) == []


@pytest.fixture
def fetch(environ: dict[str, str]) -> Callable[..., Fetched]:
    def call(word: str, *, waits: list[float] | None = None, variables: dict[str, str] | None = None) -> Fetched:
        kept = [] if waits is None else waits
        fetcher = Fetcher({**environ, **(variables or {})}, "https://api.github.com", sleep=kept.append)
        return resolve_source(parse_source(word, "/"), fetcher)

    return call


def number_of(repositories: Path, name: str) -> str:
    argv = ["git", "-C", str(repositories / "tools"), "rev-parse", f"{name}^{{commit}}"]
    return subprocess.run(argv, capture_output=True, check=True, timeout=60, text=True).stdout.strip()


REFS = {"": TWO, "@main": TWO, "@v1": ONE, "@refs/tags/v1": ONE, "@feature/x": THREE}


@pytest.mark.parametrize("ref", REFS)
def test_a_ref_is_pinned(ref: str, repositories: Path, fetch: Callable[..., Fetched]) -> None:
    word = f"git+file://{repositories}/tools{ref}#d/hello.py"
    found = fetch(word)
    commit = number_of(repositories, ref[1:] or "main")
    assert (found.content, found.commit, found.pinned.ref) == (REFS[ref], commit, commit)
    assert found.sha256 == hashlib.sha256(found.content).hexdigest()
    assert (found.size_bytes, found.suggested_name) == (9, "hello")
    assert found.siblings == (("hello.py.lock", LOCK),)
    assert found.source.text == word
    assert fetch(found.pinned.word).content == found.content


@pytest.mark.parametrize("digits", [40, 8])
def test_a_commit_below_a_branch_is_found(digits: int, repositories: Path, fetch: Callable[..., Fetched]) -> None:
    number = number_of(repositories, "v1")
    found = fetch(f"git+file://{repositories}/tools@{number[:digits]}#d/hello.py")
    assert (found.content, found.commit) == (ONE, number)


@pytest.mark.parametrize("filters", ["true", "false"])
def test_over_https(filters: str, repositories: Path, authority: Authority, fetch: Callable[..., Fetched]) -> None:
    with serving_git(repositories, authority.context(), uploadpack__allowFilter=filters) as server:
        found = fetch(f"git+{server.url}/tools/.git@v1#d/hello.py")
        assert (found.content, found.siblings) == (ONE, (("hello.py.lock", LOCK),))
        assert all("/tools/.git/" in each for each in server.requests)
        assert all("receive-pack" not in each for each in server.requests)


MISSING = {
    "@nobody#d/hello.py": "E_FETCH_MISSING",
    "@" + "0" * 40 + "#d/hello.py": "E_FETCH_MISSING",
    "@0000000#d/hello.py": "E_FETCH_MISSING",
    "#hello.py": "E_FETCH_MISSING",
    "#d": "E_FETCH_NOT_A_FILE",
    "#*.py": "E_FETCH_MISSING",
    "#:(glob)d/*.py": "E_FETCH_MISSING",
}


@pytest.mark.parametrize("end", MISSING)
def test_what_is_not_there(end: str, repositories: Path, fetch: Callable[..., Fetched]) -> None:
    with pytest.raises(FetchFailure) as caught:
        fetch(f"git+file://{repositories}/tools{end}")
    assert caught.value.code == MISSING[end]


def test_the_hint_has_the_scripts_that_are_there(repositories: Path, fetch: Callable[..., Fetched]) -> None:
    with pytest.raises(FetchFailure) as caught:
        fetch(f"git+file://{repositories}/tools#d/nobody.py")
    assert "`d/hello.py`, `d/other.py`" in caught.value.hint


def test_a_repository_that_is_not_there(
    repositories: Path, authority: Authority, fetch: Callable[..., Fetched]
) -> None:
    with serving_git(repositories, authority.context()) as server:
        for word in (f"git+file://{repositories}/nobody#a.py", f"git+{server.url}/nobody#a.py"):
            with pytest.raises(FetchFailure) as caught:
                fetch(word)
            assert caught.value.code == "E_FETCH_MISSING"


# Repositories that mean ill


def test_nothing_of_a_repository_takes_effect(
    tmp_path: Path, authority: Authority, fetch: Callable[..., Fetched]
) -> None:
    """Hooks, filters, attributes, submodules, settings: they are there, and nobody looks at them."""
    mark = tmp_path / "mark"
    evil = f"#!/bin/sh\ntouch {mark}\n"
    repository = Repository(tmp_path / "served" / "evil")
    hooks = repository.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    repository.commit(
        {
            "hello.py": ONE,
            ".gitattributes": b"*.py filter=evil ident export-subst\n",
            ".gitmodules": b'[submodule "x"]\n path = x\n url = https://127.0.0.1:1/x\n',
            ".githooks/post-checkout": evil.encode(),
        }
    )
    for name in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / name).write_text(evil)
        (hooks / name).chmod(0o755)
    repository.git("config", "filter.evil.smudge", f"touch {mark}")
    repository.git("config", "core.fsmonitor", f"touch {mark}")
    repository.git("config", "core.sshCommand", f"touch {mark}")
    with serving_git(tmp_path / "served", authority.context()) as server:
        for start in (f"git+file://{tmp_path}/served/evil", f"git+{server.url}/evil/.git"):
            assert fetch(f"{start}#hello.py").content == ONE
    assert not mark.exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("120000", "link", "hello.py"), "a symbolic link"),
        (("160000", "commit", "hello.py"), "a submodule"),
    ],
)
def test_what_is_no_file(
    entry: tuple[str, str, str], words: str, tmp_path: Path, fetch: Callable[..., Fetched]
) -> None:
    repository = Repository(tmp_path / "odd")
    commit = repository.commit({"a.py": ONE})
    link = repository.git("hash-object", "-w", "--stdin", stdin=b"/etc/passwd").strip()
    repository.commit_tree([(entry[0], {"link": link, "commit": commit}[entry[1]], entry[2])])
    with pytest.raises(FetchFailure) as caught:
        fetch(f"git+file://{tmp_path}/odd#hello.py")
    assert caught.value.code == "E_FETCH_NOT_A_FILE"
    assert words in caught.value.message


def test_forged_objects_are_refused(tmp_path: Path, fetch: Callable[..., Fetched]) -> None:
    """A tree with `.git` in it is what `transfer.fsckObjects` is there for."""
    repository = Repository(tmp_path / "forged")
    number = repository.git("hash-object", "-w", "--stdin", stdin=ONE).strip()
    raw = b"100644 hello.py\0" + bytes.fromhex(number) + b"100644 .git\0" + bytes.fromhex(number)
    tree = repository.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=raw).strip()
    commit = repository.git("commit-tree", tree, "-m", "Forged").strip()
    repository.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(FetchFailure) as caught:
        fetch(f"git+file://{tmp_path}/forged#hello.py")
    assert caught.value.code == "E_FETCH_BROKEN"


def test_forged_files_are_refused(tmp_path: Path, fetch: Callable[..., Fetched]) -> None:
    repository = Repository(tmp_path / "forged")
    evil = b'[submodule "x"]\n path = x\n url = https://127.0.0.1:1/x\n update = !id\n'
    repository.commit({"hello.py": ONE, ".gitmodules": evil})
    with pytest.raises(FetchFailure) as caught:
        fetch(f"git+file://{tmp_path}/forged#hello.py")
    assert (caught.value.code, caught.value.is_temporary) == ("E_FETCH_BROKEN", False)


def test_a_large_file_is_not_taken(tmp_path: Path, environ: dict[str, str]) -> None:
    repository = Repository(tmp_path / "large")
    repository.commit({"hello.py": b"# large\n" * 40_000, "noise.bin": os.urandom(3 << 20)})
    source = parse_source(f"git+file://{tmp_path}/large#hello.py", "/")
    fetcher = Fetcher(environ, "https://api.github.com", most_bytes=100_000, sleep=lambda _: None)
    with pytest.raises(FetchFailure) as caught:
        resolve_source(source, fetcher)
    assert caught.value.code == "E_FETCH_TOO_LARGE"
    fetcher = Fetcher(environ, "https://api.github.com", sleep=lambda _: None)
    with pytest.raises(FetchFailure) as caught:
        fetch_from_git(source, fetcher, Runner(), most_pack_bytes=1 << 20)
    assert caught.value.code == "E_FETCH_TOO_LARGE"


def test_a_repository_of_somebody_in_the_way(tmp_path: Path, repositories: Path, fetch: Callable[..., Fetched]) -> None:
    """Variables and folders that lead git elsewhere lead it nowhere."""
    trap = Repository(tmp_path / "trap")
    trap.git("config", "url.file:///nowhere.insteadOf", f"file://{repositories}")
    variables = {
        "GIT_DIR": str(trap.folder / ".git"),
        "GIT_WORK_TREE": str(trap.folder),
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_CONFIG_PARAMETERS": "'core.bare=nonsense'",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "url.file:///nowhere.insteadOf",
        "GIT_CONFIG_VALUE_0": f"file://{repositories}",
        "GIT_TRACE": str(tmp_path / "trace"),
    }
    with contextlib.chdir(trap.folder):
        found = fetch(f"git+file://{repositories}/tools#d/hello.py", variables=variables)
    assert found.content == TWO
    assert not (tmp_path / "trace").exists()


# Servers that mean ill, or have trouble


def bad(status: int, **headers: str) -> Callable[[Talk], None]:
    return lambda talk: talk.answer(status, b"", **headers)


SERVERS: dict[str, tuple[Callable[[Talk], None], str]] = {
    "wants a password": (bad(401, www_authenticate='Basic realm="x"'), "E_FETCH_DENIED"),
    "forbids": (bad(403), "E_FETCH_DENIED"),
    "has nothing": (bad(404), "E_FETCH_MISSING"),
    "limits": (bad(429), "E_FETCH_LIMIT"),
    "fails": (bad(500), "E_FETCH_SERVER"),
    "redirects": (bad(301, location="https://127.0.0.1:1/tools"), "E_FETCH_REDIRECT"),
    "redirects to http": (bad(302, location="http://127.0.0.1:1/tools"), "E_FETCH_REDIRECT"),
    "hangs up": (lambda talk: None, "E_FETCH_BROKEN"),
    "a web page": (lambda talk: talk.answer(200, b"<html></html>", content_type="text/html"), "E_FETCH_"),
    "garbage": (lambda talk: talk.say(b"garbage\r\n\r\n"), "E_FETCH_"),
}


@pytest.mark.parametrize("case", SERVERS)
def test_a_bad_server(case: str, authority: Authority, fetch: Callable[..., Fetched]) -> None:
    handler, code = SERVERS[case]
    waits: list[float] = []
    with serving(handler, authority.context()) as server:
        with pytest.raises(FetchFailure) as caught:
            fetch(f"git+{server.url}/tools#d/hello.py", waits=waits)
        assert len(waits) == (MOST_ATTEMPTS - 1 if caught.value.is_temporary else 0)
    assert caught.value.code.startswith(code)
    assert caught.value.message.isprintable()


def test_a_server_that_nobody_vouches_for(
    repositories: Path, authority: Authority, fetch: Callable[..., Fetched]
) -> None:
    with serving_git(repositories, authority.context(expired=True)) as server:
        with pytest.raises(FetchFailure) as caught:
            fetch(f"git+{server.url}/tools/.git#d/hello.py")
        assert server.talks == []
    assert caught.value.code == "E_FETCH_TLS"


def test_a_server_that_never_ends(authority: Authority, environ: dict[str, str]) -> None:
    def drip(talk: Talk) -> None:
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n")
        while not talk.stopped.wait(0.02):
            talk.say(b"#")

    fetcher = Fetcher(environ, "https://api.github.com", total_seconds=0.5, sleep=lambda _: None)
    with serving(drip, authority.context()) as server, pytest.raises(FetchFailure) as caught:
        resolve_source(parse_source(f"git+{server.url}/tools#d/hello.py", "/"), fetcher)
    assert caught.value.code == "E_FETCH_TIMEOUT"


def test_ssh_asks_nobody(environ: dict[str, str], fetch: Callable[..., Fetched], tmp_path: Path) -> None:
    """What is called as ssh gets no terminal, no display to ask on, and a host that is no option."""
    told = tmp_path / "told"
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{told}\necho "Permission denied (publickey)." >&2\nexit 255\n')
    ssh.chmod(0o755)
    with pytest.raises(FetchFailure) as caught:
        fetch("git+ssh://git@example.org/g/tools#a.py", variables={"PATH": f"{tmp_path}:{environ['PATH']}"})
    assert caught.value.code == "E_FETCH_DENIED"
    words = told.read_text().splitlines()
    assert "-oBatchMode=yes" in words
    assert "git@example.org" in words


def test_without_git(environ: dict[str, str], fetch: Callable[..., Fetched], tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        fetch("git+https://example.org/tools#a.py", variables={"PATH": str(tmp_path)})
    assert caught.value.code == "E_HELPER"
