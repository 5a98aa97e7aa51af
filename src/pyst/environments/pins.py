"""The user's own pin: the Python that uv's configuration names for wherever nothing else asks for one.

`uv python pin --global` writes it. uv itself can't find it from a folder of ours, where an empty `.python-version`
ends its search. The pins of projects are a matter for `environments.project`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from pyst.errors import Failure
from pyst.system.uv import user_config_folder
from pyst.system.witness import Witness

NAMES = (".python-version", ".python-versions")
MOST_BYTES = 64 << 10
REQUESTS = ("cpython", "pypy", "graalpy", "pyodide", "any", "default", "cp3", "pp3", "gp3")
"""How a request may begin that is no version; any other word names a program, which uv doesn't take from a pin."""


class Pin(NamedTuple):
    """What is pinned (empty: nothing), and by which file."""

    request: str = ""
    path: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it is a version, an implementation, or an absolute path. A relative path would be anybody's."""
        return os.path.isabs(self.request) or (
            os.sep not in self.request and (self.request[:1] in set("0123456789<>=~!") or self._names_implementation)
        )

    @property
    def _names_implementation(self) -> bool:
        return self.request.lower().startswith(REQUESTS)


def user_pin(environ: Mapping[str, str], flags: tuple[str, ...], witness: Witness) -> Pin:
    """The first request in the user's own version file. None where uv is told to read no configuration."""
    folder = user_config_folder(environ)
    if folder is None or "--no-config" in flags:
        return Pin()
    for name in NAMES:
        path = os.path.join(folder, name)
        try:
            data = witness.read(path, most_bytes=MOST_BYTES)
        except Failure:
            continue  # a folder, or nothing that can be read
        if data is None:
            continue
        for line in data.decode("utf-8", "replace").splitlines():
            word = line.strip()
            if word and not word.startswith("#"):
                return Pin(word, path)
    return Pin()


def may_meet(request: str, requires_python: str) -> bool:
    """Whether an interpreter that meets the pinned `request` can meet `requires_python` too. Pure.

    Of a version without its last parts, any later part may be meant. What is no plain version is not ruled out.
    """
    parts = request.split(".")
    if not requires_python or not all(each.isdecimal() for each in parts) or len(parts) > 3:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return False
    minors = [request] if len(parts) > 1 else [f"{request}.{minor}" for minor in range(50)]
    versions = minors if len(parts) > 2 else [f"{each}.{patch}" for each in minors for patch in range(50)]
    return any(wanted.contains(each, prereleases=True) for each in versions)
