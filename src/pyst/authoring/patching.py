"""Texts put into a script where its help belongs, and nothing else of it changed. Pure.

Before a patched text is handed out, it is compared with the old one: without docstrings and the help of the options
that were meant, both must have the same syntax tree, the same comments, the same block, and keep the same things back.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyst.authoring.docstring_text import Layout, Words, edit_docstring, style_of, write_docstring
from pyst.authoring.finding import Place
from pyst.authoring.marks import find_comments, find_marks
from pyst.authoring.option_help import help_edits
from pyst.authoring.spans import Edit, Offsets, applied
from pyst.errors import Failure, Where
from pyst.scripts.introspect.parsing import Unparsable, parse_text
from pyst.scripts.metadata import find_blocks

NARROWEST, WIDEST = 79, 120


class Patched(NamedTuple):
    """A new text, and the keys of the places that could not be written."""

    text: str
    left: tuple[str, ...]


def patch(text: str, tree: ast.Module, places: Sequence[Place], words: Mapping[str, Words], path: str) -> Patched:
    """The text with `words` at the places of their keys; of an option the summary is its help.

    Raises `Failure` (E_DOCUMENT) where anything else would change by it.
    """
    offsets = Offsets(text)
    layout = Layout("", _width(text), style_of(_docstrings(tree)))
    edits: list[Edit] = []
    left: list[str] = []
    options = []
    for place in places:
        told = words.get(place.key)
        if told is None and not (place.gone and not place.parameters and not place.whole):
            continue
        found = _edits(place, told or Words(""), text, offsets, layout)
        if not found:
            left.append(place.key)
        edits += found
        options += [place.node] if found and isinstance(place.node, ast.Call) else []
    patched = applied(text, edits)
    _compare(text, tree, patched, options, path)
    return Patched(patched, tuple(left))


def _edits(place: Place, words: Words, text: str, offsets: Offsets, layout: Layout) -> list[Edit]:
    """The edits that write one place; none where that can't be done."""
    node = place.node
    if isinstance(node, ast.Call):
        return help_edits(node, words.summary, text, offsets)
    docstring = _docstring(node)
    if docstring is not None:
        start, end = offsets.span(docstring)
        indent = _indent(text, start)
        layout = layout._replace(indent=indent)
        if place.whole:
            new = write_docstring(words, layout)
        else:
            added = [each for each in words.parameters if each[0] in place.parameters]
            new = edit_docstring(text[start:end], layout, gone=place.gone, added=added, order=place.names)
        return [Edit(start, end, new)] if new else []
    if isinstance(node, ast.Module):
        return _file(node, words, text, offsets, layout)
    body = node.body[0]
    indent = _indent(text, offsets.of(_first_line(body), 0), at_start=True)
    at = _after_header(node, text, offsets)
    new = write_docstring(words, layout._replace(indent=indent)) if at else None
    return [Edit(at, at, f"{indent}{new}\n")] if new else []


def _docstring(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr | None:
    if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
        value = node.body[0].value
        return value if isinstance(value.value, str) else None
    return None


def _docstrings(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (docstring := _docstring(node)):
            assert isinstance(docstring, ast.Constant)
            found.append(str(docstring.value))
    return found


def _width(text: str) -> int:
    """How wide the lines of the file are, within reason."""
    longest = max((len(line) for line in text.split("\n")), default=0)
    return min(max(longest, NARROWEST), WIDEST) if longest > NARROWEST else 88


def _indent(text: str, start: int, *, at_start: bool = False) -> str:
    """The white space before `start` on its line, or from there on."""
    begin = start if at_start else text.rfind("\n", 0, start) + 1
    end = begin
    while end < len(text) and text[end] in " \t\f":
        end += 1
    return text[begin:end]


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _after_header(node: ast.FunctionDef | ast.AsyncFunctionDef, text: str, offsets: Offsets) -> int:
    """Where the line after the header's colon begins; 0 where the body begins on the header's own."""
    import io
    import tokenize

    begin = offsets.of(node.lineno, 0)
    first = offsets.of(_first_line(node.body[0]), 0)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text[begin:first]).readline):
            if token.type == tokenize.NEWLINE:
                return offsets.of(node.lineno + token.start[0], 0)
    except (tokenize.TokenError, SyntaxError):
        pass
    return 0


def _file(tree: ast.Module, words: Words, text: str, offsets: Offsets, layout: Layout) -> list[Edit]:
    """Put the file's docstring below what must stay on top: first line, encoding, block, and comments set apart."""
    new = write_docstring(words, layout)
    if not new:
        return []
    lines = text.split("\n")
    last = _first_line(tree.body[0]) - 1 if tree.body else len(lines)
    head = 0
    number = 0
    inside_block = False
    for number in range(last):
        line = lines[number]
        is_top = number < 2 and (line.startswith("#!") or "coding" in line)
        if line.startswith("# /// "):
            inside_block = True
        if inside_block or is_top or (not line.strip() and not _has_mark(lines[head:number])):
            head = number + 1
        if line.rstrip() == "# ///":
            inside_block = False
    at = offsets.of(head + 1, 0)
    before = "\n" if head and lines[head - 1].strip() else ""
    if text and at == len(text) and not text.endswith("\n"):
        before = "\n\n"
    after = "\n" if at < len(text) and text[at] != "\n" else ""
    return [Edit(at, at, f"{before}{new}\n{after}")]


def _has_mark(lines: list[str]) -> bool:
    """Whether a mark stands there, which must stay next to what it speaks of."""
    return any("pyst" in line for line in lines if not line.startswith("#!"))


def _compare(before: str, tree: ast.Module, after: str, options: list[ast.Call], path: str) -> None:
    """Make sure that nothing but help has changed. Raises `Failure` (E_DOCUMENT)."""
    try:
        new = parse_text(after)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        meant = {at for at, call in enumerate(calls) if any(call is each for each in options)}
        same = (
            _bare(before, meant) == _bare(after, meant)
            and [each.text for each in find_comments(before)] == [each.text for each in find_comments(after)]
            and _kept_back(before, tree) == _kept_back(after, new)
            and _blocks(before) == _blocks(after)
        )
    except (SyntaxError, Unparsable, RecursionError):
        same = False
    if not same:
        message = f"what was to be written into `{path}` would change more than its help"
        raise Failure("E_DOCUMENT", message, hint="nothing was changed; try again", where=Where(path))


def _bare(text: str, options: set[int]) -> str:
    """The syntax tree without docstrings, and without the help of these calls (by their number in the tree)."""
    tree = parse_text(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for at in options:
        calls[at].keywords = [each for each in calls[at].keywords if each.arg != "help"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] if isinstance(first.value.value, str) else node.body
    return ast.dump(tree)


def _kept_back(text: str, tree: ast.Module) -> list[str]:
    """The lines that stay here, as texts."""
    marks = find_marks(text, tree, find_comments(text))
    lines = text.split("\n")
    return ["\n".join(lines[each.first - 1 : each.last]) for each in marks.hidden]


def _blocks(text: str) -> list[tuple[str, str]]:
    """The blocks of metadata, whether they are sound or not."""
    return [(each.type, each.text) for each in find_blocks(text)]
