"""What is said of a confined run that failed: perhaps for something that it was not granted.

Why a script failed, only the script knows. Where what it printed was captured, the last line of a traceback of Python's
is read, and what it names is held against the walls: it was granted, or it was not. Nothing is looked up in the world
for that: a hint must not tell who reads it what is there beyond the walls. Where the streams went past pyst, a person
is told that the run was confined, and no more.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from pyst.confinement.permissions import covers, excludes, includes
from pyst.confinement.walls import BASIC
from pyst.report import Diagnostic

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.confinement.decision import Decision
    from pyst.running.plan import Captured, Outcome, Plan

TAIL_BYTES = 16 << 10
MOST_NAME = 500
REFUSED = ("1", "13", "30")
"""EPERM, EACCES, EROFS: what is there may be read, but not written."""
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/tmp")
"""Where a confined run has much without being granted it: of what lies there, and not in the folder that it starts in,
nothing is said."""
_QUOTED = r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_PATH = re.compile(rf"(?:FileNotFound|Permission|OS)Error: \[Errno (1|2|13|30)\] [^:]+: {_QUOTED}")
_KEY = re.compile(r"KeyError: '([A-Za-z_][A-Za-z0-9_]*)'")
_NET = re.compile(
    r"(?:[\w.]*gaierror|[\w.]*URLError|[\w.]*ConnectError|[\w.]*ConnectionError|PermissionError|OSError)\b"
)
_NET_WORDS = ("name resolution", "Name or service not known", "Network is unreachable", "[Errno 97]")


class Lack(NamedTuple):
    """What was not granted: `kind` of permission, the item, and the option that grants it."""

    kind: str
    item: str
    option: str


def after_failure(
    app: App, label: str, plan: Plan, outcome: Outcome, decision: Decision | None
) -> tuple[Diagnostic, ...]:
    """What is said of a confined run that ended with an exit code other than 0, and not by pyst."""
    if plan.walls is None or outcome.exit_code == 0 or outcome.timed_out or outcome.limit or outcome.signal:
        return ()
    shows = "`--dry-run` shows" if label in ("-", "-c") else f"`pyst explain {label}` shows"
    if outcome.stderr is None or decision is None:
        if app.options.format == "human" and app.talk_view.is_terminal:
            app.talk(f"it ran confined ({plan.walls.tier}): {shows} what it may reach")
        return ()
    text = text_of(outcome.stderr)
    if outcome.confinement is not None and outcome.confinement.tier == BASIC and wants_named_socket(text):
        message = f"`{label}` ran confined in the tier `basic`, which has no Unix sockets with a name"
        return (Diagnostic("info", "I_CONFINED", message, "`--sandbox=strict` has them, where the host allows it"),)
    lack = find_lack(text, plan, decision, frozenset(app.environ))
    if lack is None:
        return ()
    what = {"read": "read", "write": "write", "env": "see", "net": "reach", "run": "start"}[lack.kind]
    message = f"`{label}` ran confined, and says that it could not {what} {lack.item}, which it was not granted"
    return (Diagnostic("info", "I_CONFINED", message, f"`{lack.option}` grants it; {shows} what it may reach"),)


def text_of(captured: Captured) -> str:
    """The end of a stream."""
    return (captured.tail or captured.head)[-TAIL_BYTES:].decode("utf-8", "replace")


def wants_named_socket(text: str) -> bool:
    """Whether a traceback is that of a manager of `multiprocessing`, which listens at a Unix socket."""
    return "PermissionError: [Errno 13]" in text and "multiprocessing/managers.py" in text


def find_lack(text: str, plan: Plan, decision: Decision, variables: frozenset[str]) -> Lack | None:
    """What the traceback at the end of `text` names that was neither granted nor denied; None where nothing is sure.

    `variables` are the names of those that are set: what is not set would not be there unconfined either.
    """
    lines = text.rstrip().splitlines()
    if not any(line.startswith("Traceback (most recent call last):") for line in lines):
        return None
    last, calls = lines[-1], lines[-12:]
    if found := _PATH.match(last):
        number, quoted = found.groups()
        name = _unquoted(quoted)
        if not name.isprintable() or not 0 < len(name) <= MOST_NAME:
            return None
        if any("_execute_child" in line for line in calls):
            is_open = _speaks_of(decision, "run", name) or (plan.walls is not None and plan.walls.run is None)
            return None if is_open else Lack("run", f"the program `{name}`", f"--allow-run={name}")
        return _file(os.path.normpath(os.path.join(plan.cwd, name)), plan, decision, number)
    if found := _KEY.match(last):
        name = found.group(1)
        is_variable = any("os.environ" in line or "<frozen os>" in line or "/os.py" in line for line in calls)
        if is_variable and name in variables and not _speaks_of(decision, "env", name):
            return Lack("env", f"the variable `{name}`", f"--allow-env={name}")
    has_net = decision.left.net or decision.denied.net
    if not has_net and _NET.match(last) and any(word in last for word in _NET_WORDS):
        return Lack("net", "the network", "--allow-net=HOST:PORT")
    return None


def _unquoted(text: str) -> str:
    import ast

    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return ""


def _speaks_of(decision: Decision, kind: str, item: str) -> bool:
    return includes(decision.granted, kind, item) or excludes(decision.denied, kind, item)


def _file(path: str, plan: Plan, decision: Decision, number: str) -> Lack | None:
    is_own = plan.walls is not None and path in plan.walls.read
    is_system = any(covers("read", each, path) for each in SYSTEM) and not covers("read", plan.cwd, path)
    if is_system or _speaks_of(decision, "write", path):
        return None
    if is_own or includes(decision.granted, "read", path):
        return Lack("write", f"`{path}`", f"--allow-write={path}") if number in REFUSED else None
    return None if excludes(decision.denied, "read", path) else Lack("read", f"`{path}`", f"--allow-read={path}")
