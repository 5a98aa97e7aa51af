"""Standard streams that are closed or full: pyst says so, or does without; its own files never take their place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pyst
from tests.conftest import Home

BOOT = f"{sys.executable} -I -S {Path(pyst.__file__).with_name('boot.py')}"
FULL = Path("/dev/full")
SEES = """
import os
def is_open(fd):
    try:
        return bool(os.fstat(fd))
    except OSError:
        return False
seen = str([is_open(fd) for fd in range(3)])
with open("seen", "w") as file:
    file.write(seen)
"""


def shell(home: Home, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell, in which `pyst` is pyst."""
    return subprocess.run(
        ["/bin/sh", "-c", f'pyst() {{ {BOOT} "$@"; }}; {line}'],
        cwd=home.project,
        env=home.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def home_with_script(home: Home) -> Home:
    home.script("hello", SEES)
    return home


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_as_closed_to_the_script(home_with_script: Home, closed: str) -> None:
    home = home_with_script
    for _ in range(2):  # cold and hot
        ended = shell(home, f"pyst run hello {closed}")
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
        missing = {"<&-": 0, ">&-": 1, "2>&-": 2}
        expected = [n not in [missing[each] for each in closed.split()] for n in range(3)]
        assert (home.project / "seen").read_text() == str(expected)


@pytest.mark.parametrize(
    "line", ["pyst list --no-cache", "pyst list", "pyst info hello", "pyst which hello --format json"]
)
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_command_does_without_a_closed_stream(home_with_script: Home, line: str, closed: str) -> None:
    ended = shell(home_with_script, f"{line} {closed}")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert bool(ended.stdout) is (closed != ">&-")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("line", ["pyst list --no-cache", "pyst list", "pyst info hello --format json", "pyst --help"])
def test_output_that_cannot_be_written_is_told(home_with_script: Home, line: str) -> None:
    for _ in range(2):
        ended = shell(home_with_script, f"{line} >/dev/full")
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[0] == "error: standard output can't be written: No space left on device"
        assert "bug" not in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "Exception" not in ended.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
def test_where_the_talk_is_lost_the_exit_code_is_not(home_with_script: Home) -> None:
    assert shell(home_with_script, "pyst run nope 2>/dev/full").returncode == 127
    ended = shell(home_with_script, "pyst run nope --format json 2>/dev/full")
    assert (ended.returncode, ended.stdout) == (127, "")
    ended = shell(home_with_script, "pyst --format json run nope 2>/dev/full")
    assert (ended.returncode, json.loads(ended.stdout)["exit_code"]) == (127, 127)
