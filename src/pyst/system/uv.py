"""Calling uv: where its binary is, and the surroundings in which it can't be led astray.

uv looks around itself for `.venv`, `uv.toml`, `pyproject.toml`, `.python-version` and `.env`, upwards from the folder
it works in. So it always works in a folder of ours, where an empty `uv.toml` and `.python-version` end that search:
what lies further up is a stranger's, while the user's own configuration (user and system level) still counts.
What a failed call means is told by `pyst.environments.diagnosis`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.system.live import LiveLine
    from pyst.system.process import Finished, Runner

STEERING = frozenset(
    {
        "UV_BREAK_SYSTEM_PACKAGES",
        "UV_COMPILE_BYTECODE",
        "UV_DEV",
        "UV_DRY_RUN",
        "UV_ENV_FILE",
        "UV_FROZEN",
        "UV_GROUP",
        "UV_ISOLATED",
        "UV_LOCKED",
        "UV_NO_DEFAULT_GROUPS",
        "UV_NO_DEV",
        "UV_NO_EDITABLE",
        "UV_NO_ENV_FILE",
        "UV_NO_GROUP",
        "UV_NO_INSTALL_LOCAL",
        "UV_NO_INSTALL_PROJECT",
        "UV_NO_INSTALL_WORKSPACE",
        "UV_NO_PROJECT",
        "UV_NO_SYNC",
        "UV_PROJECT",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
        "UV_SHOW_RESOLUTION",
        "UV_SYSTEM_PYTHON",
        "UV_UPGRADE",
        "UV_VENV_CLEAR",
        "UV_VENV_RELOCATABLE",
        "UV_VENV_SEED",
        "UV_WORKING_DIR",
        "UV_WORKING_DIRECTORY",
    }
)
"""uv's variables that say where and on what it works. That is said by us; the caller's are left out."""

NEUTRAL = frozenset(
    {
        "UV_CACHE_DIR",
        "UV_INSECURE_HOST",
        "UV_LINK_MODE",
        "UV_LOCK_TIMEOUT",
        "UV_NATIVE_TLS",
        "UV_NO_CACHE",
        "UV_NO_PROGRESS",
        "UV_OFFLINE",
        "UV_QUIET",
        "UV_SYSTEM_CERTS",
        "UV_VERBOSE",
    }
)
NEUTRAL_PREFIXES = ("UV_CONCURRENT_", "UV_HTTP_", "UV_INTERNAL_", "UV_KEYRING_", "UV_LOG", "UV_PYTHON_", "UV_REQUEST_")
"""Variables that say how packages are fetched, not which: they don't tell one environment from another."""

CONFIG_NAME = "uv.toml"
BUSY_AFTER_SECONDS = 1.0


FOR_RUN_ONLY = frozenset(
    {"--no-project", "--isolated", "--no-sync", "--no-env-file", "--active", "--exact", "--script"}
)
"""Flags of `uv run` that say what pyst does in any case, or that mean nothing to the building of an environment."""

SHOWING = frozenset({"-q", "-qq", "--quiet", "--no-progress", "--no-color", "--color"})
"""Flags about how uv's talk looks: it is read by pyst."""

SINGLE = frozenset({"--offline", "--no-build", "--no-cache", "--upgrade", "--no-progress"})
"""Flags that uv refuses to be given twice, and that both the user and pyst may give."""


class Flags(NamedTuple):
    """The user's flags for uv, sorted by who acts on them: `words` go to uv, the rest is pyst's to do."""

    words: tuple[str, ...]
    python: str | None = None
    with_requirements: tuple[str, ...] = ()


def sort_flags(given: tuple[str, ...]) -> Flags:
    """Sort flags that may be meant for `uv run`: `--python` and `--with` are taken out, with their values. Pure."""
    words: list[str] = []
    python = None
    extra: list[str] = []
    at = 0
    while at < len(given):
        name, equals, value = given[at].partition("=")
        at += 1
        if name in ("--python", "-p", "--with"):
            if not equals:
                value = given[at] if at < len(given) else ""
                at += 1
            if not value:
                raise Failure("E_USAGE", f"the uv flag `{name}` needs a value", exit=ExitCode.USAGE)
            if name == "--with":
                extra += [each for each in value.split(",") if each]
            else:
                python = value
        elif name == "--color" and not equals:
            at += 1
        elif name not in FOR_RUN_ONLY and name not in SHOWING:
            words.append(given[at - 1])
    return Flags(tuple(words), python, tuple(extra))


