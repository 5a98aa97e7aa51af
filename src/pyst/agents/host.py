"""What the MCP server is handed: the scripts that it offers, how pyst is started again, and what the operator allows.

Values only. `pyst mcp` makes them; nothing in this room sees more of the surroundings than they say, and nothing that a
client sends can change one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pyst.confinement.permissions import NOTHING, Permissions
from pyst.scripts.script import Interface, Script


class Offered(NamedTuple):
    """A script that clients may run: the context allows it, and it can be parsed.

    `reach` is what it may reach at most: what its block declares, and what it would be granted anyway. `trusted`: the
    user trusts exactly this content. `sha256` is that of its content.
    """

    script: Script
    interface: Interface
    reach: Permissions = NOTHING
    trusted: bool = False
    sha256: str = ""


class Offering(NamedTuple):
    """All scripts that are offered, in the order of their names, and the context that chose them.

    `stands()` says whether a new look would find the same; it only compares stamps of files.
    """

    context: str
    scripts: tuple[Offered, ...]
    stands: Callable[[], bool]


class Host(NamedTuple):
    """Everything that the server may know and start.

    `pyst` is the command line that starts pyst again, and `options` are the operator's own global options, which stand
    before each command; `environ` is the environment that all of them get. `tier` is the confinement of each run
    (`strict`, `basic`); with `allow_unsandboxed` the settings decide instead, as they do for `pyst run`.
    `timeout_seconds` bounds each call. Of the runs in `state`, those that ran in `root` (the project) or below are
    shown. `folders` are the project's and the user's own script folders: nothing else is ever changed for a client.
    `look` finds the offering; it is slow the first time, and is called in threads. `details`
    are the schemas of what the commands answer, by name; a command that is not among them has no tool.
    """

    version: str
    cwd: str
    root: str
    state: str
    environ: dict[str, str]
    pyst: tuple[str, ...]
    options: tuple[str, ...]
    tier: str
    allow_unsandboxed: bool
    timeout_seconds: float
    folders: tuple[str, ...]
    look: Callable[[], Offering]
    details: dict[str, dict[str, Any]] = {}  # noqa: RUF012  never changed
