"""argparse: the parser that a script parses its words with, as an interface.

`argparse_walk` finds it by following the code, `argparse_actions` reads what each `add_argument` declares.
"""

from __future__ import annotations

from typing import Any

from pyst.scripts.introspect.argparse_actions import SUPPRESS
from pyst.scripts.introspect.argparse_model import Parser
from pyst.scripts.introspect.argparse_walk import Walk
from pyst.scripts.introspect.calls import described
from pyst.scripts.introspect.module import UNKNOWN, Module
from pyst.scripts.script import Interface


def read(module: Module) -> Interface:
    """The interface of the parser that the script parses its words with."""
    walked = Walk(module)
    walked.start()
    if walked.root is None:
        return Interface(entry="framework", unknown=("parameters", "commands"))
    return _interface(walked.root, None, 8)


def _interface(parser: Parser, help: Any, depth: int) -> Interface:
    description = parser.given.value("description", None, 2) if parser.given else UNKNOWN
    found = described(description, framework="argparse")
    if not found.summary and isinstance(help, str):
        found = found._replace(summary=" ".join(help.split()))
    if not parser.certain or depth <= 0:
        return found._replace(unknown=("parameters", "commands"))
    commands = tuple(
        (name, _interface(inner, text, depth - 1))
        for name, (inner, text) in parser.commands.items()
        if text != SUPPRESS
    )
    return found._replace(parameters=tuple(parser.actions), commands=commands, unknown=tuple(sorted(parser.incomplete)))