class Uv(NamedTuple):
    """How uv is to be called. Cheap to make: the binary is looked for, and its runner imported, by the first call.

    `environ` are the caller's variables. `say` is told a line once a call takes longer than a second; `chatter`
    hears each line of uv's own talk (for `-v`). `live` begins a live line instead, where there is a terminal for it.
    `runner` is where tests bring their own.
    """

    environ: Mapping[str, str]
    offline: bool = False
    say: Callable[[str], None] | None = None
    chatter: Callable[[str], None] | None = None
    live: Callable[[str], LiveLine] | None = None
    runner: Runner | None = None

    def call(self, *words: str, folder: str, doing: str = "", **variables: str) -> Finished:
        """Run `uv WORDS…` in `folder`, which must be one of `make_work_folder`'s, and wait for its end.

        `doing` is what to say when it takes long; `variables` are set on top. Raises `Failure` (E_NO_UV, E_HELPER).
        """
        wished = [*words, "--color", "never", "--no-progress", *(["--offline"] if self.offline else [])]
        argv = [find_uv(self.environ)]
        for word in wished:
            if word not in SINGLE or word not in argv:
                argv.append(word)
        return self.start(argv, folder=folder, doing=doing, **variables)

    def start(self, argv: list[str], *, folder: str, doing: str = "", **variables: str) -> Finished:
        """Run another helper (an interpreter) in the same surroundings. Raises `Failure` (E_HELPER)."""
        environ = {**uv_environment(self.environ), "PWD": folder, **variables}
        if self.live and doing:
            line = self.live(doing)
            try:
                return self._runner().run(argv, cwd=folder, environ=environ, stderr_line=line.hear)
            finally:
                line.end()
        timer = _Timer(self.say, doing) if self.say and doing else None
        try:
            return self._runner().run(argv, cwd=folder, environ=environ, stderr_line=self.chatter)
        finally:
            if timer:
                timer.cancel()

    def _runner(self) -> Runner:
        if self.runner is not None:
            return self.runner
        from pyst.system.process import Runner

        return Runner()


class _Timer:
    """Says `text` unless cancelled within a second."""

    def __init__(self, say: Callable[[str], None], text: str) -> None:
        from threading import Timer

        self._timer = Timer(BUSY_AFTER_SECONDS, say, (text,))
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        self._timer.cancel()


def find_uv(environ: Mapping[str, str]) -> str:
    """The absolute path of the uv binary: `PYST_UV`, the one installed beside pyst, or the first on PATH.

    Relative folders on PATH don't count: `./uv` may be anyone's. Raises `Failure` (E_NO_UV).
    """
    asked = environ.get("PYST_UV")
    if asked:
        if not os.path.isabs(asked) or not _is_program(asked):
            raise Failure("E_NO_UV", f"`PYST_UV={asked}` is not the absolute path of a program")
        return asked
    name = "uv.exe" if os.name == "nt" else "uv"
    for folder in _installed_folders():
        path = os.path.join(folder, name)
        if _is_program(path):
            return path
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and _is_program(path):
            return path
    raise Failure(
        "E_NO_UV",
        "`uv` was not found beside pyst nor on PATH",
        hint="install it (`pip install uv`), or set `PYST_UV` to its absolute path",
        exit=ExitCode.CANNOT_EXECUTE,
    )


