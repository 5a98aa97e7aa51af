"""The rules that Click has for flags and types, which Typer shares."""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.calls import ABSENT, Given, call_of, parameter, text_or_unknown
from pyst.scripts.introspect.folding import enum_members, fold
from pyst.scripts.introspect.module import UNKNOWN, Member, Module, PathText, Reference, Unknown

PACKAGES = ("click", "rich_click", "asyncclick")
_TYPE_WORDS = {
    "STRING": "str",
    "INT": "int",
    "FLOAT": "float",
    "BOOL": "bool",
    "UUID": "uuid",
    "UNPROCESSED": "str",
    "IntRange": "int",
    "FloatRange": "float",
    "Path": "path",
    "File": "path",
    "DateTime": "datetime",
    "IntParamType": "int",
}


def bare_name(name: str | None) -> str | None:
    """`option` for `click.option` and for `rich_click.option`; None for names from elsewhere."""
    if not name:
        return None
    package, _, rest = name.partition(".")
    return rest.rpartition(".")[2] if package in PACKAGES and rest else None


def split_flags(declarations: list[str]) -> tuple[str, ...]:
    """The flags of an option: the first names of each declaration, then those after its `/`."""
    first = []
    for each in declarations:
        left = each.split(_separator(each), 1)[0].rstrip()
        if left:
            first.append(left)
    return (*first, *second_flags(declarations))


def second_flags(declarations: list[str]) -> tuple[str, ...]:
    """The flags that say no: those after the `/` of each declaration."""
    found = [each.split(_separator(each), 1)[1].lstrip() for each in declarations if _separator(each) in each]
    return tuple(filter(None, found))


def _separator(declaration: str) -> str:
    return ";" if declaration[:1] == "/" else "/"


def has_second(declarations: list[str]) -> bool:
    """Whether a declaration gives a flag for `off` too."""
    return any(_separator(each) in each for each in declarations)


def choices_of(node: _ast.expr | None, module: Module) -> Any:
    """The choices of a `click.Choice(…)`: a list, `UNKNOWN`, or None where `node` is no choice."""
    call = call_of(node, module)
    if call is None or bare_name(module.name_of(call.func)) != "Choice":
        return None
    given = Given(call, module)
    inner = given.node("choices", 0)
    if isinstance(inner, _ast.Name) and (definition := module.class_named(inner.id)) is not None:
        members = enum_members(definition, module)
        return [each.name for each in members] if members is not None else UNKNOWN
    values = fold(inner, module)
    if isinstance(values, dict | set):
        values = list(values) if isinstance(values, dict) else UNKNOWN
    return list(values) if isinstance(values, list | tuple) else UNKNOWN


def word_of(node: _ast.expr | None, module: Module) -> Any:
    """The word of a Click type: `int` for `int`, `click.INT`, `click.IntRange(…)`; `UNKNOWN` for others."""
    call = call_of(node, module)
    if call is not None:
        name = bare_name(module.name_of(call.func))
        return "choice" if name == "Choice" else _TYPE_WORDS.get(name or "", UNKNOWN)
    name = module.name_of(node)
    plain = bare_name(name)
    if plain:
        return _TYPE_WORDS.get(plain, UNKNOWN)
    return {"str": "str", "int": "int", "float": "float", "bool": "bool", "uuid.UUID": "uuid"}.get(name or "", UNKNOWN)


