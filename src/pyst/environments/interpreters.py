"""Which Python a script runs on: asked of uv in surroundings of our own, and remembered.

uv decides, by its own rules, settings and preferences. What it is spared: a stranger's `.venv` and `.python-version`
(it is asked from a folder of ours, about system interpreters only), and pyenv's shims, slow scripts that obey the
current folder: pyenv's real versions stand on the PATH that it is given. An answer costs up to half a second, so it
is kept with the stamps of the interpreter and of the folders that were searched.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from marshal import dumps, loads
from typing import Any

from pyst.environments.pins import Pin, may_meet, user_pin
from pyst.environments.places import cache_failed, writable_root
from pyst.environments.spec import Interpreter
from pyst.errors import ExitCode, Failure, Where
from pyst.hotpath import digest, read_sealed, sealed, stamp_of
from pyst.system.uv import Uv, make_work_folder, user_config_files
from pyst.system.witness import Witness

FORMAT = 1
FOLDER = ".interpreters"
TELL = """
import sys
v, i = sys.version_info, sys.implementation
print("%d.%d.%d" % v[:3] + ("" if v[3] == "final" else v[3][0].replace("c", "rc") + str(v[4])))
print(i.name)
print(sys.executable)
abi = (i.cache_tag, getattr(sys, "abiflags", ""), getattr(i, "_multiarch", sys.platform), sys.maxsize.bit_length())
print("-".join(map(str, abi)))
"""
"""What an interpreter is asked: version, implementation, its own path, and what tells its builds apart."""

FLAGS = frozenset({"--managed-python", "--no-managed-python", "--no-python-downloads", "--system-certs"})
"""The uv flags that bear on the choice of an interpreter."""


def find_interpreter(
    request: str | None,
    requires_python: str,
    *,
    root: str,
    uv: Uv,
    cwd: str,
    flags: tuple[str, ...] = (),
    witness: Witness | None = None,
) -> Interpreter:
    """The interpreter to use: by `request` (`--python`, `PYST_PYTHON`, `UV_PYTHON`), else by `requires_python`.

    Without a request, the user's own pin counts where it can meet `requires_python`, as it does for `uv run`.
    A request may be whatever uv understands, or a path; relative ones start at `cwd`. `root` is the store's folder.
    `.satisfies` of the answer says whether a requested one meets `requires_python`. Raises `Failure`
    (E_NO_INTERPRETER, E_OFFLINE).
    """
    environ = uv.environ
    asked = request or environ.get("PYST_PYTHON") or environ.get("UV_PYTHON") or ""
    if os.sep in asked or asked.startswith("."):
        asked = os.path.normpath(os.path.join(cwd, os.path.expanduser(asked)))
    chosen = tuple(each for each in flags if each in FLAGS)
    pin = Pin() if asked else user_pin(environ, flags, witness or Witness())
    key = (FORMAT, asked, pin.request, requires_python, chosen, *_surroundings(environ))
    path = os.path.join(root, FOLDER, digest(dumps(key, 2)).hex())
    if witness is not None:
        for each, _ in _searched(environ):
            witness.look_into(each)  # before the answer is read: what changes afterwards is to be noticed
    found = _read(path, key)
    if found is None:
        found = _ask_once(path, key, asked, requires_python, uv, chosen, pin)
    if not found.satisfies and uv.say:
        uv.say(
            f"warning: Python {found.version} (asked for as `{asked}`) doesn't meet requires-python `{requires_python}`"
        )
    if witness is not None:
        for each in {found.path, found.real_path, *user_config_files(environ)}:
            witness.look(each)
    return found


def _ask_once(
    path: str, key: tuple[Any, ...], asked: str, requires_python: str, uv: Uv, flags: tuple[str, ...], pin: Pin
) -> Interpreter:
    """Ask, while the others who ask the same wait for the answer."""
    from pyst.system.files import locked, write_atomic

    root = os.path.dirname(os.path.dirname(path))
    usable = writable_root(root, uv.environ, uv.say)
    path = os.path.join(usable, FOLDER, os.path.basename(path))
    try:
        with locked(os.path.join(usable, ".locks", f"interpreters-{os.path.basename(path)[:16]}")):
            found = _read(path, key)
            if found is not None:
                return found
            searched = _searched(uv.environ)
            folder = make_work_folder(os.path.join(usable, ".work", "interpreters"))
            found = _ask_for_pin(pin, requires_python, uv, folder, flags) if pin.request else None
            found = found or _ask(asked, requires_python, uv, folder, flags)
            stamps = [(each, stamp_of(each)) for each in (found.path, found.real_path)]
            body = dumps((key, tuple(stamps), searched, tuple(found)), 2)
            write_atomic(path, sealed(body), mode=0o600)
            return found
    except OSError as error:
        raise cache_failed(usable, error) from error


def _read(path: str, key: tuple[Any, ...]) -> Interpreter | None:
    """The remembered answer, if it is whole and nothing it rests on has changed."""
    try:
        body = read_sealed(path)
        if body is None:
            return None
        told, stamps, searched, answer = loads(body)
        if told != key or any(stamp_of(each) != stamp for each, stamp in stamps):
            return None
        if any(_changed_at(each) != when for each, when in searched):
            return None
        return Interpreter(*answer)
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _surroundings(environ: Mapping[str, str]) -> tuple[Any, ...]:
    """The variables that the choice depends on."""
    names = ("PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS")
    more = sorted(
        name
        for name in environ
        if name.startswith("UV_PYTHON_") or name in ("UV_MANAGED_PYTHON", "UV_NO_MANAGED_PYTHON", "UV_CONFIG_FILE")
    )
    return tuple((name, environ.get(name)) for name in (*names, *more))


def _searched(environ: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """When the places in which interpreters are searched were last changed."""
    pyenv = pyenv_root(environ)
    data = environ.get("XDG_DATA_HOME") or os.path.join(environ.get("HOME", "/"), ".local", "share")
    places = [each for each in search_path(environ).split(os.pathsep) if each]
    places += [os.path.join(pyenv, "versions"), os.path.join(pyenv, "version")]
    places += [environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python")]
    places += user_config_files(environ)
    return tuple((each, _changed_at(each)) for each in dict.fromkeys(places))


def _changed_at(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return 0


def pyenv_root(environ: Mapping[str, str]) -> str:
    """pyenv's folder, whether it is there or not."""
    root = environ.get("PYENV_ROOT", "")
    return root if os.path.isabs(root) else os.path.join(environ.get("HOME", "/"), ".pyenv")


