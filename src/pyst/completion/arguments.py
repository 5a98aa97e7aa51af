"""What may come next among a script's own arguments, by its interface. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pyst.completion.answers import FILES, FOLDERS, Answer, Candidate, of_values, with_prefix
from pyst.scripts.script import Interface, Parameter


def complete_arguments(interface: Interface, words: Sequence[str], current: str) -> Answer:
    """What may come after `words` (the script's arguments so far) in the place of `current`."""
    taken = 0
    expecting: Parameter | None = None
    only_arguments = False
    for word in words:
        if expecting:
            expecting = None
        elif only_arguments or word[:1] != "-" or word == "-":
            inner = dict(interface.commands).get(word)
            if inner and not only_arguments:
                interface, taken = inner, 0
            else:
                taken += 1
        elif word == "--":
            only_arguments = True
        else:
            flag, equals, _ = word.partition("=")
            expecting = None if equals else _takes_value(_by_flag(interface, flag))
    if expecting:
        return values_of(expecting)
    if current[:1] == "-" and not only_arguments:
        return _flags(interface, current)
    return _arguments(interface, taken)


def _by_flag(interface: Interface, flag: str) -> Parameter | None:
    return next((each for each in interface.parameters if flag in each.flags), None)


def _takes_value(parameter: Parameter | None) -> Parameter | None:
    return parameter if parameter and not parameter.is_flag else None


def values_of(parameter: Parameter) -> Answer:
    """What may stand for the value of a parameter."""
    if parameter.choices and "choices" not in parameter.unknown:
        return of_values(parameter.choices)
    if parameter.type in ("path", "file"):
        return FILES
    if parameter.type in ("dir", "directory", "folder"):
        return FOLDERS
    if parameter.type == "bool":
        return of_values(("true", "false"))
    known = parameter.type is not None and "type" not in parameter.unknown
    return Answer() if known and parameter.type not in ("str", "any") else FILES


def _flags(interface: Interface, current: str) -> Answer:
    flag, equals, _ = current.partition("=")
    if equals:
        parameter = _takes_value(_by_flag(interface, flag))
        return with_prefix(values_of(parameter), f"{flag}=") if parameter else Answer()
    found = [Candidate(flag, each.help or "") for each in interface.parameters for flag in each.flags]
    if interface.framework and not any(each.value == "--help" for each in found):
        found.append(Candidate("--help", "show the script's help"))
    return Answer(tuple(found))


def _arguments(interface: Interface, taken: int) -> Answer:
    places = [each for each in interface.parameters if each.kind == "argument"]
    here = places[taken] if taken < len(places) else None
    if here is None and places and places[-1].multiple:
        here = places[-1]
    answer = values_of(here) if here else Answer()
    commands = tuple(Candidate(name, each.summary) for name, each in interface.commands) if taken == 0 else ()
    unknown = here is None and "parameters" in interface.unknown
    return Answer((*commands, *answer.candidates), answer.files or ("files" if unknown else ""))
