"""`pyst __complete` and `pyst completions`: candidates, and that nothing in them can break a shell's line."""

from __future__ import annotations

import shutil
import subprocess

import jsonschema
import pytest

from pyst.commands import complete as command
from pyst.commands import completions
from tests.conftest import Home, Pyst
from tests.github.home import TIME, put_mapping

TOOL = '''"""A tool."""
import argparse
from pathlib import Path
parser = argparse.ArgumentParser()
parser.add_argument("--mode", "-m", choices=["fast", "slow"], help="how")
parser.add_argument("--out", type=Path)
parser.add_argument("--quick", action="store_true")
commands = parser.add_subparsers()
push = commands.add_parser("push", help="push it")
push.add_argument("--to", choices=["here", "there"])
parser.parse_args()
'''


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("tool", TOOL)
    home.script("db/backup", '"""Back it up."""\n')
    home.script("far", '"""Far."""\n', where="global")
    home.script("tool", "", where="global")
    return home


def values(pyst: Pyst, *words: str) -> list[str]:
    ended = pyst("__complete", "--", *words)
    assert ended.code == 0
    return [line.split("\t")[0] for line in ended.out.splitlines() if line[:1] != "\t"]


def test_commands(scripts: Home, pyst: Pyst) -> None:
    assert values(pyst, "whi") == ["which"]
    assert {"list", "run", "completions"} <= set(values(pyst, ""))
    assert not [each for each in values(pyst, "") if each.startswith("_")]
    assert values(pyst, "help", "whi") == ["which"]
    assert "which\tPrint the path of the file that a name means.\n" in pyst("__complete", "--", "").out


def test_scripts_with_their_summaries(scripts: Home, pyst: Pyst) -> None:
    out = pyst("__complete", "--", "run", "").out
    assert out.splitlines() == ["\tfiles", "db/backup\tBack it up.", "far\tFar.", "tool\tA tool."]
    assert values(pyst, "run", "--force", "--with", "rich", "t") == ["tool"]
    assert values(pyst, "--no-color", "which", "d") == ["db/backup"]
    assert values(pyst, "run", "global:") == ["global:far", "global:tool"]


def test_what_the_context_disables_is_not_offered_to_run(scripts: Home, pyst: Pyst) -> None:
    (scripts.project / ".pyst.toml").write_text('[contexts.small]\nenabled = ["far"]\n')
    assert values(pyst, "--context", "small", "run", "") == ["far"]
    assert values(pyst, "run", "--context=small", "") == ["far"]
    assert "tool" in values(pyst, "--context", "small", "explain", "")
    assert values(pyst, "--context", "") == ["default", "small"]
    assert values(pyst, "list", "--context=") == ["--context=default", "--context=small"]


def test_installed_scripts_are_offered_to_what_changes_them(scripts: Home, pyst: Pyst) -> None:
    (scripts.project / "guest.py").write_text("print(1)\n")
    assert pyst("install", "--yes", "./guest.py").code == 0
    for word in ("update", "uninstall"):
        assert values(pyst, word, "") == ["guest"]
    (scripts.path / ".local" / "share" / "pyst" / "manifest.json").write_text("{")
    assert values(pyst, "update", "") == []


def test_the_options_of_a_command(scripts: Home, pyst: Pyst) -> None:
    assert values(pyst, "list", "--disab") == ["--disabled-only"]
    assert "--offline" in values(pyst, "run", "-")
    assert values(pyst, "--color", "") == ["auto", "always", "never"]
    assert values(pyst, "list", "--format=m") == ["--format=markdown"]
    assert values(pyst, "completions", "") == ["bash", "zsh", "fish", "powershell"]
    assert pyst("__complete", "--", "--cwd", "").out == "\tfolders\n"
    assert pyst("__complete", "--", "run", "--env-file", "").out == "\tfiles\n"


def test_what_a_script_takes(scripts: Home, pyst: Pyst) -> None:
    assert values(pyst, "run", "tool", "--") == ["--mode", "--out", "--quick", "--help"]
    assert values(pyst, "run", "tool", "-m", "") == ["fast", "slow"]
    assert values(pyst, "run", "tool", "--mode=s") == ["--mode=slow"]
    assert values(pyst, "run", "tool", "--quick", "") == ["push"]
    assert values(pyst, "run", "tool", "push", "--to", "") == ["here", "there"]
    assert values(pyst, "run", "tool", "push", "-") == ["--to", "--help"]
    assert values(pyst, "run", "--", "tool", "--m") == ["--mode"]
    assert values(pyst, "run", "tool", "--", "--m") == ["--mode"]
    assert pyst("__complete", "--", "run", "tool", "--out", "").out == "\tfiles\n"
    assert values(pyst, "run", "global:far", "-") == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nope", ""),
        ("__complete", ""),
        ("run", "nope", "-"),
        ("run", "-c", "code", ""),
        ("run", "--nope", ""),
        ("run", "", "-"),
        ("list", "--nope="),
        ("run", "tool", "--nope=", ""),
        ("config", "get", "x", "y", ""),
        ("run", "a\0b", ""),
    ],
)
def test_lines_that_lead_nowhere_are_no_error(scripts: Home, pyst: Pyst, words: tuple[str, ...]) -> None:
    assert pyst("__complete", "--", *words).code == 0


