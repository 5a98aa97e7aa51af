"""The user's token is seen nowhere: whatever is done with it, and whatever goes wrong, no file, output, argument,
record or script's variable holds it. A token of the user's own environment stays where the user has put it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyst.sharing import tokens
from pyst.sharing.gists import Gists
from tests.conftest import Home, Pyst
from tests.github.home import entry, put_mapping
from tests.github.server import GitHub
from tests.support.faults import start
from tests.support.loopback import Talk, serving

CANARY = "ghp_" + "Canary7" * 6
SCRIPT = 'import os\nprint("variables", sorted(os.environ.items()))\nprint("run")\n'
FAILS = "import os\nraise SystemExit(str(sorted(os.environ.items())))\n"


class Watching(GitHub):
    """A GitHub that repeats the token in all it says, and looks at the command lines of all processes meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens[CANARY] = "ada"
        self.lines: list[bytes] = []
        self.is_rude = False

    def __call__(self, talk: Talk) -> None:
        self.lines += _command_lines()
        if self.is_rude:
            said = (talk.header("authorization") or "none").encode()
            talk.answer(
                422, b'{"message": "you said %s"}' % said, content_type="application/json", x_said=said.decode()
            )
        else:
            super().__call__(talk)


def _command_lines() -> list[bytes]:
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(each.read_bytes())
        except OSError:
            continue
    return found


@pytest.fixture
def hub(home: Home) -> Iterator[Watching]:
    hub = Watching()
    with serving(hub) as server:
        hub.server = server
        home.environ.update(PYST_SHARE_API_BASE=hub.url)
        yield hub


def holders(home: Home) -> list[str]:
    """The files of the home and of the project that hold the token."""
    found = []
    for folder in (home.path, home.project):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and CANARY.encode() in path.read_bytes():
                found.append(str(path))
    return found


WAYS = {
    "a gist is made": (["--yes", "share", "hello"], 0),
    "gists are listed": (["--format", "json", "gists", "list", "--remote"], 0),
    "with all that can be told": (["-vv", "--events", "events.jsonl", "--yes", "share", "--new", "hello"], 0),
    "a script is fetched and run": (["run", "far"], 0),
    "and recorded": (["run", "--record", "far"], 0),
    "it fails": (["run", "--record", "failing"], 1),
    "the newest": (["--yes", "run", "--latest", "far"], 0),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_rude", [False, True], ids=["", "by a server that repeats it"])
def test_a_token_in_a_variable_is_seen_nowhere(home: Home, hub: Watching, way: str, is_rude: bool) -> None:
    home.script("hello", 'print("hello")\n')
    gist = hub.add_gist({"far.py": 'print("far")\n', "failing.py": "raise SystemExit(1)\n"})
    put_mapping(home, far=entry(gist, "far.py"), failing=entry(gist, "failing.py"))
    hub.is_rude = is_rude
    words, code = WAYS[way]
    ended = start(words, {**home.environ, "GITHUB_TOKEN": CANARY}, home.project)
    assert ended.code == (1 if is_rude else code), ended.err
    assert hub.lines
    assert not [line for line in hub.lines if CANARY.encode() in line]
    assert CANARY not in ended.out + ended.err
    assert holders(home) == []
    if is_rude:
        assert "you said" in ended.out + ended.err


@pytest.fixture
def gh(home: Home, hub: Watching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """GitHub's own program, which has the token, and is taken for one that knows this API. What it was asked."""
    folder, asked = tmp_path / "programs", tmp_path / "asked"
    folder.mkdir()
    program = folder / "gh"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{asked}"\nprintf {CANARY}\n')
    program.chmod(0o755)
    home.environ["PATH"] = f"{folder}{os.pathsep}{home.environ['PATH']}"
    monkeypatch.setattr(tokens, "gh_host", lambda _: "github.com")
    return asked


@pytest.mark.parametrize("is_rude", [False, True], ids=["", "by a server that repeats it"])
@pytest.mark.parametrize("way", WAYS)
def test_a_token_of_gh_is_seen_nowhere(
    pyst: Pyst, home: Home, hub: Watching, gh: Path, way: str, is_rude: bool
) -> None:
    home.script("hello", 'print("hello")\n')
    gist = hub.add_gist({"far.py": SCRIPT, "failing.py": FAILS})
    put_mapping(home, far=entry(gist, "far.py"), failing=entry(gist, "failing.py"))
    hub.is_rude = is_rude
    words, code = WAYS[way]
    ended = pyst(*words)
    assert ended.code == (1 if is_rude else code), ended.err
    assert gh.read_text() == "auth token --hostname github.com\n"
    assert CANARY in hub.tokens_seen or is_rude
    assert not [line for line in hub.lines if CANARY.encode() in line]
    assert CANARY not in ended.out + ended.err + str(sorted(os.environ.items()))
    assert holders(home) == []
    if is_rude:
        assert "Bearer ****" in ended.out + ended.err
    elif "far" in words:
        assert "('HOME', " in ended.out or "--record" in words


def test_a_token_is_not_in_the_traceback_of_a_bug(
    pyst: Pyst, home: Home, hub: Watching, gh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"a bug with {CANARY}")

    home.script("hello", 'print("hello")\n')
    monkeypatch.setattr(Gists, "create", broken)
    ended = pyst("--yes", "share", "hello")
    assert (ended.code, CANARY in ended.err) == (1, False)
    [log] = (home.path / ".local" / "state" / "pyst" / "errors").iterdir()
    assert "a bug with ****" in log.read_text()
    assert holders(home) == []
