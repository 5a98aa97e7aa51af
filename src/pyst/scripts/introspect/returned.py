"""What `main` returns, as a JSON Schema (2020-12) of what pyst prints of it: from the annotation alone.

`docs/function-scripts.md` says how values become JSON; `pyst.inside._result` does it. Text is printed as it is and
not as JSON: its schema has `contentMediaType` `text/plain`. Where nothing is printed (None, an exit code), where
several lines may be (iterators), and where it can't be known, there is no schema.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.annotations import alternatives, expanded
from pyst.scripts.introspect.folding import enum_members, fold, to_json
from pyst.scripts.introspect.module import UNKNOWN, Member, Module

TEXT = {"type": "string", "contentMediaType": "text/plain"}
DEEPEST = 6
MOST_FIELDS = 100
_ANYTHING: dict[str, Any] = {}
_PLAIN: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "dict": {"type": "object"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.datetime": {"type": "string"},
    "datetime.time": {"type": "string"},
    "datetime.timedelta": {"type": "number", "description": "seconds"},
    "uuid.UUID": {"type": "string", "format": "uuid"},
    "decimal.Decimal": {"type": "string"},
    "fractions.Fraction": {"type": "string"},
    **{f"pathlib.{name}": {"type": "string"} for name in ("Path", "PurePath", "PosixPath", "PurePosixPath")},
}
_ARRAYS = frozenset(
    ("list", "tuple", "set", "frozenset", "List", "Tuple", "Set", "FrozenSet", "Sequence", "MutableSequence")
) | {"Iterable", "Collection", "AbstractSet", "deque", "Deque"}
_MAPPINGS = frozenset(("dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict"))
_LATER = frozenset(("Coroutine", "Awaitable"))
_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "collections.")
_FIELDS_ONLY = frozenset({"dataclasses.dataclass", "typing.NamedTuple", "typing.TypedDict"})


def result_schema(annotation: _ast.expr | None, module: Module) -> dict[str, Any] | None:
    """The schema of what is printed of a value with this annotation, or None."""
    if annotation is None:
        return None
    members = _members(annotation, module, DEEPEST)
    kinds = [_text_or_schema(each, module) for each in members]
    optional = any(each == {"type": "null"} for each in kinds)
    real = [each for each in kinds if each != {"type": "null"}]
    if not real or any(not each for each in real):
        return None
    if all(each == {"type": "integer"} for each in real):
        return None  # the exit code
    if any("contentMediaType" in each for each in real) and len(real) > 1:
        return None  # what is printed does not tell text from JSON
    return _either([*real, {"type": "null"}] if optional else real)


def _text_or_schema(node: _ast.expr, module: Module) -> dict[str, Any]:
    """The schema of one member at the top, where text is not written as JSON."""
    if _name(node, module) in ("Iterable", "Iterator", "Generator", "AsyncIterator", "AsyncGenerator", "AsyncIterable"):
        return _ANYTHING
    found = _schema(node, module, DEEPEST)
    values = found.get("enum", [])
    definition = module.class_named(node.id) if isinstance(node, _ast.Name) else None
    if definition is not None and "enum" in found:
        bases = {module.name_of(each) for each in definition.bases}
        return {**found, **TEXT} if bases & {"str", "enum.StrEnum"} else found
    if found == {"type": "string"} and _name(node, module) == "str":
        return dict(TEXT)
    if values and any(isinstance(each, str) for each in values):
        return {**found, **TEXT} if all(isinstance(each, str) for each in values) else _ANYTHING
    return found


def _members(node: _ast.expr, module: Module, depth: int) -> list[_ast.expr]:
    """The members of a union, seen through `Annotated`, `Optional` and what is awaited; else the node alone."""
    node = expanded(node, module)
    if depth <= 0 or not module.spend():
        return [node]
    inner: list[_ast.expr] = []
    if isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.BitOr):
        inner = alternatives(node)
    elif isinstance(node, _ast.Subscript):
        name = _name(node.value, module)
        given = list(node.slice.elts) if isinstance(node.slice, _ast.Tuple) else [node.slice]
        if name == "Union":
            inner = given
        elif name == "Optional":
            return [*_members(node.slice, module, depth - 1), _ast.Constant(value=None)]
        elif name in ("Annotated", "Final", "Required", "NotRequired", "ReadOnly") and given:
            inner = given[:1]
        elif name in _LATER and given:
            inner = given[-1:]
    return [each for one in inner for each in _members(one, module, depth - 1)] if inner else [node]


def _schema(node: _ast.expr, module: Module, depth: int) -> dict[str, Any]:
    """The schema of a value inside JSON; an empty one where anything may be."""
    if depth <= 0 or not module.spend():
        return _ANYTHING
    members = _members(node, module, depth)
    if len(members) > 1:
        return _either([_schema(each, module, depth - 1) for each in members])
    node = members[0]
    if isinstance(node, _ast.Constant) and node.value is None:
        return {"type": "null"}
    if isinstance(node, _ast.Subscript):
        return _generic(node, module, depth)
    if isinstance(node, _ast.Name) and (definition := module.class_named(node.id)) is not None:
        return _class(definition, module, depth)
    name = module.name_of(node) or ""
    bare = _name(node, module)
    if bare in _ARRAYS:
        return {"type": "array"}
    return {"type": "object"} if bare in _MAPPINGS else dict(_PLAIN.get(name, _ANYTHING))


def _name(node: _ast.expr, module: Module) -> str:
    """The bare name of a builtin or of something in `typing` or `collections`; empty for what is from elsewhere."""
    name = module.name_of(node.value if isinstance(node, _ast.Subscript) else node) or ""
    for prefix in _TYPING:
        name = name.removeprefix(prefix)
    return "" if "." in name else name


def _generic(node: _ast.Subscript, module: Module, depth: int) -> dict[str, Any]:
    name = _name(node.value, module)
    given = list(node.slice.elts) if isinstance(node.slice, _ast.Tuple) else [node.slice]
    if name == "Literal":
        values = [to_json(fold(each, module)) for each in given]
        return _ANYTHING if any(each is UNKNOWN for each in values) else {"enum": values}
    if name in ("tuple", "Tuple") and not (isinstance(given[-1], _ast.Constant) and given[-1].value is Ellipsis):
        items = [_schema(each, module, depth - 1) for each in given]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if name in _ARRAYS:
        return {"type": "array", "items": _schema(given[0], module, depth - 1)}
    if name in _MAPPINGS and len(given) == 2:
        return {"type": "object", "additionalProperties": _schema(given[1], module, depth - 1)}
    return {"type": "object"} if name in _MAPPINGS else _ANYTHING


def _class(definition: _ast.ClassDef, module: Module, depth: int) -> dict[str, Any]:
    members = enum_members(definition, module)
    if members is not None:
        values = [to_json(each.value) for each in members if isinstance(each, Member)]
        return _ANYTHING if not values or any(each is UNKNOWN for each in values) else {"enum": values}
    fields = _fields(definition, module, depth)
    if fields is None:
        return _ANYTHING
    properties, required = fields
    return {"type": "object", "properties": properties, "required": required}


def _fields(
    definition: _ast.ClassDef, module: Module, depth: int
) -> tuple[dict[str, dict[str, Any]], list[str]] | None:
    """The fields of a data class, a `TypedDict` or a `NamedTuple`, and which are always there; None for others."""
    if depth <= 0 or not module.spend(10):
        return None
    properties: dict[str, dict[str, Any]] = {}
    required: list[str] = []
    known = any(module.name_of(_called(each)) == "dataclasses.dataclass" for each in definition.decorator_list)
    for base in definition.bases:
        parent = module.class_named(base.id) if isinstance(base, _ast.Name) else None
        inherited = _fields(parent, module, depth - 1) if parent is not None else None
        if inherited is not None:
            properties.update(inherited[0])
            required.extend(inherited[1])
        name = (module.name_of(base) or "").replace("typing_extensions.", "typing.")
        known |= inherited is not None or name in _FIELDS_ONLY
    if not known:
        return None
    total = not any(each.arg == "total" and fold(each.value, module) is False for each in definition.keywords)
    for statement in definition.body[:MOST_FIELDS]:
        if isinstance(statement, _ast.AnnAssign) and isinstance(statement.target, _ast.Name):
            outer = _name(statement.annotation, module)
            if outer in ("ClassVar", "KW_ONLY") or "InitVar" in (module.name_of(_called(statement.annotation)) or ""):
                continue
            properties[statement.target.id] = _schema(statement.annotation, module, depth - 1)
            if outer == "Required" or (total and outer != "NotRequired"):
                required.append(statement.target.id)
    return properties, list(dict.fromkeys(required))


def _called(node: _ast.expr) -> _ast.expr:
    if isinstance(node, _ast.Subscript):
        return node.value
    return node.func if isinstance(node, _ast.Call) else node


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several: types side by side where that says it all, else `anyOf`."""
    different = [each for at, each in enumerate(schemas) if each not in schemas[:at]]
    if len(different) == 1:
        return different[0]
    if not all(different):
        return _ANYTHING
    null = {"type": "null"}
    if null in different and len(different) == 2:
        other = next(each for each in different if each != null)
        if isinstance(other.get("type"), str) and "enum" not in other:
            return {**other, "type": [other["type"], "null"]}
    return {"anyOf": different}
