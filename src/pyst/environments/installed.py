"""Which interpreters lie on this machine, by the names of files and folders alone: none of them is started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pyst.environments.interpreters import pyenv_root, search_path

MOST = 200


class Installed(NamedTuple):
    """An interpreter: its path, its version as far as its name tells (`3.12`, `3.12.1`), and where it was found.

    `source` is `PATH`, `pyenv` or `uv`.
    """

    path: str
    version: str
    source: str


def installed_interpreters(environ: Mapping[str, str]) -> list[Installed]:
    """What is found, newest first; one that is found in several places or under several names is told once."""
    found: dict[str, Installed] = {}
    for each in (*_of_uv(environ), *_of_pyenv(environ), *_on_path(environ)):
        found.setdefault(os.path.realpath(each.path), each)
        if len(found) >= MOST:
            break
    return sorted(found.values(), key=lambda each: (_numbers(each.version), each.path), reverse=True)


def _on_path(environ: Mapping[str, str]) -> Iterator[Installed]:
    pyenv = os.path.join(pyenv_root(environ), "")
    for folder in search_path(environ).split(os.pathsep):
        if folder.startswith(pyenv):
            continue
        for name in sorted(_names(folder), reverse=True):
            version = name.removeprefix("python")
            if name.startswith("python3.") and _numbers(version) and _is_program(os.path.join(folder, name)):
                yield Installed(os.path.join(folder, name), version, "PATH")


def _of_pyenv(environ: Mapping[str, str]) -> Iterator[Installed]:
    versions = os.path.join(pyenv_root(environ), "versions")
    for name in _names(versions):
        path = os.path.join(versions, name, "bin", "python")
        if _numbers(name) and _is_program(path):
            yield Installed(path, name, "pyenv")


def _of_uv(environ: Mapping[str, str]) -> Iterator[Installed]:
    """uv's own: folders such as `cpython-3.12.1-linux-x86_64-gnu`."""
    data = environ.get("XDG_DATA_HOME") or os.path.join(environ.get("HOME", "/"), ".local", "share")
    folder = environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python")
    for name in _names(folder):
        words = name.split("-")
        path = os.path.join(folder, name, "bin", "python3")
        is_own = len(words) > 1 and not os.path.islink(os.path.join(folder, name))
        if is_own and _numbers(words[1]) and _is_program(path):
            yield Installed(path, words[1], "uv")


def _numbers(version: str) -> tuple[int, ...]:
    """`3.12.1` as numbers; empty for what is no plain version."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(each.isascii() and each.isdecimal() for each in parts) else ()


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (OSError, ValueError):
        return []


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