def _installed_folders() -> list[str]:
    """Where an installer puts the programs of the packages that were installed with pyst."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    folders = [os.path.join(sys.prefix, scripts)]
    packages = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if os.path.basename(packages) == "site-packages":
        folders.append(os.path.join(packages, scripts))  # `pip install --target`
        up = os.path.dirname(
            packages
        )  # <prefix>/Lib on Windows, <prefix>/lib/python3.x elsewhere (`pip install --user`)
        folders.append(os.path.join(os.path.dirname(up if os.name == "nt" else os.path.dirname(up)), scripts))
    return list(dict.fromkeys(folders))


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables for a call of uv: the caller's without what would steer it to another place or interpreter.

    Relative folders start at the current one, as they would for uv. Environments of links into uv's cache are not
    made: they would break when that is cleaned. Raises `Failure` (E_USAGE) where `UV_CONFIG_FILE` is relative: uv
    doesn't work in the caller's folder.
    """
    config = environ.get("UV_CONFIG_FILE")
    if config and not os.path.isabs(config):
        message = f"`UV_CONFIG_FILE={config}` must be an absolute path"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE, hint="uv never works in the current folder")
    kept = {name: value for name, value in environ.items() if not _steers(name)}
    kept["NO_COLOR"] = "1"
    if kept.get("UV_LINK_MODE") == "symlink":
        del kept["UV_LINK_MODE"]
    for name in ("UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR"):
        if kept.get(name) and not os.path.isabs(kept[name]):
            kept[name] = os.path.abspath(kept[name])
    return kept


def _steers(name: str) -> bool:
    return (
        name in STEERING
        or name.startswith(("PYTHON", "CONDA_"))
        or name in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "__PYVENV_LAUNCHER__", "RUST_LOG", "FORCE_COLOR")
    )


def make_work_folder(path: str) -> str:
    """Make the folder `path` one that uv can work in: no search for settings goes above it. Raises `OSError`."""
    from pyst.system.files import open_own_file

    os.makedirs(path, mode=0o700, exist_ok=True)
    for name in (CONFIG_NAME, ".python-version"):
        os.close(open_own_file(os.path.join(path, name), os.O_RDWR | os.O_TRUNC))
    return path


def user_config_files(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The configuration files of the user and the system that uv reads, absent ones too; highest rank first."""
    if _wants_no_config(environ):
        return ()
    if config := environ.get("UV_CONFIG_FILE"):
        return (config,)
    found = [os.path.join(_config_home(environ), "uv", CONFIG_NAME)]
    folders = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    found += [os.path.join(each, "uv", CONFIG_NAME) for each in folders.split(":") if os.path.isabs(each)]
    found.append("/etc/uv/" + CONFIG_NAME)
    return tuple(dict.fromkeys(found))


def user_config_folder(environ: Mapping[str, str]) -> str | None:
    """The folder of the user's own uv configuration; None where uv is told to read none."""
    return None if _wants_no_config(environ) else os.path.join(_config_home(environ), "uv")


def _wants_no_config(environ: Mapping[str, str]) -> bool:
    return environ.get("UV_NO_CONFIG", "") not in ("", "0", "false")


def _config_home(environ: Mapping[str, str]) -> str:
    base = environ.get("XDG_CONFIG_HOME", "")
    return base if os.path.isabs(base) else os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".config")


def settings_that_count(
    environ: Mapping[str, str], read: Callable[[str], bytes | None]
) -> tuple[tuple[str, str | bytes], ...]:
    """What of the user's own uv settings may change which packages are installed: variables and files.

    Credentials don't count: a token that is renewed changes no package. `read` gives a file's bytes or None.
    """
    told: list[tuple[str, str | bytes]] = []
    for name in sorted(environ):
        if not name.startswith("UV_") or name in STEERING or name in NEUTRAL or name.startswith(NEUTRAL_PREFIXES):
            continue
        if name.startswith("UV_INDEX_") and name.endswith(("_USERNAME", "_PASSWORD")):
            continue
        if name not in ("UV_CONFIG_FILE", "UV_INIT_BARE"):
            told.append((name, _without_credentials(environ[name])))
    for path in user_config_files(environ):
        data = read(path)
        if data:
            told.append((path, data))
    return tuple(told)


def _without_credentials(value: str) -> str:
    """`value` with the user part of every URL in it left out."""
    if "@" not in value or "://" not in value:
        return value
    words = []
    for word in value.split(" "):
        scheme, mark, rest = word.partition("://")
        authority, slash, path = rest.partition("/")
        words.append(scheme + mark + authority.rpartition("@")[2] + slash + path)
    return " ".join(words)
