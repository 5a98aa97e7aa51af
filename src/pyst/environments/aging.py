"""Locks of scripts that come from elsewhere: made anew here, of releases that are not too young.

A lock that came with a script says which versions its author had; that is taken as a wish. What the files are, and
where they come from, is asked of the user's own indexes, whatever that lock says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from pyst.environments.lock import check_lock, make_lock
from pyst.environments.spec import EnvSpec
from pyst.environments.untrusted import PYPI
from pyst.errors import Failure
from pyst.scripts.requirements import normalized_name
from pyst.system.uv import Uv

MOST_PACKAGES = 2000
_VERSION = re.compile(r"[0-9A-Za-z.!+_-]{1,100}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,200}")
_OPTION = "--exclude-newer"


def make_aged_lock(
    spec: EnvSpec, root: str, uv: Uv, *, name: str, source: bytes, newest: str | None, wished: bytes | None
) -> bytes:
    """A lock for the block that `spec` was made of, without any release after `newest` (RFC 3339; None: any will do).

    Versions of the lock `wished` are taken where the block and the indexes have them. The lock fits runs, which know
    nothing of `newest`. Raises `Failure`, as `make_lock` does.
    """
    known = versions_in(wished or b"")
    preferred = spec._replace(lock=_wishes(known) if known else None)
    if newest is None:
        return make_lock(preferred, root, uv, name=name, source=source)
    flags = (*_without_option(spec.flags), _OPTION, newest)
    lock = _forgetful(make_lock(preferred._replace(flags=flags), root, uv, name=name, source=source))
    try:
        check_lock(spec._replace(lock=lock), root, uv, name=name, source=source)
    except Failure as failure:
        if failure.code != "E_LOCK_STALE":
            raise
        lock = make_lock(spec._replace(lock=lock), root, uv, name=name, source=source)  # the user's own bound is kept
    return lock


def versions_in(lock: bytes) -> Mapping[str, list[str]]:
    """The versions of each package in a lock of uv's, in the order of their spelling; empty where it is none."""
    found: dict[str, list[str]] = {}
    for name, version, _ in _packages(lock):
        found.setdefault(name, []).append(version)
    return {name: sorted(each) for name, each in sorted(found.items())}


def with_other_files(lock: bytes, wished: bytes) -> list[str]:
    """The packages, as `name version`, that both locks have with not one file in common, by the hashes."""
    hashes = {(name, version): _hashes(each) for name, version, each in _packages(lock)}
    found = []
    for name, version, each in _packages(wished):
        known, other = hashes.get((name, version)), _hashes(each)
        if known and other and not known & other:
            found.append(f"{name} {version}")
    return found


def _hashes(package: Mapping[str, Any]) -> set[str]:
    wheels = package.get("wheels")
    files = [package.get("sdist"), *(wheels if isinstance(wheels, list) else [])]
    return {str(each["hash"]) for each in files if isinstance(each, dict) and "hash" in each}


def _packages(lock: bytes) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, version and table of each sound package of a lock; of what is none, nothing."""
    try:
        packages = tomllib.loads(lock.decode()).get("package", [])
    except (ValueError, RecursionError):
        return
    for each in packages[:MOST_PACKAGES] if isinstance(packages, list) else []:
        name, version = (each.get("name"), each.get("version")) if isinstance(each, dict) else (None, None)
        if isinstance(name, str) and isinstance(version, str) and _VERSION.fullmatch(version):
            name = normalized_name(name)
            if _NAME.fullmatch(name):
                yield name, version, each


def _wishes(versions: Mapping[str, list[str]]) -> bytes:
    """A lock that holds nothing but names and versions: uv keeps to those, and finds out all else."""
    lines = ["version = 1", 'requires-python = ">=3"']
    for name, each in versions.items():
        for version in each:
            lines += ["", "[[package]]", f'name = "{name}"', f'version = "{version}"']
            lines += [f'source = {{ registry = "{PYPI}" }}']
    return "\n".join([*lines, ""]).encode()


def _forgetful(lock: bytes) -> bytes:
    """The lock without the bound that it was made with: uv takes a lock for stale where the bound is another one."""
    lines = lock.decode().split("\n")
    kept = [line for line in lines if not line.startswith(("exclude-newer = ", "exclude-newer-span = "))]
    text = "\n".join(kept)
    return text.replace("[options]\n\n", "", 1).encode()


def _without_option(flags: tuple[str, ...]) -> tuple[str, ...]:
    """The user's flags without a bound of their own: uv takes one."""
    kept: list[str] = []
    skips = False
    for each in flags:
        if skips:
            skips = False
        elif each == _OPTION:
            skips = True
        elif not each.startswith(_OPTION + "="):
            kept.append(each)
    return tuple(kept)
