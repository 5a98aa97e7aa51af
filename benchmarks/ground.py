"""What is measured and against what: interpreters, pyst installed as users install it, uv and just beside it.

Everything lies in one temporary folder. Packages come from the index that pip is set up to use.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from measure import Command, Environ
from scripts import justfile, script_names, script_text

ROOT = Path(__file__).resolve().parents[1]
UV = "uv>=0.13,<0.14"
KEPT = ("LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NO_PROXY", "no_proxy")
KEPT_PREFIXES = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "HTTP", "http_", "https_")
REAL = "import os, sys; print(os.path.realpath(getattr(sys, '_base_executable', sys.executable)))"


class Install(NamedTuple):
    """One installation of pyst: by which installer, on which Python, the command, and the interpreter under it."""

    how: str
    version: str
    pyst: str
    python: str

    def __str__(self) -> str:
        return f"{self.how}, {self.version}"


class Ground:
    """The temporary folder with all that is installed in it. Parts are made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._installs: dict[tuple[str, str], Install] = {}
        (folder / "home").mkdir()

    def environ(self, python: str = "", **more: str) -> Environ:
        """The variables of a new user whose PATH begins with the folder of `python`.

        `PYTHONDONTWRITEBYTECODE` is not among them: everybody runs with compiled bytecode.
        """
        kept = {name: each for name, each in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
        first = [os.path.dirname(python)] if python else []
        return kept | {
            "PATH": os.pathsep.join([*first, "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(self.folder / "home"),
            "UV_CACHE_DIR": str(self.folder / "uv-cache"),
            "UV_PYTHON_DOWNLOADS": "never",
            **more,
        }

    def home(self, how: str, version: str) -> str:
        """The home of the user who installed it in this way: uv installs a tool once for each user."""
        folder = self.folder / (f"home-{version}" if how == "uv" else "home")
        folder.mkdir(exist_ok=True)
        return str(folder)

    def do(self, *words: str | Path, **more: str) -> None:
        """Run one step of the set-up; its output is shown only if it fails."""
        argv = [str(word) for word in words]
        done = subprocess.run(argv, env=self.environ(**more), capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            sys.exit(f"set-up failed: {' '.join(argv)}\n{done.stdout}{done.stderr}")

    @cached_property
    def tools(self) -> Path:
        """The `bin` folder with uv and just, from PyPI."""
        venv = self.folder / "tools"
        self.do(sys.executable, "-m", "venv", venv)
        self.do(venv / "bin" / "python", "-m", "pip", "install", "--quiet", UV, "rust-just")
        return venv / "bin"

    @cached_property
    def wheel(self) -> Path:
        """pyst as a wheel, built from this checkout."""
        out = self.folder / "wheel"
        self.do(self.tools / "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", out, ROOT)
        (wheel,) = out.glob("*.whl")
        return wheel

    def install(self, how: str, version: str) -> Install:
        """pyst installed by `pip` or by `uv` on this version of Python."""
        if (how, version) not in self._installs:
            python = find_python(version, str(self.tools / "uv"), self.environ())
            venv = self.folder / f"{how}-{version}"
            if how == "pip":
                self.do(python, "-m", "venv", venv)
                self.do(venv / "bin" / "python", "-m", "pip", "install", "--quiet", self.wheel)
                pyst = venv / "bin" / "pyst"
            else:
                home = self.home(how, version)
                self.do(self.tools / "uv", "tool", "install", "--quiet", "--python", python, self.wheel, HOME=home)
                pyst = Path(home, ".local", "bin", "pyst")  # a link: uv keeps tools in places of their own
            self._installs[how, version] = Install(how, version, str(pyst), python)
        return self._installs[how, version]

    def pyst(self, install: Install, *words: str, cwd: Path | str = "") -> Command:
        """A pyst command of this installation."""
        environ = self.environ(install.python, HOME=self.home(install.how, install.version))
        return Command((install.pyst, *words), environ, str(cwd or self.empty))

    def uv(self, install: Install, *words: str) -> Command:
        """A uv command, with the same interpreter at hand."""
        return Command((str(self.tools / "uv"), *words), self.environ(install.python), str(self.empty))

    def bare(self, install: Install, *words: str) -> Command:
        """The interpreter itself, not one of a virtual environment and not a shim."""
        return Command((install.python, *words), self.environ(install.python), str(self.empty))

    def just_list(self, count: int) -> Command:
        """`just --list` of as many recipes."""
        folder = self.folder / f"just-{count}"
        if not folder.exists():
            folder.mkdir()
            (folder / "justfile").write_text(justfile(count))
        return Command((str(self.tools / "just"), "--list"), self.environ(), str(folder))

    @cached_property
    def empty(self) -> Path:
        """A project with no scripts of its own."""
        folder = self.folder / "project"
        (folder / ".git").mkdir(parents=True)
        return folder

    def script(self, name: str, text: str) -> Path:
        """A script in the project's folder, named by its path."""
        path = self.empty / name
        path.write_text(text)
        return path

    def project(self, count: int) -> Path:
        """A project with `count` scripts."""
        folder = self.folder / f"project-{count}"
        if not folder.exists():
            (folder / ".git").mkdir(parents=True)
            for number, name in enumerate(script_names(count)):
                path = folder / ".pyst" / f"{name}.py"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(script_text(number))
        return folder

    def forget(self) -> None:
        """Empty pyst's cache."""
        shutil.rmtree(self.folder / "home" / ".cache" / "pyst", ignore_errors=True)


def find_python(version: str, uv: str, environ: Environ) -> str:
    """The real binary of an interpreter of this version: uv's, one on PATH, or pyenv's. Ends the program at none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))) / "versions"
    found = subprocess.run([uv, "python", "find", "--system", version], env=environ, capture_output=True, text=True)
    candidates = [found.stdout.strip(), shutil.which(f"python{version}") or ""]
    candidates += [str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python{version}"))]
    test = f"import sys; assert sys.version_info[:2] == {tuple(map(int, version.split('.')))}; {REAL}"
    for each in filter(None, candidates):
        done = subprocess.run([each, "-I", "-c", test], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
    sys.exit(f"there is no Python {version} here")
