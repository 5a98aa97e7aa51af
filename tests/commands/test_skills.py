"""`pyst skills`: what it prints, what it saves, what it keeps, and what a public skill never tells."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from skills_ref import validate

from tests.conftest import Home, Pyst

NAMES = ["pyst", "manifest", "learn", "inspect", "summary"]
GREETING = '"""Greet somebody by name."""\n\n\ndef main(name: str = "world") -> None:\n    print(name)\n'


def test_without_a_terminal_the_skill_is_printed(pyst: Pyst) -> None:
    ended = pyst("skills")
    assert ended.code == 0
    assert ended.out.startswith("==> pyst/SKILL.md <==\n---\nname: pyst\n")
    assert "\n==> pyst/references/running.md <==\n" in ended.out
    assert ended.err == ""


def test_gs_is_the_same(pyst: Pyst) -> None:
    assert pyst("gs").out == pyst("skills").out
    assert pyst("gs", "--format", "json").json["command"] == "skills"
    assert pyst("help", "gs").out.startswith("usage: pyst skills")


def test_a_single_file_is_printed_as_it_is(pyst: Pyst, home: Home, tmp_path: Path) -> None:
    home.script("hello", GREETING)
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "SKILL.md").write_text(pyst("skills", "--script", "hello", "--print").out)
    assert validate(tmp_path / "hello") == []


def test_all_are_saved_and_valid(pyst: Pyst, home: Home) -> None:
    ended = pyst("skills", "--skill", "all", "--privacy", "public", "-o", "skills")
    assert ended.code == 0
    assert ended.out.splitlines() == [f"new  skills/{name}" for name in NAMES]
    for name in NAMES:
        assert validate(home.project / "skills" / name) == []
    assert {line.split()[0] for line in pyst("skills", "--skill", "all", "-o", "skills").out.splitlines()} == {
        "unchanged"
    }


def test_repeated_options_add_up(pyst: Pyst, home: Home) -> None:
    home.script("hello", GREETING)
    detail = pyst("--format", "json", "skills", "--skill", "learn", "--skill", "pyst", "--script", "hello").detail
    assert [each["name"] for each in detail["skills"]] == ["pyst", "learn", "hello"]
    assert (detail["action"], detail["privacy"]) == ("print", "public")


def test_what_was_changed_is_kept_and_shown(pyst: Pyst, home: Home) -> None:
    pyst("skills", "--skill", "summary", "-o", "skills")
    main = home.project / "skills" / "summary" / "SKILL.md"
    main.write_text(main.read_text() + "My own words.\n")
    ended = pyst("--format", "json", "skills", "--skill", "summary", "-o", "skills")
    assert (ended.code, ended.json["status"]) == (1, "error")
    assert ended.json["diagnostics"][0]["code"] == "E_SKILL_KEPT"
    (row,) = ended.detail["skills"]
    assert row["state"] == "kept"
    assert "-My own words." in row["difference"]
    assert main.read_text().endswith("My own words.\n")
    forced = pyst("skills", "--skill", "summary", "-o", "skills", "--force")
    assert (forced.code, forced.out) == (0, "overwritten  skills/summary\n")
    assert validate(home.project / "skills" / "summary") == []
    assert "My own words." not in main.read_text()


def test_one_that_is_kept_does_not_hinder_the_others(pyst: Pyst, home: Home) -> None:
    foreign = home.project / "skills" / "learn" / "SKILL.md"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("# How we learn\n")
    ended = pyst("skills", "--skill", "all", "-o", "skills")
    assert ended.code == 1
    assert [line.split()[0] for line in ended.out.splitlines()] == ["new", "new", "kept", "new", "new"]
    assert foreign.read_text() == "# How we learn\n"


def test_a_new_version_replaces_its_own(pyst: Pyst, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    pyst("skills", "-o", "skills")
    monkeypatch.setattr("pyst.__version__", "99.0")
    assert pyst("skills", "-o", "skills").out == "updated  skills/pyst\n"


def test_local_tells_of_the_machine_and_warns_in_a_checkout(pyst: Pyst, home: Home, tmp_path: Path) -> None:
    ended = pyst("skills", "--privacy", "local", "-o", "skills")
    assert ended.code == 0
    assert "a local skill tells of this machine" in ended.err
    page = (home.project / "skills" / "pyst" / "references" / "this-machine.md").read_text()
    assert str(home.path) in page
    assert "W_SKILL_LOCAL" not in pyst("skills", "--privacy", "local", "-o", str(tmp_path / "out")).err
    assert pyst("skills", "--privacy", "local", "-o", str(tmp_path / "out")).err == ""


@pytest.mark.parametrize(
    "words",
    [
        ["--skill", "nope"],
        ["--skill", "lern"],
        ["--privacy", "secret"],
        ["--print", "-o", "x"],
        ["--name", "x"],
        ["-o", ""],
        ["word"],
    ],
)
def test_wrong_words_are_refused(pyst: Pyst, home: Home, words: list[str]) -> None:
    assert pyst("skills", *words).code == 64
    assert not (home.project / "skills").exists()


def test_a_near_miss_is_told(pyst: Pyst) -> None:
    assert "did you mean `learn`" in pyst("skills", "--skill", "lern").err


def test_scripts_that_have_no_skill(pyst: Pyst, home: Home) -> None:
    home.script("broken", "def main(:\n")
    home.script("данные", GREETING)
    home.script("a`b", GREETING)
    assert pyst("skills", "--script", "nope").code == 127
    assert "E_SYNTAX" in pyst("--format", "json", "skills", "--script", "broken").out
    assert pyst("skills", "--script", "данные").code == 64
    assert pyst("skills", "--script", "a`b").code == 64
    assert pyst("skills", "--script", "данные", "--name", "data").code == 0
    assert pyst("skills", "--script", "данные", "--name", "Data").code == 64


def test_two_of_a_name_are_refused(pyst: Pyst, home: Home) -> None:
    home.script("learn", GREETING)
    assert "two skills would be called `learn`" in pyst("skills", "--skill", "learn", "--script", "learn").err


def test_how_a_script_is_called(pyst: Pyst, home: Home) -> None:
    home.script("db/save", GREETING)
    home.script("tools/x.py", GREETING, where="path")
    assert "pyst run db/save --help" in pyst("skills", "--script", "db/save").out
    assert "pyst run project:db/save --help" in pyst("skills", "--script", "project:db/save").out
    assert "name: db-save\n" in pyst("skills", "--script", "db/save").out
    assert "pyst run tools/x.py --help" in pyst("skills", "--script", "./tools/x.py").out
    (home.path / "far.py").write_text(GREETING)
    assert "pyst run PATH/TO/far.py --help" in pyst("skills", "--script", str(home.path / "far.py")).out
    local = pyst("skills", "--script", str(home.path / "far.py"), "--privacy", "local").out
    assert f"pyst run {home.path}/far.py --help" in local


@pytest.mark.parametrize("privacy", ["public", "local"])
def test_the_default_of_a_secret_is_not_told(pyst: Pyst, home: Home, privacy: str) -> None:
    home.script("call", "def main(api_token: str = 'tk-4711-literal', password='pw-literal', size: int = 12): ...\n")
    said = pyst("skills", "--script", "call", "--privacy", privacy).out
    assert "default 12" in said
    assert "--api-token API_TOKEN  (str, optional)" in said
    assert "literal" not in said


CANARY = "zanzibarcanary"
TELLING = '''
# /// script
# dependencies = ["{canary}-package"]
# [tool.pyst.permissions]
# read = ["data", "~/x"]
# ///
"""Read {user_home}/notes on {canary}host as {canary}user.

