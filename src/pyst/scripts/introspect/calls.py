"""What a call in a script is given, and the `Parameter` that comes of it.

Shared by the readers of the frameworks: each says what its framework makes of the arguments; here they are found.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.folding import fold, to_json
from pyst.scripts.introspect.module import UNKNOWN, Function, Module, Unknown, walk
from pyst.scripts.script import Interface, Parameter

ABSENT = object()
"""What `Given.value` gives for an argument that surely is not there."""

_SIGNATURE_KEEPERS = frozenset(
    {
        "functools.cache",
        "functools.lru_cache",
        "functools.wraps",
        "typing.no_type_check",
        "typing.overload",
        "contextlib.suppress",
        "staticmethod",
        "classmethod",
    }
)


class Given:
    """The arguments of a call. `complete` is False where a `*` or `**` may bring more than can be seen."""

    def __init__(self, call: _ast.Call, module: Module) -> None:
        self.module = module
        self.positional: list[_ast.expr] = []
        self.named: dict[str, _ast.expr] = {}
        self.complete = True
        for argument in call.args:
            self._take(argument)
        for keyword in call.keywords:
            if keyword.arg is not None:
                self.named[keyword.arg] = keyword.value
            else:
                self._spread(keyword.value)

    def _take(self, argument: _ast.expr) -> None:
        if not isinstance(argument, _ast.Starred):
            self.positional.append(argument)
            return
        inner = _followed(argument.value, self.module)
        if isinstance(inner, _ast.List | _ast.Tuple) and not any(isinstance(e, _ast.Starred) for e in inner.elts):
            self.positional.extend(inner.elts)
        else:
            self.complete = False

    def _spread(self, value: _ast.expr) -> None:
        inner = _followed(value, self.module)
        if isinstance(inner, _ast.Dict) and all(isinstance(key, _ast.Constant) for key in inner.keys):
            for key, each in zip(inner.keys, inner.values, strict=True):
                assert isinstance(key, _ast.Constant)
                self.named[str(key.value)] = each
        elif isinstance(inner, _ast.Call) and self.module.name_of(inner.func) == "dict" and not inner.args:
            for keyword in inner.keywords:
                if keyword.arg is None:
                    self.complete = False
                else:
                    self.named[keyword.arg] = keyword.value
        else:
            self.complete = False

    def node(self, name: str, position: int | None = None) -> _ast.expr | None:
        """The expression of an argument, by its name or its place."""
        if name in self.named:
            return self.named[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None

    def has(self, name: str, position: int | None = None) -> bool:
        return self.node(name, position) is not None

    def value(self, name: str, default: Any = ABSENT, position: int | None = None) -> Any:
        """The value of an argument; `default` where it is absent, `UNKNOWN` where that is not certain."""
        node = self.node(name, position)
        if node is None:
            return default if self.complete else UNKNOWN
        return fold(node, self.module)


def _followed(node: _ast.expr, module: Module) -> _ast.expr:
    for _ in range(10):
        value = module.value_of(node.id) if isinstance(node, _ast.Name) else None
        if value is None:
            break
        node = value
    return node


def call_of(node: _ast.AST | None, module: Module) -> _ast.Call | None:
    """The call that an expression is, or that the name it is was bound to."""
    if isinstance(node, _ast.Name):
        node = _followed(node, module)
    return node if isinstance(node, _ast.Call) else None


def text_or_unknown(value: Any) -> Any:
    """A help text as it is shown: without its indentation; None where it is empty."""
    from pyst.scripts.introspect.docstrings import clean

    if value is None or value is ABSENT:
        return None
    if not isinstance(value, str):
        return UNKNOWN
    return clean(value.partition("\f")[0]).replace("\b\n", "") or None


_EMPTY: dict[str, Any] = {
    "flags": (),
    "required": False,
    "multiple": False,
    "is_flag": False,
    "type": None,
    "choices": None,
    "default": None,
    "help": None,
    "off_flags": (),
    "width": 1,
    "repeats": False,
}


def parameter(name: str, kind: str, **fields: Any) -> Parameter:
    """A parameter; the fields whose value is `UNKNOWN` are named in its `unknown`."""
    unknown = []
    known: dict[str, Any] = {}
    for field, empty in _EMPTY.items():
        value = fields.get(field, empty)
        if field in ("choices", "default") and value is not UNKNOWN:
            value = to_json(value)
        if isinstance(value, Unknown) or (field == "type" and value is None):
            unknown.append(field)
            value = empty
        known[field] = tuple(value) if field in ("flags", "off_flags", "choices") and value is not None else value
    return Parameter(name=name, kind=kind, unknown=tuple(unknown), **known)


def keeps_signature(decorator: _ast.expr, module: Module) -> bool:
    """Whether a decorator surely leaves the signature that frameworks see as it is."""
    called = decorator.func if isinstance(decorator, _ast.Call) else decorator
    if module.name_of(called) in _SIGNATURE_KEEPERS:
        return True
    function = module.function(called.id) if isinstance(called, _ast.Name) else None
    if function is None:
        return False
    for node in walk(function):
        if node is not function and isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef):
            for each in node.decorator_list:
                if isinstance(each, _ast.Call) and module.name_of(each.func) == "functools.wraps":
                    return True
    return _returns_its_argument(function)


def _returns_its_argument(function: Function) -> bool:
    returned = [node for node in walk(function) if isinstance(node, _ast.Return)]
    first = function.args.args[0].arg if function.args.args else None
    return len(returned) == 1 and isinstance(returned[0].value, _ast.Name) and returned[0].value.id == first


def described(help: Any, **fields: Any) -> Interface:
    """An interface whose summary and description are the parts of `help`."""
    from pyst.scripts.introspect.docstrings import first_paragraph

    text = text_or_unknown(help)
    summary, _, description = text.partition("\n\n") if isinstance(text, str) else ("", "", "")
    return Interface(entry="framework", summary=first_paragraph(summary), description=description.strip("\n"), **fields)
