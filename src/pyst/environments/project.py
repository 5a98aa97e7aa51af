"""The environment of a script that has no block of its own but lies in a project (a `pyproject.toml` with `[project]`).

A project that the user trusts has its own: `.pyst/venv`, `.venv`, or what `uv sync` makes. Of any other nothing is
run: neither the `.venv` that came with it nor its build backend. What it declares is installed into an environment
of our own store, from wheels, without the project itself; its `uv.lock` is obeyed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.environments.interpreters import find_interpreter, search_path
from pyst.environments.marker import python_of
from pyst.environments.spec import Environment, EnvSpec, Interpreter, make_spec
from pyst.errors import ExitCode, Failure, Fix, Where
from pyst.scripts.requirements import normalized_name, split_requirement
from pyst.scripts.script import Metadata

if TYPE_CHECKING:
    from pyst.system.uv import Uv
    from pyst.system.witness import Witness

PROJECT_FILE = "pyproject.toml"
VENVS = (os.path.join(".pyst", "venv"), ".venv")
NOT_FOR_SCRIPTS = frozenset({"workspace", "package", "managed", "default-groups", "dev-dependencies", "build-backend"})
"""Keys of a project's `[tool.uv]` that are about the project itself."""


class Project(NamedTuple):
    """A project, as its `pyproject.toml` declares it. `development` are the requirements of its `dev` group."""

    root: str
    name: str
    requires_python: str | None
    requirements: tuple[str, ...]
    development: tuple[str, ...]
    tool: dict[str, Any]
    lock: bytes | None
    is_package: bool


def find_project(script: str, top: str, witness: Witness) -> Project | None:
    """The project that the script lies in: the nearest folder from it up to `top` whose `pyproject.toml` has one.

    Raises `Failure` (E_PROJECT) where that file is broken.
    """
    folder = os.path.dirname(script)
    while folder == top or folder.startswith(top.rstrip(os.sep) + os.sep):
        data = witness.read(os.path.join(folder, PROJECT_FILE))
        if data is not None:
            project = _parse(data, folder, witness)
            if project is not None:
                return project
        if folder == top:
            return None
        folder = os.path.dirname(folder)
    return None


def _parse(data: bytes, folder: str, witness: Witness) -> Project | None:
    import tomllib

    where = Where(os.path.join(folder, PROJECT_FILE))
    try:
        content = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise Failure("E_PROJECT", f"the project file can't be read: {error}", where=where) from error
    project = content.get("project")
    if not isinstance(project, dict):
        return None
    development = [*_group(content.get("dependency-groups"), "dev", ())]
    tool = content.get("tool", {}).get("uv", {}) if isinstance(content.get("tool"), dict) else {}
    tool = tool if isinstance(tool, dict) else {}
    development += _texts(tool.get("dev-dependencies"))
    requires_python = project.get("requires-python")
    name = project.get("name")
    return Project(
        folder,
        name if isinstance(name, str) else "project",
        requires_python if isinstance(requires_python, str) else None,
        tuple(_texts(project.get("dependencies"))),
        tuple(development),
        tool,
        witness.read(os.path.join(folder, "uv.lock"), most_bytes=64 << 20),
        "build-system" in content and tool.get("package") is not False,
    )


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _group(groups: Any, name: str, above: tuple[str, ...]) -> Iterator[str]:
    """The requirements of a dependency group (PEP 735), those of included groups too."""
    if not isinstance(groups, dict) or name in above:
        return
    by_name = {normalized_name(each): value for each, value in groups.items()}
    listed = by_name.get(normalized_name(name))
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict) and isinstance(each.get("include-group"), str):
            yield from _group(groups, each["include-group"], (*above, name))


def project_environment(
    script: str,
    top: str,
    *,
    trusted: bool,
    root: str,
    uv: Uv,
    cwd: str,
    witness: Witness,
    request: str | None = None,
    with_requirements: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
    settings: tuple[tuple[str, str | bytes], ...] = (),
    build: bool = True,
) -> EnvSpec | Environment | None:
    """Where a script without a block runs: a ready environment, or the spec of one of ours (for `store.ensure`).

    `top` is the folder beyond which no project is looked for, and the one that `trusted` is about; `root` is the store.
    None where there is neither `PYST_ENV` nor a project: then the plain interpreter will do. Without `build` a trusted
    project's environment that isn't there yet is told as it would be. Raises `Failure`.
    """
    if asked := uv.environ.get("PYST_ENV"):
        return _asked_environment(os.path.normpath(os.path.join(cwd, asked)), witness)
    project = find_project(script, top, witness)
    if project is None:
        return None
    trusted = trusted and project.root == top  # of a project further in, trust has hashed nothing
    request = request or uv.environ.get("PYST_PYTHON") or uv.environ.get("UV_PYTHON")
    if trusted and not with_requirements and not request:  # another Python needs another environment
        found = _own_environment(project, top, witness)
        if found is not None:
            return found
        if project.requirements or project.development or project.is_package:
            return _sync(project, uv, witness) if build else _expected(project)
    request = request or _pinned(project, top, witness)
    interpreter = find_interpreter(
        request, project.requires_python or "", root=root, uv=uv, cwd=cwd, flags=flags, witness=witness
    )
    return declared_spec(
        project, interpreter, with_requirements=with_requirements, flags=flags, settings=settings, trusted=trusted
    )