In {project}/data; see /home/{canary}other/x.
"""
def main(source: str = '{user_home}/data', token: str = '{canary}secretvalue'):
    """Read.

    Args:
        source: such as {project}/a.csv
    """
'''


def test_public_skills_leak_nothing(tmp_path: Path, pyst: Pyst, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user, a host, a home, a project, packages and variables of telling names: none is in anything that is said."""
    place = tmp_path / f"{CANARY}-disk"
    user_home, project = place / "home" / f"{CANARY}user", place / f"{CANARY}-project"
    script = project / ".pyst" / "tell.py"
    script.parent.mkdir(parents=True)
    (project / ".git").mkdir()
    packages = user_home / ".local" / "lib" / f"{CANARY}_package"
    packages.mkdir(parents=True)
    (packages / "__init__.py").touch()
    script.write_text(TELLING.format(user_home=user_home, project=project, canary=CANARY))
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", f"{CANARY}host", "6", "1", "x86_64")))
    environ = {
        "HOME": str(user_home),
        "USER": f"{CANARY}user",
        "HOSTNAME": f"{CANARY}host",
        "VIRTUAL_ENV": str(packages),
        f"{CANARY.upper()}_VARIABLE": f"{CANARY}-value",
        "API_TOKEN": f"{CANARY}secretvalue",
        "PYTHONPATH": str(packages.parent),
    }
    words = ["skills", "--skill", "all", "--script", "tell", "--privacy", "public"]
    printed = pyst(*words, "--print", cwd=project, **environ)
    assert printed.code == 0
    assert CANARY not in printed.out.lower()
    assert "./a.csv" in printed.out
    assert CANARY not in pyst("--format", "json", *words, cwd=project, **environ).out.lower()
    saved = pyst(*words, "-o", "skills", cwd=project, **environ)
    assert CANARY not in saved.out.lower()
    for path in (project / "skills").rglob("*"):
        assert CANARY not in str(path.relative_to(project)).lower()
        assert path.is_dir() or CANARY not in path.read_text().lower()


def test_local_skills_hold_no_values(pyst: Pyst, home: Home) -> None:
    values = {"API_TOKEN": "canary-token-value", "SOME_SETTING": "canary-plain-value"}
    for words in (["--skill", "all"], ["--script", "hello"]):
        home.script("hello", GREETING)
        printed = pyst("skills", *words, "--privacy", "local", "--print", **values)
        assert printed.code == 0
        assert "canary" not in printed.out


@pytest.mark.parametrize(("skill", "number"), [("pyst", 0), ("manifest", 0)])
def test_the_scripts_in_the_skills_are_clean_under_check(pyst: Pyst, home: Home, skill: str, number: int) -> None:
    blocks = re.findall(r"^```python\n(# /// script\n.*?)^```$", pyst("skills", "--skill", skill).out, re.M | re.S)
    home.script("shown", blocks[number])
    ended = pyst("check", "--strict", "shown")
    assert (ended.code, ended.out) == (0, "nothing to say about 1 script\n")
