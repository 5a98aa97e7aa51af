"""A cloned repository full of traps: reading it executes nothing, and nothing raw of it reaches the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.support.faults import PYST

READ_ONLY = {
    "bare": [],
    "list": ["list"],
    "list --all": ["list", "--all", "--color", "always"],
    "list json": ["list", "--all", "--format", "json"],
    "list markdown": ["list", "--all", "--format", "markdown"],
    "list disabled": ["list", "--disabled-only"],
    "info": ["info"],
    "info json": ["info", "--format", "json"],
    "info script": ["info", "trap"],
    "info typer": ["info", "typed"],
    "info markdown": ["info", "trap", "--format", "markdown"],
    "which": ["which", "trap"],
    "explain": ["explain", "trap"],
    "explain blocked": ["explain", "typed", "--format", "json"],
    "check": ["check", "trap", "typed"],
    "check all": ["check", "--all", "--format", "json"],
    "dry run": ["run", "--dry-run", "plain"],
    "dry run, dependencies": ["run", "--dry-run", "trap"],
    "dry run json": ["run", "--dry-run", "--format", "json", "plain"],
    "unknown": ["run", "nope"],
    "config": ["config"],
    "config json": ["config", "--format", "json"],
    "trust list": ["trust", "--list"],
    "doctor": ["doctor"],
    "cache stats": ["cache", "stats"],
    "cache path": ["cache", "path"],
    "gc": ["gc", "--dry-run"],
    "completions": ["completions", "bash"],
    "complete names": ["__complete", "bash", "--", "pyst", "run", ""],
    "complete flags": ["__complete", "bash", "--", "pyst", "run", "typed", "--"],
    "schema": ["schema", "print", "list"],
    "help": ["--help"],
}

ESCAPES = "\x1b]0;owned\x07\x1b[31m\x9b31m\u202egnp.exe"


@pytest.fixture
def trapped(home: Home) -> tuple[Home, Path]:
    """The project, full of traps, and the file that any of them would leave."""
    project = home.project
    canary = home.path / "CANARY"
    springs = f"open({str(canary)!r}, 'a').write(__file__ + '\\n')\n"
    shell = f'#!/bin/sh\necho "$0" >> "{canary}"\nexit 0\n'

    def program(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shell)
        path.chmod(0o755)

    for folder in (project, project / ".pyst"):
        for name in ("json", "typing", "tomllib", "argparse", "ast", "site", "sitecustomize", "usercustomize", "pyst"):
            path = folder / (f"{name}.py" if folder == project else f"_{name}.py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(springs)
        for name in ("uv", "python", "python3", "git", "less", "vi"):
            program(folder / name if folder == project else folder / "bin" / name)
    for venv in (project / ".venv", project / ".pyst" / "venv"):
        program(venv / "bin" / "python")
        program(venv / "bin" / "python3")
        (venv / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.0\n")
        packages = venv / "lib" / "python3.11" / "site-packages"
        packages.mkdir(parents=True)
        (packages / "sitecustomize.py").write_text(springs)
        (packages / "trap.pth").write_text(f"import os; open({str(canary)!r}, 'a').write('pth')\n")
    (project / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"\nallow-insecure-host = ["127.0.0.1"]\n')
    (project / ".python-version").write_text(str(project / "python") + "\n")
    (project / ".env").write_text("PYTHONSTARTUP=trap.py\nPYST_HOME=/tmp/owned\nUV_INDEX_URL=http://127.0.0.1:9/\n")
    (project / "pyproject.toml").write_text(
        "[project]\nname = 'trap'\nversion = '1'\ndependencies = []\n"
        "[build-system]\nrequires = []\nbuild-backend = 'trap'\nbackend-path = ['.']\n"
        "[tool.uv]\nindex-url = 'http://127.0.0.1:9/'\n"
        "[tool.pyst.core]\nintrospection = 'import'\n"
    )
    (project / "trap.py").write_text(springs)
    (project / ".pyst.toml").write_text(
        "[core]\nintrospection = 'import'\ncwd = '/'\noffline = false\nglobal_script_dirs = ['/etc']\n"
        "[core.uv]\nflags = ['--index-url', 'http://127.0.0.1:9/']\n"
        "[contexts.default]\nenabled = ['*']\n"
        "[sandbox]\nmode = 'off'\n"
    )
    scripts = project / ".pyst"
    block = "# /// script\n# dependencies = ['six']\n# [tool.uv]\n# index-url = 'http://127.0.0.1:9/'\n# ///\n"
    (scripts / "trap.py").write_text(block + f'"""Innocent {ESCAPES} summary."""\n' + springs)
    (scripts / "plain.py").write_text(f'"""Also {ESCAPES}."""\n' + springs)
    (scripts / "typed.py").write_text(
        "import typer\n" + springs + "app = typer.Typer()\n\n"
        f"@(lambda f: [open({str(canary)!r}, 'a').write('decorator'), f][1])\n@app.command()\n"
        f"def main(name: str = typer.Option(open({str(canary)!r}, 'a').write('default'), help='{ESCAPES}')):\n"
        f"    '''Typed {ESCAPES}.'''\n\nclass Meta(type):\n    def __new__(*a): {springs.strip()}\n"
        "class Bad(metaclass=Meta): pass\napp()\n"
    )
    (scripts / f"name{ESCAPES}.py").write_text(springs)
    (scripts / "line\nbreak.py").write_text(springs)
    (scripts / "--force.py").write_text(springs)
    (scripts / "$(touch owned).py").write_text(springs)
    with open(os.fsencode(scripts) + b"/bytes\xff\xfe.py", "w") as file:
        file.write(springs)
    (scripts / "group").mkdir()
    (scripts / "group" / "__init__.py").write_text(springs)
    return home, canary


def raw_controls(data: bytes) -> list[str]:
    """What in the output could steer a terminal, but for pyst's own colours."""
    text = data.decode("utf-8", "surrogateescape")
    for code in ("0", "1", "2", "1;36", "32", "1;31", "33", "36", "1;4"):
        text = text.replace(f"\x1b[{code}m", "")
    return [hex(ord(char)) for char in text if char not in "\n\t" and not char.isprintable()]


