"""argparse: what one `add_argument` declares."""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.calls import ABSENT, Given, call_of, parameter
from pyst.scripts.introspect.folding import enum_members, fold
from pyst.scripts.introspect.module import UNKNOWN, Module, Reference
from pyst.scripts.script import Parameter

_NARGS = {
    "argparse.OPTIONAL": "?",
    "argparse.ZERO_OR_MORE": "*",
    "argparse.ONE_OR_MORE": "+",
    "argparse.REMAINDER": "...",
}
_FLAGS = frozenset({"store_true", "store_false", "store_const", "append_const", "count", "version", "boolean"})
_REPEATS = frozenset({"append", "append_const", "extend", "count"})
_ACTIONS = frozenset({"store", "append", "extend", *_FLAGS})
_WORDS = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "pathlib.Path": "path",
    "pathlib.PurePath": "path",
    "decimal.Decimal": "decimal",
    "uuid.UUID": "uuid",
}
SUPPRESS = Reference("argparse.SUPPRESS")


def read_action(given: Given, *, suppresses: bool = False) -> Any:
    """The parameter that an `add_argument` declares; None where it is hidden, `UNKNOWN` where it can't be told.

    `suppresses`: the parser's own default is `argparse.SUPPRESS`.
    """
    module = given.module
    declared = [fold(each, module) for each in given.positional]
    if not given.complete or not all(isinstance(each, str) for each in declared):
        return UNKNOWN
    dest = given.value("dest", None)
    if dest is UNKNOWN:
        return UNKNOWN
    action = given.value("action", "store")
    if isinstance(action, Reference) and action.name == "argparse.BooleanOptionalAction":
        action = "boolean"
    if action == "help":
        return None
    if action not in _ACTIONS:
        action = "store" if _stores(given) else "unknown"
    help = given.value("help", None)
    if help == SUPPRESS:
        return None
    if action == "version" and help is None:
        help = "show program's version number and exit"
    is_option = bool(declared) and declared[0].startswith("-")
    name = dest or (_option_name(declared) if is_option else declared[0] if declared else None)
    if not name:
        return UNKNOWN
    found = _parameter(given, name, is_option, declared, action, help)
    if suppresses and not given.has("default"):
        found = found._replace(default=None)
    if action == "unknown":
        vague = ("required", "multiple", "is_flag", "type", "choices", "default", "width", "repeats")
        found = found._replace(unknown=tuple(dict.fromkeys((*found.unknown, *vague))))
    return found


def _stores(given: Given) -> bool:
    """Whether the action is a class of the script that takes values as `store` does."""
    node = given.node("action")
    definition = given.module.class_named(node.id) if isinstance(node, _ast.Name) else None
    return (
        definition is not None
        and [given.module.name_of(base) for base in definition.bases] == ["argparse.Action"]
        and not any(isinstance(each, _ast.FunctionDef) and each.name == "__init__" for each in definition.body)
    )


def _parameter(given: Given, name: str, is_option: bool, declared: list[str], action: str, help: Any) -> Parameter:
    nargs: Any = given.value("nargs", None)
    if isinstance(nargs, Reference):
        nargs = _NARGS.get(nargs.name, UNKNOWN)
    is_flag = action in _FLAGS or nargs == 0
    several: Any = nargs is not None and (nargs in ("*", "+", "...") or (isinstance(nargs, int) and nargs > 1))
    required: Any = given.value("required", False) if is_option else nargs not in ("?", "*", "...")
    if nargs is UNKNOWN:
        several = UNKNOWN
        required = required if is_option else UNKNOWN
    choices = _choices(given)
    word = _word(given, action, is_flag)
    if choices is not None:
        word = "choice" if choices is UNKNOWN or choices else word
    if isinstance(help, Reference):
        help = UNKNOWN
    flags = _flags(declared, action) if is_option else ()
    return parameter(
        name,
        "option" if is_option else "argument",
        flags=flags,
        required=required,
        multiple=True if action in _REPEATS else several,
        is_flag=is_flag,
        type=word,
        choices=choices,
        default=_default(given, action),
        help=(help or None) if help is not UNKNOWN else UNKNOWN,
        off_flags=_off_flags(flags, action),
        width=_width(nargs, action),
        repeats=action in ("append", "extend"),
    )


def _width(nargs: Any, action: str) -> Any:
    """How many words one use takes; unknown for what takes all words that are left, options too."""
    if nargs is UNKNOWN or nargs in ("...", "A..."):
        return UNKNOWN
    if action == "extend" and nargs in ("*", "+"):
        return 1  # uses add up, so one word for each is enough
    return None if nargs in ("*", "+") else nargs if isinstance(nargs, int) else 1


def _off_flags(flags: tuple[str, ...], action: str) -> tuple[str, ...]:
    if action == "boolean":
        return tuple(each for each in flags if each.startswith("--no-") and f"--{each[5:]}" in flags)
    return flags if action == "store_false" else ()


def _option_name(flags: list[str]) -> str:
    long = [flag for flag in flags if flag.startswith("--")]
    return (long or flags)[0].lstrip("-").replace("-", "_")


def _flags(flags: list[str], action: str) -> tuple[str, ...]:
    if action != "boolean":
        return tuple(flags)
    found = []
    for flag in flags:
        found.append(flag)
        if flag.startswith("--"):
            found.append("--no-" + flag[2:])
    return tuple(found)


def _default(given: Given, action: str) -> Any:
    default = given.value("default", ABSENT)
    if default is ABSENT:
        return {"store_true": False, "store_false": True}.get(action)
    if default == SUPPRESS:
        return None
    return UNKNOWN if isinstance(default, Reference) else default


def _choices(given: Given) -> Any:
    node = given.node("choices")
    if node is None:
        return None
    module = given.module
    for call in (node, call_of(node, module)):
        if isinstance(call, _ast.Call) and module.name_of(call.func) in ("range", "list") and call.args:
            if module.name_of(call.func) == "range":
                bounds = [fold(each, module) for each in call.args]
                if all(isinstance(each, int) and abs(each) < 10_000 for each in bounds) and len(bounds) <= 3:
                    return list(range(*bounds))
                return UNKNOWN
            node = call.args[0]
    members = _members(node, module)
    if members is not None:
        return members
    values = fold(given.node("choices"), module)
    if isinstance(values, str) or not isinstance(values, list | tuple | set | dict):
        return list(values) if isinstance(values, str) else UNKNOWN
    return sorted(values, key=str) if isinstance(values, set) else list(values)


def _members(node: _ast.expr, module: Module) -> Any:
    definition = module.class_named(node.id) if isinstance(node, _ast.Name) else None
    if definition is None:
        return None
    members = enum_members(definition, module)
    return members if members is not None else UNKNOWN


def _word(given: Given, action: str, is_flag: bool) -> Any:
    if action == "count":
        return "int"
    if is_flag:
        return "bool"
    node = given.node("type")
    if node is None:
        return "str"
    call = call_of(node, given.module)
    if call is not None:
        return "path" if given.module.name_of(call.func) == "argparse.FileType" else UNKNOWN
    return _WORDS.get(given.module.name_of(node) or "", UNKNOWN)
