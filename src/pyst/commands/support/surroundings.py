"""What lies around a script and bears on a check: modules beside it, its lock, the project that it belongs to."""

from __future__ import annotations

import os
from typing import Any

from pyst.checking.distributions import normalized
from pyst.checking.requirements import names_of
from pyst.checking.subject import Facts
from pyst.errors import Failure
from pyst.scripts.script import Script
from pyst.system.witness import Witness

MOST_NEIGHBOURS = 10_000
MOST_LEVELS = 64


def facts_of(script: Script, witness: Witness) -> Facts:
    """The facts that rules may ask for. What can't be read counts as absent: other commands speak of that."""
    folder = os.path.dirname(script.path)
    return Facts(
        path=script.path,
        is_executable=os.access(script.path, os.X_OK),
        neighbours=_neighbours(folder),
        locked=_locked(script.path + ".lock", witness),
        project=_project(folder, witness),
    )


def _neighbours(folder: str) -> frozenset[str]:
    """The modules and packages that an `import` in the script finds beside it."""
    found = set()
    try:
        with os.scandir(folder) as listing:
            for count, entry in enumerate(listing):
                if count >= MOST_NEIGHBOURS:
                    break
                stem, dot, suffix = entry.name.partition(".")
                is_module = bool(dot) and (suffix in ("py", "pyc") or suffix.endswith(("so", "pyd")))
                if is_module or (not dot and entry.is_dir() and _has_modules(entry.path)):
                    found.add(stem)
    except OSError:
        pass
    return frozenset(found)


def _has_modules(folder: str) -> bool:
    try:
        with os.scandir(folder) as listing:
            return any(entry.name.endswith(".py") for entry, _ in zip(listing, range(MOST_NEIGHBOURS), strict=False))
    except OSError:
        return False


def _locked(path: str, witness: Witness) -> frozenset[str] | None:
    """The distributions that a lock names, in uv's form or as pylock.toml (PEP 751); None where there is none."""
    data = _toml(path, witness)
    if data is None:
        return None
    packages = data.get("package", data.get("packages", []))
    names = [each.get("name") for each in packages if isinstance(each, dict)] if isinstance(packages, list) else []
    return frozenset(normalized(each) for each in names if isinstance(each, str))


def _project(folder: str, witness: Witness) -> frozenset[str] | None:
    """What the nearest `pyproject.toml` with a `[project]` table brings, itself included; None where there is none."""
    for _ in range(MOST_LEVELS):
        data = _toml(os.path.join(folder, "pyproject.toml"), witness)
        if data is not None and isinstance(data.get("project"), dict):
            return frozenset(_declared(data))
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    return None


def _declared(data: dict[str, Any]) -> set[str]:
    project = data["project"]
    lists = [project.get("dependencies", [])]
    lists += _tables(project.get("optional-dependencies"))
    lists += _tables(data.get("dependency-groups"))
    texts = [each for one in lists if isinstance(one, list) for each in one if isinstance(each, str)]
    found = set(names_of(texts))
    if isinstance(project.get("name"), str):
        found.add(normalized(project["name"]))
    return found


def _tables(value: object) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _toml(path: str, witness: Witness) -> dict[str, Any] | None:
    import tomllib

    try:
        data = witness.read(path)
        return None if data is None else tomllib.loads(data.decode())
    except (Failure, ValueError, RecursionError):
        return None
