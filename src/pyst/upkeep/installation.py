"""pyst itself: the Python that it runs on, how it was started, its bytecode, and others of its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from shlex import quote

from pyst.upkeep.examination import Case, Result

OLDEST_PYTHON = (3, 11)


def python(case: Case) -> Iterator[Result]:
    """The Python that pyst runs on."""
    from pyst import __version__

    shown = ".".join(str(each) for each in sys.version_info[:3])
    message = f"pyst {__version__} on Python {shown} (`{sys.executable}`)"
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Result("python", "fail", message, "install pyst on Python 3.11 or later")
    else:
        yield Result("python", "ok", message)


def package_folder() -> str:
    """The folder of the package `pyst`."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def bytecode(case: Case) -> Iterator[Result]:
    """Whether pyst's own modules are compiled: without, every start compiles them anew."""
    yield bytecode_of(package_folder())


def bytecode_of(folder: str) -> Result:
    """The state of the bytecode of all modules below `folder`."""
    total, missing = 0, 0
    for module in _modules(folder):
        total += 1
        missing += not _is_compiled(module)
    if not missing:
        return Result("bytecode", "ok", f"all {total} modules of pyst are compiled")
    message = f"{missing} of {total} modules of pyst are not compiled: starts that need them are slow"
    if not os.access(folder, os.W_OK):
        return Result(
            "bytecode", "warn", message, f"run `python -m compileall {quote(folder)}` as the owner of that folder"
        )
    return Result("bytecode", "warn", message, "`pyst doctor --fix` compiles them", lambda: _compile(folder))


def _modules(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each != "__pycache__"]
        yield from (os.path.join(place, name) for name in names if name.endswith(".py"))


def _is_compiled(module: str) -> bool:
    """Whether the bytecode beside a module is of this Python and of the module as it is now."""
    from importlib.util import MAGIC_NUMBER, cache_from_source

    try:
        with open(cache_from_source(module), "rb") as file:
            head = file.read(16)
        found = os.stat(module)
    except OSError:
        return False
    if len(head) != 16 or head[:4] != MAGIC_NUMBER:
        return False
    if head[4:8] != b"\0\0\0\0":
        return True  # told by a hash (PEP 552), which an installer vouches for
    stamp = (int(found.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little")
    return head[8:12] == stamp and head[12:16] == (found.st_size & 0xFFFFFFFF).to_bytes(4, "little")


def _compile(folder: str) -> str:
    from py_compile import PyCompileError, compile

    count = 0
    for module in _modules(folder):
        if not _is_compiled(module):
            try:
                count += compile(module, doraise=True) is not None
            except PyCompileError:
                continue  # it is for a newer Python, or broken: the count that is left tells
    return f"compiled {count} modules of pyst"


def others(case: Case) -> Iterator[Result]:
    """How many programs called `pyst` are on PATH."""
    found: dict[str, str] = {}
    for folder in case.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, "pyst")
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            found.setdefault(os.path.realpath(path), path)
    if len(found) > 1:
        first, *rest = found.values()
        message = f"several programs are called `pyst`: `{first}` comes first, before {_listed(rest)}"
        yield Result("path-pyst", "warn", message, "uninstall those that you don't use")
    elif found:
        yield Result("path-pyst", "ok", f"`pyst` on PATH is `{next(iter(found.values()))}`")
    else:
        hint = "put its folder on PATH, so that `#!/usr/bin/env -S pyst run` finds it"
        yield Result("path-pyst", "warn", "`pyst` is not on PATH", hint)


def _listed(paths: list[str]) -> str:
    return ", ".join(f"`{each}`" for each in paths)
