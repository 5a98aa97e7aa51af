"""Where the help of a script is written: functions that are its commands, and the calls that declare its options. Pure.

What each framework takes help from differs: pyst's own `main`, Cyclopts and Fire read docstrings; argparse, Click and
Typer the `help=` of a call. What is missing or out of date there is judged by `examining`.
"""

from __future__ import annotations

import _ast
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pyst.scripts.introspect.annotations import read_type
from pyst.scripts.introspect.calls import call_of
from pyst.scripts.introspect.functions import annotated_text
from pyst.scripts.introspect.module import Function, Module, all_arguments, defaults_of, walk

BY_DOCSTRING = frozenset({"function", "cyclopts", "fire"})
"""The frameworks that read the help of parameters from docstrings."""

_REGISTERS = frozenset({"command", "callback", "group", "default"})
_CLICK = frozenset(f"{package}.{name}" for package in ("click", "rich_click") for name in ("command", "group"))
_OPTIONS = frozenset(f"{package}.option" for package in ("click", "rich_click", "asyncclick"))
_INFOS = frozenset({"typer.Option", "typer.Argument"})
_CONTEXTS = frozenset({"typer.Context", "click.Context", "click.core.Context", "typer.CallbackParam"})
_RUNS = frozenset({"typer.run", "cyclopts.run", "fire.Fire", "fire.core.Fire"})


class Defined(NamedTuple):
    """A function at the top level or in a class there: `name` is `function` or `Class.method`, and stands for one."""

    name: str
    node: Function
    is_method: bool

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))


class Command(NamedTuple):
    """A function that is a command, and whether its decorator gives the help or hides it."""

    defined: Defined
    is_told: bool


class Option(NamedTuple):
    """A call that declares an option and may take `help=`; `name` is what a person calls it."""

    name: str
    node: _ast.Call

    @property
    def help(self) -> _ast.expr | None:
        """What the call gives as help."""
        return next((each.value for each in self.node.keywords if each.arg == "help"), None)


def functions_of(tree: _ast.Module) -> list[Defined]:
    """The functions and methods that a name means without doubt, in the order of the file."""
    found: list[Defined] = []
    for statement in tree.body:
        if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef):
            found.append(Defined(statement.name, statement, False))
        elif isinstance(statement, _ast.ClassDef):
            inner = (each for each in statement.body if isinstance(each, _ast.FunctionDef | _ast.AsyncFunctionDef))
            found += [Defined(f"{statement.name}.{each.name}", each, True) for each in inner]
    counts = Counter(each.name for each in found)
    return [each for each in found if counts[each.name] == 1]


def commands_of(framework: str | None, module: Module, functions: list[Defined]) -> list[Command]:
    """The functions whose docstrings are help, by the framework of the script."""
    if framework == "function":
        return [Command(each, False) for each in functions if each.name == "main"]
    if framework not in ("typer", "click", "cyclopts", "fire"):
        return []
    run = set(_handed_over(module))
    found = []
    for each in functions:
        calls = [] if each.is_method else list(_registrations(each.node, module))
        if calls:
            found.append(Command(each, any(_is_told(call) for call in calls)))
        elif each.name in run or (each.is_method and each.name.partition(".")[0] in run and each.is_public):
            found.append(Command(each, False))
    return found


def _registrations(function: Function, module: Module) -> Iterator[_ast.Call | None]:
    """The decorators that make a function a command: the call, or None where it is used without one."""
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, _ast.Call) else None
        called = call.func if call else decorator
        is_method = isinstance(called, _ast.Attribute) and called.attr in _REGISTERS
        if is_method or module.name_of(called) in _CLICK:
            yield call


def _is_told(call: _ast.Call | None) -> bool:
    """Whether the help of a command stands in its decorator, or nobody sees it, or neither can be known."""
    return call is not None and any(each.arg in (None, "help", "hidden", "cls") for each in call.keywords)


def _handed_over(module: Module) -> Iterator[str]:
    """The functions and classes given to what runs them; all of the file's where Fire is given nothing."""
    for node in walk(module.tree):
        if isinstance(node, _ast.Call) and module.name_of(node.func) in _RUNS:
            for each in [*node.args[:1], *(one.value for one in node.keywords if one.arg == "component")]:
                if isinstance(each, _ast.Name):
                    yield each.id
            if not node.args and not node.keywords:
                yield from (*module.locals.functions, *module.locals.classes)


