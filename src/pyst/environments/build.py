"""Building an environment: a synthetic script for uv, one `uv sync`, one examination, the marker last.

Works under the lock that the store holds. Whatever goes wrong, no marker is left, and what was begun is cleared by
the next who comes.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from pyst.environments.diagnosis import diagnose
from pyst.environments.marker import MARKER, MARKER_ENDS, USED, marker_begins, python_of
from pyst.environments.spec import EnvSpec
from pyst.environments.toml import script_block
from pyst.environments.trash import discard
from pyst.errors import ExitCode, Failure
from pyst.scripts.requirements import normalized_name, split_requirement
from pyst.system.files import sync_folder, write_atomic
from pyst.system.uv import Uv, make_work_folder, user_config_files

EXAMINE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "inside", "examine.py")
SCRIPT = "script.py"
PROJECT_WORDS = ("--frozen", "--no-install-project", "--no-install-workspace", "--no-install-local", "--no-editable")
"""A project's lock without the project: neither its own code nor what lies beside it is built or installed."""


def build(spec: EnvSpec, root: str, uv: Uv, name: str) -> None:
    """Build the environment of `spec` at its place. Raises `Failure` and `OSError`."""
    folder = os.path.join(root, spec.key)
    work = os.path.join(root, ".work", spec.key)
    began = time.time()
    try:
        found = _attempt(spec, root, folder, work, uv, name, fresh=False)
        if found["problems"]:
            # Files in uv's cache were changed (by a script: they are hard links). Take all of them anew.
            if uv.say:
                uv.say(f"uv's cache holds damaged files ({found['problems'][0]}); fetching them anew")
            found = _attempt(spec, root, folder, work, uv, name, fresh=True)
        if found["problems"]:
            message = "the environment that was built is not whole:\n" + "\n".join(found["problems"])
            raise Failure("E_ENVIRONMENT", message, hint="`uv cache clean` mends a damaged cache")
        _mark(spec, folder, found, began)
    except BaseException:
        _tidy(folder, root)
        raise
    finally:
        _tidy(work, root)


def _tidy(path: str, root: str) -> None:
    """Clear what is not needed any more. What resists (a full disk) is cleared by whoever builds next."""
    try:
        discard(path, root)
    except OSError:
        pass


def _attempt(spec: EnvSpec, root: str, folder: str, work: str, uv: Uv, name: str, *, fresh: bool) -> dict[str, Any]:
    discard(folder, root)
    discard(work, root)
    make_work_folder(work)
    _sync(spec, folder, work, uv, name, fresh=fresh)
    return _examine(spec.interpreter.path, folder, work, uv)


def _sync(spec: EnvSpec, folder: str, work: str, uv: Uv, name: str, *, fresh: bool) -> None:
    """Have uv make the environment and install into it what the block (or its lock) says."""
    words = ["--python", spec.interpreter.path, *spec.flags]
    words += [] if spec.allow_build else ["--no-build"]
    words += ["--no-cache"] if fresh else []
    variables = {"VIRTUAL_ENV": folder, "TMPDIR": work}
    script = os.path.join(work, SCRIPT)
    doing = f"building the environment of {name}"
    if spec.project:
        write_atomic(os.path.join(work, "pyproject.toml"), spec.project)
        write_atomic(os.path.join(work, "uv.lock"), spec.lock or b"")
        ended = uv.call("sync", *PROJECT_WORDS, "--active", *words, folder=work, doing=doing, **variables)
        expect(ended.exit_code, ended.stderr, spec, uv, name)
        return
    if spec.lock is not None and spec.script is not None and not spec.with_requirements:
        # The lock holds places relative to the script: only there does it fit. What else lies there must not count.
        script = spec.script
        words += own_configuration(uv)
    else:
        own = tuple(each for each in spec.requirements if each not in spec.with_requirements)
        _write_script(script, spec, own if spec.lock is not None else spec.requirements)
    locked = spec.lock is not None
    if spec.lock is not None and script != spec.script:
        write_atomic(script + ".lock", spec.lock)
        if spec.with_requirements:
            checked = uv.call("lock", "--script", script, "--check", *words, folder=work, TMPDIR=work)
            expect(checked.exit_code, checked.stderr, spec, uv, name)
            _write_script(script, spec, spec.requirements)
            locked = False
    sync = ["sync", "--script", script, "--active", *(["--locked"] if locked else []), *words]
    ended = uv.call(*sync, folder=work, doing=doing, **variables)
    expect(ended.exit_code, ended.stderr, spec, uv, name)
    if spec.lock is not None and not locked:
        _keep_to_lock(spec, script + ".lock", name)


