"""The cheap answer for `pyst list`: entry, framework and summary of a script by its text, without a tree.

A thousand scripts are read at once on a cold start, so the text is searched for lines that only code would have. Where
that gives no summary, the script is read in full. What is listed here is a label; `reading` has the last word.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pyst.scripts.introspect.docstrings import clean, first_paragraph
from pyst.scripts.introspect.parsing import NO_FILE, ONLY_TREE

_MAIN = re.compile(rb"^(?:async[ \t]+)?def[ \t]+main[ \t]*[(\[]", re.M)
_MAYBE_MAIN = re.compile(rb"\bdef[ \t\f\\\r\n]+main\b")
_STARTS = re.compile(
    rb"^if[ \t(]+__name__[ \t]*==[ \t]*['\"]__main__['\"][ \t)]*:[ \t]*(?:\r?\n[ \t]+)?[\w.]*(?:[ \t]\w+)?\(", re.M
)
_IMPORTS = rb"^[ \t]*(?:import|from)[ \t]+(?:[\w., \t]*,[ \t]*)?%b\b"
_FRAMEWORKS = tuple(
    (name, re.compile(_IMPORTS % package, re.M), re.compile(rb"^[^#'\"\n]*" + makes, re.M))
    for name, package, makes in (
        ("typer", rb"typer", rb"\b(?:Typer|typer\.run)\("),
        ("click", rb"(?:rich_|async)?click", rb"@(?:click|rich_click)\.(?:command|group)\b"),
        ("cyclopts", rb"cyclopts", rb"\b(?:App|cyclopts\.run)\("),
        ("argparse", rb"argparse", rb"\bArgumentParser\("),
        ("fire", rb"fire", rb"\bFire\("),
    )
)
_LITERAL = re.compile(
    r"""(?:[ \t\f]*(?:\#[^\n]*)?\n)*([rRuU]?(?:\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))[ \t]*(?:[;\#\n]|$)""",
    re.S,
)


class Label(NamedTuple):
    """What the text of a script tells of its start: `entry` without regard to a block, and the framework."""

    entry: str
    framework: str | None


def label_by_text(source: bytes) -> Label | None:
    """How the script starts, or None where the text alone does not tell."""
    for name, imports, makes in _FRAMEWORKS:
        if name.encode() in source and imports.search(source):
            return Label("framework", name) if makes.search(source) else None
    if b"main" not in source or not _MAYBE_MAIN.search(source):
        return Label("none", None)
    if not _MAIN.search(source):
        return None
    if _STARTS.search(source):
        return Label("main", None)
    return Label("main", "function") if source.count(b"main") == 1 else None


def summary_by_text(text: str) -> str | None:
    """The summary in the docstring at the head of the file, or None where there is none."""
    found = _LITERAL.match(text, 1 if text[:1] == "\ufeff" else 0)
    if not found:
        return None
    literal = found.group(1)
    if "\\" in literal:
        try:
            tree = compile(literal, NO_FILE, "eval", ONLY_TREE, True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
        value = getattr(tree.body, "value", None)
    else:
        literal = literal.lstrip("rRuU")
        value = literal[3:-3] if literal[:3] in ('"""', "'''") else literal[1:-1]
    return first_paragraph(clean(value)) if isinstance(value, str) else None
