"""What an environment is made of, as a value, and the key that follows from it. Pure.

Two scripts with the same needs have equal specs and share one environment: order, formatting and comments of the
block don't count, nor does the script's name or place, unless it has sources relative to its folder. A
difference that isn't seen through (`1.0` and `1.0.0`) only means a second environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.scripts.requirements import normalized_requirement, normalized_specifiers, split_requirement

if TYPE_CHECKING:
    from pyst.scripts.script import Metadata

FORMAT = 1
KEY_LENGTH = 24
NEUTRAL_FLAGS = frozenset(
    {"--offline", "--no-cache", "-n", "--refresh", "--no-progress", "--native-tls", "--system-certs", "--verbose", "-v"}
)
"""uv's flags that say how packages are fetched, not which."""

REQUIREMENT_LISTS = frozenset(
    {"constraint-dependencies", "override-dependencies", "exclude-dependencies", "build-constraint-dependencies"}
)


class Interpreter(NamedTuple):
    """A Python that was found. `path` is what to execute, `real_path` the same without links.

    `version` is like `3.12.1`, `implementation` like `cpython`, `platform` tells builds apart (ABI and machine).
    `satisfies` says whether it meets the `requires-python` that it was looked up for.
    """

    path: str
    version: str
    implementation: str
    real_path: str
    platform: str = ""
    satisfies: bool = True


class Environment(NamedTuple):
    """Where to run: `python` is the program to start. A plain interpreter has no `path` and no `key`.

    `used` is the file whose time says when the environment was last used; `marker` the file that says it is whole.
    """

    key: str
    path: str | None
    python: str
    interpreter: Interpreter
    used: str | None = None
    marker: str | None = None


class EnvSpec(NamedTuple):
    """Everything that decides what is in an environment. Made by `make_spec`; don't build one by hand.

    `requirements` are in one form and sorted, those of `--with` (`with_requirements`) among them. `tool` is the
    `[tool.uv]` table with paths made absolute. `settings` are the user's own of uv. `lock` is the content of the
    script's lock. `script` is the path that relative sources are relative to, where there are such sources.
    `project` is the text of a `pyproject.toml` where the lock is a project's (`environments.project`).
    """

    requirements: tuple[str, ...]
    with_requirements: tuple[str, ...]
    requires_python: str
    tool: Mapping[str, Any]
    flags: tuple[str, ...]
    settings: tuple[tuple[str, str | bytes], ...]
    lock: bytes | None
    interpreter: Interpreter
    allow_build: bool
    script: str | None
    project: str = ""

    @property
    def key(self) -> str:
        """The name of the environment: hex, the same in every process and on every Python."""
        it = self.interpreter
        identity = (it.real_path, it.version, it.implementation, it.platform)
        flags = tuple(each for each in self.flags if each not in NEUTRAL_FLAGS)
        told = (self.with_requirements, flags, self.settings, identity, self.allow_build)
        return _digest(("environment", FORMAT, self.needs, *told))

    @property
    def needs(self) -> str:
        """A digest of what the script's own text and lock ask for, whatever interpreter and settings are in use."""
        own = tuple(each for each in self.requirements if each not in self.with_requirements)
        told = (own, self.requires_python, canonical(self.tool), self.lock, self.script, self.project)
        return _digest(("needs", FORMAT, *told))

    @property
    def is_plain(self) -> bool:
        """Whether nothing is asked for: then the plain interpreter will do."""
        return not self.requirements


def make_spec(
    metadata: Metadata | None,
    interpreter: Interpreter,
    *,
    script_path: str = "",
    with_requirements: tuple[str, ...] = (),
    lock: bytes | None = None,
    flags: tuple[str, ...] = (),
    settings: tuple[tuple[str, str | bytes], ...] = (),
    allow_build: bool = False,
) -> EnvSpec:
    """The spec of what a script's block asks for. `script_path` is absolute; relative sources start at its folder."""
    base = os.path.dirname(script_path)
    own = metadata.dependencies if metadata else ()
    tool = metadata.tool.get("uv", {}) if metadata else {}
    tool = tool if isinstance(tool, dict) else {}
    extra = {normalized_requirement(absolute_requirement(each, base)) for each in with_requirements}
    asked = {normalized_requirement(absolute_requirement(each, base)) for each in own}
    relative = has_relative_paths(tool) or any(absolute_requirement(each, base) != each for each in own)
    return EnvSpec(
        requirements=tuple(sorted(asked | extra)),
        with_requirements=tuple(sorted(extra - asked)),
        requires_python=wanted_python(metadata, lock),
        tool=absolute_tool(tool, base),
        flags=flags,
        settings=settings,
        lock=lock,
        interpreter=interpreter,
        allow_build=allow_build,
        script=script_path if relative else None,
    )


