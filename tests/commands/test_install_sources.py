"""Installing from where scripts are: gists, repositories, git; at an exact commit, and what an update then finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyst.sharing.manifest import Installed, read_manifest
from tests.conftest import Home, Pyst
from tests.github.home import data_folder
from tests.github.server import GitHub
from tests.support.git_server import Repository

HELLO = '"""Say hello."""\nprint("hello")\n'


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
    told = ended.json["diagnostics"][0]
    assert (ended.code, told["code"]) == (1, "E_FETCH_MISSING")
    assert told["message"].startswith(f"`gist:{gist.id}#hello.py` leads nowhere: there is no gist")
    assert "your token does not see it\nwhat is installed stays, and runs: " in told["hint"]
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


COMMIT = "0" * 40
NOT_THERE = {
    "gh:ada/nobody/a.py": (
        "there is no repository `ada/nobody`, or it is private",
        "a private one is found with a token",
    ),
    "gh:ada/tools/a.py@v9": ("`ada/tools` has no branch, tag or commit `v9`", "its default branch"),
    f"gh:ada/tools/bin/hello.py@{COMMIT}": (f"has no branch, tag or commit `{COMMIT}`", "its default branch"),
    f"gh:ada/nobody/a.py@{COMMIT}": ("there is no repository `ada/nobody`", f"is there a `{COMMIT}`"),
    "gh:ada/tools/bin/helo.py": ("`ada/tools` has no file `bin/helo.py` at the commit", "there is `bin/hello.py`"),
    "gh:ada/tools/hello.py": ("`ada/tools` has no file `hello.py`", "there is `setup.py`"),
    "gh:ada/tools/nowhere/hello.py": ("`ada/tools` has no file `nowhere/hello.py`", "is the path right?"),
    "gist:00ff": ("there is no gist `00ff`", "it may need a token"),
    "gist:00ff@1234567": ("there is no gist `00ff`", "it may need a token"),
    f"gist:00ff@{COMMIT}": ("there is no gist `00ff`", "it may need a token"),
    f"gist:GIST@{COMMIT}": ("the gist `GIST` has no revision `000000000000`", "`gist:GIST` means its newest"),
    "gist:GIST@1234567": ("no revision among the last hundred begins so", "the whole number"),
    "gist:GIST#b.py": ("the gist `GIST` has no file `b.py`", "it has `a.py`"),
}


@pytest.mark.parametrize("word", NOT_THERE)
def test_what_is_not_there_is_told_in_the_words_of_who_asked(pyst: Pyst, home: Home, hub: GitHub, word: str) -> None:
    hub.commit("ada", "tools", {"bin/hello.py": HELLO, "setup.py": HELLO, "README.md": "tools"})
    gist = hub.add_gist({"a.py": HELLO}).id
    why, hint = (each.replace("GIST", gist) for each in NOT_THERE[word])
    asked = word.replace("GIST", gist)
    told = pyst("--format", "json", "install", asked, GITHUB_TOKEN="").json["diagnostics"][0]
    assert told["code"] == "E_FETCH_MISSING"
    assert why in told["message"]
    assert hint in told["hint"]
    assert asked in told["message"] or "#" in word
    assert hub.url not in told["message"] + told["hint"]
    if "a token" in hint:
        told = pyst("--format", "json", "install", asked).json["diagnostics"][0]
        assert "your token does not see it" in told["hint"]


def test_a_web_address_leads_nowhere_by_its_own_word(pyst: Pyst, home: Home, hub: GitHub) -> None:
    hub.commit("ada", "tools", {"bin/hello.py": HELLO})
    word = "https://github.com/ada/tools/blob/v9/bin/hello.py"
    told = pyst("--format", "json", "install", word).json["diagnostics"][0]
    assert told["message"].startswith(f"`{word}` leads nowhere: `ada/tools` has no branch, tag or commit `v9`, nor one")


def test_an_empty_repository(pyst: Pyst, home: Home, hub: GitHub) -> None:
    hub.fail(409, "Git Repository is empty.", when="GET /repos/ada/new")
    told = pyst("--format", "json", "install", "gh:ada/new/a.py").json["diagnostics"][0]
    assert told["code"] == "E_FETCH_CONFLICT"
    assert told["message"] == "`gh:ada/new/a.py` leads nowhere: the repository `ada/new` is empty"
