"""The installed program: what its start keeps, and what it leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pyst
from tests.conftest import Home

LAUNCHERS = [Path(sys.executable).with_name(name) for name in ("pyst", "pyst-cli")]
SHOW = "import os\nprint(sorted(item for item in os.environb.items() if item[0] not in (b'PWD', b'_', b'OLDPWD')))\n"


@pytest.mark.parametrize("launcher", LAUNCHERS, ids=lambda each: each.name)
def test_every_variable_reaches_the_script(home: Home, launcher: Path, tmp_path: Path) -> None:
    """Also those whose names no shell would keep: containers have `a.b`, bash exports functions as `BASH_FUNC_f%%`."""
    script = home.script("show", SHOW)
    odd = {
        "a.b": "1",
        "BASH_FUNC_f%%": "() { :; }",
        "1x": "",
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environ = {**home.environ, **odd}
    bare = subprocess.run([sys.executable, script], env=environ, capture_output=True, timeout=60, check=True).stdout
    for _ in range(3):  # cold and hot
        ended = subprocess.run(
            [launcher, "run", "show"], cwd=home.project, env=environ, capture_output=True, timeout=60
        )
        assert ended.stdout == bare, ended


@pytest.mark.parametrize("launcher", LAUNCHERS, ids=lambda each: each.name)
def test_it_works_through_links_and_from_anywhere(home: Home, launcher: Path, tmp_path: Path) -> None:
    link, second = tmp_path / "first", tmp_path / "second"
    link.symlink_to(launcher)
    second.symlink_to("first")
    for program in (link, second):
        ended = subprocess.run([program, "--version"], cwd="/", env=home.environ, capture_output=True, timeout=60)
        assert ended.stdout.startswith(b"pyst "), ended


@pytest.mark.parametrize("path", [".", "", "..:", "/nowhere:."])
def test_nothing_is_imported_from_the_current_folder(home: Home, path: str) -> None:
    canary = home.path / "CANARY"
    for name in ("json", "typing", "argparse", "tomllib", "re", "hashlib"):
        (home.project / f"{name}.py").write_text(f"open({str(canary)!r}, 'w').close()\n")
    home.script("plain", "print('ran')\n")
    environ = {**home.environ, "PYTHONPATH": path}
    for words in (
        [str(LAUNCHERS[0]), "list"],
        [str(LAUNCHERS[1]), "info", "--format", "json"],
        [str(LAUNCHERS[0]), "config"],
    ):
        ended = subprocess.run(words, cwd=home.project, env=environ, capture_output=True, timeout=60)
        assert ended.returncode == 0, ended
        assert not canary.exists()


def test_a_variable_meant_for_scripts_does_not_keep_pyst_uncompiled(home: Home, tmp_path: Path) -> None:
    package = tmp_path / "lib" / "pyst"
    shutil.copytree(Path(pyst.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    program = tmp_path / "program"
    text = LAUNCHERS[0].read_text().partition("\n")[2]
    program.write_text(f"import sys\nsys.path.insert(0, {str(package.parent)!r})\n{text}")
    environ = {**home.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, str(program), "list"]
    subprocess.run(words, cwd=home.project, env=environ, capture_output=True, timeout=60, check=True)
    assert list((package / "__pycache__").glob("hotpath.*.pyc"))
    assert list((package / "cli" / "__pycache__").glob("main.*.pyc"))