def test_without_words_there_is_nothing_to_do(pyst: Pyst) -> None:
    assert pyst("__complete").code == 0


def test_no_name_can_break_the_protocol(home: Home, pyst: Pyst) -> None:
    for name in (
        "new\nline",
        "tab\ttab",
        "esc\x1b[2J",
        "\udcff",
        "-rf",
        "project:x",
        " blank",
        "blank ",
        "a b",
        "$(x)",
    ):
        home.script(name, '"""A\ttab, a\x1b[2J and a\nline."""\n')
    lines = pyst("__complete", "--", "run", "").out.splitlines()
    assert lines == ["\tfiles", "$(x)\tA tab, a [2J and a line.", "a b\tA tab, a [2J and a line."]


def test_no_choice_can_break_the_protocol(home: Home, pyst: Pyst) -> None:
    home.script(
        "x", 'import argparse\np = argparse.ArgumentParser()\np.add_argument("--m", choices=["a\\nb", "ok", ""])\n'
    )
    assert values(pyst, "run", "x", "--m", "") == ["ok"]


def test_a_broken_script_completes_files(home: Home, pyst: Pyst) -> None:
    home.script("x", "def main(:\n")
    assert pyst("__complete", "--", "run", "x", "").out == "\tfiles\n"


def test_the_data_fit_their_schema(scripts: Home, pyst: Pyst) -> None:
    detail = pyst("--format", "json", "__complete", "--", "run", "").detail
    jsonschema.validate(detail, command.DETAIL)


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_the_script_of_a_shell(pyst: Pyst, shell: str) -> None:
    ended = pyst("completions", shell)
    assert ended.code == 0
    assert "pyst __complete -- " in ended.out
    detail = pyst("completions", shell, "--format", "json").detail
    jsonschema.validate(detail, completions.DETAIL)
    assert detail["script"] == ended.out
    program = shutil.which(shell)
    if program and shell != "powershell":
        assert subprocess.run([program, "-n"], input=ended.out, text=True, capture_output=True).stderr == ""


def test_the_shell_is_guessed(pyst: Pyst) -> None:
    assert pyst("completions", SHELL="/usr/bin/fish").out == pyst("completions", "fish").out
    ended = pyst("completions", SHELL="/bin/tcsh")
    assert ended.code == 64
    assert "`tcsh`" in ended.err
    assert pyst("completions", "tcsh").code == 64


def test_the_words_of_a_command_and_what_each_takes(scripts: Home, pyst: Pyst) -> None:
    assert values(pyst, "gists", "") == ["list", "show", "enable", "disable", "forget", "import"]
    assert values(pyst, "gists", "--remote", "l") == ["list"]
    assert values(pyst, "config", "") == ["show", "get", "set", "edit", "path"]
    assert values(pyst, "baseline", "") == ["save", "check", "list", "drop"]
    assert values(pyst, "cache", "") == ["path", "stats", "clear"]
    assert values(pyst, "grants", "") == ["list", "allow", "revoke"]
    for words in (["allow"], ["list"], ["list", "far"]):
        assert values(pyst, "grants", *words, "t") == ["tool"]
    assert values(pyst, "grants", "allow", "far", "") == []
    assert pyst("__complete", "--", "gists", "import", "").out == "\tfiles\n"
    assert pyst("__complete", "--", "gists", "import", "a", "").out == ""
    assert pyst("__complete", "--", "gists", "nope", "").out == ""


def test_what_lies_in_gists_is_offered_to_what_is_about_it(scripts: Home, pyst: Pyst) -> None:
    gist = {"gist": "0f", "file": "a.py", "version": "", "sha256": "", "created_at": TIME, "updated_at": TIME}
    path = put_mapping(scripts, report=gist, word={**gist, "enabled": False})
    out = pyst("__complete", "--", "gists", "show", "").out
    assert out == "report\tgist:0f#a.py\nword\tgist:0f#a.py (disabled)\n"
    assert values(pyst, "gists", "enable", "report", "w") == ["word"]
    assert values(pyst, "gists", "show", "report", "") == []
    assert values(pyst, "gists", "list", "") == []
    assert values(pyst, "baseline", "drop", "") == []
    path.write_text("{")
    assert pyst("__complete", "--", "gists", "forget", "").out == ""
