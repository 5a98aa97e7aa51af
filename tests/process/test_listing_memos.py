"""What `pyst list` and completion printed is printed again by the hot path, while it is still true, and not longer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pyst.system.witness import RACY_NS
from tests.conftest import Home

SOURCE = Path(__file__).resolve().parents[2] / "src"
BOOT = SOURCE / "pyst" / "boot.py"
REPLAY = (
    f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from pyst import hotpath; "
    "sys.exit(hotpath.replay(sys.argv[1:]) is None)"
)


def settle() -> None:
    """Wait until what was written is old enough to be remembered."""
    until = time.time_ns() + RACY_NS
    while time.time_ns() <= until:
        time.sleep(0.005)


class Shell:
    """Starts pyst as a user does, and the hot path alone."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def run(self, *words: str, cwd: Path | None = None, **environ: str) -> str:
        return self._start([str(BOOT), *words], cwd, environ).stdout

    def replay(self, *words: str, cwd: Path | None = None, **environ: str) -> str | None:
        """What the hot path prints, or None where it leaves the work to the full path."""
        ended = self._start(["-c", REPLAY, *words], cwd, environ)
        assert ended.returncode in (0, 1)
        return ended.stdout if ended.returncode == 0 else None

    def _start(self, words: list[str], cwd: Path | None, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", *words],
            cwd=cwd or self.home.project,
            env={**self.home.environ, **environ},
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        )


@pytest.fixture
def shell(home: Home) -> Shell:
    home.script("a", '"""First."""\n')
    home.script("tool", "import argparse\np = argparse.ArgumentParser()\np.add_argument('--mode')\n")
    home.script("db/b", '"""Second."""\n')
    home.script("c", '"""Third."""\n', where="global")
    settle()
    return Shell(home)


LINES = [
    (),
    ("list",),
    ("list", "--all"),
    ("list", "--format", "markdown"),
    ("__complete", "--", "run", ""),
    ("__complete", "--", "run", "tool", "-"),
    ("__complete", "--", ""),
]


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_the_same_is_printed_again(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.replay(*words) is None
    first = shell.run(*words)
    assert first
    assert shell.replay(*words) == first
    assert shell.run(*words) == first


CHANGES: dict[str, Callable[[Home], object]] = {
    "a new script": lambda home: home.script("new", ""),
    "a new group": lambda home: home.script("new/x", ""),
    "a new global script": lambda home: home.script("new", "", where="global"),
    "the first installed script": lambda home: (
        (home.path / ".local/share/pyst/installed").mkdir(parents=True),
        (home.path / ".local/share/pyst/installed/i.py").write_text(""),
    ),
    "an edit": lambda home: home.script("a", '"""Other."""\n'),
    "an edit of the same length with its time put back": lambda home: put_back(home, '"""FIRST."""\n'),
    "a script that is gone": lambda home: (home.project / ".pyst/a.py").unlink(),
    "project settings": lambda home: (home.project / ".pyst.toml").write_text(""),
    "global settings": lambda home: (
        (home.path / ".config/pyst").mkdir(parents=True),
        (home.path / ".config/pyst/pyst.toml").write_text(""),
    ),
    "a project nearer by": lambda home: (home.project / ".git").rename(home.project / ".pyst.toml"),
}


def put_back(home: Home, text: str) -> None:
    path = home.project / ".pyst" / "a.py"
    before = os.stat(path)
    home.script("a", text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(shell: Shell, change: str) -> None:
    shell.run("list")
    assert shell.replay("list") is not None
    CHANGES[change](shell.home)
    assert shell.replay("list") is None


@pytest.mark.parametrize(
    "environ",
    [
        {"PYST_CONTEXT": "default"},
        {"XDG_DATA_HOME": "/nowhere"},
        {"NO_COLOR": "1"},
        {"COLUMNS": "40"},
        {"PYST_TRACE": "1"},
    ],
    ids=str,
)
def test_a_variable_that_counts_is_seen(shell: Shell, environ: dict[str, str]) -> None:
    shell.run("list")
    assert shell.replay("list", **environ) is None


def test_another_folder_has_its_own_answer(shell: Shell) -> None:
    shell.run("list")
    assert shell.replay("list", cwd=shell.home.path) is None


def test_an_edit_in_the_same_tick_of_the_clock_is_seen(shell: Shell) -> None:
    for number in range(10):
        shell.home.script("a", f'"""Text {number}."""\n')
        assert f"Text {number}." in shell.run("list")
        shell.home.script("a", f'"""Next {number}."""\n')
        assert f"Next {number}." in shell.run("list")


def test_remarks_are_not_lost_by_a_replay(shell: Shell) -> None:
    (shell.home.path / ".local/share/pyst/trust.json").write_text("broken")
    settle()
    shell.run("list")
    assert shell.replay("list") is None


def test_nothing_is_kept_or_used_without_a_cache(shell: Shell) -> None:
    assert shell.run("list", "--no-cache")
    assert shell.replay("list", "--no-cache") is None
    assert not list((shell.home.path / ".cache").rglob("summaries-*"))


def test_json_is_made_anew(shell: Shell) -> None:
    assert shell.run("list", "--format", "json")
    assert shell.replay("list", "--format", "json") is None
