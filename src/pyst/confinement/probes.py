"""What this machine's walls really hold: violations tried inside of a tier, and outside of it to see that they can be.

Owns what is tried and how it is judged; the attempts themselves are `inside/attempts.py`, and how a run is started is
the caller's. An attempt that fails without walls too tells nothing, and is said to be untried.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

ATTEMPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "inside", "attempts.py")
VARIABLE = "DOCTOR_CANARY"

WALLS: dict[str, dict[str, str]] = {
    "files": {
        "read_file": "a file is read",
        "list_folder": "a folder is listed",
        "write_file": "a file is written",
        "replace_file": "a file is renamed",
        "see_file": "a file's size is seen",
        "change_mode": "a file's mode is changed",
    },
    "variables": {
        "see_variable": "a variable of the caller is seen",
        "see_variables_of_others": "variables of another process are read",
    },
    "processes": {"signal_others": "another process can be signalled"},
    "network": {
        "connect_tcp": "a TCP connection is made",
        "send_udp": "a UDP packet is sent",
        "connect_unix": "a Unix socket is connected to",
        "connect_abstract": "an abstract socket is connected to",
        "open_netlink": "the kernel's network settings are asked for",
    },
    "programs": {"start_program": "a program is started", "start_own_program": "a program of its own is started"},
    "kernel": {
        "make_namespaces": "namespaces are made",
        "trace": "processes are traced",
        "mount": "a file system is mounted",
    },
}
"""The walls, and what is tried at each."""

NOT_STOPPED: dict[str, frozenset[str]] = {
    "strict": frozenset(),
    "basic": frozenset({"see_file", "change_mode"}),
}
"""What a tier does not promise to stop."""


class Held(NamedTuple):
    """How one wall of a tier did: the attempts that it stopped, those that came through, and those untried."""

    wall: str
    stopped: tuple[str, ...]
    reached: tuple[str, ...]
    untried: tuple[str, ...]


class Told(NamedTuple):
    """What an attempted run said: how each attempt went, and what it says of the walls; or why there was none."""

    results: Mapping[str, str]
    built: Mapping[str, Any] | None = None
    refused: str = ""


Start = Callable[[str, Mapping[str, str]], Told]
"""Starts the attempts with a JSON argument and further variables; in the tier that it is for."""


def judge(outside: Told, inside: Told) -> list[Held]:
    """How each wall did."""
    held = []
    for wall, attempts in WALLS.items():
        able = [each for each in attempts if outside.results.get(each) == ""]
        reached = tuple(each for each in able if inside.results.get(each) == "")
        stopped = tuple(each for each in able if each not in reached)
        held.append(Held(wall, stopped, reached, tuple(each for each in attempts if each not in able)))
    return held


def undeclared(tier: str, held: Held) -> tuple[str, ...]:
    """What came through a wall though the tier promises to stop it."""
    return tuple(each for each in held.reached if each not in NOT_STOPPED[tier])


@contextmanager
def scene(folder: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Canaries to try at, in and around `folder`: the attempts' argument, and the variables of their run."""
    secret = os.urandom(16).hex()
    inner = os.path.join(folder, "canary")
    os.mkdir(inner, 0o700)
    file, victim = os.path.join(inner, "file"), os.path.join(inner, "victim")
    for path in (file, victim):
        with open(path, "w", encoding="ascii") as opened:
            opened.write(secret)
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        path, name = os.path.join(inner, "socket"), f"pyst-doctor-{secret}"
        unix.bind(path)
        unix.listen()
        try:
            abstract.bind("\0" + name)
            abstract.listen()
        except OSError:
            pass  # only Linux has them: the attempt fails without walls too
        given = {
            "secret": secret,
            "file": file,
            "victim": victim,
            "folder": inner,
            "variable": VARIABLE,
            "process": os.getpid(),
            "port": tcp.getsockname()[1],
            "socket": path,
            "abstract": name,
        }
        yield json.dumps(given), {VARIABLE: secret}
