"""`pyst info` without a script: the machine, part by part; and that no value of a variable is ever told."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from pyst.commands import info as command
from pyst.commands.support.machine import PARTS
from pyst.commands.support.machine_shells import SHELLS, SYNTAX, Row
from pyst.commands.support.machine_tools import TOOLS
from tests.conftest import Home, Pyst

CANARY = "canary-7f3a91"


def test_the_machine(home: Home, pyst: Pyst) -> None:
    detail = pyst("info", "--format", "json", SHELL="/bin/zsh").detail
    jsonschema.Draft202012Validator(command.DETAIL).validate(detail)
    assert detail["system"]["shell"]["login"] == "zsh"
    assert detail["system"]["project"]["root"] == str(home.project)
    assert detail["system"]["processors"] >= 1
    assert str(home.project / ".pyst") in pyst("info").out
    assert str(home.project / ".pyst") in pyst("info", "--format", "markdown").out


@pytest.mark.parametrize("part", PARTS)
def test_one_part_alone(pyst: Pyst, part: str) -> None:
    detail = pyst("info", f"--{part}", "--json").detail
    jsonschema.Draft202012Validator(command.DETAIL).validate(detail)
    assert [name for name in PARTS if detail[name] is not None] == [part]
    for form in ("human", "markdown"):
        assert pyst("info", f"--{part}", "--format", form).out


def test_parts_together(pyst: Pyst) -> None:
    detail = pyst("info", "--env", "--paths", "--json").detail
    assert [name for name in PARTS if detail[name] is not None] == ["paths", "env"]
    assert pyst("info", "--json").detail.keys() == set(PARTS)


def test_no_value_of_a_variable_is_told(home: Home, pyst: Pyst, tmp_path: Path) -> None:
    """Every variable holds a canary, those that pyst itself reads too; only the names come out."""
    names = ["API_TOKEN", "EDITOR", "SHELL", "TERM", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "USER", "PS1", "HTTP_PROXY"]
    environ = {name: f"/{CANARY}/{name.lower()}" for name in names}
    environ |= {"PATH": f"/{CANARY}/bin:{home.environ['PATH']}", "PYENV_ROOT": f"/{CANARY}", "MINE": CANARY}
    for words in ([], ["--json"], ["--format", "markdown"], ["--commands", "--versions", "--json"]):
        ended = pyst("info", *words, **environ)
        assert ended.code == 0
        assert CANARY not in ended.out + ended.err
    assert set(pyst("info", "--env", "--json", **environ).detail["env"]["names"]) >= {*environ}


def test_names_of_variables_are_cleaned_and_bounded(pyst: Pyst) -> None:
    many = {f"NAME_{number:05}": "1" for number in range(1200)}
    env = pyst("info", "--env", "--json", **many, **{"EVIL\x1b[31m": "1", "\udcff": "1"}).detail["env"]
    assert (len(env["names"]), env["omitted"] > 200) == (1000, True)
    out = pyst("info", "--env", **{"EVIL\x1b[31m": "1", "\udcff": "1"}).out
    assert "\x1b" not in out
    assert "EVIL\\x1b[31m" in out


def make_tool(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_commands_are_found_and_not_started(pyst: Pyst, tmp_path: Path) -> None:
    make_tool(tmp_path / "bin", "jq", f"touch {tmp_path}/started; echo jq-1.7.1")
    make_tool(tmp_path / "bin", "rg", f"touch {tmp_path}/started; exit 3")
    (tmp_path / "bin" / "fd").write_text("no program")
    path = f"relative:{tmp_path / 'bin'}"
    told = pyst("info", "--commands", "--json", PATH=path).detail["commands"]
    assert told == [
        {"name": "rg", "path": str(tmp_path / "bin" / "rg"), "version": None},
        {"name": "jq", "path": str(tmp_path / "bin" / "jq"), "version": None},
    ]
    assert not (tmp_path / "started").exists()


def test_versions_are_asked_for_with_few_variables(pyst: Pyst, tmp_path: Path) -> None:
    make_tool(tmp_path / "bin", "jq", f"/usr/bin/env > {tmp_path}/seen; echo jq-1.7.1 '\x1b[31m'")
    make_tool(tmp_path / "bin", "rg", "echo nothing of use")
    path = f"{tmp_path / 'bin'}"
    told = pyst("info", "--commands", "--versions", "--json", PATH=path, API_TOKEN=CANARY).detail["commands"]
    assert {each["name"]: each["version"] for each in told} == {"jq": "1.7.1", "rg": None}
    seen = (tmp_path / "seen").read_text()
    assert CANARY not in seen
    assert "PATH=" in seen


def test_tools_are_named_once() -> None:
    assert len(set(TOOLS)) == len(TOOLS)


def test_interpreters_by_their_names(pyst: Pyst, tmp_path: Path) -> None:
    make_tool(tmp_path / "bin", "python3.12", f"touch {tmp_path}/started")
    make_tool(tmp_path / "bin", "python3.12-config", "")
    for folder in ("pyenv/versions/3.9.1/bin", "uv/cpython-3.14.2-linux-x86_64-gnu/bin"):
        (tmp_path / folder).mkdir(parents=True)
    make_tool(tmp_path / "pyenv/versions/3.9.1/bin", "python", "")
    make_tool(tmp_path / "uv/cpython-3.14.2-linux-x86_64-gnu/bin", "python3", "")
    told = pyst(
        "info",
        "--system",
        "--json",
        PATH=str(tmp_path / "bin"),
        PYENV_ROOT=str(tmp_path / "pyenv"),
        UV_PYTHON_INSTALL_DIR=str(tmp_path / "uv"),
    ).detail["system"]["interpreters"]
    assert [(each["version"], each["source"]) for each in told] == [
        ("3.14.2", "uv"),
        ("3.12", "PATH"),
        ("3.9.1", "pyenv"),
    ]
    assert not (tmp_path / "started").exists()


def test_the_syntax_of_the_login_shell_where_no_other_runs(pyst: Pyst, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyst.system import host

    monkeypatch.setattr(host, "running_shell", lambda: None)
    assert "Syntax of fish" in pyst("info", "--system", "--syntax", SHELL="/usr/bin/fish").out
    assert "Syntax of bash" in pyst("info", "--system", "--syntax", SHELL="/usr/bin/strange").out


TRIED = [(shell, row) for shell in ("bash", "zsh", "fish") for row in SYNTAX if row.prints is not None]


@pytest.mark.parametrize(("shell", "row"), TRIED, ids=lambda each: each.topic if isinstance(each, Row) else each)
def test_each_shell_does_what_the_table_says(shell: str, row: Row, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    plain = {"bash": ["--norc"], "zsh": ["-f", "-o", "INTERACTIVE_COMMENTS"], "fish": ["-N"]}[shell]
    ended = subprocess.run(
        [program, *plain, "-c", getattr(row, shell)],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.rstrip("\n") == row.prints
    if "errors" not in row.topic and "only if it failed" not in row.topic:
        assert ended.stderr == ""


def test_every_shell_has_every_topic() -> None:
    assert len({row.topic for row in SYNTAX}) == len(SYNTAX)
    assert all(getattr(row, shell) for row in SYNTAX for shell in SHELLS)


def test_it_says_how_the_shims_come_onto_path(home: Home, pyst: Pyst) -> None:
    place = home.path / ".local/share/pyst/bin"
    told = pyst("info", "--paths", "--format", "json").detail["paths"]
    assert (told["bin_on_path"], str(place) in told["bin_line"]) == (False, True)
    assert told["bin_line_file"]
    for words in ((), ("--format", "markdown")):
        out = pyst("info", "--paths", *words).out
        assert "not on PATH" in out
        assert told["bin_line"] in out
        assert told["bin_line_file"] in out
    there = {"PATH": f"{home.environ['PATH']}:{place}"}
    assert pyst("info", "--paths", "--format", "json", **there).detail["paths"]["bin_on_path"] is True
    assert "not on PATH" not in pyst("info", "--paths", **there).out
