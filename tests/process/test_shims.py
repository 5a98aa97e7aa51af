"""Shims as a user meets them: commands on PATH that are the installed script, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pyst.sharing.shims import Start, plan_shim
from pyst.system.digest import sha256
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
        own = tool if tool.read_bytes().endswith(SHOWS.encode()) else tool.parents[1] / "installed" / "tool.py"
        assert told["name"] == str(own)
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


def test_what_was_changed_does_not_run_and_a_direct_one_is_as_it_was(home: Home, pyst: Pyst) -> None:
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
    assert subprocess.run([direct], env=home.environ, capture_output=True).stdout == b"as installed\n"
    assert pyst("trust", "installed:direct-tool").code == 0
    assert subprocess.run([direct], env=home.environ, capture_output=True).stdout == b"changed\n"
    told = pyst("info", "direct-tool", "--format", "json").detail["installed"]
    assert (told["integrity"], told["shim"]["kind"], told["shim"]["state"]) == ("intact", "direct", "intact")


def test_a_function_script_by_a_direct_command_takes_its_arguments(home: Home, pyst: Pyst) -> None:
    source = home.script(
        "adds.py", "def main(left: int, right: int = 1) -> str:\n    return f'{left + right}'\n", where="path"
    )
    assert pyst("--yes", "install", str(source), "--direct").code == 0
    ended = start(home, data_folder(home) / "bin" / "adds", "2", "--right", "3")
    assert (ended.returncode, ended.stdout) == (0, "5\n"), ended.stderr


def test_processes_that_a_direct_command_spawns_know_its_functions(home: Home, pyst: Pyst) -> None:
    text = """import multiprocessing
def double(number):
    return 2 * number
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
"""
    source = home.script("spawns.py", text, where="path")
    assert pyst("--yes", "install", str(source), "--direct").code == 0
    ended = start(home, data_folder(home) / "bin" / "spawns")
    assert (ended.returncode, ended.stdout) == (0, "[2, 4]\n"), ended.stderr


def test_a_direct_command_without_its_interpreter_is_told_of_and_renewed(home: Home, pyst: Pyst) -> None:
    source = home.script("tool.py", "print('as installed')\n", where="path")
    assert pyst("--yes", "install", str(source), "--direct").code == 0
    path = data_folder(home) / "bin" / "tool"
    whole = path.read_bytes()
    gone = home.path / "gone" / "python"
    old = plan_shim("tool", "direct", str(path.parent), Start((str(gone), "-P", "x"), script=source.read_bytes()))
    path.write_bytes(old.content)
    manifest = data_folder(home) / "manifest.json"
    manifest.write_text(manifest.read_text().replace(sha256(whole), old.sha256))
    assert pyst("info", "tool", "--format", "json").detail["installed"]["shim"]["state"] == "stranded"
    assert "the interpreter that it starts is gone" in pyst("info", "tool").out
    told = [each for each in pyst("doctor", "--format", "json").detail["examinations"] if str(gone) in str(each)]
    assert [each["name"] for each in told] == ["installed"]
    assert pyst("--yes", "update", "tool").code == 0
    assert path.read_bytes() == whole


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


def test_walls_that_a_script_wishes_for_are_not_passed_by(home: Home, pyst: Pyst) -> None:
    wishing = "# /// script\n# [tool.pyst]\n# sandbox = 'best-effort'\n# ///\n"
    source = home.script("tool.py", wishing + "print('as installed')\n", where="path")
    told = pyst("--yes", "install", str(source), "--direct", "--format", "json").json["diagnostics"][0]
    assert (told["code"], 'its block wishes for (`sandbox = "best-effort"`)' in told["message"]) == ("E_SHIM", True)
    source.write_text("print('as installed')\n")
    assert pyst("--yes", "install", str(source), "--direct").code == 0
    source.write_text(wishing + "print('as installed')\n")
    assert "install it with `--no-direct`" in pyst("--yes", "update", "tool").err
    assert pyst("--yes", "install", str(source), "--no-direct").code == 0


def test_a_direct_command_from_before_the_walls_is_not_made_direct_again(home: Home, pyst: Pyst) -> None:
    source = home.script("tool.py", "print('as installed')\n", where="path")
    assert pyst("--yes", "install", str(source), "--direct").code == 0
    config = home.path / ".config" / "pyst" / "pyst.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[sandbox]\nmode = 'best-effort'\n")
    ended = pyst("--yes", "update", "tool")
    assert (ended.code, "install it with `--no-direct`" in ended.err) == (1, True)
    installed, shim = (data_folder(home) / each for each in ("installed/tool.py", "bin/tool"))
    installed.write_text("print('changed')\n")
    ended = pyst("trust", "installed:tool")
    assert (
        ended.code,
        "goes through pyst for now: a direct shim would start `tool` without the walls" in ended.err,
    ) == (
        0,
        True,
    )
    assert b"changed" not in shim.read_bytes()
    assert b"boot.py" in shim.read_bytes()
    assert pyst("info", "tool", "--format", "json").detail["installed"]["shim"]["state"] == "through_pyst"
    assert f"{shim}: through pyst for now" in pyst("info", "tool").out
    config.unlink()
    assert pyst("trust", "installed:tool").code == 0
    assert b"changed" in shim.read_bytes()
    assert "(direct: not through pyst)" in pyst("info", "tool").out
