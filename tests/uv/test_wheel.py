"""The wheel that is handed out: it holds every file of the package, the texts of the skills too."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import pyst
from pyst.system.uv import find_uv

ROOT = Path(__file__).parents[2]
PACKAGE = Path(pyst.__file__).parent

pytestmark = pytest.mark.uv


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path, uv_cache: Path) -> None:
    environ = {**os.environ, "UV_CACHE_DIR": str(uv_cache)}
    words = [find_uv(environ), "build", "--wheel", "--python", sys.executable, "--out-dir", str(tmp_path), str(ROOT)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {str(path.relative_to(PACKAGE.parent)) for path in files}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("pyst/")}
    assert held == wanted
    assert "pyst/agents/skills/texts/manifest/references/script-template.md" in held
