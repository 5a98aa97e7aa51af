"""The form of a record: its JSON Schema (2020-12), and a check by it that needs no library.

Apart from the values (`record`), so that whoever only writes records doesn't load it.
"""

from __future__ import annotations

from typing import Any

from pyst.records.ids import SCHEMA, is_hex, is_run_id

STATUSES = ("running", "ok", "failed", "timed_out", "killed", "limit", "lost")
"""How a run stands. `lost`: its pyst was killed before it could say (told by readers, never written)."""
REASONS = ("symlink", "fifo", "socket", "device", "unreadable", "outside", "changed")
"""Why something in the output folder is no output."""


class Malformed(Exception):
    """Data that is no record: the message says where, and what was expected."""


_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_MAYBE_INTEGER: dict[str, Any] = {"type": ["integer", "null"]}
_MAYBE_NUMBER: dict[str, Any] = {"type": ["number", "null"]}
_YES_NO: dict[str, Any] = {"type": "boolean"}
_ANYTHING: dict[str, Any] = {"type": "object"}
_SHA256: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _object(**fields: Any) -> dict[str, Any]:
    names = {name.rstrip("_"): each for name, each in fields.items()}
    return {"type": "object", "properties": names, "required": list(names), "additionalProperties": False}


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_null(value: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [value, {"type": "null"}]}


RECORD: dict[str, Any] = _object(
    schema={"const": SCHEMA},
    run_id={"type": "string", "pattern": "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$"},
    task=_TEXT,
    status={"enum": list(STATUSES)},
    exit_code=_MAYBE_INTEGER,
    signal=_MAYBE_INTEGER,
    limit=_MAYBE_TEXT,
    started_at=_TEXT,
    ended_at=_MAYBE_TEXT,
    duration_seconds=_MAYBE_NUMBER,
    script=_object(name=_TEXT, selector=_TEXT, origin=_TEXT, path=_MAYBE_TEXT, sha256=_SHA256, bytes=_COUNT),
    argv=_several(_TEXT),
    masked=_YES_NO,
    cwd=_TEXT,
    options=_object(
        with_=_several(_TEXT),
        python=_MAYBE_TEXT,
        is_async=_YES_NO,
        context=_MAYBE_TEXT,
        forced=_YES_NO,
        timeout_seconds=_MAYBE_NUMBER,
        env_files=_several(_TEXT),
    ),
    variables=_several(_TEXT),
    environment=_object(
        key=_MAYBE_TEXT,
        path=_MAYBE_TEXT,
        requirements=_several(_TEXT),
        lock=_or_null(_object(path=_TEXT, sha256=_SHA256)),
        project=_MAYBE_TEXT,
    ),
    interpreter=_object(path=_TEXT, version=_MAYBE_TEXT, implementation=_MAYBE_TEXT),
    input=_or_null(_object(path=_TEXT, bytes=_COUNT, sha256=_SHA256)),
    output_dir=_TEXT,
    manifest=_TEXT,
    log=_object(path=_TEXT, bytes=_COUNT, seen_bytes=_COUNT, cap_bytes=_COUNT, truncated=_YES_NO),
    stdout=_or_null(_object(bytes=_COUNT, sha256=_SHA256, path=_MAYBE_TEXT)),
    outputs=_several(
        _object(path=_TEXT, role=_TEXT, format=_TEXT, bytes=_COUNT, sha256=_SHA256, declared=_YES_NO, notes=_ANYTHING)
    ),
    skipped=_several(_object(path=_TEXT, reason={"enum": list(REASONS)})),
    omitted=_COUNT,
    concurrent=_YES_NO,
    confinement=_or_null(_object(tier=_TEXT, layers=_several(_TEXT), not_stopped=_several(_TEXT), walls=_ANYTHING)),
    replay_of=_MAYBE_TEXT,
    pyst=_TEXT,
    process=_or_null(_object(pid=_COUNT, started=_MAYBE_TEXT)),
)

_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "object": dict,
    "array": list,
}

_QUICK: dict[int, frozenset[type]] = {
    id(_TEXT): frozenset({str}),
    id(_MAYBE_TEXT): frozenset({str, type(None)}),
    id(_MAYBE_INTEGER): frozenset({int, type(None)}),
    id(_MAYBE_NUMBER): frozenset({int, float, type(None)}),
    id(_YES_NO): frozenset({bool}),
    id(_ANYTHING): frozenset({dict}),
}
"""The types that fit the smallest parts without a further look: the history reads thousands of records."""


def check(data: Any, schema: dict[str, Any], place: str) -> None:
    """Raise `Malformed` where `data` does not fit. Further keys of objects are let pass: a later pyst may have more."""
    if "anyOf" in schema:
        if data is not None:
            check(data, schema["anyOf"][0], place)
        return
    if "const" in schema or "enum" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        if not isinstance(data, str) or data not in allowed:
            raise Malformed(f"{place} must be one of {', '.join(allowed)}")
        return
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(data, name) for name in names):
        raise Malformed(f"{place} must be of type {' or '.join(names)}")
    if data is None:
        return
    if "minimum" in schema and data < schema["minimum"]:
        raise Malformed(f"{place} must not be below {schema['minimum']}")
    if "pattern" in schema and not _is_hex_word(data, schema["pattern"]):
        raise Malformed(f"{place} has not the form {schema['pattern']}")
    if "items" in schema:
        inner = schema["items"]
        quick = _QUICK.get(id(inner), ())
        for at, each in enumerate(data):
            if type(each) not in quick:
                check(each, inner, f"{place}[{at}]")
    for name, inner in schema.get("properties", {}).items():
        if name not in data:
            raise Malformed(f"{place} has no `{name}`")
        if type(data[name]) not in _QUICK.get(id(inner), ()):
            check(data[name], inner, f"{place}.{name}")


def _is(data: Any, name: str) -> bool:
    return isinstance(data, _TYPES[name]) and (not isinstance(data, bool) or name == "boolean")


def _is_hex_word(text: str, pattern: str) -> bool:
    """Whether `text` has the form of one of the two patterns above, without the help of `re`."""
    if pattern != _SHA256["pattern"]:
        return is_run_id(text)
    return len(text) == 64 and is_hex(text)
