"""Annotations that this Python can't evaluate, read from their syntax tree.

`int | None` and `list[int]` on Python 3.8 and 3.9, and names that are imported for type checkers only. Reads the
tree that the compiler gives, so that `ast` is not imported.
"""

import _ast
import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

KNOWN = {
    "Path": "pathlib",
    "PurePath": "pathlib",
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    "Decimal": "decimal",
    "UUID": "uuid",
}
"""Classes that are known by name alone, for `if TYPE_CHECKING: from pathlib import Path`."""


class Named:
    """A name that is not there at run time: one of `typing`'s forms, told by its name."""

    def __init__(self, name: str) -> None:
        self._name = name


class Alias:
    """What `base[arguments]` would be, with the attributes by which `_types` looks at it."""

    def __init__(self, origin: "Any", arguments: "Tuple[Any, ...]") -> None:
        self.__origin__ = origin
        self.__args__ = arguments


class AnnotatedAlias:
    """What `Annotated[inner, …]` would be."""

    def __init__(self, inner: "Any", metadata: "Tuple[Any, ...]") -> None:
        self.__origin__ = inner
        self.__metadata__ = metadata


def evaluate(text: str, namespace: "Dict[str, Any]") -> "Any":
    """The annotation that `text` means; `object` where nothing can be made of it."""
    try:
        tree = compile(text.strip(), "<annotation>", "eval", _ast.PyCF_ONLY_AST, True)
        return _of(tree.body, namespace)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - names, attributes and calls in it are the script's
        return object


def _of(node: "Any", namespace: "Dict[str, Any]") -> "Any":
    kind = type(node).__name__
    if kind == "Name":
        return _named(node.id, namespace)
    if kind == "Attribute":
        try:
            return getattr(_of(node.value, namespace), node.attr)
        except AttributeError:
            return _named(node.attr, {})
    if kind == "BinOp" and type(node.op).__name__ == "BitOr":
        return Alias(Named("Union"), (*_members(node.left, namespace), *_members(node.right, namespace)))
    if kind == "Subscript":
        return _subscript(node, namespace)
    if kind == "Index":  # Python 3.8
        return _of(node.value, namespace)
    if kind in ("Constant", "NameConstant", "Str"):
        value = node.value
        return evaluate(value, namespace) if isinstance(value, str) else value
    return _value(node, namespace)


def _named(name: str, namespace: "Dict[str, Any]") -> "Any":
    if name in namespace:
        return namespace[name]
    if hasattr(builtins, name):
        return getattr(builtins, name)
    if name in KNOWN:
        return getattr(__import__(KNOWN[name]), name)
    return Named(name)


def _members(node: "Any", namespace: "Dict[str, Any]") -> "Tuple[Any, ...]":
    found = _of(node, namespace)
    origin = getattr(found, "__origin__", None)
    return found.__args__ if isinstance(origin, Named) and origin._name == "Union" else (found,)


def _subscript(node: "Any", namespace: "Dict[str, Any]") -> "Any":
    base = _of(node.value, namespace)
    name = getattr(base, "__name__", None) or getattr(base, "_name", None)
    inner = node.slice.value if type(node.slice).__name__ == "Index" else node.slice
    nodes = inner.elts if type(inner).__name__ == "Tuple" else [inner]
    if name == "Literal":
        return Alias(Named("Literal"), tuple(_value(each, namespace) for each in nodes))
    if name == "Annotated":
        metadata = tuple(_value(each, namespace) for each in nodes[1:])
        return AnnotatedAlias(_of(nodes[0], namespace), metadata)
    arguments = tuple(_of(each, namespace) for each in nodes)
    if name == "Optional":
        return Alias(Named("Union"), (*arguments, None))
    if name == "Union":
        return Alias(Named("Union"), arguments)
    return Alias(getattr(base, "__origin__", None) or base, arguments)


def _value(node: "Any", namespace: "Dict[str, Any]") -> "Any":
    """The value of an expression in `Literal` or `Annotated`."""
    tree = _ast.Expression(body=node)
    return eval(compile(tree, "<annotation>", "eval"), namespace)  # noqa: S307 - the script's own annotation
