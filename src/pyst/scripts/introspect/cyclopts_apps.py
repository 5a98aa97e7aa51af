"""Cyclopts: apps, their commands, and the parameters that signatures and `Parameter(…)` give them."""

from __future__ import annotations

import _ast
from typing import Any, NamedTuple

from pyst.scripts.introspect.annotations import Type, read_type
from pyst.scripts.introspect.calls import ABSENT, Given, call_of, described, keeps_signature, parameter
from pyst.scripts.introspect.docstrings import read_docstring
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

_REGISTERS = frozenset({"command", "default", "meta", "register_install_completion_command"})
_UNSURE = ("name_transform", "default_parameter", "default_command")
_ENDINGS = {"Int": "int", "Float": "float", "Path": "path", "File": "path", "Directory": "path"}
USUAL_NAMES = ("app", "cli", "main")
_WORDS = frozenset(
    ("str", "int", "float", "bool", "bytes", "path", "date", "datetime", "timedelta", "decimal", "uuid", "choice")
)


class Registered(NamedTuple):
    """A command: a function, or the name of another app."""

    given: Given | None
    function: Function | None
    app: str | None


class App:
    """One `cyclopts.App()` of the script."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.commands: list[Registered] = []
        self.default: Function | None = None
        self.understood = 0
        self.certain = given.complete and not any(given.value(field, None) is not None for field in _UNSURE)


def read(module: Module) -> Interface:
    """The interface of the script's Cyclopts app."""
    apps = {
        name: App(Given(value, module))
        for name, value in module.locals.values.items()
        if isinstance(value, _ast.Call) and module.name_of(value.func) == "cyclopts.App" and module.value_of(name)
    }
    for statement in module.locals.statements:
        _register(statement, apps, module)
    root = _root(apps, module)
    if isinstance(root, str):
        return _app_interface(root, apps, module, 8)
    if root is not None:
        return _command(root, None, module)
    return Interface(entry="framework", unknown=("parameters", "commands"))


def _register(statement: _ast.stmt, apps: dict[str, App], module: Module) -> None:
    certain = statement in module.tree.body
    if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef):
        for decorator in statement.decorator_list:
            call = decorator if isinstance(decorator, _ast.Call) else None
            _register_one(
                call.func if call else decorator, call, Registered(None, statement, None), apps, module, certain
            )
    elif isinstance(statement, _ast.Expr) and isinstance(statement.value, _ast.Call) and statement.value.args:
        call = statement.value
        target = call.args[0]
        if isinstance(target, _ast.Name):
            function = module.function(target.id)
            app = target.id if target.id in apps else None
            if function is not None or app is not None:
                _register_one(call.func, call, Registered(None, function, app), apps, module, certain)
        else:
            made = target.value if isinstance(target, _ast.NamedExpr) else target
            if isinstance(made, _ast.Call) and module.name_of(made.func) == "cyclopts.App":
                label = f"<app in line {made.lineno}>"
                apps[label] = App(Given(made, module))
                _register_one(call.func, call, Registered(None, None, label), apps, module, certain)


def _register_one(
    method: _ast.expr,
    call: _ast.Call | None,
    what: Registered,
    apps: dict[str, App],
    module: Module,
    certain: bool,
) -> None:
    if not isinstance(method, _ast.Attribute) or not isinstance(method.value, _ast.Name):
        return
    app = apps.get(method.value.id)
    if app is None or method.attr not in ("command", "default"):
        return
    app.understood += 1
    app.certain &= certain
    if method.attr == "command":
        app.commands.append(what._replace(given=Given(call, module) if call else None))
    elif what.function is not None:
        app.default = what.function
    else:
        app.certain = False


def _root(apps: dict[str, App], module: Module) -> str | Function | None:
    called = []
    for node in walk(module.tree):
        if isinstance(node, _ast.Call):
            target = node.func
            if isinstance(target, _ast.Attribute) and target.attr in ("run_async", "parse_args"):
                target = target.value
            if isinstance(target, _ast.Name) and target.id in apps:
                called.append(target.id)
            elif module.name_of(node.func) == "cyclopts.run" and len(node.args) == 1 and not apps:
                function = node.args[0]
                return module.function(function.id) if isinstance(function, _ast.Name) else None
    for name, app in apps.items():
        uses = sum(
            isinstance(node, _ast.Attribute)
            and node.attr in _REGISTERS
            and isinstance(node.value, _ast.Name)
            and node.value.id == name
            for node in walk(module.tree)
        )
        app.certain &= uses == app.understood
    if len(set(called)) == 1:
        return called[0]
    inner = {each.app for app in apps.values() for each in app.commands}
    outer = [name for name in apps if name not in inner]
    for name in USUAL_NAMES:
        if name in outer:
            return name
    return outer[0] if len(outer) == 1 else None


