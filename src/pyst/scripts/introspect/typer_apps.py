"""Typer: apps, their commands and groups, and the parameters that signatures give them.

Follows Typer's own rules (`typer.main.get_command`): which apps collapse into one command, how names and flags are
made, where help comes from.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.annotations import Type, read_type
from pyst.scripts.introspect.calls import ABSENT, Given, call_of, described, keeps_signature, parameter, text_or_unknown
from pyst.scripts.introspect.click_options import choices_of, second_flags, split_flags
from pyst.scripts.introspect.folding import fold
from pyst.scripts.introspect.functions import docstring_of, type_of_value
from pyst.scripts.introspect.module import (
    UNKNOWN,
    Function,
    Member,
    Module,
    Reference,
    all_arguments,
    defaults_of,
    walk,
)
from pyst.scripts.script import Interface, Parameter

_CONTEXTS = frozenset({"typer.Context", "click.Context", "click.core.Context", "typer.CallbackParam"})
_INFOS = frozenset({"typer.Option", "typer.Argument"})
_FILES = frozenset(f"typer.File{kind}" for kind in ("Text", "TextWrite", "BinaryRead", "BinaryWrite"))
_LISTS = frozenset({"list", "typing.List", "tuple"})
_REGISTERS = frozenset({"command", "callback", "add_typer"})
USUAL_NAMES = ("app", "cli", "main")


class App:
    """One `typer.Typer()` of the script, and what is registered with it."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.commands: list[tuple[Given | None, Function]] = []
        self.groups: list[tuple[Given, str | None]] = []
        self.callback: tuple[Given | None, Function] | None = None
        self.understood = 0
        self.certain = True


def read(module: Module) -> Interface:
    """The interface of the script's Typer app."""
    apps = {
        name: App(Given(value, module))
        for name, value in module.locals.values.items()
        if isinstance(value, _ast.Call) and module.name_of(value.func) == "typer.Typer" and module.value_of(name)
    }
    for statement in module.locals.statements:
        _register(statement, apps, module)
    root = _root(apps, module)
    if isinstance(root, str):
        return _app_interface(root, apps, module)
    if root is not None:
        return command_interface(root, None, module)
    return Interface(entry="framework", unknown=("parameters", "commands"))


def _register(statement: _ast.stmt, apps: dict[str, App], module: Module) -> None:
    certain = statement in module.tree.body
    if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef):
        for decorator in statement.decorator_list:
            call = decorator if isinstance(decorator, _ast.Call) else None
            _register_function(call.func if call else decorator, call, statement, apps, module, certain)
    elif isinstance(statement, _ast.Expr) and isinstance(statement.value, _ast.Call):
        call = statement.value
        name, method = _method(call.func)
        if name in apps and method == "add_typer":
            given = Given(call, module)
            sub = given.node("typer_instance", 0)
            apps[name].groups.append((given, sub.id if isinstance(sub, _ast.Name) else None))
            apps[name].understood += 1
            apps[name].certain &= given.complete
        elif isinstance(call.func, _ast.Call) and len(call.args) == 1 and isinstance(call.args[0], _ast.Name):
            function = module.function(call.args[0].id)
            if function is not None:
                _register_function(call.func.func, call.func, function, apps, module, certain)


def _register_function(
    method: _ast.expr,
    call: _ast.Call | None,
    function: Function,
    apps: dict[str, App],
    module: Module,
    certain: bool,
) -> None:
    name, what = _method(method)
    if name not in apps or what not in ("command", "callback"):
        return
    given = Given(call, module) if call else None
    app = apps[name]
    app.understood += 1
    app.certain &= certain
    if what == "command":
        app.commands.append((given, function))
    else:
        app.callback = (given, function)


def _method(node: _ast.expr) -> tuple[str, str]:
    if isinstance(node, _ast.Attribute) and isinstance(node.value, _ast.Name):
        return node.value.id, node.attr
    return "", ""


def _root(apps: dict[str, App], module: Module) -> str | Function | None:
    """The app that the script starts: its name, or the function given to `typer.run`."""
    called = []
    registered: dict[str, int] = dict.fromkeys(apps, 0)
    for node in walk(module.tree):
        if isinstance(node, _ast.Call):
            if isinstance(node.func, _ast.Name) and node.func.id in apps:
                called.append(node.func.id)
            elif module.name_of(node.func) == "typer.run" and len(node.args) == 1 and not apps:
                target = node.args[0]
                return module.function(target.id) if isinstance(target, _ast.Name) else None
        elif isinstance(node, _ast.Attribute):
            name, method = _method(node)
            if name in apps and (method in _REGISTERS or method.startswith("registered_")):
                registered[name] += 1
    for name, count in registered.items():
        apps[name].certain &= count == apps[name].understood
    if len(set(called)) == 1:
        return called[0]
    inner = {sub for app in apps.values() for _, sub in app.groups}
    outer = [name for name in apps if name not in inner]
    for name in USUAL_NAMES:
        if name in outer:
            return name
    return outer[0] if len(outer) == 1 else None


