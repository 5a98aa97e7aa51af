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


def _record(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


STREAM = _record(
    text={**_TEXT, "description": "the beginning, or all of it"},
    tail={**_TEXT, "description": "the end, where the middle is left out"},
    bytes=_COUNT,
    truncated={"type": "boolean", "description": "whether there is more than is told here"},
    uri={"type": ["string", "null"], "description": "the resource that has all of it"},
)
OUTPUT = _record(path=_TEXT, role=_TEXT, format=_TEXT, bytes=_COUNT, sha256=_TEXT, uri=_TEXT)
RUN: dict[str, Any] = {
    **_record(
        run_id=_TEXT,
        status={"enum": ["ok", "failed", "timed_out", "killed", "limit", "lost"]},
        exit_code={"type": ["integer", "null"]},
        signal={"type": ["integer", "null"]},
        limit={"type": ["string", "null"], "description": "the bound that ended it"},
        duration_seconds={"type": ["number", "null"]},
        confinement={"type": ["string", "null"], "description": "the tier of the walls around it; null: none"},
        stdout=_maybe(STREAM),
        stderr=_maybe(STREAM),
        outputs={"type": "array", "items": OUTPUT, "description": "the first of the files that it wrote"},
        outputs_total=_COUNT,
        record={**_TEXT, "description": "the resource with all about the run"},
        log={**_TEXT, "description": "the resource with what it printed, both streams"},
    ),
    "description": "how the run went",
}
SHORT_RUN: dict[str, Any] = {
    "type": "object",
    "properties": {"run_id": _TEXT, "status": _TEXT, "exit_code": {"type": ["integer", "null"]}},
    "required": ["run_id", "status", "exit_code"],
    "description": "how the run went; `pyst_run_script` has the whole schema",
}
"""The same for the many tools of scripts: a list of a thousand of them must not say it all a thousand times."""


def run_schema(interface_schema: dict[str, Any] | None, run: dict[str, Any]) -> dict[str, Any]:
    """The schema of the structured result of a run; `interface_schema` is what `output_schema` says of its `result`."""
    found = interface_schema or {}
    return {
        "type": "object",
        "properties": {**found.get("properties", {}), "run": run},
        "required": ["run"],
        "additionalProperties": False,
    }


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
    return {
        "name": name,
        "title": shown,
        "description": description(interface, script_name),
        "inputSchema": input_schema(interface),
        "outputSchema": run_schema(output_schema(interface), SHORT_RUN),
        "annotations": {"title": shown, **hints(offered)},
    }


def hints(offered: Offered) -> dict[str, bool]:
    """What the script may do at most: what its walls would let it write and reach if it got all that it asks for."""
    writes, reaches = bool(offered.reach.write), bool(offered.reach.net)
    return {
        "readOnlyHint": not writes and not reaches,
        "destructiveHint": writes or reaches,
        "idempotentHint": False,
        "openWorldHint": reaches,
    }
