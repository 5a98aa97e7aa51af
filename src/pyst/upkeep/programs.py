"""What pyst leans on: uv, interpreters, and (only where asked) the package index."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from pyst.errors import Failure
from pyst.upkeep.examination import Case, Result

TIMEOUT_HINT = "see what `uv python list` says"


def uv(case: Case) -> Iterator[Result]:
    """Whether uv is there, starts, and is of a version that this pyst was made for."""
    from pyst.system.uv import find_uv

    try:
        path = find_uv(case.environ)
    except Failure as failure:
        yield Result("uv", "fail", failure.message, failure.hint)
        return
    try:
        ended = case.runner.run([path, "--version"], cwd="/", environ=dict(case.environ), timeout_seconds=20)
    except Failure as failure:
        yield Result("uv", "fail", failure.message, failure.hint)
        return
    words = ended.stdout.decode("utf-8", "replace").split()
    if ended.exit_code or len(words) < 2 or words[0] != "uv":
        yield Result("uv", "fail", f"`{path}` does not answer as uv does (exit code {ended.exit_code})", "reinstall uv")
        return
    yield _judged(path, words[1])


def _judged(path: str, version: str) -> Result:
    wanted = supported_uv()
    message = f"uv {version} (`{path}`)"
    if wanted is None:
        return Result("uv", "ok", message)
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        fits = SpecifierSet(wanted).contains(Version(version), prereleases=True)
    except InvalidVersion:
        fits = False
    if fits:
        return Result("uv", "ok", message)
    hint = f'install it beside pyst: `pip install "uv{wanted}"`, or set `PYST_UV` to another one'
    return Result("uv", "fail", f"{message}, but this pyst is made for uv{wanted}", hint)


def supported_uv() -> str | None:
    """The versions of uv that this pyst requires, by its own package's metadata; None where that is not at hand."""
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    try:
        listed = requires("pyst-cli") or []
    except PackageNotFoundError:
        return None
    found = [each for each in map(Requirement, listed) if each.name == "uv"]
    return str(found[0].specifier) if found else None


def interpreters(case: Case) -> Iterator[Result]:
    """The interpreter that a script gets which asks for none, and how many there are."""
    from pyst.environments.interpreters import find_interpreter, search_path

    try:
        chosen = find_interpreter(None, "", root=case.paths.environments, uv=case.uv, cwd=case.cwd)
        folder = work_folder(case)
        ended = case.uv.call(
            *("python", "list", "--only-installed", "--output-format", "json"),
            folder=folder,
            PATH=search_path(case.environ),
        )
        listed = json.loads(ended.stdout or b"[]")
        versions = sorted({str(each["version"]) for each in listed}, key=_numbers)
    except Failure as failure:
        yield Result("interpreters", "fail", failure.message, failure.hint)
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Result("interpreters", "fail", f"uv can't be asked for interpreters: {error}", TIMEOUT_HINT)
        return
    shown = f"Python {chosen.version} (`{chosen.path}`) is used where a script asks for none"
    if versions:
        shown += f"; found: {', '.join(versions)}"
    yield Result("interpreters", "ok", shown)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in "".join(c if c.isdecimal() else " " for c in version).split())


def work_folder(case: Case) -> str:
    """A folder for uv to work in. Raises `OSError`, `Failure`."""
    from pyst.environments.places import writable_root
    from pyst.system.uv import make_work_folder

    root = writable_root(case.paths.environments, case.environ)
    return make_work_folder(os.path.join(root, ".work", "doctor"))


def index(case: Case) -> Iterator[Result]:
    """Whether the package index answers, asked through uv and the user's own settings; only where that is wished."""
    if not case.online:
        return
    if case.offline:
        yield Result("index", "warn", "the package index was not asked: pyst is offline by its settings")
        return
    import sys

    try:
        folder = work_folder(case)
        wanted = os.path.join(folder, "wanted.txt")
        with open(wanted, "w", encoding="utf-8") as file:
            file.write("packaging\n")
        ended = case.uv.call(
            *(
                "pip",
                "compile",
                "--quiet",
                "--no-deps",
                "--no-cache",
                "--no-header",
                "--python",
                sys.executable,
                wanted,
            ),
            folder=folder,
        )
    except Failure as failure:
        yield Result("index", "fail", failure.message, failure.hint)
        return
    except OSError as error:
        yield Result("index", "fail", f"uv has no folder to work in: {error}")
        return
    if ended.exit_code == 0:
        yield Result("index", "ok", f"the package index answers ({ended.stdout.decode('utf-8', 'replace').split()[0]})")
        return
    from pyst.system.secrets import mask

    told = ended.stderr.decode("utf-8", "replace").strip().split("\n")
    hint = "check the network, the proxy variables and the index settings of uv"
    yield Result("index", "fail", f"the package index does not answer: {mask(told[-1].strip(), case.environ)}", hint)
