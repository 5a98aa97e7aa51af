"""The parameters of an interface as the fields of a JSON object: what each is called, and what form its value has.

One reading of an interface, on which the schema of a tool (`schemas`) and the way back to words (`arguments`) both
rest. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pyst.scripts.script import Interface, Parameter

COMMAND = "command"
ARGUMENTS = "arguments"
LONGEST_KEY = 64
MOST_DEPTH = 6
MOST_FIELDS = 1000
"""Of a script with all its commands, and half as many commands; what is beyond can be given as words."""
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Field(NamedTuple):
    """One parameter under the name `key`.

    Forms: `flag` (yes or no), `count` (how often), `one` value, `many` values, a `group` of a fixed number of values,
    `groups` and `lists` (many of them), an `object` (a parameter that takes a mapping), `pairs` (`**kwargs`), and
    `open`, where it is not known whether it takes one value, many, or none.
    """

    key: str
    parameter: Parameter
    form: str


class Level(NamedTuple):
    """A command line: that of the script (an empty `key` and `path`), or of one of its commands.

    `path` are the words that lead to the command, and `key` is the name of its object. `raw`: not all parameters are
    known, so that words can be given too. `alone`: it may be run without one of its `commands`.
    """

    key: str
    path: tuple[str, ...]
    interface: Interface
    framework: str | None
    fields: tuple[Field, ...]
    commands: tuple[Level, ...]
    raw: bool
    alone: bool

    @property
    def own_only(self) -> bool:
        """Whether its parameters belong to it alone, and are not given before one of its commands."""
        return self.framework == "cyclopts" and bool(self.commands)

    def all_commands(self) -> Iterable[Level]:
        """Every command below, the inner ones after their group."""
        for each in self.commands:
            yield each
            yield from each.all_commands()


def layout(interface: Interface) -> Level:
    """The fields of an interface and of all its commands."""
    return _level("", (), interface, interface.framework, {COMMAND, ARGUMENTS}, [MOST_FIELDS])


def _level(
    key: str, path: tuple[str, ...], interface: Interface, framework: str | None, taken: set[str], room: list[int]
) -> Level:
    """One level. `taken` are the names of the root's object, where the objects of all commands lie.

    `room` holds how many more fields there may be.
    """
    keys = taken if not path else {COMMAND, ARGUMENTS}
    fields, complete = _fields(interface, framework, keys, room[0])
    room[0] -= len(fields)
    commands: list[Level] = []
    cut = len(path) >= MOST_DEPTH and bool(interface.commands)
    for name, inner in () if cut else interface.commands:
        if len(commands) * 2 >= MOST_FIELDS or room[0] <= 0:
            cut = True
            break
        inner_path = (*path, name)
        inner_key = free_key(".".join(map(plain_key, inner_path)), taken)
        commands.append(_level(inner_key, inner_path, inner, inner.framework or framework, taken, room))
    unknown = bool(interface.unknown) or not complete or cut
    alone = not commands or "commands" in interface.unknown or interface.runs_alone
    return Level(key, path, interface, framework, fields, tuple(commands), unknown, alone)


def _fields(interface: Interface, framework: str | None, taken: set[str], most: int) -> tuple[tuple[Field, ...], bool]:
    """The fields of the parameters that can be written, and whether these are all."""
    counts: dict[str, int] = {}
    for each in interface.parameters:
        counts[each.name] = counts.get(each.name, 0) + 1
    found = []
    complete = len(interface.parameters) <= most
    for each in interface.parameters[: max(most, 0)]:
        form = form_of(each, framework)
        if form is None:
            complete = False
            continue
        name = each.name if counts[each.name] == 1 else longest_flag(each.flags).lstrip("-/+") or each.name
        found.append(Field(free_key(plain_key(name), taken), each, form))
    return tuple(found), complete


def form_of(parameter: Parameter, framework: str | None) -> str | None:
    """The form of its value; None where it can't be known how to write it."""
    unknown = parameter.unknown
    is_option = parameter.kind == "option"
    if is_option and not parameter.flags:
        is_rest = parameter.multiple and "multiple" not in unknown and framework in ("function", "cyclopts", "fire")
        return "pairs" if is_rest and "is_flag" not in unknown else None
    if is_option and "flags" in unknown and framework != "function":
        return None
    if framework == "fire":
        return "many" if parameter.width is None else "one"
    if parameter.is_flag and is_option and "is_flag" not in unknown:
        return "count" if parameter.multiple and parameter.type == "int" else "flag"
    if not is_option and "width" in unknown and framework != "function":
        return None if framework == "argparse" else "open"
    if parameter.type == "json" and parameter.multiple:
        return "object"
    if "multiple" in unknown or "is_flag" in unknown or "width" in unknown or "repeats" in unknown:
        return "open"
    if parameter.repeats:
        return "many" if parameter.width == 1 else "lists" if parameter.width is None else "groups"
    if parameter.multiple and parameter.width == 1:
        return "open"
    return "one" if parameter.width == 1 else "many" if parameter.width is None else "group"


def longest_flag(flags: Iterable[str]) -> str:
    """The flag that says most; empty where there is none."""
    return max(flags, key=len, default="")


def plain_key(name: str) -> str:
    """A name in the letters that every client takes."""
    if name.isascii() and name.isidentifier() and len(name) <= LONGEST_KEY:
        return name
    return "".join(each if each in _KEPT else "_" for each in name)[:LONGEST_KEY] or "_"


def free_key(name: str, taken: set[str]) -> str:
    """`name`, or with a number where that is taken; it is taken then."""
    key, number = name[:LONGEST_KEY], 2
    while key in taken:
        mark = f"_{number}"
        key, number = name[: LONGEST_KEY - len(mark)] + mark, number + 1
    taken.add(key)
    return key
