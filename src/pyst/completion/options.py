"""What may come next among pyst's own options and words, by the parser of a command. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pyst.completion.answers import FILES, FOLDERS, Answer, Candidate, of_values, with_prefix

Meaning = Callable[[argparse.Action], Answer]
"""What may stand for the value of an action: told by whom knows scripts and contexts."""


class Reached(NamedTuple):
    """How far a parser came: the option whose value is next, the positionals given, and the words after the first
    of them (`rest`, where parsing stops there)."""

    parser: argparse.ArgumentParser
    expecting: argparse.Action | None
    positionals: list[str]
    only_positionals: bool
    rest: list[str]


def walk(parser: argparse.ArgumentParser, words: Sequence[str], *, stops: bool, ending: Sequence[str] = ()) -> Reached:
    """Follow `words` through the parser. With `stops`, what follows the first positional is left alone; an option
    whose destination is in `ending` stands for that positional."""
    expecting: argparse.Action | None = None
    positionals: list[str] = []
    only = False
    for at, word in enumerate(words):
        if expecting is not None:
            ends = stops and expecting.dest in ending
            expecting = None
            if ends:
                return Reached(parser, None, [""], only, list(words[at + 1 :]))
        elif only or word[:1] != "-" or word == "-":
            inner = _inner_parser(parser, len(positionals), word)
            if inner:
                parser, positionals = inner, []
                continue
            positionals.append(word)
            if stops:
                return Reached(parser, None, positionals, only, list(words[at + 1 :]))
        elif word == "--":
            only = True
        else:
            expecting = _expected_after(parser, word)
    return Reached(parser, expecting, positionals, only, [])


def _inner_parser(parser: argparse.ArgumentParser, taken: int, word: str) -> argparse.ArgumentParser | None:
    places = places_of(parser)
    here = places[taken] if taken < len(places) else None
    found: Any = here.choices.get(word) if here is not None and isinstance(here.choices, dict) else None
    return found if isinstance(found, argparse.ArgumentParser) else None


def _expected_after(parser: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    if "=" in word or (word[:2] != "--" and len(word) > 2):
        return None
    action = parser._option_string_actions.get(word)
    return action if action is not None and action.nargs not in (0, "?") else None


def places_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The positional arguments."""
    return parser._get_positional_actions()


def complete_options(reached: Reached, current: str, meaning: Meaning) -> Answer:
    """What may come next where the walk has come to."""
    if reached.expecting is not None:
        return value_of(reached.expecting, meaning)
    if current[:1] == "-" and not reached.only_positionals:
        return _flags(reached.parser, current, meaning)
    places = places_of(reached.parser)
    taken = len(reached.positionals)
    if taken >= len(places) and not (places and places[-1].nargs in ("*", "+", argparse.REMAINDER)):
        return Answer()
    at = min(taken, len(places) - 1)
    if forms := forms_of(places[at]):
        return _of_forms(places[at], forms, reached.positionals[at:], meaning)
    return value_of(places[at], meaning)


def forms_of(action: argparse.Action) -> dict[str, list[str]]:
    """The first words that a place may have, each with what it takes, where the place says so by its metavar:
    `list | show NAME | import [FILE]`. Of any other place, nothing."""
    told = str(action.metavar or "").split(" | ")
    forms = [part.split() for part in told]
    words = all(each and each[0].isalpha() and each[0].islower() for each in forms)
    return {word: takes for word, *takes in forms} if words and len(forms) > 1 else {}


def _of_forms(action: argparse.Action, forms: dict[str, list[str]], given: Sequence[str], meaning: Meaning) -> Answer:
    """What may come next in a place of forms, after the words that are `given` of it."""
    if not given:
        return of_values(forms)
    takes, at = forms.get(given[0], []), len(given) - 1
    if at >= len(takes) and not (takes and takes[-1].rstrip("]").endswith("...")):
        return Answer()
    metavar = takes[min(at, len(takes) - 1)].strip("[].")
    return value_of(argparse.Action([], action.dest, metavar=metavar), meaning)


def value_of(action: argparse.Action, meaning: Meaning) -> Answer:
    """What may stand for the value of an action."""
    if isinstance(action.choices, dict):
        helps = {each.dest: each.help or "" for each in getattr(action, "_choices_actions", ())}
        return Answer(tuple(Candidate(str(name), helps.get(str(name), "")) for name in action.choices))
    if action.choices is not None:
        return of_values(action.choices)
    answer = meaning(action)
    if answer != Answer():
        return answer
    metavar = str(action.metavar or "")
    return FOLDERS if metavar == "DIR" else FILES if metavar in ("FILE", "PATH", "PATHS", "SOURCE") else Answer()


def _flags(parser: argparse.ArgumentParser, current: str, meaning: Meaning) -> Answer:
    flag, equals, _ = current.partition("=")
    if equals:
        action = parser._option_string_actions.get(flag)
        takes = action is not None and action.nargs != 0
        return with_prefix(value_of(action, meaning), f"{flag}=") if action is not None and takes else Answer()
    return Answer(
        tuple(
            Candidate(flag, action.help or "")
            for action in parser._actions
            if action.help != argparse.SUPPRESS
            for flag in action.option_strings
        )
    )
