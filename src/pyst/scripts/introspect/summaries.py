"""The cheap answer for `pyst list`: entry, framework and summary of a script by its text, without a tree.

A thousand scripts are read at once on a cold start, so the text is searched for lines that only code would have. Where
that gives no summary, the script is read in full. What is listed here is a label; `reading` has the last word.
"""

from __future__ import annotations

import re

from pyst.scripts.introspect.docstrings import clean, first_paragraph
from pyst.scripts.introspect.parsing import NO_FILE, ONLY_TREE

_MAIN = re.compile(rb"^(?:async[ \t]+)?def[ \t]+main[ \t]*[(\[]", re.M)
_GUARD = re.compile(
    rb"^if[ \t(]+(?:__name__[ \t]*==[ \t]*['\"]__main__|['\"]__main__['\"][ \t]*==[ \t]*__name__)", re.M
)
_STARTS = re.compile(
    rb"^(?!(?:async[ \t]|def|class|import|from|@|#)\b)[^\n'\"#]*(?:\bmain\(|[(,=][ \t]*main\b[^=\n(]*\))", re.M
)
_FRAMEWORKS = (
    ("typer", rb"typer", rb"\b(?:Typer|run)\("),
    ("click", rb"(?:rich_|async)?click", rb"\b(?:command|group|Command|Group)\b"),
    ("cyclopts", rb"cyclopts", rb"\b(?:App|run)\("),
    ("argparse", rb"argparse", rb"\bArgumentParser\b"),
    ("fire", rb"fire", rb"\bFire\("),
)
_MAKES = tuple(
    (
        name,
        re.compile(rb"^[ \t]*(?:import|from)[ \t]+(?:[\w., \t]*,[ \t]*)?" + package + rb"\b", re.M),
        re.compile(makes),
    )
    for name, package, makes in _FRAMEWORKS
)
_LITERAL = re.compile(
    r"""(?:[ \t\f]*(?:\#[^\n]*)?\n)*([rRuU]?(?:\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))[ \t]*(?:[;\#\n]|$)""",
    re.S,
)


def framework_by_text(source: bytes) -> tuple[str | None, bool]:
    """The framework that the script seems to make its command line with, and whether it has a `main` for pyst."""
    for name, imports, makes in _MAKES:
        if name.encode() in source and imports.search(source) and makes.search(source):
            return name, False
    if not defines_main(source):
        return None, False
    return None, not (_GUARD.search(source) or _STARTS.search(source))


def defines_main(source: bytes) -> bool:
    """Whether the script seems to define `main` at its top level."""
    return b"main" in source and _MAIN.search(source) is not None


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
