"""Scripts as tools of the protocol: what is told of each, and the annotations, which don't flatter.

Names, texts and schemas are made by `schemas`; what a run says of itself beside its result is described here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.agents.schemas import description, input_schema, output_schema, title, tool_name

if TYPE_CHECKING:
    from pyst.agents.host import Offered

_TEXT: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}


def _record(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_OUTPUT = _record(
    ("name", "role", "media_type", "uri"), name=_TEXT, role=_TEXT, media_type=_TEXT, bytes=_COUNT, uri=_TEXT
)
_REMARK = _record(("level", "message"), level=_TEXT, code=_TEXT, message=_TEXT, hint=_TEXT)
RUN = _record(
    ("status", "stdout", "stderr", "truncated", "outputs"),
    status={**_TEXT, "description": "ok, failed, timed_out, killed, limit"},
    exit_code={"type": "integer"},
    signal={"type": "integer", "description": "the signal that it died of"},
    limit={**_TEXT, "description": "the bound that ended it"},
    duration_seconds={"type": "number"},
    run_id={**_TEXT, "description": "what the record of the run is found by"},
    record={**_TEXT, "description": "the resource that has all about the run"},
    stdout={**_TEXT, "description": "what it printed; of much, the beginning and the end"},
    stderr=_TEXT,
    truncated={"type": "boolean", "description": "whether it printed more than is told here"},
    outputs={"type": "array", "items": _OUTPUT, "description": "files that it left, as resources"},
    diagnostics={"type": "array", "items": _REMARK, "description": "what pyst has to say about it"},
)
"""The facts of a run (`results.tool_result`), with the resources that have the rest."""


def script_tools(scripts: Iterable[Offered]) -> list[tuple[dict[str, Any], Offered]]:
    """The tool of each script, with it. Names are unique, and follow from the script's own name alone."""
    taken: set[str] = set()
    found = []
    for each in scripts:
        name = tool_name(each.script.name, taken)
        taken.add(name)
        found.append((script_tool(name, each), each))
    return found


def script_tool(name: str, offered: Offered) -> dict[str, Any]:
    """One script as a tool, in the form of the wire."""
    interface, script_name = offered.interface, offered.script.name
    shown = title(interface, script_name)
    tool = {
        "name": name,
        "title": shown,
        "description": description(interface, script_name),
        "inputSchema": input_schema(interface),
        "annotations": {"title": shown, **hints(offered)},
    }
    promised = output_schema(interface)
    return tool if promised is None else {**tool, "outputSchema": promised}


def hints(offered: Offered) -> dict[str, bool]:
    """What the script may do at most: what its walls would let it write and reach if it got all that it asks for."""
    writes, reaches = bool(offered.reach.write), bool(offered.reach.net)
    return {
        "readOnlyHint": not writes and not reaches,
        "destructiveHint": writes or reaches,
        "idempotentHint": False,
        "openWorldHint": reaches,
    }
