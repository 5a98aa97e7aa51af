"""The value of an expression, where it can only be one: literals, names bound once to such, plain text building.

Everything else is `UNKNOWN`. Sizes are bounded, so that no expression in a hostile script takes time or memory.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.module import UNKNOWN, Member, Module, PathText, Reference, Unknown, walk

DEEPEST = 40
LONGEST = 1 << 14
MOST_ITEMS = 1000
_PATHS = frozenset(f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath"))
_PLAIN_CALLS: dict[str, Any] = {
    "tuple": tuple,
    "list": list,
    "set": set,
    "frozenset": frozenset,
    "str": str,
    "sorted": sorted,
}
_TEXT_METHODS = frozenset(
    {
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "format",
        "join",
        "replace",
        "split",
        "splitlines",
    }
)
_MUTATORS = frozenset(
    {
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "clear",
        "sort",
        "reverse",
        "update",
        "setdefault",
        "add",
        "discard",
    }
    | {"popitem", "difference_update", "intersection_update", "symmetric_difference_update"}
)
ENUMS = frozenset(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))


def fold(node: _ast.AST | None, module: Module, depth: int = DEEPEST) -> Any:
    """The value of `node`, or `UNKNOWN`.

    Beyond plain data it may be a `PathText`, a `Member` of an enumeration, or a `Reference` to an outside name.
    """
    if node is None or depth <= 0 or not module.spend():
        return UNKNOWN
    reader = _READERS.get(type(node))
    if reader is None:
        return UNKNOWN
    try:
        return reader(node, module, depth - 1)
    except (TypeError, ValueError, ArithmeticError, LookupError, MemoryError, RecursionError, AttributeError):
        return UNKNOWN


def _constant(node: _ast.Constant, module: Module, depth: int) -> Any:
    return node.value


def _sequence(node: _ast.List | _ast.Tuple | _ast.Set, module: Module, depth: int) -> Any:
    items: list[Any] = []
    for element in node.elts:
        if isinstance(element, _ast.Starred):
            inner = fold(element.value, module, depth)
            if not isinstance(inner, list | tuple):
                return UNKNOWN
            items.extend(inner)
        else:
            item = fold(element, module, depth)
            if item is UNKNOWN:
                return UNKNOWN
            items.append(item)
        if len(items) > MOST_ITEMS:
            return UNKNOWN
    if isinstance(node, _ast.List):
        return items
    return tuple(items) if isinstance(node, _ast.Tuple) else set(items)


def _dict(node: _ast.Dict, module: Module, depth: int) -> Any:
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = fold(value, module, depth)
            if not isinstance(inner, dict):
                return UNKNOWN
            found.update(inner)
            continue
        name = fold(key, module, depth)
        if name is UNKNOWN:
            return UNKNOWN
        found[name] = fold(value, module, depth)
    return found


def _name(node: _ast.Name, module: Module, depth: int) -> Any:
    value = module.value_of(node.id)
    if value is not None:
        found = fold(value, module, depth)
        if isinstance(found, list | dict | set) and node.id in _mutated(module):
            return UNKNOWN
        return found
    if node.id == "__doc__" and not module.is_bound("__doc__"):
        return docstring_of(module)
    outside = module.name_of(node)
    return Reference(outside) if outside else UNKNOWN


def docstring_of(module: Module) -> str | None:
    """The docstring of the script, as `__doc__` has it."""
    body = module.tree.body
    if body and isinstance(body[0], _ast.Expr) and isinstance(body[0].value, _ast.Constant):
        value = body[0].value.value
        if isinstance(value, str):
            return value
    return None


def _mutated(module: Module) -> set[str]:
    """The names whose value the script changes in place."""
    while module.outer is not None:
        module = module.outer
    known = module.mutated
    if known is None:
        known = set()
        for node in walk(module.tree):
            target: _ast.AST | None = None
            if isinstance(node, _ast.Call) and isinstance(node.func, _ast.Attribute) and node.func.attr in _MUTATORS:
                target = node.func.value
            elif isinstance(node, _ast.Subscript) and isinstance(node.ctx, _ast.Store | _ast.Del):
                target = node.value
            if isinstance(target, _ast.Name):
                known.add(target.id)
        module.mutated = known
    return known


def _attribute(node: _ast.Attribute, module: Module, depth: int) -> Any:
    if isinstance(node.value, _ast.Name):
        definition = module.class_named(node.value.id)
        if definition is not None:
            return _class_attribute(definition, node.attr, module, depth)
    base = fold(node.value, module, depth)
    if isinstance(base, Member):
        return {"value": base.value, "name": base.name}.get(node.attr, UNKNOWN)
    if isinstance(base, Reference):
        return Reference(f"{base.name}.{node.attr}")
    if isinstance(base, PathText):
        return _path_attribute(base, node.attr)
    return UNKNOWN


def _path_attribute(base: PathText, name: str) -> Any:
    from pathlib import PurePosixPath

    path = PurePosixPath(base)
    if name in ("name", "stem", "suffix"):
        return getattr(path, name)
    return PathText(path.parent) if name == "parent" else UNKNOWN


def _class_attribute(definition: _ast.ClassDef, name: str, module: Module, depth: int) -> Any:
    members = enum_members(definition, module, depth)
    if members is not None:
        by_name = {member.name: member for member in members}
        return by_name if name == "__members__" else by_name.get(name, UNKNOWN)
    values = [
        statement.value
        for statement in definition.body
        if isinstance(statement, _ast.Assign | _ast.AnnAssign)
        and statement.value is not None
        and _target_name(statement) == name
    ]
    return fold(values[0], module, depth) if len(values) == 1 and not definition.decorator_list else UNKNOWN


def _target_name(statement: _ast.stmt) -> str | None:
    if isinstance(statement, _ast.Assign) and len(statement.targets) == 1:
        target: _ast.expr = statement.targets[0]
    elif isinstance(statement, _ast.AnnAssign):
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, _ast.Name) else None


def enum_members(definition: _ast.ClassDef, module: Module, depth: int = DEEPEST) -> list[Member] | None:
    """The members of an enumeration that the script defines, in order; None where it is none, or not certain."""
    bases = [module.name_of(base) for base in definition.bases]
    if not any(base in ENUMS for base in bases) or definition.decorator_list or definition.keywords:
        return None
    is_text = "enum.StrEnum" in bases
    members: list[Member] = []
    counter: Any = 0
    for statement in definition.body:
        if isinstance(statement, _ast.FunctionDef) and statement.name in (
            "_generate_next_value_",
            "__new__",
            "__init__",
        ):
            return None
        name = _target_name(statement)
        if name is None or name.startswith("_"):
            continue
        assert isinstance(statement, _ast.Assign | _ast.AnnAssign)
        if statement.value is None:
            continue
        value: Any
        if isinstance(statement.value, _ast.Call) and module.name_of(statement.value.func) == "enum.auto":
            if is_text:
                value = name.lower()
            elif isinstance(counter, int):
                value = counter + 1
            else:
                return None
        else:
            value = fold(statement.value, module, depth)
            if value is UNKNOWN or isinstance(value, Reference):
                return None
        counter = value
        if all(value != each.value for each in members):  # a second name for a value is an alias
            members.append(Member(definition.name, name, value))
    return members


def _joined(node: _ast.JoinedStr, module: Module, depth: int) -> Any:
    parts = []
    for value in node.values:
        if isinstance(value, _ast.FormattedValue):
            if value.conversion not in (-1, 115) or value.format_spec is not None:
                return UNKNOWN
            inner = fold(value.value, module, depth)
            if isinstance(inner, bool) or not isinstance(inner, str | int | float):
                return UNKNOWN
            parts.append(str(inner))
        else:
            parts.append(str(fold(value, module, depth)))
    text = "".join(parts)
    return text if len(text) <= LONGEST else UNKNOWN


def _unary(node: _ast.UnaryOp, module: Module, depth: int) -> Any:
    operand = fold(node.operand, module, depth)
    if isinstance(node.op, _ast.Not) and isinstance(operand, bool):
        return not operand
    if isinstance(operand, int | float):
        if isinstance(node.op, _ast.USub):
            return -operand
        if isinstance(node.op, _ast.UAdd):
            return +operand
    return UNKNOWN


def _binary(node: _ast.BinOp, module: Module, depth: int) -> Any:
    left = fold(node.left, module, depth)
    right = fold(node.right, module, depth)
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, PathText) or isinstance(right, PathText):
        if isinstance(node.op, _ast.Div) and isinstance(left, str) and isinstance(right, str):
            from pathlib import PurePosixPath

            return PathText(PurePosixPath(left) / right)
        return UNKNOWN
    if isinstance(left, str | list | tuple) and type(left) is type(right) and isinstance(node.op, _ast.Add):
        both: Any = (left, right)
        most = LONGEST if isinstance(left, str) else MOST_ITEMS
        return both[0] + both[1] if len(left) + len(right) <= most else UNKNOWN
    if isinstance(left, str) and isinstance(node.op, _ast.Mod):
        return _percent(left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _arithmetic(left, node.op, right)
    return UNKNOWN


def _percent(template: str, values: Any) -> Any:
    """`"%s and %d" % values`, with no more to it: a width could ask for any amount of memory."""
    if "%" in template.replace("%%", "").replace("%s", "").replace("%d", ""):
        return UNKNOWN
    given = values if isinstance(values, tuple) else (values,)
    if not all(type(each) in (str, int, float) for each in given):
        return UNKNOWN
    return template % given


def _arithmetic(left: Any, operator: _ast.operator, right: Any) -> Any:
    if isinstance(operator, _ast.Add):
        return left + right
    if isinstance(operator, _ast.Sub):
        return left - right
    if isinstance(operator, _ast.Mult):
        return left * right if abs(left) < 1e18 and abs(right) < 1e18 else UNKNOWN
    if isinstance(operator, _ast.Div):
        return left / right
    if isinstance(operator, _ast.FloorDiv):
        return left // right
    if isinstance(operator, _ast.Pow) and isinstance(left, int) and isinstance(right, int) and 0 <= right <= 64:
        return left**right if abs(left) < 1000 else UNKNOWN
    if isinstance(operator, _ast.LShift) and abs(left) < 1 << 32 and 0 <= right <= 64:
        return left << right
    return UNKNOWN


def _call(node: _ast.Call, module: Module, depth: int) -> Any:
    if isinstance(node.func, _ast.Attribute) and node.func.attr in _TEXT_METHODS:
        return _text_method(node, module, depth)
    if node.keywords:
        return UNKNOWN
    name = module.name_of(node.func)
    if name in _PATHS:
        from pathlib import PurePosixPath

        parts = [fold(each, module, depth) for each in node.args]
        return PathText(PurePosixPath(*parts)) if all(isinstance(each, str) for each in parts) else UNKNOWN
    if name is not None and name in _PLAIN_CALLS and len(node.args) <= 1:
        values = [fold(each, module, depth) for each in node.args]
        if not values:
            return _PLAIN_CALLS[name]() if name != "sorted" else UNKNOWN
        if isinstance(values[0], Member) and name == "str":
            return UNKNOWN
        if name == "str":
            return str(values[0]) if isinstance(values[0], str | int | float) else UNKNOWN
        if isinstance(values[0], dict):
            return _PLAIN_CALLS[name](list(values[0]))
        return _PLAIN_CALLS[name](values[0]) if isinstance(values[0], list | tuple) else UNKNOWN
    if isinstance(node.func, _ast.Attribute) and node.func.attr in ("keys", "values", "items") and not node.args:
        base = fold(node.func.value, module, depth)
        if isinstance(base, dict) and node.func.attr == "items":
            return list(base.items())
        if isinstance(base, dict):
            found = list(base) if node.func.attr == "keys" else list(base.values())
            return UNKNOWN if any(each is UNKNOWN for each in found) else found
    if isinstance(node.func, _ast.Name) and len(node.args) == 1:
        definition = module.class_named(node.func.id)
        members = enum_members(definition, module, depth) if definition else None
        value = fold(node.args[0], module, depth)
        for member in members or ():
            if member.value == value:
                return member
    return UNKNOWN


def _text_method(node: _ast.Call, module: Module, depth: int) -> Any:
    assert isinstance(node.func, _ast.Attribute)
    base = fold(node.func.value, module, depth)
    values = [fold(each, module, depth) for each in node.args]
    if not isinstance(base, str) or isinstance(base, PathText) or node.keywords:
        return UNKNOWN
    if (len(base) + 1) * max([len(each) for each in values if isinstance(each, str)], default=1) > 1 << 20:
        return UNKNOWN
    if node.func.attr == "format":
        if "{" in base.replace("{}", "") or not all(isinstance(each, str | int) for each in values):
            return UNKNOWN
        return base.format(*values)
    if any(not isinstance(each, str | list | tuple | dict) for each in values):
        return UNKNOWN
    result = getattr(base, node.func.attr)(*values)
    return result if len(result) <= LONGEST else UNKNOWN


def _conditional(node: _ast.IfExp, module: Module, depth: int) -> Any:
    test = fold(node.test, module, depth)
    if isinstance(test, bool):
        return fold(node.body if test else node.orelse, module, depth)
    return UNKNOWN


def _subscript(node: _ast.Subscript, module: Module, depth: int) -> Any:
    if isinstance(node.value, _ast.Name):
        definition = module.class_named(node.value.id)
        if definition is not None:
            name = fold(node.slice, module, depth)
            return next((each for each in enum_members(definition, module, depth) or () if each.name == name), UNKNOWN)
    base = fold(node.value, module, depth)
    if isinstance(base, dict | list | tuple | str):
        return base[fold(node.slice, module, depth)]
    return UNKNOWN


def _comprehension(node: _ast.ListComp | _ast.GeneratorExp | _ast.SetComp, module: Module, depth: int) -> Any:
    """`[each.value for each in Enum]` and the like: one plain loop whose element is the item, its value or name."""
    loop = node.generators[0]
    if len(node.generators) != 1 or loop.ifs or loop.is_async or not isinstance(loop.target, _ast.Name):
        return UNKNOWN
    items: Any = UNKNOWN
    if isinstance(loop.iter, _ast.Name) and (definition := module.class_named(loop.iter.id)):
        items = enum_members(definition, module, depth)
    else:
        items = fold(loop.iter, module, depth)
    if isinstance(items, dict):
        items = list(items)
    if not isinstance(items, list | tuple):
        return UNKNOWN
    element = node.elt
    if isinstance(element, _ast.Name) and element.id == loop.target.id:
        return list(items)
    if (
        isinstance(element, _ast.Attribute)
        and element.attr in ("value", "name")
        and isinstance(element.value, _ast.Name)
        and element.value.id == loop.target.id
        and all(isinstance(each, Member) for each in items)
    ):
        return [getattr(each, element.attr) for each in items]
    return UNKNOWN


_READERS: dict[type, Any] = {
    _ast.Constant: _constant,
    _ast.List: _sequence,
    _ast.Tuple: _sequence,
    _ast.Set: _sequence,
    _ast.Dict: _dict,
    _ast.Name: _name,
    _ast.Attribute: _attribute,
    _ast.JoinedStr: _joined,
    _ast.UnaryOp: _unary,
    _ast.BinOp: _binary,
    _ast.Call: _call,
    _ast.IfExp: _conditional,
    _ast.Subscript: _subscript,
    _ast.ListComp: _comprehension,
    _ast.SetComp: _comprehension,
    _ast.GeneratorExp: _comprehension,
}


def to_json(value: Any) -> Any:
    """The value as plain JSON data, or `UNKNOWN`: a member is its value, a path its text, a set a sorted list."""
    if isinstance(value, Member):
        return to_json(value.value)
    if isinstance(value, Reference | Unknown):
        return UNKNOWN
    if isinstance(value, PathText):
        return str(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return value if value == value and value not in (float("inf"), float("-inf")) else UNKNOWN
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        items = [to_json(each) for each in value]
        return UNKNOWN if any(each is UNKNOWN for each in items) else items
    if isinstance(value, dict):
        pairs = {str(key): to_json(each) for key, each in value.items()}
        return UNKNOWN if any(each is UNKNOWN for each in pairs.values()) else pairs
    return UNKNOWN
