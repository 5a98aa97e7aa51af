"""The comments that keep parts of a script from the model: `# pyst: nodoc`. Pure.

At the end of a line it speaks for the statement there, on a `def`, `class`, `if`, … for all of that; on a line of its
own for the statement below. `# pyst: nodoc-begin` and `nodoc-end` enclose lines, `nodoc-file` means the file. Where a
mark could be read in two ways, more is kept back; one that only resembles these stops everything.
"""

from __future__ import annotations

import _ast
import re
from bisect import bisect_left
from typing import NamedTuple

from pyst.scripts.introspect.module import walk

_MARK = re.compile(r"#\s*pyst\s*[:=]?\s*no[-_ ]?docs?(?![a-z])[-_:\s(\[]*([a-z]*)", re.IGNORECASE)
_NEARLY = re.compile(r"#\s*pyst\s*[:=]\s*([a-z][\w-]*)", re.IGNORECASE)
_BEGINS = frozenset({"begin", "start", "on"})
_ENDS = frozenset({"end", "stop", "off"})
_FILE = frozenset({"file", "all"})
_OTHERS = ("ignore", "ignore-file")


MOST_MARKS = 1000
"""A file with more was made to take time; it is kept back whole."""


class Comment(NamedTuple):
    """A comment: its text with the `#`, line (from 1), column (from 0), and whether nothing stands before it."""

    text: str
    line: int
    column: int
    is_alone: bool


class Hidden(NamedTuple):
    """Lines that stay here, first and last (from 1)."""

    first: int
    last: int


class Marks(NamedTuple):
    """What the marks of a script say. `file_line` is where the whole file is kept back (0: nowhere)."""

    hidden: tuple[Hidden, ...]
    file_line: int = 0
    problems: tuple[tuple[int, str], ...] = ()

    def hides(self, first: int, last: int | None = None) -> bool:
        """Whether any of these lines stays here."""
        last = first if last is None else last
        return bool(self.file_line) or any(each.first <= last and first <= each.last for each in self.hidden)


class _Statement(NamedTuple):
    first: int
    last: int
    header_end: int
    is_simple: bool


def find_marks(text: str, tree: _ast.Module, comments: list[Comment]) -> Marks:
    """What is kept back, by line."""
    statements: list[_Statement] | None = None
    hidden: list[Hidden] = []
    problems: list[tuple[int, str]] = []
    begun: list[int] = []
    for number, comment in enumerate(each for each in comments if "pyst" in each.text.lower()):
        if number >= MOST_MARKS:
            return Marks((), comment.line, ((comment.line, f"more than {MOST_MARKS} marks"),))
        mark = _MARK.search(comment.text)
        if mark is None:
            if problem := _problem(comment.text):
                problems.append((comment.line, problem))
            continue
        word = mark[1].lower()
        if word in _FILE:
            return Marks((), comment.line)
        if word in _BEGINS:
            begun.append(comment.line)
        elif word in _ENDS:
            if begun:
                hidden.append(Hidden(begun.pop(), comment.line))
            else:
                problems.append((comment.line, "`nodoc-end` ends nothing"))
        else:
            if statements is None:
                statements = _statements(tree, text)
            is_own = comment.is_alone and not comment.text[: mark.start()].strip("# \t")
            hidden.append(_meant(comment.line, is_own, comment.is_alone, statements))
    count = text.count("\n") + 1
    problems += [(line, "`nodoc-begin` is never ended") for line in begun]
    hidden += [Hidden(line, count) for line in begun]
    return Marks(tuple(sorted(hidden)), 0, tuple(sorted(problems)))


def find_comments(text: str) -> list[Comment]:
    """All comments of a text that can be parsed. Raises `SyntaxError` where it can't be cut into tokens."""
    import io
    import tokenize

    found = []
    lines = text.split("\n")  # what a token calls its line differs between Pythons
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                found.append(Comment(token.string, line, column, not lines[line - 1][:column].strip()))
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error
    return found


def _problem(comment: str) -> str:
    """Why a comment may be a mark that is misspelled; empty where it is none."""
    from difflib import SequenceMatcher

    near = _NEARLY.search(comment)
    if near is None or near[1].lower() in _OTHERS:
        return ""
    word = near[1].lower()
    if "doc" in word or SequenceMatcher(None, word, "nodoc").ratio() >= 0.6:
        return f"`{near[1]}` is no mark"
    return ""


def _statements(tree: _ast.Module, text: str) -> list[_Statement]:
    """Every statement with its lines; of one with a body also the line on which its header ends."""
    ends = sorted(_logical_ends(text))
    found = []
    for node in walk(tree):
        if not isinstance(node, _ast.stmt):
            continue
        decorators = getattr(node, "decorator_list", ())
        first = min([node.lineno, *(each.lineno for each in decorators)])
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        at = bisect_left(ends, node.lineno) if body else len(ends)
        header = ends[at] if at < len(ends) else node.lineno
        found.append(_Statement(first, node.end_lineno or node.lineno, header, not body))
    return found


def _logical_ends(text: str) -> set[int]:
    import io
    import tokenize

    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.NEWLINE}


def _meant(line: int, is_own: bool, is_alone: bool, statements: list[_Statement]) -> Hidden:
    """The lines that a mark on `line` keeps back."""
    around = [each for each in statements if each.first <= line <= each.last]
    inner = min(around, key=lambda each: (each.last - each.first, each.is_simple is False), default=None)
    if not is_alone:
        chosen = [each for each in statements if each.first == line]
        chosen += [inner] if inner else []
        return _spanned(line, chosen)
    if inner is not None and (inner.is_simple or line < inner.header_end):
        return _spanned(line, [inner])
    if not is_own:
        return Hidden(line, line)
    below = min((each.first for each in statements if each.first > line), default=0)
    return _spanned(line, [each for each in statements if each.first == below])


def _spanned(line: int, chosen: list[_Statement]) -> Hidden:
    return Hidden(min([line, *(each.first for each in chosen)]), max([line, *(each.last for each in chosen)]))
