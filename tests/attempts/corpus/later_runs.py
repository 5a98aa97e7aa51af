"""Poisoning what runs later: environments, caches, trust, settings, scripts, start-up files."""

from __future__ import annotations

import os
import site
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.attempts.attempt import NotHere, Setting, Stage, attempt
from tests.attempts.scene import Scene, put_back, state_of
from tests.attempts.settings import appears, as_root, changes

PACKAGE = "iniconfig"
"""A small pure package, the dependency of the scripts that poison their environment."""


def home(*parts: str) -> Callable[[Scene], Path]:
    return lambda scene: scene.home.joinpath(*parts)


def project(*parts: str) -> Callable[[Scene], Path]:
    return lambda scene: scene.project.joinpath(*parts)


def packages_of(scene: Scene) -> Path:
    """The folder of the packages in the environment."""
    if scene.environment is None:
        raise NotHere("there is no environment to poison")
    return next(scene.environment.glob("lib/python3*/site-packages"))


def in_environment(where: Callable[[Path], Path]) -> Setting:
    def stage(scene: Scene) -> Iterator[Stage]:
        path = where(packages_of(scene))
        before, old = state_of(path), path.read_bytes() if path.is_file() else None
        try:
            yield Stage({"path": str(path), "mark": scene.mark}, lambda: state_of(path) != before)
        finally:
            put_back(path, old)

    return stage


@attempt(in_environment(lambda packages: packages / "pyst-canary.pth"), requirement=PACKAGE)
def start_in_every_run(a):
    """Put a file into the environment that runs code at every start of Python there."""
    open(a.path, "w").write("import os\n")


@attempt(in_environment(lambda packages: packages / PACKAGE / "__init__.py"), requirement=PACKAGE)
def change_installed_package(a):
    """Write into an installed package, which uv's cache may share."""
    open(a.path, "a").write("# " + a.mark)


@attempt(in_environment(lambda packages: packages / PACKAGE / "__pycache__" / "canary.pyc"), requirement=PACKAGE)
def leave_bytecode(a):
    """Leave bytecode beside an installed package."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write(a.mark)


@attempt(in_environment(lambda packages: packages / PACKAGE / "__init__.py"), requirement=PACKAGE)
def replace_installed_package(a):
    """Put another file in the place of an installed one."""
    os.unlink(a.path)
    open(a.path, "w").write(a.mark)


def cached_by_uv(scene: Scene) -> Iterator[Stage]:
    path = next(iter((scene.home / ".cache" / "uv").rglob(f"{PACKAGE}/__init__.py")), None)
    if path is None:
        raise NotHere("uv keeps no such file")
    yield from changes(lambda _: path)(scene)


@attempt(cached_by_uv)
def change_cache_of_uv(a):
    """Write into a package in uv's cache."""
    open(a.path, "a").write("# " + a.mark)


@attempt(appears(home(".cache", "pyst", "plans-v1", "pyst-canary")))
def change_memos(a):
    """Write into pyst's memory of plans."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write(a.mark)


@attempt(changes(home(".local", "share", "pyst", "trust.json"), content="{}\n"))
def change_trust(a):
    """Write into the list of trusted scripts."""
    open(a.path, "w").write(a.mark)


@attempt(changes(home(".local", "share", "pyst", "grants.json"), content="{}\n"))
def change_grants(a):
    """Write into the list of grants."""
    open(a.path, "w").write(a.mark)


@attempt(appears(home(".config", "pyst", "pyst.toml")))
def change_settings(a):
    """Write settings of pyst's."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write("")


@attempt(appears(home(".config", "uv", "uv.toml")))
def change_settings_of_uv(a):
    """Write settings of uv's, with an index of one's own."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write("")


@attempt(appears(home(".local", "share", "pyst", "scripts", "canary.py")))
def add_global_script(a):
    """Add a command to pyst's global scripts."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write("print()")


@attempt(changes(home(".bashrc"), content="# as it was\n"))
def change_shell_start(a):
    """Write into a start-up file of the shell."""
    open(a.path, "a").write("true")


@attempt(appears(home(".local", "bin", "python3")))
def add_program(a):
    """Put a program onto the user's PATH."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write("#!/bin/sh\n")


@attempt(changes(home(".ssh", "authorized_keys"), content="# none\n"))
def let_a_key_in(a):
    """Let a key of one's own log in."""
    open(a.path, "a").write("ssh-ed25519 x")


@attempt(appears(home(".config", "autostart", "canary.desktop")))
def start_with_the_desktop(a):
    """Start with the user's desktop."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write("[Desktop Entry]\n")


def user_site(scene: Scene) -> Path:
    version = sysconfig.get_python_version()
    return scene.home / ".local" / "lib" / f"python{version}" / "site-packages" / "usercustomize.py"


@attempt(appears(user_site))
def start_with_every_python(a):
    """Have every Python of the user run one's code at its start."""
    os.makedirs(os.path.dirname(a.path), exist_ok=True)
    open(a.path, "w").write("")


def interpreter_packages(scene: Scene) -> Path:
    return Path(next(each for each in site.getsitepackages() if Path(each).is_dir())) / f"pyst-canary-{scene.mark}.pth"


@attempt(as_root(appears(interpreter_packages)))
def change_interpreter(a):
    """Put a file into the interpreter's own folder of packages."""
    open(a.path, "w").write("# nothing\n")


@attempt(changes(lambda scene: scene.script))
def change_itself(a):
    """Change the script that runs, which the user may have trusted."""
    open(a.path, "a").write("# " + a.mark)


@attempt(changes(project("helper.py"), content="x = 1\n"))
def change_module_beside(a):
    """Change a module beside the script."""
    open(a.path, "a").write("y = 1\n")


@attempt(appears(project("json.py")))
def shadow_standard_module(a):
    """Leave a module beside the script that hides one of the standard library."""
    open(a.path, "w").write("")


@attempt(appears(project(".git", "hooks", "pre-commit")))
def add_git_hook(a):
    """Add a hook that git runs at the next commit."""
    open(a.path, "w").write("#!/bin/sh\n")
    os.chmod(a.path, 0o755)


@attempt(appears(project(".git", "config")))
def change_git_settings(a):
    """Write settings of the repository, which may name programs to run."""
    open(a.path, "w").write("[core]\n")


@attempt(appears(project(".pyst.toml")))
def change_project_settings(a):
    """Write pyst's settings of the project."""
    open(a.path, "w").write("")