def declared_spec(
    project: Project,
    interpreter: Interpreter,
    *,
    with_requirements: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
    settings: tuple[tuple[str, str | bytes], ...] = (),
    trusted: bool = False,
) -> EnvSpec:
    """What the project declares, as a spec: without the project itself."""
    own = normalized_name(project.name)
    declared = (*project.requirements, *project.development)
    requirements = tuple(each for each in declared if split_requirement(each)[0] != own)
    tool = {key: value for key, value in project.tool.items() if key not in NOT_FOR_SCRIPTS}
    metadata = Metadata(project.requires_python, requirements, {"uv": tool}, "", 0)
    lock = project.lock if requirements and not with_requirements else None
    spec = make_spec(
        metadata,
        interpreter,
        script_path=os.path.join(project.root, PROJECT_FILE),
        with_requirements=with_requirements,
        lock=lock,
        flags=flags,
        settings=settings,
        allow_build=trusted,
    )
    return spec._replace(project=_project_text(project, spec)) if lock is not None else spec


def _project_text(project: Project, spec: EnvSpec) -> str:
    """A project file with the declarations and no build system, so that there is nothing to be built."""
    from pyst.environments.toml import toml_string, toml_value

    lines = ["[project]", f"name = {toml_string(project.name)}", 'version = "0"']
    if project.requires_python:
        lines.append(f"requires-python = {toml_string(project.requires_python)}")
    lines.append(f"dependencies = {toml_value(project.requirements)}")
    lines += ["[dependency-groups]", f"dev = {toml_value(project.development)}"]
    lines += ["[tool.uv]", "package = false"]
    lines += [f"{toml_string(key)} = {toml_value(value)}" for key, value in spec.tool.items()]
    return "\n".join(lines) + "\n"


def _pinned(project: Project, top: str, witness: Witness) -> str | None:
    """The version that `.python-version` asks for, from the project's folder up to `top`; paths don't count."""
    folder = project.root
    while True:
        data = witness.read(os.path.join(folder, ".python-version"), most_bytes=4096)
        for line in (data or b"").decode("utf-8", "replace").splitlines():
            word = line.strip()
            if word and not word.startswith("#"):
                return word if all(char.isalnum() or char in ".-+@_" for char in word) else None
        if folder == top or len(folder) <= len(top):
            return None
        folder = os.path.dirname(folder)


def _asked_environment(path: str, witness: Witness) -> Environment:
    found = _venv_at(path, witness)
    if found is None:
        raise Failure(
            "E_ENVIRONMENT",
            f"`PYST_ENV` names `{path}`, which is no working virtual environment",
            hint="make it (`uv venv`), or unset PYST_ENV",
            exit=ExitCode.CANNOT_EXECUTE,
        )
    return found


def _own_environment(project: Project, top: str, witness: Witness) -> Environment | None:
    for folder in dict.fromkeys((project.root, top)):
        for name in VENVS:
            found = _venv_at(os.path.join(folder, name), witness)
            if found is not None:
                return found
    return None


def _venv_at(path: str, witness: Witness) -> Environment | None:
    """The virtual environment at `path`, if its interpreter is there. Nothing is started."""
    python = python_of(path)
    config = os.path.join(path, "pyvenv.cfg")
    if not witness.is_file(config) or not witness.is_file(python) or not os.access(python, os.X_OK):
        return None
    told = {}
    for line in (witness.read(config) or b"").decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        told[name.strip().lower()] = value.strip()
    version = told.get("version_info") or told.get("version", "")
    implementation = told.get("implementation", "CPython").lower()
    return Environment("", path, python, Interpreter(python, version, implementation, os.path.realpath(python)))


def _expected(project: Project) -> Environment:
    path = os.path.join(project.root, ".venv")
    python = python_of(path)
    return Environment("", path, python, Interpreter(python, "", "", python))


def _sync(project: Project, uv: Uv, witness: Witness) -> Environment:
    """Have uv make the `.venv` of a trusted project, by the project's own settings."""
    from pyst.environments.diagnosis import diagnose

    path = os.path.join(project.root, ".venv")
    words = ["sync", *(["--locked"] if project.lock is not None else [])]
    doing = f"building the environment of the project {project.name}"
    search = search_path(uv.environ)
    try:
        ended = uv.call(*words, folder=project.root, doing=doing, UV_PROJECT_ENVIRONMENT=path, PATH=search)
    finally:
        if project.lock is None:
            _forget_lock(project.root)
    if ended.exit_code != 0:
        locked = project.lock is not None
        failure = diagnose(ended.stderr, script=project.root, offline=uv.offline, allow_build=True, locked=locked)
        if failure.code == "E_LOCK_STALE":
            failure.message = f"`uv.lock` of the project in `{project.root}` doesn't fit its `{PROJECT_FILE}` any more"
            failure.fix = Fix("uv lock")
        raise failure
    for each in ("pyvenv.cfg", os.path.relpath(python_of(path), path)):
        witness.stamps.pop(os.path.join(path, each), None)
    found = _venv_at(path, witness)
    if found is None:
        raise Failure("E_ENVIRONMENT", f"`uv sync` made no working environment in `{path}`")
    return found


def _forget_lock(folder: str) -> None:
    """Take back the lock that uv has just written unasked: a new file in the project would end the trust in it."""
    try:
        os.unlink(os.path.join(folder, "uv.lock"))
    except OSError:
        pass
