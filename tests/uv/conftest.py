"""Real uv against a package index of our own, in a folder: no network, and every call of uv is logged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import pyst as package
from pyst.environments.interpreters import find_interpreter
from pyst.environments.spec import Environment, EnvSpec, make_spec, wanted_python
from pyst.environments.store import ensure
from pyst.scripts.metadata import parse_metadata
from pyst.system.uv import Uv, find_uv, settings_that_count
from pyst.system.witness import Witness
from tests.conftest import Home
from tests.support.wheels import Index

BOOT = [sys.executable, "-I", "-S", str(Path(package.__file__).with_name("boot.py"))]


class Ran(NamedTuple):
    """How a process of pyst ended and what it said."""

    code: int
    out: str
    err: str


class World(NamedTuple):
    """A home, an index, and a uv that writes down how it was called."""

    home: Home
    index: Index
    environ: dict[str, str]
    log: Path

    @property
    def root(self) -> Path:
        return self.home.path / ".cache" / "pyst" / "environments-v1"

    @property
    def folder(self) -> Path:
        return self.home.project

    def builds(self) -> int:
        """How often uv was called to build an environment."""
        return sum(line.startswith("sync") for line in self.log.read_text().splitlines()) if self.log.exists() else 0

    def script(self, name: str, *requirements: str, body: str = "", more: str = "") -> Path:
        """A script with a block; prints the version of each package that it asks for."""
        modules = [each.replace("-", "_").split("=")[0].split(">")[0].split("<")[0] for each in requirements]
        lines = [f"# dependencies = {list(requirements)!r}", *(f"# {each}" for each in more.splitlines())]
        code = body or "".join(f"import {each}; print('{each}', {each}.VERSION)\n" for each in modules)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["# /// script", *lines, "# ///", code]))
        return path

    def start(self, *words: str, cwd: Path | None = None, **environ: str) -> subprocess.Popen[str]:
        """Start pyst as a process of its own, as the launcher does, in a group of its own."""
        return subprocess.Popen(
            [*BOOT, *words],
            cwd=cwd or self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, cwd: Path | None = None, **environ: str) -> Ran:
        """Run pyst as a process of its own to its end."""
        process = self.start(*words, cwd=cwd, **environ)
        try:
            out, err = process.communicate(timeout=120)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Ran(process.returncode, out, err)

    def uv(self, **more: Any) -> Uv:
        return Uv({**self.environ, **more.pop("environ", {})}, **more)

    def spec(self, script: Path, *, python: str | None = None, **more: Any) -> EnvSpec:
        """What the script asks for."""
        lock = Path(f"{script}.lock")
        metadata = parse_metadata(script.read_bytes(), str(script))
        content = lock.read_bytes() if lock.exists() else None
        interpreter = find_interpreter(
            python, wanted_python(metadata, content), root=str(self.root), uv=self.uv(), cwd=str(self.folder)
        )
        settings = settings_that_count(self.environ, Witness().read)
        given: dict[str, Any] = {"script_path": str(script), "lock": content, "settings": settings, **more}
        return make_spec(metadata, interpreter, **given)

    def ensure(self, script: Path, **more: Any) -> Environment:
        """The environment of the script, built if needed."""
        spec = self.spec(script, **more)
        return ensure(spec, str(self.root), self.uv(), name=script.name, user=str(script))


@pytest.fixture
def world(home: Home, tmp_path: Path) -> World:
    """A new home whose only packages are those that the test publishes."""
    index, log = Index(tmp_path / "index"), tmp_path / "uv.log"
    environ = {k: v for k, v in home.environ.items() if not k.startswith(("UV_INDEX", "UV_DEFAULT_INDEX", "PIP_"))}
    real = find_uv(environ)
    logging = tmp_path / "logging-uv"
    logging.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    logging.chmod(0o755)
    environ |= {"UV_DEFAULT_INDEX": index.url, "PYST_UV": str(logging), "TMPDIR": str(tmp_path)}
    return World(home, index, environ, log)
