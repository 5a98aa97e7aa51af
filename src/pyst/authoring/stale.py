"""What of a docstring is surely out of date: parameters that are gone, types that annotations contradict. Pure."""

from __future__ import annotations

import _ast
import re
from collections.abc import Sequence
from keyword import iskeyword

from pyst.scripts.introspect.docstrings import Docstring
from pyst.scripts.introspect.module import Function, all_arguments

PLAIN = frozenset({"int", "str", "float", "bool", "bytes"})
"""The types about which two words can't mean the same."""

MOST = 100
"""Of how many parameters of a function it is told; a docstring with more was made to take time."""


def gone_parameters(function: Function, doc: Docstring) -> tuple[str, ...]:
    """The parameters that a docstring tells of and that the function can't have."""
    if function.args.kwarg:
        return ()
    known = {each.arg for each in all_arguments(function)}
    told = (each for each in doc.parameters if each not in known and not iskeyword(each) and each not in PLAIN)
    return tuple(told)[:MOST]  # a keyword there is prose, a type's name too


def other_types(function: Function, doc: Docstring, text: str) -> list[tuple[str, str, str]]:
    """The parameters that a docstring gives another type than their annotation: name, own type, told type."""
    found = []
    for argument in all_arguments(function)[:MOST]:
        annotation = argument.annotation
        if argument.arg in doc.parameters and isinstance(annotation, _ast.Name) and annotation.id in PLAIN:
            told = _told_type(argument.arg, text)
            if told in PLAIN - {annotation.id}:
                found.append((argument.arg, annotation.id, told))
    return found


def _told_type(name: str, text: str) -> str:
    """The first word of the type that a docstring gives a parameter; empty where it gives none."""
    bare = re.escape(name)
    ways = (
        rf"{bare}[ \t]*\([ \t]*(\w+)\b[^)\n]*\)[ \t]*:",
        rf"{bare}[ \t]+:[ \t]*(\w+)",
        rf":type {bare}:[ \t]*(\w+)[ \t]*$",
        rf":param (\w+) {bare}:",
    )
    found = re.search(rf"^[ \t]*(?:{'|'.join(ways)})", text, re.MULTILINE)
    return next(each for each in found.groups() if each) if found else ""


def line_telling_of(name: str, docstring: _ast.stmt, lines: Sequence[str]) -> int:
    """The line on which a docstring begins to tell of a parameter; that of the docstring if it can't be found."""
    pattern = re.compile(rf"[ \t]*(?:[-*][ \t]+)?(?::\w+ (?:\w+ )?)?[`*]*{re.escape(name)}\b")
    last = docstring.end_lineno or docstring.lineno
    for number in range(docstring.lineno, last + 1):
        if pattern.match(lines[number - 1]):
            return number
    return docstring.lineno
