"""The `help=` of calls that declare options: put in, in the layout that the call has, or replaced. Pure."""

from __future__ import annotations

import ast

from pyst.authoring.spans import Edit, Offsets


def help_edits(call: ast.Call, help: str, text: str, offsets: Offsets) -> list[Edit]:
    """Give a call its `help=`, or another one in its place; nothing where that can't be done without moving code."""
    is_percent = isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"
    literal = _quoted(help.replace("%", "%%") if is_percent else help)
    given = next((each.value for each in call.keywords if each.arg == "help"), None)
    if given is not None:
        return [Edit(*offsets.span(given), literal)]
    _, end = offsets.span(call)
    close = end - 1
    parts: list[ast.expr] = [*call.args, *(each.value for each in call.keywords)]
    if text[close : close + 1] != ")":
        return []
    if not parts:
        return [Edit(close, close, f"help={literal}")]
    last = max(parts, key=lambda each: (each.end_lineno or 0, each.end_col_offset or 0))
    after = offsets.span(last)[1]
    comma = _comma_after(text, after, close)
    if comma is None:
        return []
    line = text.rfind("\n", 0, close) + 1
    if line <= after:
        edit = Edit(close, close, f"help={literal}") if comma >= 0 else Edit(close, close, f", help={literal}")
        if comma >= 0 and text[close - 1] not in " \t":
            edit = edit._replace(text=" " + edit.text)
        return [edit]
    if text[line:close].strip():
        return []  # a parenthesis that follows something else on its line
    first = text.rfind("\n", 0, offsets.span(min(parts, key=lambda each: (each.lineno, each.col_offset)))[0]) + 1
    own = _white(text, first)
    indent = own if len(own) > len(text[line:close]) else text[line:close] + "    "
    added = Edit(line, line, f"{indent}help={literal},\n")
    return [added] if comma >= 0 else [Edit(after, after, ","), added]


def _comma_after(text: str, start: int, end: int) -> int | None:
    """Where a comma stands between two places (-1: nowhere); None where anything but comments is there besides."""
    found = -1
    at = start
    while at < end:
        char = text[at]
        if char == "#":
            at = text.find("\n", at, end)
            if at < 0:
                return None
        elif char == "," and found < 0:
            found = at
        elif char == ")":  # the last argument stood in parentheses of its own
            pass
        elif not char.isspace():
            return None
        at += 1
    return found


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    quote = "'" if '"' in text and "'" not in text else '"'
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def _white(text: str, start: int) -> str:
    """The white space from `start` on."""
    end = start
    while end < len(text) and text[end] in " \t\f":
        end += 1
    return text[start:end]
