"""Completion in real shells: keys go in, and what the shell then takes for words comes out.

The line is completed with TAB, then `show` is put in front of it, which prints each word as the shell understands it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.conftest import Home

BOOT = Path(__file__).resolve().parents[2] / "src" / "pyst" / "boot.py"
SCRIPT = '''
"""Put it out there."""
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--mode", choices=["fast", "slow"])
parser.add_argument("--count", type=int)
commands = parser.add_subparsers()
commands.add_parser("staging")
'''
START = {
    "bash": (
        ["--norc", "--noprofile", "-i"],
        """PS1='ready> '; bind 'set enable-bracketed-paste off'; show() { printf '<%s>' "$@"; echo shown; }; """
        """eval "$(pyst completions bash)" """,
    ),
    "zsh": (
        ["-f", "-i"],
        """PS1='ready> '; unsetopt prompt_cr prompt_sp; bindkey -e; autoload -U compinit; compinit -D -u; """
        """show() { printf '<%s>' "$@"; echo shown }; eval "$(pyst completions zsh)" """,
    ),
    "fish": (
        ["--no-config", "-i"],
        """function fish_prompt; echo 'ready> '; end; function show; printf '<%s>' $argv; echo shown; end; """
        """pyst completions fish | source""",
    ),
}


@pytest.fixture
def scripts(home: Home) -> Home:
    """A project with scripts whose names are plain, odd and hostile, and `pyst` on PATH."""
    home.script("deploy", SCRIPT)
    home.script("db/backup", '"""Back it up."""\n')
    home.script("my script", '"""A blank in its name."""\n')
    home.script("$(touch caught)`touch caught`", '"""$(touch caught)\x1b[31m"""\n')
    home.script("new\nline", "")
    home.script("-rf", "")
    (home.project / "notes.txt").write_text("")
    folder = home.path / "bin"
    folder.mkdir()
    (folder / "pyst").write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{BOOT}" "$@"\n')
    (folder / "pyst").chmod(0o755)
    return home


Complete = Callable[[str], list[str]]


@pytest.fixture(params=["bash", "zsh", "fish"])
def complete(request: pytest.FixtureRequest, scripts: Home) -> Iterator[Complete]:
    """Type into a real shell, press TAB, and get the words that the shell then has."""
    shell: str = request.param
    program = shutil.which(shell)
    if program is None:
        assert shell != "bash", "these tests need bash"
        pytest.skip(f"{shell} is not on this machine")
    words, start = START[shell]
    environ = {
        **scripts.environ,
        "TERM": "dumb",
        "PATH": f"{scripts.path / 'bin'}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    child = pexpect.spawn(
        program, words, cwd=str(scripts.project), env=environ, timeout=30, encoding="utf-8", dimensions=(50, 200)
    )

    def typed(line: str) -> list[str]:
        child.send(line + "\t")
        child.expect_exact(line[-3:])
        child.send("\x01show \x05\r")
        child.expect(r"<pyst>((?:<[^>]*>)*)shown")
        assert child.match
        return list(child.match.group(1)[1:-1].split("><"))

    try:
        child.sendline(start + "; echo be''gun")  # so that the typed line does not hold it
        child.expect_exact("begun")
        yield typed
    finally:
        child.close(force=True)
    assert not (scripts.project / "caught").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pyst whi", ["which"]),
        ("pyst list --disab", ["list", "--disabled-only"]),
        ("pyst run dep", ["run", "deploy"]),
        ("pyst run db/b", ["run", "db/backup"]),
        ("pyst run project:dep", ["run", "project:deploy"]),
        ("pyst run my", ["run", "my script"]),
        ("pyst run '$(to", ["run", "$(touch caught)`touch caught`"]),
        ("pyst run \\$", ["run", "$(touch caught)`touch caught`"]),
        ("pyst run ./no", ["run", "./notes.txt"]),
        ("pyst run deploy --mo", ["run", "deploy", "--mode"]),
        ("pyst run deploy --mode sl", ["run", "deploy", "--mode", "slow"]),
        ("pyst run deploy --mode=sl", ["run", "deploy", "--mode=slow"]),
        ("pyst run deploy --count 1 st", ["run", "deploy", "--count", "1", "staging"]),
        ("pyst --color al", ["--color", "always"]),
    ],
)
def test_the_shell_completes(complete: Complete, line: str, words: list[str]) -> None:
    assert complete(line) == words
