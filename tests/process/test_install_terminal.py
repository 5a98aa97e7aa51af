"""`pyst install` with a person at a real terminal: what is shown, a no, a Ctrl-C, a yes."""

from __future__ import annotations

from pathlib import Path

import pexpect
import pytest

from tests.conftest import Home
from tests.support.faults import PYST
from tests.support.installed import data_folder

SECONDS = 60
HELLO = '"""Say hello."""\nprint("\\x1b[31mhello")\n'


@pytest.fixture
def source(home: Home) -> Path:
    return home.script("hello.py", HELLO, where="path")


def start(home: Home, *words: str) -> pexpect.spawn[str]:
    environ = {**home.environ, "TERM": "xterm"}
    return pexpect.spawn(
        PYST[0], [*PYST[1:], *words], env=environ, cwd=str(home.project), encoding="utf-8", timeout=SECONDS
    )


def code_of(child: pexpect.spawn[str]) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_a_person_looks_says_no_and_then_yes(home: Home, source: Path) -> None:
    child = start(home, "install", "./hello.py")
    child.expect(r"Install `hello`\? \[yes/code/no\] ")
    assert "Say hello." in child.before
    child.sendline("code")
    child.expect(r"Install `hello`\? \[yes/code/no\] ")
    assert "\\x1b[31mhello" in child.before
    child.sendline("")
    assert code_of(child) == 1
    assert not data_folder(home).exists()
    child = start(home, "install", "./hello.py")
    child.expect("no] ")
    child.sendline("y")
    assert code_of(child) == 0
    assert (data_folder(home) / "installed" / "hello.py").read_text() == HELLO


@pytest.mark.parametrize("end", ["Ctrl-C", "Ctrl-D"])
def test_who_leaves_changes_nothing(home: Home, source: Path, end: str) -> None:
    child = start(home, "install", "./hello.py")
    child.expect("no] ")
    child.sendintr() if end == "Ctrl-C" else child.sendeof()
    assert code_of(child) == (130 if end == "Ctrl-C" else 1)
    assert child.before.lstrip("^CD\b").startswith("\r\n"), child.before  # what follows has a line of its own
    assert not data_folder(home).exists()
