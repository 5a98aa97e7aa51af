"""The checks, one session each: `nox -s lint types docs tests conformance`."""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["lint", "types", "docs", "tests", "conformance"]
nox.options.error_on_missing_interpreters = False


def _with_pyenv(path: str) -> str:
    """`path` and, after it, the interpreters that pyenv keeps: neither nox nor uv looks there."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    return os.pathsep.join([path, *(str(each) for each in sorted(versions.glob("3.*/bin"), reverse=True))])


os.environ["PATH"] = _with_pyenv(os.environ["PATH"])

PYTHONS = ["3.11", "3.12", "3.13"]
MAIN, NEWEST = "3.11", "3.13"
VARYING = [
    "tests/unit/inside",
    "tests/unit/scripts",
    "tests/unit/test_house.py",
    "tests/commands",
    *(f"tests/process/test_{each}.py" for each in ("code", "describe", "exits", "function_scripts", "hot_path")),
    *(f"tests/process/test_{each}.py" for each in ("launcher", "mcp", "program", "records", "staying_memos")),
    "tests/uv/test_wheel.py",
]
"""Where pyst's own Python makes a difference; the rest is between the script's interpreter, uv and the kernel."""


def install(session: nox.Session) -> None:
    """pyst as a user gets it (a wheel, not an editable install), and the tools of the `dev` group."""
    session.install(".", "--group", "dev")


@nox.session(python=MAIN)
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("--group", "dev")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python=MAIN)
def types(session: nox.Session) -> None:
    """Strict types."""
    install(session)
    session.run("mypy", "src/pyst")


@nox.session(python=MAIN)
def docs(session: nox.Session) -> None:
    """The generated pages are current, and the commands in the others do what the pages say."""
    install(session)
    session.run("python", "docs/generate.py", "--check")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite on the oldest Python; on the newest what depends on pyst's own, and less of it between them."""
    install(session)
    chosen = [] if session.python == MAIN else ["-m", "not sweep"]
    if session.python != MAIN:
        chosen += VARYING if session.python == NEWEST else ["tests/unit/inside", "tests/process/test_program.py"]
    workers = os.environ.get("PYST_TEST_WORKERS", "2")
    chosen += ["-n", workers, "--dist", "worksteal", *session.posargs]
    session.run("pytest", *chosen, env={"PYST_TEST_CHECK": "1"})


@nox.session(python=MAIN)
def conformance(session: nox.Session) -> None:
    """The MCP server against the protocol's own suite and inspector, sharing against GitHub's own description of its
    API; node comes from PyPI, they from npm."""
    install(session)
    session.install("--group", "conformance")
    session.run("pytest", "tests/conformance", "tests/contract", *session.posargs, env={"PYST_TEST_CONFORMANCE": "1"})
