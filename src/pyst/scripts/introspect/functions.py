"""Function scripts: the command line of `def main(...)`, from its signature as it stands in the file.

This is the convention; `pyst.inside.call` follows the same one from the live signature.

- A positional parameter without default is a required **argument**, given by its place, as `--name VALUE`, or as
  `name=VALUE`. One before `/` is always an argument, with a default an optional one.
- A parameter with a default, and any after `*`, is an **option** `--name VALUE` (`_` is written `-`; there are no
  short forms: `n` is `--n`). After `*` and without default it is required.
- `bool` is always an option, a flag: `--name` and `--no-name`. Without a default it is required.
- `*args` is an argument that takes what is left; `**kwargs` takes every unknown option (its flags are not known).
- Lists, sets and tuples take many: an argument takes what is left, an option may be repeated. `Optional` and
  `| None` change nothing but that None is a fit default.
- A parameter without annotation has the type of its default (`bool`, `int`, `float`, `str`, path), else `str`.
- An enumeration is chosen by the value of its member where all values are text, else by the member's name; a
  `Literal` by its value.
- A sole parameter `argv` takes all words as they are.
- Help comes from a text in `Annotated[T, "help"]`, else from the docstring's parameter section.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.annotations import Type, read_type
from pyst.scripts.introspect.docstrings import read_docstring
from pyst.scripts.introspect.folding import fold, to_json
from pyst.scripts.introspect.module import (
    UNKNOWN,
    Function,
    Member,
    Module,
    PathText,
    Reference,
    all_arguments,
    defaults_of,
)
from pyst.scripts.script import Interface, Parameter

_TRANSPARENT = frozenset({"functools.cache", "functools.lru_cache", "typing.no_type_check"})


def docstring_of(function: Function | _ast.ClassDef) -> str | None:
    """The docstring of a function or class, as it stands."""
    body = function.body
    if body and isinstance(body[0], _ast.Expr) and isinstance(body[0].value, _ast.Constant):
        value = body[0].value.value
        return value if isinstance(value, str) else None
    return None


def read_function(function: Function, module: Module) -> Interface:
    """The interface of a function that pyst calls."""
    doc = read_docstring(docstring_of(function))
    unknown: tuple[str, ...] = ()
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, _ast.Call) else decorator
        if module.name_of(called) not in _TRANSPARENT:
            unknown = ("parameters",)
    names = [each.arg for each in all_arguments(function)]
    if names == ["argv"] and not function.args.kwonlyargs and not function.args.vararg and not function.args.kwarg:
        unknown = ("parameters",)
    parameters = () if unknown else tuple(read_parameters(function, module, doc.parameters))
    return Interface(
        entry="main",
        framework="function",
        summary=doc.summary,
        description=doc.description,
        parameters=parameters,
        unknown=unknown,
        exit_notes=doc.exit_notes,
        is_async=isinstance(function, _ast.AsyncFunctionDef),
        returns=module.source_of(function.returns) if function.returns else None,
        result_schema=_result_schema(function, module) if not unknown and function.returns else None,
    )


def _result_schema(function: Function, module: Module) -> dict[str, Any] | None:
    from pyst.scripts.introspect.returned import result_schema

    return result_schema(function.returns, module)


def read_parameters(function: Function, module: Module, helps: dict[str, str]) -> list[Parameter]:
    """The parameters of the command line of `function`."""
    given = function.args
    defaults = defaults_of(function)
    keyword_only = {each.arg for each in given.kwonlyargs}
    found = []
    for argument in all_arguments(function):
        name = argument.arg
        kind = read_type(argument.annotation, module)
        default = defaults.get(name)
        if argument.annotation is None:
            kind = type_of_value(fold(default, module) if default is not None else None)
        help = annotated_text(kind, module) or helps.get(name)
        if argument is given.vararg:
            rest = _finish(name, "argument", (), kind._replace(multiple=True), None, False, help, module)
            found.append(rest._replace(width=None, repeats=False))
        elif argument is given.kwarg:
            whole = _finish(name, "option", (), kind._replace(multiple=True), None, False, help, module)
            found.append(whole._replace(unknown=(*whole.unknown, "flags"), repeats=True))
        elif argument in given.posonlyargs:
            found.append(_finish(name, "argument", (), kind, default, default is None, help, module))
        elif default is None and name not in keyword_only and kind.word != "bool":
            found.append(_finish(name, "argument", (), kind, None, True, help, module))
        else:
            flags = option_flags(name, kind)
            found.append(_finish(name, "option", flags, kind, default, default is None, help, module))
    return found


def option_flags(name: str, kind: Type) -> tuple[str, ...]:
    """The flags of the option for the parameter `name`."""
    word = name.strip("_").replace("_", "-") or name
    if kind.word == "bool" and not kind.multiple:
        return (f"--{word}", f"--no-{word}")
    return (f"--{word}",)


def annotated_text(kind: Type, module: Module) -> str | None:
    """The first text beside the type in `Annotated[T, "help"]`."""
    for extra in kind.extras:
        value = fold(extra, module)
        if isinstance(value, str) and not isinstance(value, PathText):
            return value
    return None


def type_of_value(value: Any) -> Type:
    """The type of a parameter that has a default and no annotation."""
    if value is UNKNOWN or isinstance(value, Member | Reference):
        return Type()
    for kind, word in ((bool, "bool"), (int, "int"), (float, "float"), (PathText, "path")):
        if isinstance(value, kind):
            return Type(word)
    if isinstance(value, list | tuple | set):
        words = {_type_of_plain(each) for each in value}
        return Type(words.pop() if len(words) == 1 else "str", multiple=True)
    return Type("json" if isinstance(value, dict) else "str")


def _type_of_plain(value: Any) -> str:
    return {bool: "bool", int: "int", float: "float", PathText: "path"}.get(type(value), "str")


def _words_of(choices: tuple[Any, ...]) -> list[Any]:
    """What a person types for each choice."""
    if all(isinstance(each, Member) for each in choices):
        if all(isinstance(each.value, str) for each in choices):
            return [each.value for each in choices]
        return [each.name for each in choices]
    return [each.name if isinstance(each, Member) else each for each in choices]


def _finish(
    name: str,
    kind: str,
    flags: tuple[str, ...],
    type_: Type,
    default: _ast.expr | None,
    required: bool,
    help: str | None,
    module: Module,
) -> Parameter:
    unknown = []
    value: Any = None
    if default is not None:
        value = fold(default, module)
        by_name = type_.is_enum and type_.choices and not all(isinstance(each.value, str) for each in type_.choices)
        value = to_json(value.name if isinstance(value, Member) and by_name else value)
        if value is UNKNOWN:
            unknown.append("default")
            value = None
    if type_.word is None:
        unknown.extend(["type", "multiple", "is_flag", "width"])
        if flags:
            unknown.append("flags")
    choices = to_json(_words_of(type_.choices)) if type_.choices is not None else None
    if choices is UNKNOWN or (type_.word in ("choice", None) and choices is None):
        unknown.append("choices")
        choices = None
    is_flag = type_.word == "bool" and not type_.multiple and kind == "option"
    is_dict = type_.name == "dict"
    return Parameter(
        name=name,
        kind=kind,
        flags=flags,
        required=required,
        multiple=type_.multiple or is_dict,
        is_flag=is_flag,
        type=type_.word,
        choices=tuple(choices) if choices is not None else None,
        default=value,
        help=help,
        unknown=tuple(unknown),
        off_flags=flags[1:] if is_flag else (),
        width=type_.length or 1,
        repeats=is_dict or (type_.multiple and type_.length is None),
    )
