"""What only an interpreter can tell of a script: syntax newer than pyst's own, and what a framework says of its app.

The first reads the text and runs nothing of the script. The second (`core.introspection = "import"`) imports the
script, so it is done for trusted scripts alone: in the script's own environment, in an empty folder, with no input,
few variables, and not for long.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from pyst.report import Diagnostic
from pyst.running.prepare import INSIDE
from pyst.scripts.interfaces import interface_from_json
from pyst.scripts.script import Broken, Interface

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.environments.spec import Environment, Interpreter
    from pyst.running.ground import Ground

MOST_SECONDS = 30.0
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
    told = _ask(app, environment.python, [os.path.join(INSIDE, "describe.py"), ground.script.path])
    try:
        exact = interface_from_json({**static.to_json(), **told["interface"], "entry": static.entry, "unknown": []})
    except (KeyError, TypeError):
        reason = told.get("error") or "it could not be imported"
        message = f"`{ground.script.name}` is shown as it is written: {reason}"
        app.remark(Diagnostic("warning", "W_INTROSPECTION", message, "`core.introspection` is set to `import`"))
        return static
    return exact._replace(summary=exact.summary or static.summary, description=exact.description or static.description)


def _ask(app: App, python: str, words: list[str]) -> dict[str, Any]:
    import json
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pyst-") as folder:
        environ = {name: app.environ[name] for name in KEPT_VARIABLES if name in app.environ}
        ended = app.runner.run(
            [python, "-I", "-B", *words], cwd=folder, environ={**environ, "HOME": folder}, timeout_seconds=MOST_SECONDS
        )
    try:
        told = json.loads(ended.stdout)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