def options_of(framework: str | None, module: Module, functions: list[Defined]) -> list[Option]:
    """The calls that declare options, where the framework takes help from them, in the order of the file."""
    if framework == "typer":
        found = list(_typer_options(module, functions))
    elif framework in ("argparse", "click"):
        calls = [node for node in walk(module.tree) if isinstance(node, _ast.Call)]
        found = [Option(name, call) for call in calls if (name := _flag_of(call, framework, module))]
    else:
        return []
    shown = {id(each.node): each for each in found if not _takes_none(each.node)}
    return sorted(shown.values(), key=lambda each: (each.node.lineno, each.node.col_offset))


def _flag_of(call: _ast.Call, framework: str, module: Module) -> str:
    """What a call declares: its longest flag or its name; empty where it declares nothing."""
    if framework == "argparse":
        declares = isinstance(call.func, _ast.Attribute) and call.func.attr == "add_argument"
    else:
        declares = module.name_of(call.func) in _OPTIONS
    texts = [each.value for each in call.args if isinstance(each, _ast.Constant) and isinstance(each.value, str)]
    return max(texts, key=len) if declares and texts else ""


def _typer_options(module: Module, functions: list[Defined]) -> Iterator[Option]:
    for each in functions:
        defaults = defaults_of(each.node)
        for argument in all_arguments(each.node):
            for root in (defaults.get(argument.arg), argument.annotation):
                for node in walk(root) if root is not None else ():
                    if isinstance(node, _ast.Call) and module.name_of(node.func) in _INFOS:
                        yield Option(argument.arg, node)
    for name, value in module.locals.values.items():
        for node in walk(value):
            if isinstance(node, _ast.Call) and module.name_of(node.func) in _INFOS:
                yield Option(name, node)


def _takes_none(call: _ast.Call) -> bool:
    """Whether an option needs no help: it is hidden, tells of itself, or what it is given can't be seen."""
    for each in call.keywords:
        value = each.value.value if isinstance(each.value, _ast.Constant) else None
        if each.arg is None or (each.arg == "hidden" and value is not False):
            return True
        if each.arg == "action" and value in ("help", "version"):
            return True
    return any(isinstance(each, _ast.Starred) for each in call.args)


def unhelped(function: Defined, framework: str, module: Module) -> list[_ast.arg]:
    """The parameters of a command whose help only its docstring can give, in the order of its signature."""
    found = []
    for argument in all_arguments(function.node)[1 if _is_bound(function) else 0 :]:
        if argument is function.node.args.kwarg:
            continue
        kind = read_type(argument.annotation, module)
        if kind.name in _CONTEXTS or any(_says_help(each) for each in kind.extras):
            continue
        if framework == "function" and annotated_text(kind, module):
            continue
        found.append(argument)
    return found


def bare_parameters(function: Defined, module: Module) -> list[_ast.arg]:
    """The parameters of a Typer command that have no `typer.Option` or `typer.Argument` that help could stand in."""
    defaults = defaults_of(function.node)
    found = []
    for argument in all_arguments(function.node):
        if argument in (function.node.args.kwarg, function.node.args.vararg):
            continue
        kind = read_type(argument.annotation, module)
        calls = any(isinstance(each, _ast.Call | _ast.Name) for each in kind.extras)
        calls = calls or call_of(defaults.get(argument.arg), module) is not None
        if kind.name not in _CONTEXTS and not calls:
            found.append(argument)
    return found


def _is_bound(function: Defined) -> bool:
    names = [each.id for each in function.node.decorator_list if isinstance(each, _ast.Name)]
    return function.is_method and "staticmethod" not in names


def _says_help(extra: _ast.AST) -> bool:
    """Whether what stands beside a type gives help, hides the parameter, or can't be seen through."""
    if not isinstance(extra, _ast.Call):
        return isinstance(extra, _ast.Name | _ast.Attribute)
    return any(each.arg in (None, "help", "show", "parse") for each in extra.keywords)
