"""Shims as a user meets them: commands on PATH that are the installed script, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Home, Pyst
from tests.support.installed import data_folder

SHOWS = """
import json, os, sys
print(json.dumps({"words": sys.argv[1:], "in": os.getcwd(), "stdin": sys.stdin.read(), "name": sys.argv[0]}))
sys.exit(7)
"""
ARGUMENTS = ["--", "-x", "", "a b", "*", "$HOME", "it's", "--help", "é\n", "\udcff"]


@pytest.fixture(params=["usual", "direct"])
def tool(request: pytest.FixtureRequest, home: Home, pyst: Pyst) -> Path:
    """An installed script's command, of either kind; its folder has a name that no shell likes."""
    home.environ["XDG_DATA_HOME"] = str(home.path / "it's $DATA `x`")
    source = home.script("tool.py", SHOWS, where="path")
    direct = ["--direct"] if request.param == "direct" else []
    assert pyst("--yes", "install", str(source), *direct).code == 0
    return home.path / "it's $DATA `x`" / "pyst" / "bin" / "tool"


def start(home: Home, path: Path, *words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**home.environ, "PATH": f"{path.parent}:{home.environ['PATH']}", **more}
    return subprocess.run(
        ["/usr/bin/env", path.name, *map(os.fsencode, words)],
        cwd=home.project,
        env=environ,
        input=stdin,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
    )


def test_it_is_the_script(home: Home, tool: Path) -> None:
    for _ in range(3):  # the first start works out the plan, the others replay it
        ended = start(home, tool, *ARGUMENTS, stdin="fed")
        assert ended.returncode == 7, ended.stderr
        told = json.loads(ended.stdout)
        assert told["words"] == ARGUMENTS
        assert (told["in"], told["stdin"]) == (str(home.project), "fed")
        assert told["name"] == str(tool.parents[1] / "installed" / "tool.py")
        time.sleep(0.1)


def test_its_signals_are_the_scripts(home: Home, pyst: Pyst) -> None:
    source = home.script("waits.py", "import time\nprint('here', flush=True)\ntime.sleep(60)\n", where="path")
    assert pyst("--yes", "install", str(source)).code == 0
    process = subprocess.Popen(
        [data_folder(home) / "bin" / "waits"], cwd=home.project, env=home.environ, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == -signal.SIGTERM


def test_what_was_changed_does_not_run_but_by_a_direct_one(home: Home, pyst: Pyst) -> None:
    source = home.script("tool.py", "print('as installed')\n", where="path")
    for words in (("--as", "usual-tool"), ("--as", "direct-tool", "--direct")):
        assert pyst("--yes", "install", str(source), *words).code == 0
    folder = data_folder(home)
    usual, direct = (folder / "bin" / f"{kind}-tool" for kind in ("usual", "direct"))
    for each in (usual, direct):
        assert subprocess.run([each], env=home.environ, capture_output=True).stdout == b"as installed\n"
    for kind in ("usual", "direct"):
        (folder / "installed" / f"{kind}-tool.py").write_text("print('changed')\n")
    ended = subprocess.run([usual], env=home.environ, capture_output=True, cwd=home.project)
    assert (ended.returncode, ended.stdout) == (101, b"")
    assert b"was changed after it was installed" in ended.stderr
    told = pyst("info", "direct-tool", "--format", "json").detail["installed"]
    assert (told["integrity"], told["shim"]["kind"], told["shim"]["state"]) == ("changed", "direct", "intact")
    assert (
        subprocess.run([direct], env=home.environ, capture_output=True).stdout == b"changed\n"
    )  # as docs/shims.md says


def test_the_state_of_the_command_is_told(home: Home, pyst: Pyst) -> None:
    source = home.script("tool.py", "print('as installed')\n", where="path")
    assert pyst("--yes", "install", str(source)).code == 0
    path = data_folder(home) / "bin" / "tool"
    assert f"command    {path}\n" in pyst("info", "installed:tool").out.replace("command          ", "command    ")
    path.write_text("#!/bin/sh\necho mine\n")
    assert "was not written by pyst" in pyst("info", "installed:tool").out
    path.unlink()
    assert f"{path}: it is gone" in pyst("info", "installed:tool").out
    assert pyst("info", "installed:tool", "--format", "json").detail["installed"]["shim"]["state"] == "missing"


def test_walls_that_the_settings_ask_for_are_not_passed_by(home: Home, pyst: Pyst) -> None:
    source = home.script("tool.py", "print('as installed')\n", where="path")
    config = home.path / ".config" / "pyst" / "pyst.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[sandbox]\nmode = 'best-effort'\n")
    ended = pyst("--yes", "install", str(source), "--direct", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_SHIM")
    assert "sandbox.mode" in ended.json["diagnostics"][0]["message"]
    assert not (data_folder(home) / "manifest.json").exists()
    assert pyst("--yes", "install", str(source)).code == 0