def _app_interface(name: str, apps: dict[str, App], module: Module) -> Interface:
    app = apps[name]
    has_callback = app.callback is not None or _callback_named(app, module) is not None
    is_group = has_callback or bool(app.groups) or len(app.commands) > 1
    if not app.certain or not app.given.complete or (not is_group and not app.commands):
        found = _group_interface(name, None, apps, module, 8)
        return found._replace(unknown=("parameters", "commands"))
    if is_group:
        return _group_interface(name, None, apps, module, 8)
    given, function = app.commands[0]
    return command_interface(function, given, module)


def _group_interface(name: str, added: Given | None, apps: dict[str, App], module: Module, depth: int) -> Interface:
    """The interface of an app as a group; `added` is the call that added it to another."""
    app = apps[name]
    unknown = [] if app.certain and app.given.complete else ["commands"]
    commands: dict[str, Interface] = {}
    for given, function in app.commands:
        command_name = _command_name(given, function, module)
        if not isinstance(command_name, str):
            unknown.append("commands")
        elif not _is_hidden(given):
            commands[command_name] = command_interface(function, given, module)
    for given, sub in app.groups:
        inner_name = _group_name(given, sub, apps)
        if inner_name is UNKNOWN or depth <= 0 or not module.spend(100):
            unknown.append("commands")
            continue
        inner = (
            _group_interface(sub, given, apps, module, depth - 1)
            if sub in apps
            else described(None, unknown=("parameters", "commands"))
        )
        if isinstance(inner_name, str):
            if not _is_hidden(given) and not (sub in apps and _is_hidden(apps[sub].given)):
                commands[inner_name] = inner
        elif sub in apps:
            commands.update(inner.commands)
        else:
            unknown.append("commands")
    parameters: list[Parameter] = []
    callback = app.callback[1] if app.callback else _callback_named(app, module)
    if callback is UNKNOWN:
        unknown.append("parameters")
    elif callback is not None:
        found = _parameters(callback, module)
        parameters, certain = found
        if not certain:
            unknown.append("parameters")
    return described(
        _group_help(app, added, callback),
        framework="typer",
        parameters=tuple(parameters),
        commands=tuple(commands.items()),
        unknown=tuple(dict.fromkeys(unknown)),
        runs_alone=bool(commands) and _runs_alone(app, added),
    )


def _runs_alone(app: App, added: Given | None) -> bool:
    """Whether the callback is called without a command too; what stands nearest to it counts."""
    for given in (added, app.callback[0] if app.callback else None, app.given):
        value = given.value("invoke_without_command") if given else ABSENT
        if value is not ABSENT:
            return value is True
    return False


def _callback_named(app: App, module: Module) -> Any:
    node = app.given.node("callback")
    if node is None or (isinstance(node, _ast.Constant) and node.value is None):
        return None
    function = module.function(node.id) if isinstance(node, _ast.Name) else None
    return function or UNKNOWN


def _is_hidden(given: Given | None) -> bool:
    return given is not None and given.value("hidden", False) is True


def _command_name(given: Given | None, function: Function, module: Module) -> Any:
    name = given.value("name", None, 0) if given else None
    if name is None and not _keeps(function, module):
        return UNKNOWN
    return name if name is not None else function.name.lower().replace("_", "-")


def _keeps(function: Function, module: Module) -> bool:
    """Whether the decorators leave the function's name and signature as they are."""
    return all(
        keeps_signature(each, module)
        for each in function.decorator_list
        if _method(each.func if isinstance(each, _ast.Call) else each)[1] not in _REGISTERS
    )


def _group_name(added: Given, sub: str | None, apps: dict[str, App]) -> Any:
    sources: list[Given | None] = [added]
    if sub in apps:
        callback = apps[sub].callback
        sources += [callback[0] if callback else None, apps[sub].given]
    for given in sources:
        name = given.value("name") if given else ABSENT
        if name is not ABSENT:
            return name if isinstance(name, str | None) else UNKNOWN
    return None if sub in apps else UNKNOWN


def _group_help(app: App, added: Given | None, callback: Any) -> Any:
    for given in (added, app.callback[0] if app.callback else None, app.given):
        help = given.value("help") if given else ABSENT
        if help is not ABSENT:
            return help
    return docstring_of(callback) if callback is not None and callback is not UNKNOWN else None


def command_interface(function: Function, given: Given | None, module: Module) -> Interface:
    """The interface of a function as a Typer command."""
    help = given.value("help", None) if given else None
    if help is None:
        help = docstring_of(function)
    parameters, certain = _parameters(function, module)
    return described(
        help,
        framework="typer",
        parameters=tuple(parameters),
        unknown=() if certain else ("parameters",),
        is_async=isinstance(function, _ast.AsyncFunctionDef),
    )


