"""What an annotation says about a value on a command line: its type as a word, its choices, whether it may repeat.

Follows names that the script binds once to an annotation (`Name = Annotated[str, …]`), and annotations that are
written as text. What a framework makes of the type is left to its reader.
"""

from __future__ import annotations

import _ast
from typing import Any, NamedTuple

from pyst.scripts.introspect.folding import DEEPEST, enum_members, fold
from pyst.scripts.introspect.module import UNKNOWN, Member, Module
from pyst.scripts.introspect.parsing import NO_FILE, ONLY_TREE

WORDS = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "bytes": "bytes",
    "complex": "complex",
    "pathlib.Path": "path",
    "pathlib.PurePath": "path",
    "pathlib.PosixPath": "path",
    "pathlib.PurePosixPath": "path",
    "os.PathLike": "path",
    "datetime.date": "date",
    "datetime.datetime": "datetime",
    "datetime.time": "time",
    "datetime.timedelta": "timedelta",
    "decimal.Decimal": "decimal",
    "fractions.Fraction": "fraction",
    "uuid.UUID": "uuid",
    "dict": "json",
    "typing.Dict": "json",
    "typing.Any": "str",
    "object": "str",
}
_LISTS = frozenset(
    {"list", "set", "frozenset", "collections.deque"}
    | {
        f"typing.{name}"
        for name in ("List", "Set", "FrozenSet", "Sequence", "MutableSequence", "Iterable", "Collection")
    }
    | {f"collections.abc.{name}" for name in ("Sequence", "MutableSequence", "Iterable", "Collection", "Set")}
)
_TYPING = ("typing.", "typing_extensions.")


class Type(NamedTuple):
    """A type on a command line.

    `word` is None where it can't be known. `choices` are `Member`s or plain values. `multiple` is a list of such;
    `length` the length of a tuple of fixed length. `extras` are the expressions beside the type in `Annotated`.
    `name` is the outside name of a plain type.
    """

    word: str | None = None
    choices: tuple[Any, ...] | None = None
    multiple: bool = False
    length: int | None = None
    optional: bool = False
    extras: tuple[_ast.expr, ...] = ()
    is_enum: bool = False
    name: str | None = None
    parts: tuple[Type, ...] = ()


def read_type(node: _ast.expr | None, module: Module, depth: int = DEEPEST) -> Type:
    """What the annotation `node` says."""
    if node is None or depth <= 0 or not module.spend():
        return Type()
    node = expanded(node, module)
    if isinstance(node, _ast.Constant) and node.value is None:
        return Type("none", optional=True)
    if isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.BitOr):
        return _union(alternatives(node), module, depth)
    if isinstance(node, _ast.Subscript):
        return _generic(node, module, depth)
    if isinstance(node, _ast.Call) and _typing_name(module.name_of(node.func)) == "typing.NewType":
        return read_type(node.args[1], module, depth - 1) if len(node.args) == 2 else Type()
    if isinstance(node, _ast.Name) and (definition := module.class_named(node.id)) is not None:
        return _enum(definition, module)
    name = _typing_name(module.name_of(node))
    if name in _LISTS:
        return Type("str", multiple=True, name=name)
    if name in ("tuple", "typing.Tuple"):
        return Type("str", multiple=True, name="tuple")
    return Type(WORDS.get(name) if name else None, name=name)


def expanded(node: _ast.expr, module: Module) -> _ast.expr:
    """The annotation that `node` stands for: text is parsed, and names of the script are followed."""
    for _ in range(10):
        if isinstance(node, _ast.Constant) and isinstance(node.value, str):
            try:
                tree = compile(node.value.strip(), NO_FILE, "eval", ONLY_TREE, True)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return node
            assert isinstance(tree, _ast.Expression)
            node = tree.body
        elif isinstance(node, _ast.Name) and (value := module.value_of(node.id)) is not None:
            node = value
        else:
            break
    return node


def _typing_name(name: str | None) -> str | None:
    if name and name.startswith("typing_extensions."):
        return "typing." + name.removeprefix("typing_extensions.")
    return name


def alternatives(node: _ast.expr) -> list[_ast.expr]:
    """The members of `a | b | …`, in order."""
    found: list[_ast.expr] = []
    while isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.BitOr):
        found.append(node.right)
        node = node.left
    found.append(node)
    found.reverse()
    return found


def _union(nodes: list[_ast.expr], module: Module, depth: int) -> Type:
    found = [read_type(each, module, depth - 1) for each in nodes]
    optional = any(each.optional for each in found)
    real = [each for each in found if each.word != "none"]
    if len(real) == 1:
        return real[0]._replace(optional=optional)
    words = []
    for each in real:
        if each.word is None or each.multiple:
            return Type(optional=optional, parts=tuple(real))
        if each.word not in words:
            words.append(each.word)
    choices = None
    if words == ["choice"]:
        choices = tuple(choice for each in real for choice in each.choices or ())
    return Type("|".join(words), choices, optional=optional, parts=tuple(real))


def _elements(node: _ast.expr) -> list[_ast.expr]:
    return list(node.elts) if isinstance(node, _ast.Tuple) else [node]


def _generic(node: _ast.Subscript, module: Module, depth: int) -> Type:
    name = _typing_name(module.name_of(node.value))
    inner = _elements(node.slice)
    if name == "typing.Annotated" and inner:
        return _annotated(inner, module, depth)
    if name == "typing.Optional":
        return read_type(node.slice, module, depth - 1)._replace(optional=True)
    if name == "typing.Union":
        return _union(inner, module, depth)
    if name == "typing.Literal":
        return _literal(inner, module)
    if name in ("typing.Final", "typing.ClassVar"):
        return read_type(node.slice, module, depth - 1)
    if name in ("dict", "typing.Dict", "typing.Mapping", "collections.abc.Mapping"):
        return Type("json", name="dict")
    if name in ("tuple", "typing.Tuple"):
        return _tuple(inner, module, depth)
    if name in _LISTS:
        item = read_type(node.slice, module, depth - 1)
        if item.multiple:
            return Type(multiple=True, name=name, parts=(item,))
        return item._replace(multiple=True, optional=False, name=name, parts=(item,))
    return Type()


def _annotated(inner: list[_ast.expr], module: Module, depth: int) -> Type:
    found = read_type(inner[0], module, depth - 1)
    return found._replace(extras=(*found.extras, *inner[1:]))


def _tuple(inner: list[_ast.expr], module: Module, depth: int) -> Type:
    last = inner[-1] if inner else None
    if isinstance(last, _ast.Constant) and last.value is Ellipsis and len(inner) == 2:
        item = read_type(inner[0], module, depth - 1)
        return item._replace(multiple=True, optional=False, name="tuple", parts=(item,))
    items = [read_type(each, module, depth - 1) for each in inner]
    words = {each.word for each in items}
    word = words.pop() if len(words) == 1 else "str"
    choices = items[0].choices if items and word == "choice" else None
    return Type(word, choices, multiple=True, length=len(items), name="tuple", parts=tuple(items))


def _literal(inner: list[_ast.expr], module: Module) -> Type:
    values = []
    optional = False
    for each in inner:
        value = fold(each, module)
        if value is UNKNOWN or not isinstance(value, str | int | bytes | Member | None):
            return Type("choice")
        if value is None:
            optional = True
        else:
            values.append(value)
    return Type("choice", tuple(values), optional=optional, name="typing.Literal")


def _enum(definition: _ast.ClassDef, module: Module) -> Type:
    members = enum_members(definition, module)
    if members is None:
        return Type(name=definition.name)
    return Type("choice", tuple(members), is_enum=True, name=definition.name)
