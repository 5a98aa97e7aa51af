"""Installing from where scripts are: gists, repositories, git; at an exact commit, and what an update then finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pyst.sharing.manifest import Installed, read_manifest
from tests.conftest import Home, Pyst
from tests.github.home import connect, data_folder
from tests.github.server import GitHub, github
from tests.support.git_server import Repository

HELLO = '"""Say hello."""\nprint("hello")\n'


@pytest.fixture
def hub(home: Home) -> Iterator[GitHub]:
    with github() as hub:
        connect(home, hub)
        yield hub


def entry_of(home: Home, name: str = "hello") -> Installed:
    return read_manifest(str(data_folder(home) / "manifest.json")).scripts[name]


def test_a_gist_is_pinned_to_its_revision(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": HELLO})
    first = gist.version
    ended = pyst("install", "--yes", f"gist:{gist.id}", "--format", "json")
    assert ended.code == 0, ended.err
    assert (ended.detail["source"], ended.detail["commit"]) == (f"gist:{gist.id}#hello.py", first)
    assert entry_of(home).pinned == f"gist:{gist.id}@{first}#hello.py"
    assert pyst("update", "hello").out.startswith("unchanged")
    hub.edit_gist(gist.id, {"hello.py": HELLO.replace("hello", "new")})
    assert pyst("run", "installed:hello").out == "hello\n"
    ended = pyst("update", "--yes", "hello", "--format", "json")
    assert ended.code == 0, ended.err
    [told] = ended.detail["scripts"]
    assert (told["before"]["commit"], told["commit"]) == (first, gist.version)
    assert pyst("run", "installed:hello").out == "new\n"


def test_a_revision_that_was_asked_for_stays(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": HELLO})
    assert pyst("install", "--yes", f"gist:{gist.id}@{gist.version}").code == 0
    hub.edit_gist(gist.id, {"hello.py": "print('new')\n"})
    assert pyst("update", "--yes", "hello").out.startswith("unchanged")


def test_a_new_revision_with_the_same_bytes_is_noted(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": HELLO, "notes.md": "one"})
    assert pyst("install", "--yes", f"gist:{gist.id}#hello.py").code == 0
    hub.edit_gist(gist.id, {"notes.md": "two"})
    ended = pyst("update", "hello")
    assert (ended.code, ended.out.split()[0]) == (0, "unchanged")
    assert entry_of(home).commit == gist.version


def test_a_file_of_a_repository(pyst: Pyst, home: Home, hub: GitHub) -> None:
    first = hub.commit("ada", "tools", {"bin/hello.py": HELLO}, "main", "v1")
    assert pyst("install", "--yes", "gh:ada/tools/bin/hello.py@v1").code == 0
    entry = entry_of(home)
    assert (entry.ref, entry.commit, entry.pinned) == ("v1", first, f"gh:ada/tools/bin/hello.py@{first}")
    hub.commit("ada", "tools", {"bin/hello.py": "print('next')\n"}, "main")
    assert pyst("update", "hello").out.startswith("unchanged")
    hub.commit("ada", "tools", {"bin/hello.py": "print('moved')\n"}, "v1")
    assert pyst("update", "--yes", "hello").out.startswith("updated")


def test_what_is_gone_from_its_source_stays_here(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": HELLO})
    pyst("install", "--yes", f"gist:{gist.id}")
    hub.delete_gist(gist.id)
    ended = pyst("update", "--yes", "hello", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_FETCH_MISSING")
    assert pyst("run", "installed:hello").out == "hello\n"


def test_offline_nothing_is_fetched(pyst: Pyst, home: Home) -> None:
    ended = pyst("--offline", "install", "--yes", "gist:abc123", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (102, "E_OFFLINE")
    assert not (data_folder(home) / "manifest.json").exists()


def test_a_file_of_any_git_repository(pyst: Pyst, home: Home, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tools")
    first = repository.commit({"hello.py": HELLO.encode()})
    ended = pyst("install", "--yes", f"git+file://{repository.folder}#hello.py")
    assert ended.code == 0, ended.err
    assert entry_of(home).commit == first
    second = repository.commit({"hello.py": b"print('second')\n"})
    assert pyst("update", "--yes", "--all").code == 0
    assert entry_of(home).commit == second
    assert pyst("run", "installed:hello").out == "second\n"


def test_the_token_is_in_nothing_that_is_kept_or_said(pyst: Pyst, home: Home, hub: GitHub) -> None:
    token = home.environ["GITHUB_TOKEN"]
    gist = hub.add_gist({"hello.py": f"TOKEN = '{token}'\n"})
    ended = pyst("install", "--dry-run", f"gist:{gist.id}", "--format", "json")
    assert token not in ended.out + ended.err
    hub.edit_gist(gist.id, {"hello.py": HELLO})
    pyst("install", "--yes", f"gist:{gist.id}")
    kept = [each for each in home.path.rglob("*") if each.is_file() and token.encode() in each.read_bytes()]
    assert kept == []
