"""Scripts as tools: names, texts, and the JSON Schemas (2020-12) of what goes in and comes out. Pure.

Commands of a script lie in one tool. Its object has a `command`, one of the full names, and beside it an object for
each command that holds what belongs to it:

    {"verbose": true, "command": "db.migrate", "db.migrate": {"steps": 3}}

A `oneOf` over the commands would say the same more strictly, but several model APIs refuse `oneOf`, `anyOf` and
`allOf` at the top of a tool's schema, and models fill them badly. One flat object would mix up parameters of one name
and lose which are required for which command. A tool for each command would multiply the list that every model must
read. So each command's own object keeps its names, types and `required`; that it fits `command` is checked by
`arguments`. Property names keep to `[A-Za-z0-9_.-]{1,64}`, which all APIs take.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pyst.agents.checking import problems
from pyst.agents.fields import ARGUMENTS, COMMAND, Field, Level, layout
from pyst.agents.texts import bounded, cleaned, line
from pyst.scripts.script import Interface, Parameter
from pyst.system.secrets import is_secret

RESERVED = "pyst_"
"""What the names of pyst's own tools begin with; no script's tool does."""
MOST_NAME = 48
"""Clients bound a name by 64 characters, and some put `mcp__pyst__` before it."""
MOST_TITLE = 80
MOST_DESCRIPTION = 2000
MOST_HELP = 500
MOST_CHOICES = 200
MOST_DEFAULT = 300
MOST_SCHEMA_BYTES = 64 << 10
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_SCALARS = ["string", "number", "boolean"]
_TYPES: dict[str, Any] = {
    "str": {"type": "string"},
    "bytes": {"type": "string"},
    "complex": {"type": "string"},
    "fraction": {"type": ["string", "number"]},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "decimal": {"type": ["number", "string"]},
    "path": {"type": "string", "format": "path"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": ["number", "string"]},
    "uuid": {"type": "string", "format": "uuid"},
    "json": {"type": "object"},
}


def tool_name(script_name: str, taken: Collection[str] = ()) -> str:
    """The name of a script's tool: `group/name` is `group__name`; one that none of `taken` is.

    It follows from the script's own name alone. Where letters have to be replaced, where it is too long, or where two
    names would come out alike, it carries a mark made of the script's name, so that no other script can move it.
    """
    name = script_name.replace("/", "__")
    kept = "".join(each if each in _KEPT else "_" for each in name)
    if kept == name and len(name) <= MOST_NAME and _is_fit(name) and _is_plain_name(script_name) and name not in taken:
        return name
    from hashlib import sha256

    digest = sha256(script_name.encode("utf-8", "surrogateescape")).hexdigest()
    stem = kept if _is_fit(kept) else f"script_{kept}"
    for size in (8, 16, 32):
        found = f"{stem[: MOST_NAME - size - 1]}_{digest[:size]}"
        if found not in taken:
            return found
    raise ValueError(f"too many tools are named like {found}")


def _is_plain_name(script_name: str) -> bool:
    """Whether no other script's name can come out as this one, and none that carries a mark."""
    name = script_name.replace("/", "__")
    if "__" in script_name or "___" in name:
        return False
    _, mark, last = name.rpartition("_")
    return not mark or len(last) not in (8, 16, 32) or not all(each in "0123456789abcdef" for each in last)


def _is_fit(name: str) -> bool:
    return bool(name) and not name.startswith(RESERVED)


def title(interface: Interface, script_name: str) -> str:
    """What a person is shown for the tool: its name in words."""
    words = script_name.replace("/", ": ").replace("_", " ").replace("-", " ")
    return line(words[:1].upper() + words[1:], MOST_TITLE)


def description(interface: Interface, script_name: str) -> str:
    """What a model is told of the tool: summary, description, exit codes. At most 2,000 characters."""
    summary = bounded(interface.summary, 400) or f"The script `{cleaned(script_name[:200])}`."
    notes = "\n".join(f"- {line(each, 120)}" for each in interface.exit_notes[:10])
    tail = f"\n\nExit codes:\n{notes}" if notes else ""
    room = MOST_DESCRIPTION - len(summary) - len(tail) - 2
    middle = bounded(interface.description.strip(), room)
    return summary + (f"\n\n{middle}" if middle else "") + tail


def input_schema(interface: Interface) -> dict[str, Any]:
    """The schema of the object that a call of the tool takes: at most 64 KiB.

    One that would be larger is told without texts; one that still is takes plain words.
    """
    level = layout(interface)
    for most_help in (MOST_HELP, 0):
        schema = _object(level, most_help)
        if len(json.dumps(schema)) <= MOST_SCHEMA_BYTES:
            return schema
    return {"type": "object", "properties": {ARGUMENTS: _words(level)}, "additionalProperties": False}


def _object(level: Level, most_help: int) -> dict[str, Any]:
    """The schema of one level; that of the root has the objects of all commands."""
    properties = {each.key: property_schema(each, level, most_help) for each in level.fields}
    required = [each.key for each in level.fields if is_required(each)]
    commands = () if level.path else tuple(level.all_commands())
    if commands:
        properties = {COMMAND: _command(level, commands), **properties}
        required = [COMMAND] if not level.alone else []
        required += [each.key for each in level.fields if is_required(each) and not level.own_only]
        for each in commands:
            if each.fields or each.raw:
                properties[each.key] = _object(each, most_help)
    if level.raw:
        properties[ARGUMENTS] = _words(level)
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if level.path:
        told = line(level.interface.summary, most_help) if most_help else ""
        schema["description"] = f"For `{level.key}`" + (f": {told}" if told else "")
    if required:
        schema["required"] = required
    return schema


