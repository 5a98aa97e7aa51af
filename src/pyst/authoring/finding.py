"""The values of an examination: what of a script's help is missing or out of date, and what can be written there."""

from __future__ import annotations

import _ast
from typing import Any, NamedTuple

from pyst.scripts.introspect.module import Function


class Rule(NamedTuple):
    """One thing that is looked for. `code` is stable; `error` makes `--check` fail, `info` does not."""

    code: str
    name: str
    level: str
    summary: str


NO_SUMMARY = Rule("D101", "missing-summary", "error", "Nothing says what the script does.")
NO_COMMAND_HELP = Rule("D102", "missing-command-help", "error", "A command without help.")
NO_PARAMETER_HELP = Rule("D103", "missing-parameter-help", "error", "A parameter of the command line without help.")
NO_DOCSTRING = Rule("D104", "missing-docstring", "info", "A public function without a docstring; no help shows it.")
GONE = Rule("D201", "stale-parameter", "error", "A docstring tells of a parameter that the function does not have.")
OTHER_TYPE = Rule("D202", "stale-type", "error", "A docstring gives a parameter another type than its annotation.")
PLACEHOLDER = Rule("D203", "placeholder", "error", "Help that only holds the place of help (`TODO`, `_summary_`).")
BAD_MARK = Rule("D301", "bad-mark", "error", "A comment that resembles `# pyst: nodoc`, and is none.")

RULES = (NO_SUMMARY, NO_COMMAND_HELP, NO_PARAMETER_HELP, NO_DOCSTRING, GONE, OTHER_TYPE, PLACEHOLDER, BAD_MARK)


class Finding(NamedTuple):
    """What was found, where (from 1), and the way on. `is_writable`: `pyst document` can mend it."""

    rule: Rule
    message: str
    line: int
    column: int = 1
    hint: str = ""
    is_writable: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.rule.level,
            "code": self.rule.code,
            "name": self.rule.name,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "hint": self.hint or None,
            "writable": self.is_writable,
        }


class Place(NamedTuple):
    """What is to be written at one place. `key` is how it is spoken of: `module`, `function NAME`, `option NAME:LINE`.

    `whole`: the docstring is written anew; else `gone` are parameters to take out of it, `parameters` those to add.
    """

    key: str
    line: int
    node: _ast.Module | Function | _ast.Call
    whole: bool = False
    parameters: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Examined(NamedTuple):
    """What was found, by line, and what can be written."""

    findings: tuple[Finding, ...]
    places: tuple[Place, ...]