@pytest.mark.parametrize("command", READ_ONLY)
def test_reading_executes_nothing_and_shows_nothing_raw(trapped: tuple[Home, Path], command: str) -> None:
    home, canary = trapped
    environ = {**home.environ, "PATH": f":.:{home.environ['PATH']}:{home.project}/bin::"}
    for start in (PYST, [sys.executable, "-c", "import sys; from pyst.__main__ import main; sys.exit(main())"]):
        ended = subprocess.run(
            [*start, *READ_ONLY[command]],
            cwd=home.project if start is PYST else home.project / ".pyst",
            env=environ if start is PYST else {**environ, "PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        assert not canary.exists(), (command, canary.read_text())
        assert raw_controls(ended.stdout) == [], ended.stdout
        assert raw_controls(ended.stderr) == [], ended.stderr
        assert b"Traceback" not in ended.stderr, ended.stderr
        assert b"E_INTERNAL" not in ended.stdout + ended.stderr, ended
        assert b"internal error" not in ended.stderr, ended
        assert not (home.project / "owned").exists()


def test_the_traps_spring_when_touched(trapped: tuple[Home, Path]) -> None:
    home, canary = trapped
    for words in ([str(home.project / ".venv/bin/python")], [sys.executable, str(home.project / ".pyst/plain.py")]):
        canary.unlink(missing_ok=True)
        subprocess.run(words, env=home.environ, check=True, timeout=60)
        assert canary.exists()


def test_running_obeys_none_of_the_projects_own_settings(trapped: tuple[Home, Path]) -> None:
    home, canary = trapped
    (home.project / ".pyst" / "harmless.py").write_text("import os, sys\nprint(sys.executable, os.getcwd())\n")
    ended = subprocess.run(
        [*PYST, "run", "harmless"], cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended
    python, cwd = ended.stdout.split()
    assert str(home.project) not in python
    assert cwd == str(home.project)
    assert not canary.exists()


def test_a_foreign_index_in_a_block_is_refused_until_trusted(trapped: tuple[Home, Path]) -> None:
    home, canary = trapped
    ended = subprocess.run(
        [*PYST, "run", "trap"], cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 101, ended
    assert "pyst trust" in ended.stderr
    assert not canary.exists()