def word_of_default(value: Any) -> str:
    """The word of the type that Click takes from a default."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, PathText):
        return "str"
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "str")


def read_declaration(name: str, given: Given) -> Any:
    """What a decorator of Click declares: a `Parameter`, None (hidden, or no parameter at all), or `UNKNOWN`."""
    if name == "option":
        return _option(given, [])
    if name == "argument":
        return _argument(given)
    if name == "version_option":
        fields = {"is_flag": True, "help": "Show the version and exit."}
        return _option(given, ["--version"], fields, given.positional[1:])
    if name == "help_option":
        return _option(given, ["--help"], {"is_flag": True, "help": "Show this message and exit."})
    if name == "confirmation_option":
        return _option(given, ["--yes"], {"is_flag": True, "help": "Confirm the action without prompting."})
    if name == "password_option":
        return _option(given, ["--password"])
    return UNKNOWN


def _declared(given: Given, nodes: list[_ast.expr] | None = None) -> list[str] | None:
    texts = [fold(each, given.module) for each in (given.positional if nodes is None else nodes)]
    return texts if all(isinstance(each, str) for each in texts) else None


def _option(
    given: Given,
    usual: list[str],
    fields: dict[str, Any] | None = None,
    nodes: list[_ast.expr] | None = None,
) -> Any:
    declared = _declared(given, nodes)
    if declared is None or not given.complete or given.has("cls"):
        return UNKNOWN
    declared = declared or usual
    name = option_name(declared)
    if name is None:
        return UNKNOWN
    preset = fields or {}

    def value(key: str, default: Any) -> Any:
        return given.value(key, preset.get(key, default))

    if value("hidden", False) is True:
        return None
    count = value("count", False) is True
    flag_value = value("flag_value", ABSENT)
    is_flag = value("is_flag", None)
    needs_value = bool(value("prompt", False)) and value("prompt_required", True) is False
    if is_flag is None:
        is_flag = not needs_value and (has_second(declared) or flag_value is not ABSENT)
    required = value("required", False)
    multiple = value("multiple", False)
    default = value("default", ABSENT)
    word, choices, several = _type(given, default, is_flag, flag_value)
    if count:
        word = "int" if not given.has("type") else word
        default = 0 if default is ABSENT else default
    if default is ABSENT:
        is_bool = is_flag is True and word == "bool" and required is False
        default = (() if multiple else False) if is_bool else None
    return parameter(
        name,
        "option",
        flags=split_flags(flags := [each for each in declared if not each.isidentifier()]),
        off_flags=split_flags(flags) if flag_value is False else second_flags(flags),
        width=UNKNOWN if _may_stand_alone(given) and not _any(is_flag, count) else _width(given),
        repeats=multiple,
        required=required,
        multiple=_any(multiple, several, count),
        is_flag=_any(is_flag, count),
        type=word,
        choices=choices,
        default=UNKNOWN if isinstance(default, Reference) else _by_name(default),
        help=_help(given, value("help", None)),
    )


def _help(given: Given, help: Any) -> Any:
    """The help; of a deprecated option Click adds to it, each version in its own way."""
    return UNKNOWN if given.value("deprecated", False) is not False else text_or_unknown(help)


def _argument(given: Given) -> Any:
    declared = _declared(given)
    if declared is None or not given.complete or given.has("cls") or len(declared) != 1:
        return UNKNOWN
    default = given.value("default", ABSENT)
    nargs = given.value("nargs", ABSENT)
    word, choices, several = _type(given, default, False, ABSENT)
    required = given.value("required", None)
    if required is None:
        required = default is ABSENT and (nargs is ABSENT or (isinstance(nargs, int) and nargs > 0))
        if default is UNKNOWN and not given.has("default"):
            required = UNKNOWN
    return parameter(
        declared[0].replace("-", "_").lower(),
        "argument",
        required=required,
        multiple=several,
        width=_width(given),
        type=word,
        choices=choices,
        default=None if default is ABSENT else UNKNOWN if isinstance(default, Reference) else _by_name(default),
        help=_help(given, given.value("help", None)),
    )


def _by_name(default: Any) -> Any:
    """Click chooses among an enumeration by name."""
    if isinstance(default, Member):
        return default.name
    if isinstance(default, list | tuple):
        return [_by_name(each) for each in default]
    return default


def _any(*values: Any) -> Any:
    if any(value is True for value in values):
        return True
    return UNKNOWN if any(value is UNKNOWN for value in values) else False


def _type(given: Given, default: Any, is_flag: Any, flag_value: Any) -> tuple[Any, Any, Any]:
    """The word of the type, the choices, and whether one use takes several values."""
    node = given.node("type")
    nargs = given.value("nargs", ABSENT)
    several: Any = nargs is not ABSENT and nargs != 1
    if isinstance(nargs, Unknown):
        several = UNKNOWN
    if node is None:
        if is_flag is True:
            plain = flag_value is ABSENT or isinstance(flag_value, bool)
            return "bool" if plain else word_of_default(flag_value), None, several
        if _is_function(given.node("default"), given.module):
            return "str", None, several
        if default is UNKNOWN or isinstance(default, Reference) or is_flag is UNKNOWN:
            return UNKNOWN, None, several
        if (
            isinstance(default, tuple | list)
            and nargs is not ABSENT
            and default
            and isinstance(default[0], tuple | list)
        ):
            return "str", None, several
        return word_of_default(default), None, several
    call = call_of(node, given.module)
    if call is not None and bare_name(given.module.name_of(call.func)) == "Tuple":
        node = call.args[0] if call.args else node
    if isinstance(node, _ast.Tuple | _ast.List):
        words = {word_of(each, given.module) for each in node.elts}
        return "str" if len(words) > 1 else words.pop(), None, True
    choices = choices_of(node, given.module)
    if choices is not None:
        return "choice", choices, several
    if call is not None and isinstance(call.func, _ast.Name) and given.module.class_named(call.func.id):
        return UNKNOWN, None, several  # a type of the script's own
    word = word_of(node, given.module)
    return word, None if word is not UNKNOWN else UNKNOWN, several


def _may_stand_alone(given: Given) -> bool:
    """Whether an option that takes a value may also be given without one; a value with a dash is none to it."""
    return given.has("flag_value") or given.has("prompt_required")


def _width(given: Given) -> Any:
    """How many words one use takes."""
    nargs = given.value("nargs", ABSENT)
    if isinstance(nargs, int):
        return nargs if nargs >= 0 else None
    call = call_of(given.node("type"), given.module)
    node = given.node("type")
    if call is not None and bare_name(given.module.name_of(call.func)) == "Tuple":
        node = call.args[0] if call.args else node
    if isinstance(node, _ast.Tuple | _ast.List):
        return len(node.elts)
    return 1 if nargs is ABSENT or nargs is None else UNKNOWN


def _is_function(node: _ast.expr | None, module: Module) -> bool:
    return isinstance(node, _ast.Lambda) or (isinstance(node, _ast.Name) and module.function(node.id) is not None)


def option_name(declared: list[str]) -> str | None:
    """The name of the parameter: the declaration that is an identifier, else from the longest-dashed flag."""
    for each in declared:
        if each.isidentifier():
            return each
    flags = [flag for each in declared for flag in split_flags([each])[:1]]
    ranked = sorted(flags, key=lambda flag: -min(len(flag) - len(flag.lstrip("-")), 2))
    if not ranked:
        return None
    name = ranked[0].lstrip("-/").replace("-", "_").lower()
    return name if name.isidentifier() else None
