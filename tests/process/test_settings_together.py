"""Many processes that change the user's data at once: none loses what another wrote."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

from tests.conftest import Home
from tests.support.faults import PYST


def together(commands: list[list[str]], environ: dict[str, str], cwd: Path) -> None:
    """Start all commands at once; each must succeed."""
    started = [
        subprocess.Popen(
            [*PYST, *words],
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    for each in started:
        _, err = each.communicate(timeout=120)
        assert each.returncode == 0, err


def test_trust(home: Home) -> None:
    names = [f"script{n}" for n in range(12)]
    scripts = [home.script(name, f"print('{name}')\n") for name in names]
    together([["trust", name] for name in names], home.environ, home.project)
    path = home.path / ".local/share/pyst/trust.json"
    assert set(json.loads(path.read_text())["entries"]) == {str(script) for script in scripts}
    together([["trust", "--revoke", name] for name in names[::2]], home.environ, home.project)
    assert set(json.loads(path.read_text())["entries"]) == {str(script) for script in scripts[1::2]}


def test_settings(home: Home) -> None:
    commands = [["config", "set", f"contexts.c{n}.enabled", "*", f"!s{n}"] for n in range(12)]
    together(commands, home.environ, home.project)
    found = tomllib.loads((home.path / ".config/pyst/pyst.toml").read_text())
    assert found["contexts"] == {f"c{n}": {"enabled": ["*", f"!s{n}"]} for n in range(12)}
