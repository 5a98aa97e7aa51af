"""The interpreters of this machine that scripts are run with in tests: pyenv's, those on PATH, and our own."""

from __future__ import annotations

import os
import re
import shutil
import sys
from functools import cache
from pathlib import Path

OLDEST = (3, 8)
_HOME = Path.home()  # at import: tests have no real home


def _version_folders() -> list[Path]:
    roots = [Path(os.environ.get("PYENV_ROOT") or _HOME / ".pyenv") / "versions", Path(sys.base_prefix).parent]
    return [each for root in roots if root.is_dir() for each in root.iterdir()]


@cache
def interpreters() -> dict[tuple[int, int], str]:
    """The path of one interpreter for each minor version of Python that was found, from 3.8 on."""
    found: dict[tuple[int, int], str] = {}
    for folder in sorted(_version_folders()):
        match = re.fullmatch(r"(?:cpython-)?(\d+)\.(\d+)(?:\.\d+)?(?:-.*)?", folder.name)
        if match and os.access(folder / "bin" / "python", os.X_OK):
            found.setdefault((int(match[1]), int(match[2])), str(folder / "bin" / "python"))
    for minor in range(OLDEST[1], 20):
        path = shutil.which(f"python3.{minor}")
        if path and ".pyenv/shims" not in path:
            found.setdefault((3, minor), path)
    found[sys.version_info[:2]] = sys.executable
    return {version: path for version, path in sorted(found.items()) if version >= OLDEST}


def under_test() -> list[str]:
    """The interpreters for a test run: the oldest and our own; all with `PYST_TEST_ALL_PYTHONS=1`."""
    found = interpreters()
    if os.environ.get("PYST_TEST_ALL_PYTHONS") == "1":
        return list(found.values())
    return list(dict.fromkeys([next(iter(found.values())), sys.executable]))


def version_of(path: str) -> tuple[int, int]:
    """The version of one of `interpreters`."""
    return next(version for version, each in interpreters().items() if each == path)
