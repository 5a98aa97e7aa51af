"""The JSON Schema of what `pyst run --format json` holds."""

from __future__ import annotations

from typing import Any

from pyst.commands.support.confinement_schema import BUILT, PERMISSIONS, WALLS
from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, maybe, record, several
from pyst.records.schema import RECORD

_STREAM = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "required": ["text", "tail", "bytes", "lost_bytes", "truncated", "path"],
    "properties": {
        "text": {"type": "string"},
        "tail": {"type": "string"},
        "bytes": {"type": "integer"},
        "lost_bytes": {"type": "integer"},
        "truncated": {"type": "boolean"},
        "path": {"type": ["string", "null"]},
    },
}

DETAIL: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "script",
        "path",
        "origin",
        "allowed",
        "context",
        "rule",
        "trusted",
        "plan",
        "permissions",
        "outcome",
        "record",
        "previews",
    ],
    "properties": {
        "script": {"type": "string"},
        "path": {"type": ["string", "null"]},
        "origin": {"enum": ["project", "global", "installed", "path", None]},
        "allowed": {"type": "boolean"},
        "context": {"type": ["string", "null"]},
        "rule": {"type": ["string", "null"]},
        "trusted": {"type": "boolean"},
        "plan": {
            "type": "object",
            "additionalProperties": False,
            "required": ["argv", "cwd", "set_variables", "unset_variables", "environment", "limits", "walls"],
            "properties": {
                "argv": {"type": "array", "items": {"type": "string"}},
                "cwd": {"type": "string"},
                "set_variables": {"type": "object", "additionalProperties": {"type": "string"}},
                "unset_variables": {"type": "array", "items": {"type": "string"}},
                "environment": {"type": ["string", "null"]},
                "limits": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["timeout_seconds"],
                    "properties": {"timeout_seconds": {"type": ["number", "null"]}},
                },
                "walls": maybe(WALLS),
            },
        },
        "permissions": maybe(PERMISSIONS),
        "outcome": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "required": [
                "exit_code",
                "signal",
                "timed_out",
                "duration_seconds",
                "stdout",
                "stderr",
                "confinement",
                "limit",
            ],
            "properties": {
                "exit_code": {"type": "integer"},
                "signal": {"type": ["integer", "null"]},
                "timed_out": {"type": "boolean"},
                "duration_seconds": {"type": "number"},
                "stdout": _STREAM,
                "stderr": _STREAM,
                "confinement": maybe(BUILT),
                "limit": MAYBE_TEXT,
            },
        },
        "record": maybe(RECORD),
        "previews": several(record(path=TEXT, text=TEXT, truncated=YES_NO)),
    },
}
