"""`pyst list`: what is listed, how it is shown, and what a hostile folder can't do to it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import jsonschema
import pytest

from pyst.commands import list as command
from pyst.system.terminal import View
from tests.conftest import Home, Pyst

RULES = '[contexts.default]\nenabled = ["*", "!secret"]\n'


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("deploy", '"""Put it out there."""\n')
    home.script("db/backup", '"""Back it up."""\n')
    home.script("secret", '"""Not for all."""\n')
    home.script("oops", '"""Half."""\ndef main(:\n')
    home.script("deploy", '"""The other one."""\n', where="global")
    home.script("far", "", where="global")
    settings = home.path / ".config" / "pyst" / "pyst.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(RULES)
    return home


def test_each_script_has_a_line(scripts: Home, pyst: Pyst) -> None:
    ended = pyst("list")
    assert ended.code == 0
    assert ended.err == ""
    assert [line.split(None, 1) for line in ended.out.splitlines()] == [
        ["db/backup", "Back it up."],
        ["deploy", "Put it out there."],
        ["far"],
        ["oops", "broken  invalid syntax (line 2)"],
    ]
    assert pyst().out == ended.out


def test_all_shows_what_is_disabled_and_shadowed(scripts: Home, pyst: Pyst) -> None:
    lines = [line.split(None, 1) for line in pyst("list", "--all").out.splitlines()]
    assert ["secret", "disabled  Not for all."] in lines
    shadowing = scripts.project / ".pyst" / "deploy.py"
    assert ["deploy", f"shadowed  by {shadowing}"] in lines
    assert len(lines) == 6


def test_only_what_is_disabled(scripts: Home, pyst: Pyst) -> None:
    assert [line.split()[0] for line in pyst("list", "--disabled-only").out.splitlines()] == ["secret"]
    none = pyst("list", "--disabled-only", cwd=scripts.path)
    assert none.out == "No script is disabled in the context `default`.\n"


def test_the_data_fit_their_schema_and_say_everything(scripts: Home, pyst: Pyst) -> None:
    detail = pyst("list", "--all", "--format", "json").detail
    jsonschema.validate(detail, command.DETAIL)
    assert detail["counts"] == {"scripts": 5, "disabled": 1, "broken": 1, "shadowed": 1}
    rows = {row["selector"]: row for row in detail["scripts"]}
    assert rows["project:oops"]["broken"] == {"code": "E_SYNTAX", "message": "invalid syntax", "line": 2}
    assert rows["project:secret"]["enabled"] is False
    assert "!secret" in rows["project:secret"]["reason"]
    assert rows["global:deploy"]["shadowed_by"] == rows["project:deploy"]["path"]
    assert [each["origin"] for each in detail["folders"]] == ["project", "global", "installed"]


def test_markdown_has_a_row_for_each(scripts: Home, pyst: Pyst) -> None:
    home = scripts
    home.script("a|b`c", '"""<b>*x*</b> | [y](z)"""\n')
    lines = pyst("list", "--format", "markdown").out.splitlines()
    assert lines[0] == "| Script | Summary | Origin | State |"
    assert r"| ``a\|b`c`` | \<b\>\*x\*\</b\> \| \[y\]\(z\) | project | ready |" in lines
    assert len(lines) == 7


def test_a_terminal_shows_folders_and_what_is_left_out(scripts: Home, pyst: Pyst) -> None:
    ended = pyst("list", "--format", "json")
    from pyst.report import Report
    from pyst.system.terminal import render

    view = View(width=60, is_terminal=True)
    text = render(command.human(Report(ended.detail), view), view)
    assert text.startswith(f"Project  {scripts.project}/.pyst\n  db/backup")
    assert "\nGlobal  " in text
    assert text.endswith("1 disabled and 1 shadowed, not shown: `pyst list --all`\n")


def test_nothing_to_list_says_how_to_begin(home: Home, pyst: Pyst) -> None:
    ended = pyst("list")
    assert ended.code == 0
    assert str(home.project / ".pyst") in ended.out
    assert "pyst run ./tool.py" in ended.out
    assert pyst("list", "--format", "json").detail["scripts"] == []
    assert "no scripts here yet" in pyst("list", "--format", "markdown").out


def test_all_disabled_says_so(home: Home, pyst: Pyst) -> None:
    home.script("x", "")
    (home.project / ".pyst.toml").write_text("[contexts.default]\nenabled = []\n")
    assert "disabled in the context `default`" in pyst("list").out


def test_an_unknown_context_is_a_usage_error(home: Home, pyst: Pyst) -> None:
    assert pyst("list", "--context", "nope").code == 64


def test_two_ways_to_ask_exclude_each_other(pyst: Pyst) -> None:
    assert pyst("list", "--all", "--disabled-only").code == 64


def test_nothing_raw_reaches_the_terminal(home: Home, pyst: Pyst) -> None:
    folder = home.project / ".pyst"
    folder.mkdir()
    for name in ("esc\x1b[31m", "new\nline", "\udcff", "bidi\u202e", "-rf"):
        (folder / f"{name}.py").write_text('"""Hi \x1b]0;gone\x07 there\x9b."""\n')
    for words in (["list"], ["list", "--format", "markdown"], ["list", "--color", "always"]):
        out = pyst(*words).out
        assert len(out.splitlines()) in (5, 7)
        assert all(char.isprintable() or char == "\n" for char in out.replace("\x1b[1;36m", "").replace("\x1b[0m", ""))
    names = {row["name"] for row in pyst("list", "--format", "json").detail["scripts"]}
    assert "new\nline" in names
    assert "\udcff" in names


def test_nothing_is_executed(home: Home, pyst: Pyst, tmp_path: Path) -> None:
    home.script("trap", f"import os\nos.mkdir({str(tmp_path / 'caught')!r})\n")
    home.script("json", f"import os\nos.mkdir({str(tmp_path / 'caught')!r})\n")
    for words in (["list"], ["info", "trap"], ["which", "trap"], ["__complete", "--", "run", "trap", "-"]):
        pyst(*words)
    assert not (tmp_path / "caught").exists()


def test_a_hundred_thousand_files_are_listed_up_to_a_bound(
    home: Home, pyst: Pyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyst.survey.MOST_ENTRIES", 300)
    monkeypatch.setattr("pyst.scripts.discover.find_script_files.__kwdefaults__", {"most_entries": 300})
    for number in range(400):
        home.script(f"s{number}", "")
    ended = pyst("list")
    assert len(ended.out.splitlines()) == 300
    assert "holds more than 300 entries" in ended.err


@pytest.mark.sweep
def test_a_hundred_thousand_files_are_no_trouble(home: Home, pyst: Pyst) -> None:
    folder = home.project / ".pyst"
    folder.mkdir()
    (folder / "real.py").write_text('"""Real."""\n')
    for number in range(100_000):
        os.mknod(folder / f"data{number}.py")
    try:
        ended = pyst("list")
    finally:
        shutil.rmtree(folder)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 100_001


@pytest.mark.parametrize("where", ["cache", "home"])
def test_it_lists_where_nothing_can_be_written(scripts: Home, pyst: Pyst, where: str) -> None:
    environ = {"HOME": "/dev/null"} if where == "home" else {"XDG_CACHE_HOME": "/dev/null"}
    ended = pyst("list", **environ)
    assert ended.code == 0
    assert "db/backup" in ended.out