def _app_interface(name: str, apps: dict[str, App], module: Module, depth: int) -> Interface:
    app = apps[name]
    if not app.certain or depth <= 0 or not module.spend(100):
        return described(_app_help(app), unknown=("parameters", "commands"))
    commands: dict[str, Interface] = {}
    unknown: list[str] = []
    for each in app.commands:
        shown = each.given.value("show", True) if each.given else True
        command_name = _command_name(each, apps, module)
        if not isinstance(command_name, str) or shown is UNKNOWN:
            unknown.append("commands")
        elif shown is not False and not (each.app and apps[each.app].given.value("show", True) is False):
            inner = (
                _command(each.function, each.given, module)
                if each.function is not None
                else _app_interface(each.app or "", apps, module, depth - 1)
            )
            commands[command_name] = inner
    found = described(_app_help(app), commands=tuple(commands.items()), unknown=tuple(unknown))
    if app.default is None:
        return found
    own = _command(app.default, None, module)
    found = found._replace(runs_alone=bool(commands))
    return found._replace(parameters=own.parameters, unknown=tuple(dict.fromkeys((*unknown, *own.unknown))))


def _app_help(app: App) -> Any:
    help = app.given.value("help", ABSENT)
    if help is ABSENT:
        return docstring_of(app.default) if app.default else None
    return help


def _command_name(each: Registered, apps: dict[str, App], module: Module) -> Any:
    name = each.given.value("name", ABSENT) if each.given else ABSENT
    if name is ABSENT and each.function is not None:
        return transformed(each.function.name) if _keeps(each.function, module) else UNKNOWN
    if name is ABSENT:
        name = apps[each.app or ""].given.value("name", ABSENT, 0)
    if isinstance(name, list | tuple) and name:
        name = name[0]
    return name if isinstance(name, str) and name != "*" else UNKNOWN


def transformed(name: str) -> str:
    """The name that Cyclopts makes of an identifier: `PascalCase` and `snake_case` become `kebab-case`."""
    found = []
    for at, character in enumerate(name):
        before = name[at - 1] if at else ""
        after = name[at + 1] if at + 1 < len(name) else ""
        if (
            character.isupper()
            and before
            and before != "_"
            and (before.islower() or before.isdigit() or after.islower())
        ):
            found.append("-")
        found.append(character)
    return "".join(found).lower().replace("_", "-").strip("-")


def _command(function: Function, given: Given | None, module: Module) -> Interface:
    help = given.value("help", ABSENT) if given else ABSENT
    doc = read_docstring(docstring_of(function))
    if given is not None and (not given.complete or any(given.has(field) for field in _UNSURE)):
        return described(doc.summary, unknown=("parameters",))
    parameters, certain = _parameters(function, doc.parameters, module)
    found = described(
        doc.summary if help is ABSENT else help,
        framework="cyclopts",
        parameters=tuple(parameters),
        unknown=() if certain else ("parameters",),
        is_async=isinstance(function, _ast.AsyncFunctionDef),
        exit_notes=doc.exit_notes,
    )
    return found._replace(description=doc.description) if help is ABSENT else found


def _keeps(function: Function, module: Module) -> bool:
    """Whether the decorators leave the function's name and signature as they are."""
    return all(
        keeps_signature(each, module)
        for each in function.decorator_list
        if not isinstance(called := each.func if isinstance(each, _ast.Call) else each, _ast.Attribute)
        or called.attr not in _REGISTERS
    )


def _parameters(function: Function, helps: dict[str, str], module: Module) -> tuple[list[Parameter], bool]:
    certain = _keeps(function, module)
    complete = True
    defaults = defaults_of(function)
    found = []
    for argument in all_arguments(function):
        read = _parameter(function, argument, defaults.get(argument.arg), helps.get(argument.arg), module)
        if read is UNKNOWN:
            complete = False
        elif read is not None:
            found.append(read)
    return (found if certain else []), certain and complete


