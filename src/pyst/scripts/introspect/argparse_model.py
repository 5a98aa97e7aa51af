"""argparse: parsers as they stand while a script builds them."""

from __future__ import annotations

import _ast
from collections.abc import Container
from typing import Any

from pyst.scripts.introspect.calls import Given
from pyst.scripts.introspect.folding import to_json
from pyst.scripts.introspect.module import UNKNOWN, Function
from pyst.scripts.script import Parameter


class Parser:
    """A parser as it stands: its actions, its commands, and whether these are all."""

    def __init__(self, given: Given | None) -> None:
        self.given = given
        self.actions: list[Parameter] = []
        self.commands: dict[str, tuple[Parser, Any]] = {}
        self.defaults: dict[str, Any] = {}
        self.incomplete: set[str] = set()
        self.suppresses = False
        self.certain = given is None or given.complete


class Commands:
    """What `add_subparsers` gives."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser


class Instance:
    """An object of a class of the script, with the parsers among its attributes (`self.parser`)."""

    def __init__(self, definition: _ast.ClassDef) -> None:
        self.definition = definition
        self.attributes: dict[str, Any] = {}

    def method(self, name: str) -> Function | None:
        for statement in self.definition.body:
            if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef) and statement.name == name:
                return statement
        return None


def with_default(action: Parameter, names: Container[str], defaults: dict[str, Any]) -> Parameter:
    """The action with the default that `set_defaults` gave it, if its name is among `names`."""
    if action.name not in names:
        return action
    value = to_json(defaults[action.name])
    unknown = tuple(each for each in action.unknown if each != "default")
    if value is UNKNOWN:
        return action._replace(default=None, unknown=(*unknown, "default"))
    return action._replace(default=value, unknown=unknown)
