"""Fire: the component that `fire.Fire` is given, and what its signatures make of the command line.

Fire reads every value as a Python literal and takes no note of annotations, so the types of parameters are unknown.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.calls import Given, described, keeps_signature, parameter
from pyst.scripts.introspect.docstrings import read_docstring
from pyst.scripts.introspect.folding import fold
from pyst.scripts.introspect.functions import docstring_of
from pyst.scripts.introspect.module import (
    UNKNOWN,
    Function,
    Module,
    Reference,
    all_arguments,
    defaults_of,
    walk,
)
from pyst.scripts.script import Interface, Parameter

_UNKNOWN = ("parameters", "commands")
_METHOD_KINDS = frozenset({"staticmethod", "classmethod"})


def read(module: Module) -> Interface:
    """The interface of the component of the script's only `fire.Fire(…)`."""
    calls = [
        node
        for node in walk(module.tree)
        if isinstance(node, _ast.Call) and module.name_of(node.func) in ("fire.Fire", "fire.core.Fire")
    ]
    if len(calls) != 1:
        return Interface(entry="framework", unknown=_UNKNOWN)
    given = Given(calls[0], module)
    component = given.node("component", 0)
    if component is None:
        return _whole_module(module) if given.complete else Interface(entry="framework", unknown=_UNKNOWN)
    return _component(component, module, 6)


def _whole_module(module: Module) -> Interface:
    """Without a component Fire offers the names of the module; here, those that the script defines."""
    commands = {}
    for name in [*module.locals.functions, *module.locals.classes]:
        if not name.startswith("_"):
            commands[name] = _component(_ast.Name(id=name, ctx=_ast.Load()), module, 5)
    return described(None, framework="fire", commands=tuple(commands.items()))


def _component(node: _ast.expr, module: Module, depth: int) -> Interface:
    if depth <= 0 or not module.spend(100):
        return described(None, unknown=_UNKNOWN)
    if isinstance(node, _ast.Name):
        function = module.function(node.id)
        if function is not None:
            return _function(function, module, bound=False)
        definition = module.class_named(node.id)
        if definition is not None:
            return _class(definition, module, made=False)
        value = module.value_of(node.id)
        if value is not None:
            return _component(value, module, depth - 1)
    if isinstance(node, _ast.Lambda):
        return described(None, parameters=tuple(_parameters(node, module, False, None)))
    if isinstance(node, _ast.Dict):
        return _dict(node, module, depth)
    if isinstance(node, _ast.Call) and isinstance(node.func, _ast.Name):
        definition = module.class_named(node.func.id)
        if definition is not None:
            return _class(definition, module, made=True)
        if module.name_of(node.func) == "dict" and not node.args and all(each.arg for each in node.keywords):
            keys: list[_ast.expr | None] = [_ast.Constant(value=each.arg) for each in node.keywords]
            return _dict(_ast.Dict(keys=keys, values=[each.value for each in node.keywords]), module, depth)
    return described(None, unknown=_UNKNOWN)


def _dict(node: _ast.Dict, module: Module, depth: int) -> Interface:
    commands = []
    unknown: tuple[str, ...] = ()
    for key, value in zip(node.keys, node.values, strict=True):
        name = fold(key, module) if key is not None else UNKNOWN
        if isinstance(name, str | int):
            commands.append((str(name), _component(value, module, depth - 1)))
        else:
            unknown = ("commands",)
    return described(None, commands=tuple(commands), unknown=unknown)


def _class(definition: _ast.ClassDef, module: Module, *, made: bool) -> Interface:
    """A class: its methods are commands; the parameters of `__init__` too, unless the object is `made`."""
    methods, certain = _methods(definition, module, 8)
    commands = []
    for name, method in methods.items():
        if not name.startswith("_"):
            commands.append((name, _function(method, module, bound=True)))
    unknown = [] if certain else ["commands"]
    parameters: list[Parameter] = []
    own = {each.name: each for each in definition.body if isinstance(each, _ast.FunctionDef)}
    if not made and definition.decorator_list:
        unknown.append("parameters")
    elif not made and "__init__" in own:
        parameters = _parameters(own["__init__"], module, True, docstring_of(definition))
    doc = read_docstring(docstring_of(definition))
    return described(None, parameters=tuple(parameters), commands=tuple(commands), unknown=tuple(unknown))._replace(
        summary="" if made else doc.summary, description="" if made else doc.description
    )


def _methods(definition: _ast.ClassDef, module: Module, depth: int) -> tuple[dict[str, Function], bool]:
    """The methods of a class with those that it inherits, by name, and whether these are all."""
    found: dict[str, Function] = {}
    certain = depth > 0
    for base in reversed(definition.bases):
        parent = module.class_named(base.id) if isinstance(base, _ast.Name) else None
        if parent is not None and depth > 0:
            inherited, complete = _methods(parent, module, depth - 1)
            found.update(inherited)
            certain &= complete
        elif module.name_of(base) not in ("object", "abc.ABC"):
            certain = False
    for statement in definition.body:
        if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef):
            found.pop(statement.name, None)
            names = [module.name_of(each) for each in statement.decorator_list]
            if "property" not in names and "functools.cached_property" not in names:
                found[statement.name] = statement
        elif isinstance(statement, _ast.If | _ast.For | _ast.While | _ast.ClassDef):
            certain = False
    return dict(sorted(found.items())), certain


def _function(function: Function, module: Module, *, bound: bool) -> Interface:
    doc = read_docstring(docstring_of(function))
    kinds = {module.name_of(each) for each in function.decorator_list}
    others = [
        each
        for each in function.decorator_list
        if module.name_of(each) not in _METHOD_KINDS and not keeps_signature(each, module)
    ]
    parameters = _parameters(function, module, bound and "staticmethod" not in kinds, None)
    return Interface(
        entry="framework",
        framework="fire",
        summary=doc.summary,
        description=doc.description,
        parameters=() if others else tuple(parameters),
        unknown=("parameters",) if others else (),
        exit_notes=doc.exit_notes,
        is_async=isinstance(function, _ast.AsyncFunctionDef),
    )


def _parameters(
    function: Function | _ast.Lambda, module: Module, bound: bool, class_doc: str | None
) -> list[Parameter]:
    doc = None if isinstance(function, _ast.Lambda) else docstring_of(function)
    helps = {**read_docstring(class_doc).parameters, **read_docstring(doc).parameters}
    defaults = defaults_of(function)
    given = function.args
    found = []
    for argument in all_arguments(function)[1 if bound else 0 :]:
        name = argument.arg
        rest = argument is given.vararg
        extra = argument is given.kwarg
        required = name not in defaults and not rest and not extra
        is_argument = rest or (required and argument not in given.kwonlyargs)
        default: Any = fold(defaults[name], module) if name in defaults else None
        if isinstance(default, Reference):
            default = UNKNOWN
        is_flag: Any = UNKNOWN if default is UNKNOWN else isinstance(default, bool)
        flags: Any = (f"--{name}", f"--no{name}") if is_flag is True else (f"--{name}",)
        if extra or (is_flag is UNKNOWN and not is_argument):
            flags = UNKNOWN
        found.append(
            parameter(
                name,
                "argument" if is_argument else "option",
                flags=() if is_argument else flags,
                required=required,
                multiple=rest or extra,
                off_flags=(f"--no{name}",) if flags is not UNKNOWN and is_flag is True and not is_argument else (),
                width=None if rest else 1,
                repeats=extra,
                is_flag=is_flag,
                type=UNKNOWN,
                default=default,
                help=helps.get(name),
            )
        )
    return found
