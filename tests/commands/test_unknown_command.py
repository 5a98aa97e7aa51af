"""A word that is no command: near misses, or the script that it names."""

from __future__ import annotations

import pytest

from tests.conftest import Home, Pyst


def test_a_scripts_name_is_told_to_be_one(pyst: Pyst, home: Home) -> None:
    path = home.script("hello", "open('ran', 'w')\n")
    home.script("everywhere", "", where="global")
    home.script("a b", "")
    for word in ("hello", "project:hello", ".pyst/hello.py"):
        ended = pyst(word, "--name", "x")
        assert (ended.code, ended.out) == (64, "")
        assert f"it is a script ({path}): did you mean `pyst run {word}`?" in ended.err
    assert "did you mean `pyst run everywhere`?" in pyst("everywhere").err
    assert "did you mean `pyst run 'a b'`?" in pyst("a b").err
    (diagnostic,) = pyst("--format", "json", "hello").json["diagnostics"]
    assert (diagnostic["code"], "pyst run hello" in diagnostic["hint"]) == ("E_USAGE", True)
    assert not (home.project / "ran").exists()


@pytest.mark.parametrize(("word", "hint"), [("lst", "did you mean `list`?"), ("zzz", "`pyst run NAME`")])
def test_other_words_have_the_hints_of_commands(pyst: Pyst, home: Home, word: str, hint: str) -> None:
    ended = pyst(word)
    assert ended.code == 64
    assert hint in ended.err


def test_broken_settings_do_not_get_between(pyst: Pyst, home: Home) -> None:
    home.script("hello", "")
    (home.project / ".pyst.toml").write_text("core = 5\n")
    ended = pyst("hello")
    assert ended.code == 64
    assert "there is no command `hello`" in ended.err
