"""Scripts as tools of the protocol: their names, what is told of them, and the annotations, which don't flatter."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyst.agents.host import Offered

RESERVED = "pyst_"
"""What the names of pyst's own tools begin with; no script's tool does."""
MOST_NAME = 64
"""The longest name that all clients take."""
MOST_DESCRIPTION = 2000
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def script_tools(scripts: Iterable[Offered]) -> list[tuple[dict[str, Any], Offered]]:
    """The tool of each script, with it. Names are unique, and do not depend on which other scripts there are, unless
    two would have the same: then the later ones carry a mark made of their selectors."""
    taken: set[str] = set()
    found = []
    for each in scripts:
        name = tool_name(each.script.name)
        if name in taken:
            name = _marked(name, each.script.selector)
        taken.add(name)
        found.append((script_tool(name, each), each))
    return found


def tool_name(script_name: str) -> str:
    """The name of a script's tool: its own, with `_` for what some client would not take."""
    name = "".join(each if each in _KEPT else "_" for each in script_name)
    if name.startswith(RESERVED):
        name = f"script_{name}"
    return name if len(name) <= MOST_NAME else _marked(name, script_name)


def _marked(name: str, selector: str) -> str:
    mark = sha256(selector.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{name[: MOST_NAME - 9]}_{mark}"


def script_tool(name: str, offered: Offered) -> dict[str, Any]:
    """One script as a tool, in the form of the wire."""
    summary = offered.interface.summary
    return {
        "name": name,
        "title": offered.script.name,
        "description": _description(offered),
        "inputSchema": {"type": "object"},
        "annotations": {"title": summary[:200] or offered.script.name, **hints(offered)},
    }


def _description(offered: Offered) -> str:
    interface = offered.interface
    text = "\n\n".join(each for each in (interface.summary, interface.description) if each)
    text = text or f"The script `{offered.script.name}`."
    return text if len(text) <= MOST_DESCRIPTION else text[:MOST_DESCRIPTION] + " …"


def hints(offered: Offered) -> dict[str, bool]:
    """What the script may do at most: what its walls would let it write and reach if it got all that it asks for."""
    writes, reaches = bool(offered.reach.write), bool(offered.reach.net)
    return {
        "readOnlyHint": not writes and not reaches,
        "destructiveHint": writes or reaches,
        "idempotentHint": False,
        "openWorldHint": reaches,
    }
