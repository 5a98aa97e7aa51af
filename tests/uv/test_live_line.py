"""While an environment is built, a terminal shows a live line, and nothing of it is left; a pipe never sees one."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.uv.conftest import BOOT, World

DOING = "building the environment of ./hello.py"


@pytest.fixture
def slow(world: World, tmp_path: Path) -> Iterator[World]:
    """A uv whose `sync` says what it is at, and goes on when the file `go` is there."""
    world.index.wheel("alpha", "1.0")
    world.script("hello.py", "alpha")
    real, go = world.environ["PYST_UV"], tmp_path / "go"
    uv = tmp_path / "slow-uv"
    uv.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = sync ]; then\n'
        "  printf 'Downloading evil\\033]0;owned\\007 %s\\n' \"$(printf '%0200d' 0)\" >&2\n"
        "  while [ ! -e " + shlex.quote(str(go)) + " ] && [ $PPID != 1 ]; do sleep 0.05; done\n"
        "fi\n"
        f'exec {shlex.quote(real)} "$@"\n'
    )
    uv.chmod(0o755)
    world.environ["PYST_UV"] = str(uv)
    yield world
    go.touch()


def start(world: World, *words: str, **environ: str) -> "pexpect.spawn[str]":
    given: Any = {**world.environ, "TERM": "xterm", **environ}
    return pexpect.spawn(
        BOOT[0],
        [*BOOT[1:], *words],
        cwd=str(world.folder),
        env=given,
        encoding="utf-8",
        timeout=60,
        echo=False,
        dimensions=(24, 60),
    )


def test_a_terminal_shows_what_uv_is_at_and_nothing_stays(slow: World, tmp_path: Path) -> None:
    child = start(slow, "run", "./hello.py")
    child.expect_exact(f"{DOING} (0 s)")
    child.expect_exact(f"{DOING} (1 s): Down")
    (tmp_path / "go").touch()
    child.expect_exact("alpha 1.0")
    before = str(child.before)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    drawn = [each for each in before.split("\r\x1b[K") if each.strip()]
    assert drawn
    assert all(len(each) < 60 and "\n" not in each and "\x1b" not in each for each in drawn)
    assert before.endswith("\r\x1b[K")


@pytest.mark.parametrize("words", [["-q"], ["--format", "json"], ["-v"]], ids=["quiet", "json", "verbose"])
def test_who_asked_for_another_sight_sees_none(slow: World, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "go").touch()
    child = start(slow, "run", *words, "./hello.py")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "\x1b[K" not in str(child.before)


def test_a_pipe_gets_the_one_line(slow: World, tmp_path: Path) -> None:
    process = slow.start("run", "./hello.py", TERM="xterm")
    assert process.stderr is not None
    assert process.stderr.readline() == f"{DOING}\n"
    (tmp_path / "go").touch()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "alpha 1.0\n", "")


def test_an_interrupt_leaves_a_clean_line(slow: World) -> None:
    child = start(slow, "run", "./hello.py")
    child.expect_exact(f"{DOING} (0 s)")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert str(child.before).rpartition("\r\x1b[K")[2].strip() in ("", "^C", "pyst: interrupted", "interrupted")
