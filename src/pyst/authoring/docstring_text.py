"""Docstrings as they stand in a file: written anew, or with entries of parameters put in and taken out. Pure.

What a person wrote stays, line for line. Google's, NumPy's and reStructuredText's ways are kept where they are found.
Every outcome is read back before it is used: where it does not say exactly what was meant, there is none.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from pyst.authoring.docstring_sections import GOOGLE, NUMPY, REST, find_section, is_rule
from pyst.scripts.introspect.docstrings import OTHER_TITLES, clean, read_docstring

_PREFIXES = "rRuU"


class Words(NamedTuple):
    """What a docstring is to say. `parameters` are the names and their help, in order."""

    summary: str
    details: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    returns: str = ""


class Layout(NamedTuple):
    """How a docstring is to look: its indentation, the width of lines in columns, and the way of its sections."""

    indent: str = ""
    width: int = 88
    style: str = GOOGLE


def style_of(docstrings: Sequence[str]) -> str:
    """The way in which most of a file's docstrings tell of parameters."""
    found = [section.style for text in docstrings if (section := find_section(clean(text).split("\n")))]
    return max((GOOGLE, NUMPY, REST), key=found.count) if found else GOOGLE


def write_docstring(words: Words, layout: Layout) -> str | None:
    """The literal of a new docstring, without the indentation of its first line; None where it can't be written."""
    width = max(layout.width - len(layout.indent.expandtabs()), 40)
    lines = textwrap.wrap(words.summary, width - 3, break_long_words=False, break_on_hyphens=False) or [""]
    for paragraph in _paragraphs(words.details):
        lines += ["", *_wrapped(paragraph, width)]
    if words.parameters:
        lines += ["", *_new_section(words.parameters, layout.style, width, with_title=True)]
    if words.returns:
        lines += ["", *_returns(words.returns, layout.style, width)]
    literal = _literal(lines, layout)
    wanted = (_folded(words.summary), {name: _folded(text) for name, text in words.parameters})
    told = read_docstring(_value(literal))
    return literal if literal and (_folded(told.summary), dict(told.parameters)) == wanted else None


def edit_docstring(
    literal: str, layout: Layout, *, gone: Sequence[str], added: Sequence[tuple[str, str]], order: Sequence[str]
) -> str | None:
    """The literal without the entries of `gone`, with those of `added`; None where that can't be done safely.

    `order` are the parameters as the signature has them.
    """
    before = _value(literal)
    prefix = literal[: len(literal) - len(literal.lstrip(_PREFIXES))]
    quote = _quote_of(literal[len(prefix) :])
    if before is None or not quote or ("\\" in "".join(text for _, text in added) and prefix.lower() == "r"):
        return None
    body = literal[len(prefix) + len(quote) : -len(quote)]
    lines = [layout.indent + body.split("\n")[0], *body.split("\n")[1:]]
    section = find_section(lines)
    layout = layout._replace(style=section.style) if section else layout
    changed = _without(lines, gone)
    if changed is None:
        return None
    changed = _with(changed, [(name, _escaped(text)) for name, text in added], order, layout)
    changed = _ended(changed, layout)
    text = changed[0].removeprefix(layout.indent) + "".join(f"\n{line}" for line in changed[1:])
    edited = f'{prefix}"""{text}"""'
    return edited if _says(edited, before, gone, added) else None


def _says(edited: str, before: str, gone: Sequence[str], added: Sequence[tuple[str, str]]) -> bool:
    """Whether the new docstring says what the old one did, but for the parameters that were meant."""
    value = _value(edited)
    old, new = read_docstring(before), read_docstring(value)
    wanted = {name: text for name, text in old.parameters.items() if name not in gone}
    wanted |= {name: _folded(text) for name, text in added}
    same = (old.summary, old.description, old.exit_notes) == (new.summary, new.description, new.exit_notes)
    return value is not None and same and new.parameters == wanted


def _value(literal: str | None) -> str | None:
    import ast

    try:
        value = ast.literal_eval(literal) if literal else None
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _quote_of(literal: str) -> str:
    quote = literal[:3] if literal[:3] in ('"""', "'''") else literal[:1]
    return quote if quote and quote in ('"""', "'''", '"', "'") and len(literal) >= 2 * len(quote) else ""


