"""From the JSON object of a tool call back to the words of a command line, exactly. Pure.

The words come after the script's name, so none of them can reach an option of pyst itself. No value becomes an option
of the script: values of options are joined to them (`--name=value`), those of arguments stand after `--`, each where
the framework honours it. What can't be said so is refused. How each framework writes a value is `dialects`' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from pyst.agents.checking import Problem, below, problems, shown
from pyst.agents.dialects import command_words, level_words
from pyst.agents.fields import ARGUMENTS, COMMAND, Level, layout
from pyst.agents.schemas import input_schema, is_required
from pyst.agents.writing import Unwritable
from pyst.errors import ExitCode, Failure
from pyst.scripts.script import Interface

MOST_WORD_BYTES = 128 << 10
"""What Linux takes as one word (MAX_ARG_STRLEN)."""
MOST_BYTES = 1 << 20


def argv_from(interface: Interface, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The words for a script with this interface; `arguments` is what `input_schema(interface)` describes.

    null for a parameter that is not required means that it is not given. In front of the words belongs a `--`, which
    `pyst run SCRIPT` drops, since a word of theirs may be one. Raises `Failure`: E_ARGUMENTS (64), which names each
    parameter that does not fit by its JSON Pointer.
    """
    root = layout(interface)
    given = _without_nulls(root, dict(arguments))
    found = problems(given, input_schema(interface))
    if found:
        refuse(found)
    chain = _chain(root, given.get(COMMAND) if root.commands else None)
    found = _missing(chain, given) + _foreign(root, chain, given)
    if found:
        refuse(found)
    words: list[str] = []
    for at, level in enumerate(chain):
        values = given if not level.path else given.get(level.key, {})
        try:
            words += command_words(level) if at else []
            words += level_words(level, values, is_last=at == len(chain) - 1)
        except Unwritable as error:
            start = below("", level.key) if level.path else ""
            refuse([Problem(below(start, error.key), error.message, error.hint)])
        words += values.get(ARGUMENTS, ()) if level.raw else ()
    _check_words(words)
    return tuple(words)


def _without_nulls(root: Level, given: dict[str, Any]) -> dict[str, Any]:
    """The object without the nulls that mean nothing given."""
    levels = {each.key: each for each in root.all_commands()}
    kept: dict[str, Any] = {}
    for name, value in _optional(root, given).items():
        level = levels.get(name)
        kept[name] = _optional(level, value) if level is not None and isinstance(value, dict) else value
    return kept


def _optional(level: Level, given: dict[str, Any]) -> dict[str, Any]:
    fields = {each.key: each for each in level.fields}
    found = {}
    for name, value in given.items():
        field = fields.get(name)
        if value is None and (field is None or not is_required(field)):
            default = field.parameter.default if field else None
            if default is not None and field is not None and field.form != "flag":
                pointer = below(below("", level.key) if level.path else "", name)
                message = f"can't be null: it is {shown(default)} where it is not given"
                refuse([Problem(pointer, message)])
            if field is not None or name in (COMMAND, ARGUMENTS) or not level.path:
                continue
        found[name] = value
    return found


def _chain(root: Level, command: str | None) -> list[Level]:
    """The levels from the script to the command."""
    chain = [root]
    while command is not None and chain[-1].key != command:
        for each in chain[-1].commands:
            if each.key == command or any(inner.key == command for inner in each.all_commands()):
                chain.append(each)
                break
        else:
            break
    return chain


def _missing(chain: list[Level], given: dict[str, Any]) -> list[Problem]:
    """The required parameters of the commands that are run, where their object is not there at all."""
    found = []
    for level in chain:
        last = level is chain[-1]
        if (level.own_only and not last) or (level.path and level.key in given):
            continue
        values = given if not level.path else {}
        start = below("", level.key) if level.path else ""
        missing = [each.key for each in level.fields if is_required(each) and each.key not in values]
        found += [Problem(below(start, key), "is required") for key in missing]
    return found


def _foreign(root: Level, chain: list[Level], given: dict[str, Any]) -> list[Problem]:
    """What is given for commands that are not run."""
    used = {each.key for each in chain}
    command = chain[-1].key
    found = []
    for level in root.all_commands():
        if level.key in given and level.key not in used and given[level.key] != {}:
            ran = f"the command is `{command}`" if command else "no command is given"
            found.append(Problem(below("", level.key), f"belongs to `{level.key}`, but {ran}"))
    for at, level in enumerate(chain[:-1]):
        values = given if not level.path else given.get(level.key, {})
        later = {each.parameter.name for inner in chain[at + 1 :] for each in inner.fields}
        start = below("", level.key) if level.path else ""
        for each in level.fields:
            if each.key in values and level.own_only:
                message = f"can't be given together with the command `{command}`"
                found.append(Problem(below(start, each.key), message))
            elif each.key in values and level.framework == "argparse" and each.parameter.name in later:
                message = f"would be overwritten by the parameter of that name of `{command}`: give that one"
                found.append(Problem(below(start, each.key), message))
    return found


def _check_words(words: list[str]) -> None:
    size = 0
    for word in words:
        try:
            length = len(word.encode())
        except UnicodeEncodeError:
            refuse([Problem("", f"holds text that is no Unicode: {shown(word)}")])
        if "\0" in word:
            refuse([Problem("", f"holds a NUL character, which no command line can: {shown(word)}")])
        if length >= MOST_WORD_BYTES:
            refuse([Problem("", f"holds a value of {length} bytes, and the system takes {MOST_WORD_BYTES}")])
        size += length + 9
    if size > MOST_BYTES:
        refuse([Problem("", f"makes a command line of {size} bytes; {MOST_BYTES} are taken")])


def refuse(found: list[Problem]) -> NoReturn:
    """Say what does not fit. Raises `Failure`."""
    told = [f"`{each.pointer}` {each.message}" if each.pointer else f"the call {each.message}" for each in found]
    hint = "; ".join(dict.fromkeys(each.hint for each in found if each.hint))
    detail = {"problems": [{"pointer": each.pointer, "message": each.message} for each in found]}
    raise Failure("E_ARGUMENTS", "; ".join(told), hint=hint, exit=ExitCode.USAGE, detail=detail)