def _parameters(function: Function, module: Module) -> tuple[list[Parameter], bool]:
    """The parameters of a command, and whether these are all."""
    certain = not function.args.kwarg and not function.args.vararg and _keeps(function, module)
    defaults = defaults_of(function)
    found = []
    for argument in all_arguments(function):
        if argument in (function.args.vararg, function.args.kwarg):
            continue
        kind = read_type(argument.annotation, module)
        if kind.name in _CONTEXTS:
            continue
        read = _parameter(argument.arg, kind, defaults.get(argument.arg), argument.annotation is None, module)
        if read is not None:
            found.append(read)
    return (found if certain else []), certain


def _info(kind: Type, default: _ast.expr | None, module: Module) -> tuple[str | None, Given | None, bool]:
    """The `typer.Option` or `typer.Argument` of a parameter, and whether it stands in `Annotated`."""
    for extra in reversed(kind.extras):
        call = call_of(extra, module)
        if call is not None and (name := module.name_of(call.func)) in _INFOS:
            return name, Given(call, module), True
    call = call_of(default, module)
    if call is not None and (name := module.name_of(call.func)) in _INFOS:
        return name, Given(call, module), False
    return None, None, False


def _parameter(name: str, kind: Type, default_node: _ast.expr | None, bare: bool, module: Module) -> Parameter | None:
    info, given, annotated = _info(kind, default_node, module)
    decls: list[_ast.expr] = []
    if given is None or annotated:
        default = fold(default_node, module) if default_node is not None else ABSENT
        decls = given.positional if given else []
        if given is not None and given.has("default_factory"):
            default = UNKNOWN
    else:
        default = UNKNOWN if given.has("default_factory") else given.value("default", ABSENT, 0)
        decls = given.positional[1:]
    if default is Ellipsis:
        default = ABSENT
    required = default is ABSENT
    is_option = info == "typer.Option" or (info is None and not required)
    if isinstance(default, Reference):
        default = UNKNOWN
    if given is not None and given.value("hidden", False) is True:
        return None
    if bare:
        kind = type_of_value(default)
    if given is not None and not given.complete:
        return parameter(
            name, "option" if is_option else "argument", **dict.fromkeys(("flags", "required", "help"), UNKNOWN)
        )
    count = given is not None and given.value("count", False) is True
    vague = (kind.word is None and kind.name not in _FILES) or (kind.multiple and kind.name not in _LISTS)
    is_flag = is_option and kind.word == "bool" and not kind.multiple
    flags = _flags(name, decls, is_flag, module) if is_option else ()
    if vague and is_option and not decls:
        flags = UNKNOWN
    word, choices = _type_fields(kind, given, module)
    return parameter(
        name,
        "option" if is_option else "argument",
        flags=flags,
        required=required,
        multiple=UNKNOWN if vague else kind.multiple or count,
        is_flag=UNKNOWN if vague else is_flag or count,
        type=word,
        choices=choices,
        default=None if required else default,
        help=text_or_unknown(given.value("help", None)) if given else None,
        off_flags=UNKNOWN if flags is UNKNOWN else _off_flags(flags, decls, is_flag, module),
        width=UNKNOWN
        if vague or (given and (given.has("flag_value") or given.has("prompt_required")))
        else kind.length or (None if kind.multiple and not is_option else 1),
        repeats=UNKNOWN if vague else kind.multiple and kind.length is None and is_option,
    )


def _flags(name: str, decls: list[_ast.expr], is_flag: bool, module: Module) -> Any:
    texts = [fold(each, module) for each in decls]
    if not all(isinstance(each, str) for each in texts):
        return UNKNOWN
    if not texts:
        word = name.replace("_", "-")
        return (f"--{word}", f"--no-{word}") if is_flag else (f"--{word}",)
    return split_flags([each for each in texts if not each.isidentifier()])


def _off_flags(flags: tuple[str, ...], decls: list[_ast.expr], is_flag: bool, module: Module) -> tuple[str, ...]:
    """Those of the flags of a bool that say no."""
    if not is_flag:
        return ()
    return second_flags([fold(each, module) for each in decls]) if decls else flags[1:]


def _type_fields(kind: Type, given: Given | None, module: Module) -> tuple[Any, Any]:
    """The type's word and the choices."""
    if given is not None and given.has("click_type"):
        found = choices_of(given.node("click_type"), module)
        return ("choice", found) if found is not None else (UNKNOWN, UNKNOWN)
    if given is not None and given.has("parser"):
        return UNKNOWN, None
    if kind.name in _FILES:
        return "path", None
    if kind.word in ("date", "time", "timedelta", "json"):
        return UNKNOWN, None
    if kind.word == "choice":
        choices = kind.choices
        return "choice", UNKNOWN if choices is None else [_choice(each) for each in choices]
    if kind.word is None:
        return UNKNOWN, UNKNOWN
    if "|" in kind.word:
        return UNKNOWN, UNKNOWN
    return kind.word, None


def _choice(each: Any) -> Any:
    return each.value if isinstance(each, Member) else each
