"""What of a script may leave the machine: its text without what is marked, named, redacted, or looks like a secret.

Pure. `marks` says which lines stay, `literals` which values a name calls secret, `secret_text` what a text gives away;
which files stay is left to `ignoring`. All of this is done before a prompt is made; whatever is sent afterwards comes
from a `Guarded` and passes its `cleaned` once more.
"""

from __future__ import annotations

import _ast
import io
import tokenize
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyst.authoring.literals import is_template, secret_literals
from pyst.authoring.marks import Marks, find_comments, find_marks
from pyst.authoring.secret_text import HIDDEN, Cleaned, hide_secrets, matches_glob, worth_searching
from pyst.authoring.spans import Edit, Offsets, applied, outermost
from pyst.errors import Failure
from pyst.patterns import matches
from pyst.scripts.introspect.module import walk
from pyst.system.secrets import secret_values

LEFT_OUT = "# (left out)"

MOST_VALUES = 1000
"""How many secret values are searched for in all of a text."""


class Guarded(NamedTuple):
    """A script as it may be sent. `names` are the identifiers that stay here; `kept_back` is how many places are."""

    text: str
    marks: Marks
    names: frozenset[str]
    values: tuple[str, ...]
    globs: tuple[str, ...]
    kept_back: int

    def cleaned(self, text: str) -> str:
        """A text that is to be sent, without the values that stay here."""
        return hide_secrets(text, (), self.values, is_prose=False).text

    def keeps_name(self, name: str) -> bool:
        """Whether an identifier stays here, so that nothing can be asked about what it names."""
        return name in self.names or self.cleaned(name) != name

    def keeps_text(self, text: str) -> bool:
        """Whether anything of a text, such as a flag, stays here."""
        return hide_secrets(text, self.globs, self.values).text != text


def guard(text: str, tree: _ast.Module, globs: Sequence[str], environ: Mapping[str, str]) -> Guarded:
    """What may be sent of a script. `environ` are the variables whose secret values are searched for everywhere.

    Raises `Failure` (E_TOO_LARGE) where there are too many secrets to search for.
    """
    offsets = Offsets(text)
    marks = find_marks(text, tree, find_comments(text))
    known = set(secret_values(environ, globs))
    edits = _hidden_lines(text, marks, offsets)
    values = set(known)
    for node in secret_literals(tree, globs):
        edits.append(Edit(*offsets.span(node), f'"{HIDDEN}"'))
        values.update(_texts(node))
    searched = tuple(each for each in values if worth_searching(each))
    if len(searched) > MOST_VALUES:
        message = f"the script holds more than {MOST_VALUES} secret values; nothing was sent"
        raise Failure("E_TOO_LARGE", message, hint="keep the file back (`# pyst: nodoc-file`)")
    edits += _strings(tree, offsets, globs, searched)
    words, names = _tokens(text, offsets, globs, searched)
    places = outermost([*edits, *words])
    last = hide_secrets(applied(text, places), (), searched, is_prose=False)
    return Guarded(last.text, marks, frozenset(names), searched, tuple(globs), len(places) + len(last.taken))


def _hidden_lines(text: str, marks: Marks, offsets: Offsets) -> list[Edit]:
    edits = []
    for hidden in marks.hidden:
        start, end = offsets.of(hidden.first, 0), offsets.of(hidden.last + 1, 0)
        line = text[start : start + 200]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        edits.append(Edit(start, end, f"{indent}{LEFT_OUT}\n"))
    return edits


def _texts(node: _ast.expr) -> list[str]:
    """The values of a literal that may stand elsewhere too."""
    found = []
    for each in walk(node):
        if isinstance(each, _ast.Constant):
            value = each.value
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            found += [text, *text.split("\n")] if "\n" in text else [text]
    return [each for each in found if worth_searching(each)]