def _command(root: Level, commands: tuple[Level, ...]) -> dict[str, Any]:
    names = [each.key for each in commands if each.alone]
    told = "Which command to run; what belongs to it goes into the object of the same name."
    if "commands" in root.interface.unknown:
        told += " Not all commands are known: others can be given as `arguments`."
    return {"type": "string", "enum": names, "title": "Command", "description": told}


def _words(level: Level) -> dict[str, Any]:
    told = "Further words of the command line, as they are: what is not known of it without running it."
    if not level.fields and not level.commands:
        told = "The words of the command line, as they are; its parameters are not known without running it."
    return {"type": "array", "items": {"type": "string"}, "title": "Arguments", "description": told}


def is_required(field: Field) -> bool:
    return field.parameter.required and "required" not in field.parameter.unknown


def property_schema(field: Field, level: Level, most_help: int = MOST_HELP) -> dict[str, Any]:
    """The schema of one parameter's value. What is not known of it leaves the schema open."""
    parameter = field.parameter
    schema: dict[str, Any] = {"title": line(field.key.replace("_", " ").replace("-", " ").capitalize(), MOST_TITLE)}
    told = bounded(parameter.help or "", most_help) if most_help else ""
    if told:
        schema["description"] = told
    schema.update(_value(field, level.framework))
    default = _default(parameter)
    if default is not None and most_help and not problems(default, schema):
        schema["default"] = default
    return schema


def _value(field: Field, framework: str | None) -> dict[str, Any]:
    parameter, form = field.parameter, field.form
    item = _item(parameter, framework)
    if form == "flag":
        return {"type": "boolean"}
    if form == "count":
        return {"type": "integer", "minimum": 0, "maximum": 100}
    if form in ("object", "pairs"):
        values = {"type": _SCALARS} if form == "object" or not item else item
        return {"type": "object", "additionalProperties": values if form == "pairs" else True}
    if form == "open":
        return {} if "enum" not in item else {"anyOf": [item, {"type": "array", "items": item}]}
    if form == "many":
        least = {"minItems": 1} if is_required(field) else {}
        return {"type": "array", "items": item, **least}
    if form == "group":
        return _group(parameter, item)
    if form == "groups":
        return {"type": "array", "items": _group(parameter, item)}
    return {"type": "array", "items": {"type": "array", "items": item}} if form == "lists" else item


def _group(parameter: Parameter, item: dict[str, Any]) -> dict[str, Any]:
    if item == {"type": "string"}:
        item = {"type": _SCALARS}  # a tuple of different types is told as text
    return {"type": "array", "items": item, "minItems": parameter.width, "maxItems": parameter.width}


def _item(parameter: Parameter, framework: str | None) -> dict[str, Any]:
    """The schema of one value."""
    if framework == "fire":
        return {}  # it reads every value as a literal of Python
    if parameter.choices is not None and "choices" not in parameter.unknown:
        fit = len(parameter.choices) <= MOST_CHOICES and all(_is_clean(each) for each in parameter.choices)
        if fit and parameter.choices:
            return _enum(parameter.choices)
    if parameter.type is None or "type" in parameter.unknown:
        return {"type": _SCALARS}
    if parameter.type == "choice":
        return {"type": ["string", "number"]}
    if framework in ("click", "typer") and parameter.type == "datetime":
        return {"type": "string"}  # in the formats of the option, which are not those of JSON Schema
    words = parameter.type.split("|")
    if len(words) == 1:
        return dict(_TYPES.get(parameter.type, {"type": _SCALARS}))
    types: list[str] = []
    for word in words:
        known = _TYPES.get(word, {"type": _SCALARS})["type"]
        types += [each for each in ([known] if isinstance(known, str) else known) if each not in types]
    return {"type": types}


def _enum(choices: tuple[Any, ...]) -> dict[str, Any]:
    """One of these values; with their type where they have one in common, which some model APIs demand."""
    for kind, word in ((str, "string"), (bool, "boolean"), (int, "integer")):
        if all(isinstance(each, kind) for each in choices):
            return {"type": word, "enum": list(dict.fromkeys(choices))}
    return {"enum": list(choices)}


def _is_clean(value: Any) -> bool:
    return not isinstance(value, str) or (len(value) <= 200 and cleaned(value) == value)


def _default(parameter: Parameter) -> Any:
    """The default, if it is known, short and no secret."""
    value = parameter.default
    if value is None or "default" in parameter.unknown or is_secret(parameter.name):
        return None
    if isinstance(value, bool | int):
        return value if abs(value) < 10**18 else None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return None
    return value if len(text) <= MOST_DEFAULT and cleaned(text) == text else None


def output_schema(interface: Interface) -> dict[str, Any] | None:
    """The schema of the structured result: an object with what `main` returns as `result`. None where that isn't known.

    `result` is not required: where the script did not print what its annotation promised, `note` says so.
    """
    found = interface.result_schema
    if found is None or len(json.dumps(found)) > MOST_SCHEMA_BYTES // 4 or not _is_seen(found):
        return None
    properties = {
        "result": found,
        "note": {"type": "string", "description": "why there is no `result`"},
        "run_id": {"type": "string", "description": "the run, for `pyst show` and `pyst replay`"},
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _is_seen(schema: Any) -> bool:
    text = json.dumps(schema, ensure_ascii=False)
    return cleaned(text) == text