def _parameter(
    function: Function, argument: _ast.arg, default_node: _ast.expr | None, help: str | None, module: Module
) -> Any:
    """A parameter; None where it is hidden, `UNKNOWN` where it may be several (a dataclass)."""
    given = function.args
    kind = _type(argument.annotation, module)
    default = fold(default_node, module) if default_node is not None else ABSENT
    if argument.annotation is None:
        kind = type_of_value(None if default is ABSENT else default)
    if kind.word is None and not kind.multiple:
        return UNKNOWN
    settings = _settings(kind, module)
    if settings is None:
        return UNKNOWN
    if settings.get("show") is False or settings.get("parse") is False:
        return None
    rest, extra = argument is given.vararg, argument is given.kwarg
    positional = [*given.posonlyargs, *given.args]
    required: Any = default is ABSENT and not rest and not extra
    if "required" in settings:
        required = settings["required"]
    is_argument = rest or argument in given.posonlyargs or (argument in positional and required is True)
    counted = settings.get("count") is True
    is_flag = counted or (kind.word == "bool" and not kind.multiple)
    many = kind.multiple or kind.word == "json"
    is_list = kind.multiple and kind.length is None
    flag_list = kind.multiple and kind.word == "bool"  # each use of `--flag` adds to the list
    flags: Any = UNKNOWN if extra or flag_list else _flags(argument.arg, kind, settings)
    choices: Any = None
    if kind.word == "choice":
        choices = UNKNOWN if kind.choices is None else [_choice(each) for each in kind.choices]
    if isinstance(default, Reference):
        default = UNKNOWN
    return parameter(
        argument.arg,
        "argument" if is_argument else "option",
        flags=() if is_argument else flags,
        required=required,
        multiple=UNKNOWN if kind.word == "json" else many or counted or rest or extra,
        is_flag=UNKNOWN if flag_list else False if is_argument and kind.word != "bool" else is_flag,
        type=kind.word if kind.word in _WORDS else UNKNOWN,
        choices=choices,
        default=None if default is ABSENT else _by_name(default),
        off_flags=() if is_argument else UNKNOWN if flags is UNKNOWN else _off_flags(kind, settings, flags),
        width=_width(kind, rest, is_argument),
        repeats=UNKNOWN if kind.word == "json" else extra or (is_list and not is_argument),
        help=UNKNOWN if help and (rest or extra) and "help" not in settings else _text(settings.get("help", help)),
    )


def _type(annotation: _ast.expr | None, module: Module) -> Type:
    """The type, with the ready-made annotated types of `cyclopts.types`."""
    kind = read_type(annotation, module)
    package, _, name = (kind.name or "").rpartition(".")
    if package == "cyclopts.types":
        for ending, word in _ENDINGS.items():
            if name.rstrip("0123456789").endswith(ending):
                return Type(word)
    return kind


def _width(kind: Type, rest: bool, is_argument: bool) -> Any:
    """How many words one use takes, or one place of an argument."""
    if kind.word == "json" or any(part.multiple for part in kind.parts):
        return UNKNOWN
    return kind.length or (None if rest or (is_argument and kind.multiple) else 1)


def _choice(each: Any) -> Any:
    return transformed(each.name) if isinstance(each, Member) else str(each)


def _by_name(value: Any) -> Any:
    if isinstance(value, Member):
        return transformed(value.name)
    if isinstance(value, list | tuple | set):
        return type(value)(_by_name(each) for each in value)
    return value


def _text(help: Any) -> Any:
    if help is UNKNOWN or isinstance(help, Reference):
        return UNKNOWN
    return " ".join(help.split()) or None if isinstance(help, str) else None


def _settings(kind: Type, module: Module) -> dict[str, Any] | None:
    """What the `Parameter(…)`s of an annotation set, the last one counting; None where that is not certain."""
    found: dict[str, Any] = {}
    for extra in kind.extras:
        call = call_of(extra, module)
        if call is None or module.name_of(call.func) != "cyclopts.Parameter":
            continue
        given = Given(call, module)
        if not given.complete or len(given.positional) > 1:
            return None
        if given.positional:
            found["name"] = fold(given.positional[0], module)
        for name in given.named:
            found[name] = given.value(name)
    return found


def _flags(name: str, kind: Type, settings: dict[str, Any]) -> Any:
    if settings.get("name_transform") is not None or settings.get("negative_bool") is not None:
        return UNKNOWN
    names = settings.get("name") or ()
    names = [names] if isinstance(names, str) else names
    alias = settings.get("alias") or ()
    alias = [alias] if isinstance(alias, str) else alias
    if not isinstance(names, list | tuple) or not isinstance(alias, list | tuple):
        return UNKNOWN
    if not all(isinstance(each, str) and each.startswith("-") for each in (*names, *alias)):
        return UNKNOWN
    flags = [*(names or [f"--{transformed(name)}"]), *alias]
    negative = _negative(kind, settings, flags)
    return UNKNOWN if negative is UNKNOWN else (*flags, *negative)


def _off_flags(kind: Type, settings: dict[str, Any], flags: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the flags that say no, or that give an empty list."""
    negative = _negative(kind, settings, list(flags)) or ()
    return tuple(each for each in flags if each in negative)


def _negative(kind: Type, settings: dict[str, Any], flags: list[str]) -> Any:
    """The flags for `no` (of a bool) and for an empty list."""
    own = settings.get("negative")
    if isinstance(own, str | list | tuple) and not own:
        return ()
    if isinstance(own, str) and own.startswith("-"):
        return (own,)
    if own is not None or any(settings.get(each) is not None for each in ("negative_iterable", "negative_none")):
        return UNKNOWN
    if settings.get("count") is True:
        return ()
    if kind.multiple:
        prefix = "--empty-"
    elif kind.word == "bool":
        prefix = "--no-"
    else:
        return ()
    return tuple(prefix + each[2:] for each in flags if each.startswith("--"))
