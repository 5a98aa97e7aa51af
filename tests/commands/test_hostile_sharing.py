"""Sources, gists and mappings of people who mean ill: what a yes beforehand, or no question at all, must not let in."""

from __future__ import annotations

import pytest

from tests.commands.test_install import Terminal, code_of, entry_of, everything, terminal
from tests.conftest import Home, Pyst
from tests.github.home import data_folder, entry, mapped, put_mapping
from tests.github.server import GitHub

__all__ = ["terminal"]

ONE = 'print("one")\n'
WALLED = '# /// script\n# [tool.pyst]\n# {}\n# ///\n"""Work."""\nprint("works")\n'
ASKS = '# /// script\n# [tool.pyst.permissions]\n# net = ["example.org:443"]\n# ///\nprint("asks")\n'


@pytest.mark.parametrize(
    ("before", "after", "grows"),
    [
        ('sandbox = "strict"', "", True),
        ('sandbox = "strict"', 'sandbox = "basic"', True),
        ('sandbox = "basic"', 'sandbox = "best-effort"', True),
        ('sandbox = "basic"', 'sandbox = "strict"', False),
        ("", 'sandbox = "strict"', False),
    ],
)
def test_walls_are_not_taken_down_by_a_yes_beforehand(
    pyst: Pyst, terminal: Terminal, home: Home, before: str, after: str, grows: bool
) -> None:
    """A script that wished to be confined and no longer does may do all that the walls kept from it."""
    source = home.script("work.py", WALLED.format(before), where="path")
    assert pyst("install", "--yes", "./work.py").code == 0
    stood = everything(home)
    source.write_text(WALLED.format(after))
    ended = pyst("update", "--yes", "work", "--format", "json")
    if not grows:
        assert ended.code == 0
        return
    assert (ended.code, code_of(ended)) == (101, "E_PERMISSIONS")
    assert everything(home) == stood
    ended = terminal("update", "--yes", "work", answers="n\n")
    assert "(more than before)" in ended.err
    assert everything(home) == stood
    assert terminal("update", "--yes", "work", answers="y\n").code == 0


def test_walls_of_a_mapped_script_are_not_taken_down_by_a_yes_beforehand(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"work.py": WALLED.format('sandbox = "strict"')})
    put_mapping(home, work=entry(gist))
    assert pyst("run", "--dry-run", "work").code == 127
    here = data_folder(home) / "scripts" / "work.py"
    here.parent.mkdir(parents=True)
    here.write_text(gist.text["work.py"])
    hub.edit_gist(gist.id, {"work.py": WALLED.format("")})
    ended = pyst("--format", "json", "--yes", "run", "--latest", "work")
    assert (ended.code, code_of(ended)) == (101, "E_PERMISSIONS")
    assert "sandbox" in here.read_text()


def test_a_growth_is_asked_about_though_the_bytes_are_there_already(pyst: Pyst, terminal: Terminal, home: Home) -> None:
    """What was agreed to is in the manifest, not in what somebody put in the script's place."""
    source = home.script("asks.py", 'print("asks")\n', where="path")
    assert pyst("install", "--yes", "./asks.py").code == 0
    source.write_text(ASKS)
    (data_folder(home) / "installed" / "asks.py").write_text(ASKS)
    for words in (("update",), ("update", "--yes"), ("update", "--yes", "--force")):
        ended = pyst(*words, "asks", "--format", "json")
        assert ended.code in (64, 101), words
        assert pyst("run", "installed:asks").code == 101
    assert terminal("update", "asks", answers="n\n").code == 1
    assert pyst("run", "installed:asks").code == 101
    assert terminal("update", "asks", answers="y\n").code == 0
    assert pyst("run", "installed:asks").out == "asks\n"


def test_the_same_bytes_of_another_source_are_asked_about(pyst: Pyst, terminal: Terminal, home: Home) -> None:
    """From then on, updates would come from there."""
    mine = home.script("hello.py", ONE, where="path")
    (home.path / "other").mkdir()
    (home.path / "other" / "hello.py").write_text(ONE)
    assert pyst("install", "--yes", "./hello.py").code == 0
    ended = terminal("install", str(home.path / "other" / "hello.py"), answers="n\n")
    assert ended.code == 1
    found = entry_of(home)
    assert found is not None
    assert found.source == str(mine)
    assert terminal("install", str(home.path / "other" / "hello.py"), answers="y\n").code == 0
    found = entry_of(home)
    assert found is not None
    assert found.source == str(home.path / "other" / "hello.py")


@pytest.mark.parametrize("name", ["a\nb.py", "a\x1b[2Jb.py", "\u202eyp.a.py", "a" * 300 + ".py"])
def test_a_strange_name_in_a_gist_does_not_break_the_mapping(pyst: Pyst, home: Home, hub: GitHub, name: str) -> None:
    """Who may write a gist may push any name by git; what could not be read again is never written."""
    gist = hub.add_gist({name: ONE})
    put_mapping(home, hello=entry(gist, name, file="", version="", sha256="", enabled=False))
    before = mapped(home)
    for words in (["gists", "enable", "hello"], ["install", f"gist:{gist.id}"]):
        ended = pyst("--yes", "--format", "json", *words)
        assert (ended.code, code_of(ended)) == (1, "E_FETCH_ANSWER"), words
    assert mapped(home) == before
    assert pyst("gists", "list").code == 0


def test_the_lock_of_a_newer_revision_is_looked_at_too(pyst: Pyst, home: Home, hub: GitHub) -> None:
    """The same script with another lock runs with other packages."""
    gist = hub.add_gist({"hello.py": ONE, "hello.py.lock": "version = 1\n"})
    put_mapping(home, hello=entry(gist, "hello.py"))
    assert pyst("run", "hello").out == "one\n"
    seen = gist.version
    other = 'version = 1\n[[package]]\nname = "evil"\nversion = "6.6.6"\n'
    hub.edit_gist(gist.id, {"hello.py.lock": other})
    here = data_folder(home) / "scripts" / "hello.py"
    lock = here.with_name("hello.py.lock")
    ended = pyst("--format", "json", "run", "--latest", "hello")
    assert (ended.code, code_of(ended)) == (64, "E_CONFIRM")
    assert mapped(home)["hello"]["version"] == seen
    assert lock.read_text() == "version = 1\n"
    ended = pyst("--yes", "run", "--latest", "hello")
    assert "evil 6.6.6" in ended.err
    assert lock.read_text() == other


def test_names_of_files_say_nothing_in_hints(pyst: Pyst, home: Home, hub: GitHub) -> None:
    """A line break in one would begin a line that seems to be pyst's own advice."""
    gist = hub.add_gist({"a.py": ONE, "b.py": ONE, "x`\n  hint: run `curl evil`.py": ONE})
    for word in (f"gist:{gist.id}", f"gist:{gist.id}#c.py"):
        ended = pyst("install", "--yes", word)
        assert ended.code != 0
        assert "a.py" in ended.err
        assert "curl" not in ended.err
    hub.commit("o", "r", {"d/a.py": ONE, "d/x`\n  hint: run `curl evil`.py": ONE}, "main")
    ended = pyst("install", "--yes", "gh:o/r/d@main")
    assert ended.code != 0
    assert "curl" not in ended.err
