"""What lies around a script and bears on a check: modules beside it, its lock, the project that it belongs to."""

from __future__ import annotations

import os
from typing import Any

from pyst.checking.requirements import names_of
from pyst.checking.subject import Facts
from pyst.errors import Failure
from pyst.scripts.requirements import normalized_name
from pyst.scripts.script import Script
from pyst.system.witness import Witness

MOST_NEIGHBOURS = 10_000


def facts_of(script: Script, top: str, witness: Witness) -> Facts:
    """The facts that rules may ask for; projects are looked for up to the folder `top`.

    What can't be read counts as absent: other commands speak of that.
    """
    folder = os.path.dirname(script.path)
    return Facts(
        path=script.path,
        name=script.selector,
        is_executable=os.access(script.path, os.X_OK),
        neighbours=_neighbours(folder),
        locked=_locked(script.path + ".lock", witness),
        project=_project(script.path, top, witness),
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
    return frozenset(normalized_name(each) for each in names if isinstance(each, str))


def _project(path: str, top: str, witness: Witness) -> frozenset[str] | None:
    """What the project that the script lies in brings, itself included; None where there is none."""
    from pyst.environments.project import find_project

    try:
        project = find_project(path, top, witness)
    except Failure:
        return None
    if project is None:
        return None
    return names_of((*project.requirements, *project.development)) | {normalized_name(project.name)}


def _toml(path: str, witness: Witness) -> dict[str, Any] | None:
    import tomllib

    try:
        data = witness.read(path)
        return None if data is None else tomllib.loads(data.decode())
    except (Failure, ValueError, RecursionError):
        return None
