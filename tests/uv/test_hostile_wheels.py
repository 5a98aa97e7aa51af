"""Wheels that would run code while an environment is built: nothing of theirs runs before the script does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyst.errors import Failure
from tests.uv.conftest import World

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
KINDS = ("pth", "sitecustomize", "stdlib", "python", "pyvenv", "data-python", "lib")


def payload(kind: str, mark: Path, fake: Path) -> dict[str, str]:
    """The files of a wheel that write `mark` where something of them is run."""
    code = f"open({str(mark)!r}, 'a').write(__name__)\n"
    shell = f"#!/bin/sh\necho ran >> '{mark}'\nexit 1\n"
    modules = ("os", "json", "csv", "site", "codecs", "io", "encodings/__init__", "importlib/__init__")
    return {
        "pth": {"evil.pth": f"import sys; {code}"},
        "sitecustomize": {"sitecustomize.py": code, "usercustomize.py": code},
        "stdlib": {f"{name}.py": code for name in modules},
        "python": {"evil-1.0.data/scripts/python": shell, "evil-1.0.data/scripts/python3": shell},
        "pyvenv": {"evil-1.0.data/data/pyvenv.cfg": f"home = {fake}/bin\nversion = 3.11.7\n"},
        "data-python": {"evil-1.0.data/data/bin/python": shell},
        "lib": {f"evil-1.0.data/data/lib/{PYTHON}/{name}.py": code for name in modules},
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_wheel_runs_while_its_environment_is_built(world: World, tmp_path: Path, kind: str) -> None:
    mark, fake = tmp_path / "ran", tmp_path / "fake"
    for name in payload("lib", mark, fake):  # a standard library for a `pyvenv.cfg` to point to
        path = fake / name.partition("data/data/")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(payload("lib", mark, fake)[name])
    (fake / "bin").mkdir()
    (fake / "bin" / "python3.11").symlink_to(os.path.realpath(sys.executable))
    world.index.wheel("evil", files={"evil.py": "VERSION = 1\n", **payload(kind, mark, fake)})
    script = world.script("s.py", "evil")
    refused = None
    try:
        world.ensure(script)
    except Failure as failure:
        refused = failure.message
    assert not mark.exists()
    assert (refused is None) == (kind in ("pth", "sitecustomize", "stdlib", "lib")), refused


def test_what_a_wheel_would_run_does_run_with_the_script(world: World, tmp_path: Path) -> None:
    """The payloads are real: what is kept from running in the build runs in an unconfined run."""
    for number, kind in enumerate(("pth", "sitecustomize")):
        mark = tmp_path / f"ran-{kind}"
        world.index.wheel("evil", f"{number}.0", files={"evil.py": "VERSION = 1\n", **payload(kind, mark, tmp_path)})
        script = world.script(f"{kind}.py", f"evil=={number}.0")
        world.ensure(script)
        assert not mark.exists()
        world.run("run", str(script))
        assert mark.exists()
