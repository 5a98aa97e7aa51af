"""A driver for the tests of supervision: runs a plan in a process of its own, as a command of pyst would.

`python -m tests.support.supervised JSON` with: `argv`, and optionally `cwd`, `set`, `long` (how long a variable to
set), `stdin`, `walls` (as `Walls` has it, `net` and `bounds` being objects), `environment`, `timeout`, `capture` (a
folder), `echo`, `preview`, `grace`, `end_leftovers`, `how` (`supervise` or `execute`), `report` (a file that gets the
outcome as JSON), `events` (a file that gets one JSON line for each).
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from pyst.confinement.walls import Bounds, Net, Walls
from pyst.errors import Failure
from pyst.running.capture import Capture
from pyst.running.execute import execute
from pyst.running.plan import Limits, Plan
from pyst.running.supervise import die_by, supervise


def main(asked: dict[str, Any]) -> int:
    stdin = asked.get("stdin")
    plan = Plan(
        argv=tuple(asked["argv"]),
        cwd=asked.get("cwd") or os.getcwd(),
        set_variables=(*asked.get("set", {}).items(), ("LONG", "x" * asked.get("long", 0))),
        limits=Limits(timeout_seconds=asked.get("timeout")),
        stdin=None if stdin is None else stdin.encode(),
        environment=asked.get("environment"),
        walls=_walls(asked["walls"]) if "walls" in asked else None,
    )
    environ = dict(os.environ)
    try:
        if asked.get("how") == "execute":
            execute(plan, environ)
        folder = asked.get("capture")
        outcome = supervise(
            plan,
            environ,
            capture=Capture(folder, asked.get("echo", False), asked.get("preview", 64 << 10)) if folder else None,
            on_event=lambda event: _append(asked.get("events"), event),
            grace_seconds=asked.get("grace", 2.0),
            end_leftovers=asked.get("end_leftovers", True),
        )
    except Failure as failure:
        print(f"{failure.code}: {failure.message}", file=sys.stderr)
        return failure.exit
    if asked.get("report"):
        told: dict[str, Any] = {
            "exit_code": outcome.exit_code,
            "signal": outcome.signal,
            "timed_out": outcome.timed_out,
            "truncated": outcome.truncated,
            "limit": outcome.limit,
            "confinement": outcome.confinement.to_json() if outcome.confinement else None,
            "most_kib": most_kib(),
        }
        for name, stream in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
            if stream:
                told[name] = [stream.path, stream.size_bytes, stream.lost_bytes, len(stream.head), len(stream.tail)]
        _append(asked["report"], told)
    if outcome.signal:
        die_by(outcome.signal)
    return outcome.exit_code


def _walls(asked: dict[str, Any]) -> Walls:
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}
    net = given.pop("net", {})
    net["hosts"] = tuple((host, port) for host, port in net.get("hosts", ()))
    bounds = given.pop("bounds", {})
    return Walls(**{"read": (), "write": (), **given}, net=Net(**net), bounds=Bounds(**bounds))


def most_kib() -> int:
    """The most memory that this process had, in KiB. `getrusage` would tell of what it was forked from, too."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def _append(path: str | None, entry: dict[str, Any]) -> None:
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