def own_configuration(uv: Uv) -> list[str]:
    """The words that make uv read the user's own configuration where it works in a folder that isn't ours."""
    present = [each for each in user_config_files(uv.environ) if os.path.isfile(each)]
    return ["--config-file", present[0]] if present else ["--no-config"]


def _write_script(path: str, spec: EnvSpec, requirements: tuple[str, ...]) -> None:
    tool = {key: value for key, value in spec.tool.items() if (key, value) != ("link-mode", "symlink")}
    write_atomic(path, script_block(spec.requires_python, requirements, tool))


def expect(exit_code: int, told: bytes, spec: EnvSpec, uv: Uv, name: str) -> None:
    """Raise the `Failure` that uv's standard error tells of, unless it succeeded."""
    if exit_code == 0:
        return
    if exit_code in (130, 143):
        raise Failure("E_INTERRUPTED", "uv was interrupted", exit=ExitCode.INTERRUPTED)
    offline = uv.offline or "--offline" in spec.flags or uv.environ.get("UV_OFFLINE", "") not in ("", "0", "false")
    raise diagnose(told, script=name, offline=offline, allow_build=spec.allow_build, locked=spec.lock is not None)


def _keep_to_lock(spec: EnvSpec, path: str, name: str) -> None:
    """Check that what `--with` added changed no version of the lock. Raises `Failure` (E_CONFLICT)."""
    before, after = _versions(spec.lock or b""), {}
    with open(path, "rb") as file:
        after = _versions(file.read())
    for package, version in before.items():
        if package in after and after[package] != version:
            raise Failure(
                "E_CONFLICT",
                f"the lock of `{name}` says {package} {'.'.join(version)}, but with "
                f"{' '.join(f'`{each}`' for each in spec.with_requirements)} it would be {'.'.join(after[package])}",
                hint="lock the script with that requirement in its block",
            )


def _versions(lock: bytes) -> dict[str, tuple[str, ...]]:
    import tomllib

    found: dict[str, tuple[str, ...]] = {}
    for package in tomllib.loads(lock.decode()).get("package", []):
        found[package["name"]] = (*found.get(package["name"], ()), package.get("version", ""))
    return found


def _examine(python: str, folder: str, work: str, uv: Uv) -> dict[str, Any]:
    """Whether the environment has its interpreter and every installed file; compiles the modules.

    By the interpreter that the environment was made from: a wheel can replace `pyvenv.cfg`, and with it the standard
    library that the environment's own would start with, before anybody said that the package may run.
    """
    own = python_of(folder)
    if not os.path.exists(own) or not os.path.samefile(own, python):
        return {"problems": [f"{own}: it is not the interpreter {python}"]}
    doing = "compiling the environment's modules"
    ended = uv.start([python, "-I", "-S", EXAMINE, folder], folder=work, doing=doing)
    try:
        found: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        told = ended.stderr.decode("utf-8", "replace").strip()[-500:]
        return {"problems": [f"`{python}` doesn't start (exit code {ended.exit_code}): {told}"]}
    return found


def _mark(spec: EnvSpec, folder: str, found: dict[str, Any], began: float) -> None:
    """Say that the environment is whole: the last thing that is written, and on disk before it counts."""
    with open(os.path.join(folder, USED), "w"):
        pass
    now = time.time()
    told = {
        "needs": spec.needs,
        "requirements": [_masked(each) for each in spec.requirements],
        "with": list(spec.with_requirements),
        "requires_python": spec.requires_python,
        "is_locked": spec.lock is not None,
        "allow_build": spec.allow_build,
        "interpreter": spec.interpreter._asdict(),
        "packages": found["packages"],
        "files": found["files"],
        "bytes": found["bytes"],
        "built_at": round(now, 3),
        "built_in_seconds": round(now - began, 3),
    }
    body = json.dumps(told, ensure_ascii=True)[1:-1].encode()
    sync_folder(folder)
    write_atomic(os.path.join(folder, MARKER), marker_begins(folder, spec.key) + body + b", " + MARKER_ENDS, keep=True)


def _masked(requirement: str) -> str:
    """The requirement without credentials that its URL may hold."""
    name, _, rest, _ = split_requirement(requirement)
    if not rest.startswith("@") or "@" not in rest[1:]:
        return requirement
    return f"{normalized_name(name)} @ {rest.partition('://')[0][1:]}://…@{rest.rpartition('@')[2]}"