def search_path(environ: Mapping[str, str]) -> str:
    """The PATH on which uv is to search: relative folders left out, pyenv's versions in place of its shims.

    The versions that pyenv selects for everywhere stand where the shims stood, the others at the end, newest first.
    """
    pyenv = pyenv_root(environ)
    selected, others = _pyenv_folders(pyenv, environ)
    folders: list[str] = []
    for each in environ.get("PATH", os.defpath).split(os.pathsep):
        if each.startswith(pyenv + os.sep) and os.path.basename(each.rstrip(os.sep)) == "shims":
            folders += selected
        elif os.path.isabs(each):
            folders.append(each)
    return os.pathsep.join(dict.fromkeys(folders + others))


def _pyenv_folders(pyenv: str, environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The `bin` folders of pyenv's versions: those selected for everywhere, and the rest."""
    versions = os.path.join(pyenv, "versions")
    try:
        names = os.listdir(versions)
    except OSError:
        return [], []
    wanted = environ.get("PYENV_VERSION", "")
    if not wanted:
        try:
            with open(os.path.join(pyenv, "version"), encoding="utf-8", errors="replace") as file:
                wanted = ":".join(file.read(1000).split())
        except OSError:
            pass
    names = [each for each in names if not each.startswith("2.")]  # uv stops at a Python without `-I`
    chosen = [each for each in wanted.split(":") if each in names]
    rest = sorted((each for each in names if each not in chosen), key=_version_order, reverse=True)
    place = [[os.path.join(versions, each, "bin") for each in group] for group in (chosen, rest)]
    return place[0], place[1]


def _version_order(name: str) -> tuple[bool, tuple[int, ...]]:
    """Plain versions by their numbers, all else (PyPy, virtualenvs) before them."""
    parts = name.split(".")
    plain = all(each.isdecimal() for each in parts)
    return plain, tuple(int(each) for each in parts) if plain else ()


def _ask(asked: str, requires_python: str, uv: Uv, folder: str, flags: tuple[str, ...]) -> Interpreter:
    if os.path.isabs(asked):
        path = _python_at(asked)
    else:
        try:
            path = _ask_uv(asked or requires_python, uv, folder, flags)
        except Failure:
            _check_specifiers(asked, requires_python)
            raise
    found = inspect_interpreter(path, uv, folder)
    if asked and requires_python:
        found = found._replace(satisfies=_meets(found.version, requires_python) is not False)
    return found


def _ask_for_pin(pin: Pin, requires_python: str, uv: Uv, folder: str, flags: tuple[str, ...]) -> Interpreter | None:
    """The interpreter that the user pinned; None where it isn't for this script. Raises `Failure` as `_ask` does."""
    if not pin.is_usable:
        if uv.say:
            uv.say(f"warning: `{pin.path}` is ignored: `{pin.request}` is no version of Python and no absolute path")
        return None
    if not may_meet(pin.request, requires_python):
        return None
    try:
        found = _ask(pin.request, requires_python, uv, folder, flags)
    except Failure as failure:
        failure.where = failure.where or Where(pin.path)
        raise
    return found if found.satisfies else None


def _python_at(path: str) -> str:
    """The interpreter that a path means: a program, or the folder of an installation or a virtual environment."""
    for each in (path, os.path.join(path, "bin", "python"), os.path.join(path, "bin", "python3")):
        if os.path.isfile(each) and os.access(each, os.X_OK):
            return each
    raise Failure("E_NO_INTERPRETER", f"there is no Python interpreter at `{path}`", exit=ExitCode.CANNOT_EXECUTE)


def _ask_uv(request: str, uv: Uv, folder: str, flags: tuple[str, ...]) -> str:
    """Where uv finds an interpreter for the request; lets it download one where the user's settings allow that."""
    path = search_path(uv.environ)
    words = ("python", "find", "--system", "--no-project", *flags, *([request] if request else []))
    ended = uv.call(*words, folder=folder, PATH=path)
    if ended.exit_code != 0:
        probe = os.path.join(folder, f"probe-{os.getpid()}")
        made = uv.call(
            *("venv", "--no-project", *flags, "--python", request or "3", probe),
            folder=folder,
            doing=f"getting Python {request}",
            PATH=path,
        )
        if os.path.lexists(probe):
            from shutil import rmtree

            rmtree(probe, ignore_errors=True)
        if made.exit_code == 0:
            ended = uv.call(*words, folder=folder, PATH=path)
        if ended.exit_code != 0:
            raise _no_interpreter(request, made.stderr if made.exit_code else ended.stderr, uv.offline)
    return os.fsdecode(ended.stdout.strip())


def inspect_interpreter(path: str, uv: Uv, folder: str) -> Interpreter:
    """Ask the interpreter at `path` what it is. Raises `Failure` (E_NO_INTERPRETER) where it doesn't start."""
    ended = uv.start([path, "-I", "-S", "-c", TELL], folder=folder)
    told = os.fsdecode(ended.stdout).splitlines()
    if ended.exit_code != 0 or len(told) != 4:
        reason = ended.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise Failure(
            "E_NO_INTERPRETER",
            f"the interpreter `{path}` doesn't work: {reason or f'exit code {ended.exit_code}'}",
            hint="Python 3.8 and later can run scripts; name another with `--python`",
            exit=ExitCode.CANNOT_EXECUTE,
        )
    version, implementation, own, platform = told
    if os.path.isabs(own) and os.path.realpath(own) != os.path.realpath(path):
        path = own  # what was found is a shim that starts it
    return Interpreter(path, version, implementation, os.path.realpath(path), platform)


def _check_specifiers(asked: str, requires_python: str) -> None:
    """uv takes what is no specifier for the name of a program; say it better. Raises `Failure` (E_METADATA)."""
    if not asked and requires_python and _meets("3", requires_python) is None:
        raise Failure(
            "E_METADATA",
            f"`{requires_python}` is no version specifier (requires-python)",
            hint='write it like ">=3.11" or ">=3.9,<3.13"',
        )


def _meets(version: str, requires_python: str) -> bool | None:
    """Whether the version meets the specifiers; None where they are none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires_python).contains(version, prereleases=True)
    except InvalidSpecifier:
        return None


def _no_interpreter(request: str, told: bytes, offline: bool) -> Failure:
    from pyst.environments.diagnosis import network_trouble, plain_talk

    text = plain_talk(told)
    what = f"Python `{request}`" if request else "a Python"
    reason = text.partition("error: ")[2] or text
    if network_trouble(text) and not offline:
        hint = "the download failed; install it yourself, or name one with `--python PATH`"
    else:
        hint = f"install it (`uv python install '{request}'`), or name one with `--python PATH`"
    return Failure(
        "E_NO_INTERPRETER",
        f"no interpreter was found for {what}: {reason}",
        hint=hint,
        exit=ExitCode.CANNOT_EXECUTE,
    )
