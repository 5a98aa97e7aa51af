"""`{{name}}` in a prompt: what the person who asks wants to give anew at each run. It becomes a parameter. Pure.

`{{name}}`, `{{name:type}}`, `{{name=default}}` and `{{name:type=default}}`; the type is `str`, `int`, `float`, `bool`,
`path`, or choices like `fast|slow`. Other double braces are text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from keyword import iskeyword
from typing import NamedTuple

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.scripts.script import Parameter

TYPES = ("str", "int", "float", "bool", "path")
MOST_PLACEHOLDERS = 30
MOST_CHARACTERS = 200
_PATTERN = re.compile(r"\{\{[ \t]*([^\W\d]\w*)[ \t]*(?::([^{}=\n]*))?(?:=([^{}\n]*))?\}\}")


class Placeholder(NamedTuple):
    """One parameter that was asked for. `type` is one of `TYPES`, `choice`, or None where none was said; a `default`
    of None is none."""

    name: str
    type: str | None = None
    default: str | None = None
    choices: tuple[str, ...] = ()


def find_placeholders(prompt: str) -> tuple[Placeholder, ...]:
    """The placeholders of a prompt, each once, in order. Raises `Failure` (E_PLACEHOLDER, 64)."""
    found: dict[str, Placeholder] = {}
    for match in _PATTERN.finditer(prompt):
        name, kind, default = (each if each is None else each.strip() for each in match.groups())
        assert name is not None
        each = Placeholder(name, *_type_of(name, kind), choices=_choices_of(kind))._replace(default=default)
        if iskeyword(name) or len(name) > MOST_CHARACTERS or not name.isidentifier():
            raise _wrong(f"`{name[:MOST_CHARACTERS]}` can't be the name of a parameter")
        if default is not None:
            _check_default(each)
        before = found.get(name)
        if before is not None and each not in (before, Placeholder(name)):
            if before != Placeholder(name):
                raise _wrong(f"`{name}` is described twice, and differently")
            found[name] = each
        found.setdefault(name, each)
    if len(found) > MOST_PLACEHOLDERS:
        raise _wrong(f"there are more than {MOST_PLACEHOLDERS} placeholders")
    return tuple(found.values())


def _type_of(name: str, kind: str | None) -> tuple[str | None]:
    if not kind:
        return (None,)
    if "|" in kind:
        return ("choice",)
    if kind.lower() not in TYPES:
        hint = did_you_mean(kind, list(TYPES)) or f"it may be {', '.join(TYPES)}, or choices like `fast|slow`"
        raise _wrong(f"`{kind}`, the type of `{name}`, is none", hint)
    return (kind.lower(),)


def _choices_of(kind: str | None) -> tuple[str, ...]:
    if not kind or "|" not in kind:
        return ()
    choices = tuple(each.strip() for each in kind.split("|"))
    if not all(choices) or len(set(choices)) < len(choices):
        raise _wrong(f"`{kind}` are no choices: each must be there once, and none be empty")
    return choices


def _check_default(each: Placeholder) -> None:
    """Raise `Failure` where the default is no value of the type."""
    text = each.default or ""
    fits = True
    if each.type in ("int", "float"):
        try:
            int(text) if each.type == "int" else float(text)
        except ValueError:
            fits = False
    elif each.type == "bool":
        fits = text.lower() in ("true", "false", "yes", "no", "on", "off", "1", "0")
    elif each.type == "choice":
        fits = text in each.choices
    if not fits:
        what = "one of its choices" if each.type == "choice" else f"`{each.type}`"
        raise _wrong(f"`{text}`, the default of `{each.name}`, is not {what}")


def _wrong(message: str, hint: str = "`{{name}}`, `{{name:int}}`, `{{name:fast|slow=fast}}`") -> Failure:
    return Failure("E_PLACEHOLDER", message, hint=hint, exit=ExitCode.USAGE)


def plain_prompt(prompt: str) -> str:
    """The prompt with each placeholder as a model reads it: the parameter's name."""
    return _PATTERN.sub(lambda match: f"`{match[1]}`", prompt)


def described(each: Placeholder) -> str:
    """A placeholder in words, for the model."""
    kind = f"one of {', '.join(repr(one) for one in each.choices)}" if each.choices else each.type or "the fitting type"
    default = f", by default {each.default!r}" if each.default is not None else ", required"
    return f"`{each.name}`: {kind}{default}"


def problems_with(placeholders: Sequence[Placeholder], parameters: Sequence[Parameter]) -> list[str]:
    """What of the wish the parameters of a script don't fulfil."""
    known = {each.name.replace("-", "_"): each for each in parameters}
    problems = []
    for wish in placeholders:
        found = known.get(wish.name)
        if found is None:
            problems.append(f"`main` must have the parameter `{wish.name}`: {described(wish)}")
        elif wish.choices and set(map(str, found.choices or ())) != set(wish.choices):
            problems.append(f"the parameter `{wish.name}` must take {described(wish).partition(': ')[2]} (a `Literal`)")
        elif wish.type and wish.type != "choice" and found.type != wish.type and "type" not in found.unknown:
            problems.append(f"the parameter `{wish.name}` must have the type {wish.type}, not {found.type}")
        elif wish.default is not None and found.required:
            problems.append(f"the parameter `{wish.name}` must have the default {wish.default!r}")
    return problems
