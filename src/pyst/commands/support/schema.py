"""Words for the JSON Schemas (2020-12) of reports, so that they read like the data that they describe."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
YES_NO: dict[str, Any] = {"type": "boolean"}


def record(**fields: Any) -> dict[str, Any]:
    """An object with exactly these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def several(items: dict[str, Any]) -> dict[str, Any]:
    """An array."""
    return {"type": "array", "items": items}


def maybe(value: dict[str, Any]) -> dict[str, Any]:
    """This, or null."""
    return {"anyOf": [value, {"type": "null"}]}


def one_of(*values: str) -> dict[str, Any]:
    """One of these words."""
    return {"enum": list(values)}


ORIGIN = one_of("project", "global", "installed", "path")
ENTRY = one_of("block", "framework", "main", "none")
BROKEN = maybe(record(code=TEXT, message=TEXT, line=COUNT))
INSTALLED = maybe(
    record(
        source=MAYBE_TEXT,
        pinned=MAYBE_TEXT,
        ref=MAYBE_TEXT,
        commit=MAYBE_TEXT,
        installed_at={**COUNT, "type": ["integer", "null"]},
        updated_at={**COUNT, "type": ["integer", "null"]},
        integrity=one_of("intact", "changed", "lock_changed", "unlisted", "unknown"),
        shim=maybe(
            record(
                path=TEXT,
                kind=one_of("pyst", "direct"),
                state=one_of("intact", "changed", "missing", "stranded", "through_pyst"),
            )
        ),
    )
)
"""Of an installed script; what the manifest does not say is null, and so is all of a script that is not installed."""
DIFFERENCES = several(record(name=TEXT, before=MAYBE_TEXT, after=MAYBE_TEXT))
"""What differs between two versions: null is what one of them does not have."""
MODEL_USAGE = record(
    requests=COUNT, input_tokens=COUNT, output_tokens=COUNT, cost_usd=maybe({"type": "number", "minimum": 0})
)
"""What asking a language model took; a cost of null is not known."""
PARAMETER = record(
    name=TEXT,
    kind=one_of("argument", "option"),
    flags=several(TEXT),
    required=YES_NO,
    multiple=YES_NO,
    is_flag=YES_NO,
    type=MAYBE_TEXT,
    choices=maybe({"type": "array"}),
    default={},
    help=MAYBE_TEXT,
    unknown=several(TEXT),
    off_flags=several(TEXT),
    width={"type": ["integer", "null"], "minimum": 0},
    repeats=YES_NO,
)
INTERFACE = {
    "$dynamicAnchor": "interface",
    **record(
        entry=ENTRY,
        framework=MAYBE_TEXT,
        summary=TEXT,
        description=TEXT,
        parameters=several(PARAMETER),
        commands={"type": "object", "additionalProperties": {"$dynamicRef": "#interface"}},
        unknown=several(TEXT),
        exit_notes=several(TEXT),
        is_async=YES_NO,
        returns=MAYBE_TEXT,
        result_schema={"type": ["object", "null"]},
        runs_alone=YES_NO,
    ),
}