def _strings(tree: _ast.Module, offsets: Offsets, globs: Sequence[str], values: Sequence[str]) -> list[Edit]:
    """Strings whose value gives away what their text in the file does not: by escapes, or joined from pieces."""
    edits = []
    inside: set[int] = set()
    for node in walk(tree):
        if id(node) in inside:
            continue
        joined = _joined(node)
        if joined is None:
            continue
        assert isinstance(node, _ast.expr)
        inside.update(id(each) for each in walk(node))
        start, end = offsets.span(node)
        raw = offsets.text[start:end]
        found = hide_secrets(joined, globs, values)
        cleaned = hide_secrets(raw, globs, values)
        if _needs_whole(node, raw, found, cleaned):
            edits.append(Edit(start, end, f'"{HIDDEN}"'))
    return edits


def _needs_whole(node: _ast.expr, raw: str, found: Cleaned, cleaned: Cleaned) -> bool:
    """Whether a literal must go as a whole, since hiding pieces of its text would leave something of its value."""
    if is_template(node):
        return bool(found.taken or cleaned.taken)
    left = "\\" in raw or not cleaned.taken or any(each in cleaned.text for each in found.taken)
    return bool(found.taken) and left


def _joined(node: _ast.AST) -> str | None:
    """The text of a string, an f-string's fixed parts, or strings added to each other; None for all else."""
    if isinstance(node, _ast.Constant) and isinstance(node.value, str | bytes):
        return node.value if isinstance(node.value, str) else node.value.decode("latin-1")
    if is_template(node):
        values: list[_ast.expr] = getattr(node, "values", [])
        return "".join(_joined(each) or "" if isinstance(each, _ast.Constant) else " " for each in values)
    if isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.Add):
        parts: list[_ast.expr] = []
        stack: list[_ast.expr] = [node]
        while stack:
            one = stack.pop()
            if isinstance(one, _ast.BinOp) and isinstance(one.op, _ast.Add):
                stack += [one.right, one.left]
            else:
                parts.append(one)
        if all(isinstance(each, _ast.Constant) and isinstance(each.value, str) for each in parts):
            return "".join(str(each.value) for each in parts if isinstance(each, _ast.Constant))
    return None


def _tokens(
    text: str, offsets: Offsets, globs: Sequence[str], values: Sequence[str]
) -> tuple[list[Edit], dict[str, str]]:
    """What strings, comments and names give away as they stand in the file; names get others in their place."""
    edits: list[Edit] = []
    names: dict[str, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            if any(matches(token.string, glob) for glob in globs):
                new = names.setdefault(token.string, f"hidden_{len(names) + 1}")
                edits.append(Edit(offsets.of(*token.start), offsets.of(*token.end), new))
        elif token.type == tokenize.NUMBER:
            if matches_glob(token.string, globs):
                edits.append(Edit(offsets.of(*token.start), offsets.of(*token.end), f'"{HIDDEN}"'))
        elif token.type in (tokenize.STRING, tokenize.COMMENT):
            start, end = offsets.of(*token.start), offsets.of(*token.end)
            raw = text[start:end]
            found = hide_secrets(raw, globs, values)
            if found.taken:
                edits.append(Edit(start, end, _as_token(token.type, raw, found.text, globs)))
    return edits, names


def _as_token(kind: int, raw: str, cleaned: str, globs: Sequence[str]) -> str:
    """The cleaned text as the token that it was; of one that became nothing else, the bare form of it."""
    if kind == tokenize.COMMENT:
        return cleaned if cleaned.startswith("#") else f"# {HIDDEN}"
    if kind == tokenize.STRING:
        body = raw.lstrip("rRbBuUfFtT")
        quote = body[:3] if body[:3] in ('"""', "'''") else body[:1]
        inner = body[len(quote) : -len(quote)]
        if matches_glob(inner.strip(), globs) or not cleaned.endswith(quote) or quote not in cleaned[: -len(quote)]:
            return f'"{HIDDEN}"'
    return cleaned