def _folded(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> list[str]:
    return [each for each in text.split("\n\n") if each.strip()]


def _wrapped(paragraph: str, width: int) -> list[str]:
    """A paragraph in lines; one with a list keeps its lines."""
    lines = paragraph.strip().split("\n")
    if any(line.lstrip().startswith(("- ", "* ", "1.")) for line in lines):
        return [line.rstrip() for line in lines]
    return textwrap.wrap(_folded(paragraph), width, break_long_words=False, break_on_hyphens=False)


def _entry_lines(name: str, text: str, style: str, width: int) -> list[str]:
    """The lines of one entry, its name at the left margin."""
    if style == NUMPY:
        return [name, *textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="    ")]
    head = f":param {name}: " if style == REST else f"{name}: "
    return textwrap.wrap(head + text, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _new_section(entries: Sequence[tuple[str, str]], style: str, width: int, *, with_title: bool) -> list[str]:
    margin = "    " if style == GOOGLE else ""
    titles = {GOOGLE: ["Args:"], NUMPY: ["Parameters", "----------"], REST: []}[style]
    lines = titles if with_title else []
    for name, text in entries:
        lines = [*lines, *(margin + line for line in _entry_lines(name, text, style, width - len(margin)))]
    return lines


def _returns(text: str, style: str, width: int) -> list[str]:
    if style == REST:
        return textwrap.wrap(f":returns: {_folded(text)}", width, subsequent_indent="    ")
    titles = ["Returns", "-------"] if style == NUMPY else ["Returns:"]
    return [*titles, *textwrap.wrap(_folded(text), width, initial_indent="    ", subsequent_indent="    ")]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _literal(lines: list[str], layout: Layout) -> str:
    lines = [_escaped(line) for line in lines]
    if len(lines) == 1:
        text = lines[0][:-1] + '\\"' if lines[0].endswith('"') else lines[0]
        return f'"""{text}"""'
    rest = [layout.indent + line if line else "" for line in lines[1:]]
    return "\n".join([f'"""{lines[0]}', *rest, f'{layout.indent}"""'])


def _without(lines: list[str], gone: Sequence[str]) -> list[str] | None:
    """The lines without the entries of these parameters; None where an entry tells of another one too."""
    section = find_section(lines) if gone else None
    if section is None:
        return None if gone else lines
    kept = list(lines)
    left = list(section.entries)
    for entry in reversed(section.entries):
        named = [each for each in entry.names if each in gone]
        if not named:
            continue
        if len(named) < len(entry.names):
            return None
        del kept[entry.first : entry.end]
        left.remove(entry)
    if not left and section.title >= 0:
        end = section.title + (2 if section.style == NUMPY else 1)
        start = section.title
        while start > 1 and not kept[start - 1].strip():
            start -= 1
        del kept[start:end]
    return kept


def _with(lines: list[str], added: Sequence[tuple[str, str]], order: Sequence[str], layout: Layout) -> list[str]:
    """The lines with an entry for each of these parameters, behind that of the one before it in the signature."""
    if not added:
        return lines
    width = max(layout.width - len(layout.indent.expandtabs()), 40)
    section = find_section(lines)
    if section is None or not section.entries:
        return _with_section(lines, _new_section(added, layout.style, width, with_title=True), layout)
    kept = list(lines)
    for name, text in added:
        section = find_section(kept)
        assert section is not None
        before = set(order[: order.index(name)] if name in order else order)
        ends = [each.end for each in section.entries if before.intersection(each.names)]
        at = max(ends) if ends else section.entries[0].first
        kept[at:at] = [section.indent + line for line in _entry_lines(name, text, section.style, width)]
    return kept


def _with_section(lines: list[str], section: list[str], layout: Layout) -> list[str]:
    """The lines with a new section: before the first one that tells of something else, or at the end."""
    at = next((number for number, line in enumerate(lines) if number and _begins_other(lines, number, line)), None)
    end = len(lines) if at is None else at
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    new = ["", *(layout.indent + line if line else "" for line in section)]
    rest = [layout.indent] if at is None else ["", *lines[at:]]
    return [*lines[:end], *new, *rest]


def _begins_other(lines: list[str], at: int, line: str) -> bool:
    bare = line.strip()
    if bare.startswith((":return", ":rtype", ":raise", ":yield")):
        return True
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    return bare.rstrip(":").lower() in OTHER_TITLES and (bare.endswith(":") or is_rule(following))


def _ended(lines: list[str], layout: Layout) -> list[str]:
    """The lines, the last one such that the closing quotes can follow it."""
    if len(lines) > 1 and lines[-1].strip():
        return [*lines, layout.indent]
    return lines
