"""The ways an attempt is run: without confinement, in pyst's two tiers, and in bwrap by a careful command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.attempts.attempt import BLOCK
from tests.attempts.scene import Scene, User

ROOT = Path(__file__).resolve().parents[2]
TIERS = ("strict", "basic", "bwrap")
REFUSED = "-refused"
"""What stands behind a tier's name for a host that refuses namespaces, as containers do."""
START = "import sys; sys.path[:0] = {!r}; from pyst.__main__ import main; sys.exit(main())"
BOUNDS = {
    "memory_bytes": "--max-memory",
    "disk_bytes": "--max-disk",
    "file_bytes": "--max-file-size",
    "processes": "--max-processes",
    "cpu_seconds": "--max-cpu",
    "timeout_seconds": "--timeout",
}


def system_python() -> str:
    """An interpreter that every user may read: the distribution's, or else the one that runs this."""
    for each in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if os.path.exists(each):
            done = subprocess.run([each, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True)
            if done.stdout.strip() == b"True":
                return os.path.realpath(each)
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def pyst_command(python: str) -> tuple[str, ...]:
    """The words that start this checkout's pyst on an interpreter."""
    return python, "-I", "-c", START.format([str(ROOT / "src"), sysconfig.get_path("purelib")])


def find_uv() -> str:
    """The folder of uv."""
    import uv

    return os.path.dirname(uv.find_uv_bin())


def base_environ(home: Path) -> dict[str, str]:
    """The variables of the caller, who has a home of his own."""
    passed = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "HTTP", "http_", "https_", "SSL_CERT", "NO_PROXY", "no_proxy")
    kept = {name: value for name, value in os.environ.items() if name.startswith(passed)}
    return kept | {
        "HOME": str(home),
        "PATH": f"/usr/bin:/bin:{find_uv()}",
        "LANG": "C.UTF-8",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": str(home / ".cache" / "uv"),
    }


class Unprepared(Exception):
    """The ground could not be made; the message says why."""


def prepare_environment(python: str, home: Path, user: User, requirement: str) -> Path | None:
    """Have pyst make the environment of the scripts that have a requirement; where it is.

    Raises `Unprepared` with pyst's own words.
    """
    script = home / "prepare.py"
    script.write_text(BLOCK.format(requirement) + "pass\n")
    user.own(script)
    told = ""
    for words in (("run", str(script)), ("run", "--dry-run", "--format", "json", str(script))):
        done = subprocess.run(
            [*user.prefix, *pyst_command(python), *words],
            env=base_environ(home),
            cwd=home,
            capture_output=True,
            text=True,
            timeout=180,
        )
        if done.returncode:
            raise Unprepared(done.stderr.strip())
        told = done.stdout
    found = json.loads(told)["detail"]["plan"]["environment"]
    return Path(found) if found else None


def command(tier: str, scene: Scene, requirement: str, given: str) -> list[str]:
    """The command that runs the attempt of a scene in a tier (or without one: `none`)."""
    python, tier = scene.python, tier.removesuffix(REFUSED)
    if requirement and scene.environment and tier in ("none", "bwrap"):
        python = str(scene.environment / "bin" / "python")
    script = [str(scene.script), given]
    if tier == "none":
        hidden = [word for name in scene.hidden for word in ("-u", name)]
        return [*scene.user.prefix, "/bin/sh", "-c", '"$@"; exit $?', "sh", "/usr/bin/env", *hidden, python, *script]
    if tier == "bwrap":
        return [*scene.user.prefix, *bwrap(scene, python), *script]
    bounds = [f"{BOUNDS[name]}={value:.0f}" for name, value in scene.bounds.items()]
    words = ["run", f"--sandbox={tier}", f"--allow-write={scene.work}", *bounds, *script]
    return [*scene.user.prefix, *pyst_command(scene.python), *words]


def bwrap(scene: Scene, python: str) -> list[str]:
    """A command line of bubblewrap as a careful person writes it: all namespaces, a view of the needed alone."""
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    words += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp"]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib64"):
        if os.path.islink(f"/{name}"):
            words += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            words += ["--ro-bind", f"/{name}", f"/{name}"]
    words += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev"]
    words += ["--tmpfs", "/tmp"]
    prefix = sys.base_prefix if python == os.path.realpath(sys.executable) else ""
    for path in filter(None, (prefix, str(scene.environment or ""))):
        if not path.startswith("/usr/"):
            words += ["--ro-bind", path, path]
    words += ["--ro-bind", str(scene.script), str(scene.script), "--bind", str(scene.work), str(scene.work)]
    return [*words, "--chdir", str(scene.work), "--", python]