def wanted_python(metadata: Metadata | None, lock: bytes | None) -> str:
    """The specifiers that the interpreter must meet: those of the block, else those that its lock was made for.

    uv writes the Python that it happened to use into a lock whose block names none, and takes the lock for stale on
    an older one.
    """
    asked = normalized_specifiers(metadata.requires_python or "") if metadata else ""
    if asked or not lock:
        return asked
    for line in lock.splitlines()[:20]:
        name, _, value = line.partition(b"=")
        if name.strip() == b"requires-python":
            return normalized_specifiers(value.strip().strip(b"\"'").decode("utf-8", "replace"))
    return ""


def _digest(value: tuple[Any, ...]) -> str:
    from pyst.system.digest import sha256

    return sha256(ascii(value).encode())[:KEY_LENGTH]


def canonical(value: Any, key: str = "") -> Any:
    """Plain TOML data as nested tuples whose `ascii()` is one form for equal meaning; the order of keys is gone."""
    if isinstance(value, Mapping):
        return ("table", tuple((name, canonical(value[name], name)) for name in sorted(value)))
    if isinstance(value, list | tuple):
        if key in REQUIREMENT_LISTS and all(isinstance(each, str) for each in value):
            return ("set", tuple(sorted({normalized_requirement(each) for each in value})))
        return ("list", tuple(canonical(each) for each in value))
    if value is None or isinstance(value, str | bool | int | float | bytes):
        return value
    return ("date", value.isoformat())


def _is_relative(path: object) -> bool:
    return isinstance(path, str) and "://" not in path and not path.startswith(("file:", "~", "${")) and path[:1] != "/"


def absolute_requirement(text: str, base: str) -> str:
    """The requirement with a direct reference to a relative path made absolute."""
    name, extras, rest, marker = split_requirement(text)
    if not rest.startswith("@") or not _is_relative(rest[1:]) or "+" in rest.partition(":")[0]:
        return text
    path = os.path.normpath(os.path.join(base, rest[1:]))
    tail = f" ; {marker}" if marker else ""
    return f"{name}{f'[{extras}]' if extras else ''} @ {path}{tail}"


def has_relative_paths(tool: Mapping[str, Any]) -> bool:
    """Whether `[tool.uv]` points to places relative to the script's folder."""
    return bool(absolute_tool(tool, "/") != tool)


def absolute_tool(tool: Mapping[str, Any], base: str) -> dict[str, Any]:
    """The `[tool.uv]` table with its relative paths made absolute: sources, indexes, find-links, direct references."""

    def place(path: Any) -> Any:
        return os.path.normpath(os.path.join(base, path)) if _is_relative(path) else path

    def source(value: Any) -> Any:
        if isinstance(value, list):
            return [source(each) for each in value]
        if isinstance(value, dict) and "path" in value:
            return {**value, "path": place(value["path"])}
        return value

    def index(value: Any) -> Any:
        return {**value, "url": place(value["url"])} if isinstance(value, dict) and "url" in value else value

    made = dict(tool)
    for key, value in tool.items():
        if key == "sources" and isinstance(value, dict):
            made[key] = {name: source(each) for name, each in value.items()}
        elif key == "index" and isinstance(value, list):
            made[key] = [index(each) for each in value]
        elif key in ("index-url", "cache-dir"):
            made[key] = place(value)
        elif key in ("extra-index-url", "find-links") and isinstance(value, list):
            made[key] = [place(each) for each in value]
        elif key in REQUIREMENT_LISTS and isinstance(value, list):
            made[key] = [absolute_requirement(each, base) if isinstance(each, str) else each for each in value]
    return made
