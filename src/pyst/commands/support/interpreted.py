"""What only an interpreter can tell of a script: syntax newer than pyst's own, and what a framework says of its app.

The first reads the text and runs nothing of the script. The second (`core.introspection = "import"`) imports the
script, so it is done for trusted scripts alone, and within walls all the same: it can read itself and its environment,
and reach nothing else, for a short time and with little memory. Where no walls can be built it is not done.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from pyst.confinement.walls import Bounds
from pyst.errors import Failure
from pyst.report import Diagnostic
from pyst.running.prepare import INSIDE
from pyst.scripts.interfaces import interface_from_json
from pyst.scripts.script import Broken, Interface

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.environments.spec import Environment, Interpreter
    from pyst.running.ground import Ground

MOST_SECONDS = 30.0
MOST_BYTES = 8 << 20
"""More is no description of a command line."""
BOUNDS = Bounds(
    MOST_SECONDS, memory_bytes=2 << 30, cpu_seconds=30, processes=512, file_bytes=1 << 20, disk_bytes=64 << 20
)
"""What importing a script may use: large packages take memory, and start threads for each processor."""
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")


def is_newer(interpreter: Interpreter) -> bool:
    """Whether the interpreter may know syntax that pyst's own does not."""
    numbers = [int(each) for each in interpreter.version.split(".")[:2] if each.isdecimal()]
    return tuple(numbers) > sys.version_info[:2]


def read_newer(app: App, interpreter: Interpreter, path: str) -> dict[str, Any]:
    """What `inside/parse.py` prints of the script at `path`; an empty dict where it could not be asked."""
    return _ask(app, interpreter.path, [os.path.join(INSIDE, "parse.py"), path])


def calls_main(app: App, ground: Ground, environment: Environment) -> bool:
    """Whether pyst has to call the script's `main`: for a script that pyst's own Python could not parse."""
    assert ground.script is not None
    if not is_newer(environment.interpreter):
        return False
    path = ground.target.path or ground.script.path
    entry = read_newer(app, environment.interpreter, path).get("entry")
    return bool(entry and entry["calls_main"])


def interface_by_newer(app: App, interpreter: Interpreter, path: str) -> Interface | Broken | None:
    """The interface of a script that pyst's own Python could not parse, or what that interpreter finds wrong."""
    if not is_newer(interpreter):
        return None
    told = read_newer(app, interpreter, path)
    try:
        if "interface" in told:
            return interface_from_json(told["interface"])
        return Broken(**told["broken"]) if "broken" in told else None
    except (KeyError, TypeError):
        return None


def interface_by_import(app: App, ground: Ground, static: Interface) -> Interface:
    """The exact interface, as the framework has it; the static one, with a remark, where that can't be had."""
    from pyst.commands.support.environment import environment_for

    assert ground.script is not None
    environment = environment_for(app, ground)
    try:
        told = _described(app, environment, ground.script.path)
    except Failure as failure:  # above all: a wall that can't be built here
        told = {"error": failure.message}
    try:
        exact = interface_from_json({**static.to_json(), **told["interface"], "entry": static.entry, "unknown": []})
    except (KeyError, TypeError):
        reason = told.get("error") or "it could not be imported"
        message = f"`{ground.script.name}` is shown as it is written: {reason}"
        app.remark(Diagnostic("warning", "W_INTROSPECTION", message, "`core.introspection` is set to `import`"))
        return static
    return exact._replace(summary=exact.summary or static.summary, description=exact.description or static.description)


def _described(app: App, environment: Environment, path: str) -> dict[str, Any]:
    """What `inside/describe.py` prints of the script, which it imports within walls. Raises `Failure` (E_WALL, …)."""
    import tempfile

    from pyst.confinement.walls import BEST_EFFORT, Walls
    from pyst.running.capture import Capture
    from pyst.running.plan import Limits, Plan
    from pyst.running.supervise import supervise

    printed = bytearray()

    def take(stream: str, data: bytes) -> None:
        if stream == "stdout":
            printed.extend(data[: MOST_BYTES - len(printed)])

    words = (environment.python, "-I", "-B", os.path.join(INSIDE, "describe.py"), path)
    walls = Walls(BEST_EFFORT, (INSIDE, os.path.realpath(path)), (), bounds=BOUNDS)
    with tempfile.TemporaryDirectory(prefix="pyst-") as folder:
        plan = Plan(
            words,
            folder,
            environment=environment.path,
            limits=Limits(MOST_SECONDS),
            stdin=b"",
            used=environment.used,
            walls=walls,
        )
        environ = {**_few(app), "HOME": app.paths.home}  # which is not shown, not even for an interpreter in it
        outcome = supervise(plan, environ, capture=Capture(None, take=take))
    if outcome.timed_out:
        return {"error": f"importing it took longer than {MOST_SECONDS:g} s"}
    if outcome.limit is not None:
        return {"error": f"importing it took more {outcome.limit} than it is given"}
    return _parsed(bytes(printed))


def _ask(app: App, python: str, words: list[str]) -> dict[str, Any]:
    """What a helper of pyst's prints, which runs nothing of a script."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pyst-") as folder:
        environ = {**_few(app), "HOME": folder}
        ended = app.runner.run([python, "-I", "-B", *words], cwd=folder, environ=environ, timeout_seconds=MOST_SECONDS)
    return _parsed(ended.stdout)


def _few(app: App) -> dict[str, str]:
    return {name: app.environ[name] for name in KEPT_VARIABLES if name in app.environ}


def _parsed(data: bytes | str) -> dict[str, Any]:
    import json

    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
