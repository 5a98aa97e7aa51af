"""The comments that silence rules: `# pyst: ignore[C001]` for its line, `# pyst: ignore-file[C001]` for the file. Pure.

They stand in real comments only, the lines of the block included, never in strings.
"""

from __future__ import annotations

from typing import NamedTuple

MARK = "# pyst:"


class Ignore(NamedTuple):
    """One such comment: the rules that it names, its line and column, and whether it speaks for the whole file."""

    codes: tuple[str, ...]
    line: int
    column: int
    is_for_file: bool
    problem: str = ""


def find_ignores(text: str) -> list[Ignore]:
    """All of them, by line. A text that can't be cut into tokens to its end gives those before that point."""
    if MARK not in text:
        return []
    found = []
    for comment, line, column in _comments(text):
        at = comment.find(MARK)
        if at >= 0:
            one = _read(comment[at + len(MARK) :], line, column + at + 1)
            if one:
                found.append(one)
    return found


def _comments(text: str) -> list[tuple[str, int, int]]:
    import io
    import tokenize

    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found.append((token.string, *token.start))
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _read(words: str, line: int, column: int) -> Ignore | None:
    """What stands after the mark; None where it is another of pyst's remarks (`# pyst: nodoc`)."""
    words = words.strip()
    is_for_file = words.startswith("ignore-file")
    if not words.startswith("ignore"):
        return None
    rest = words.removeprefix("ignore-file" if is_for_file else "ignore")
    if rest[:1] != "[" or "]" not in rest:
        return Ignore((), line, column, is_for_file, "it names no rule")
    codes = tuple(each.strip() for each in rest[1 : rest.index("]")].split(",") if each.strip())
    return Ignore(codes, line, column, is_for_file, "" if codes else "it names no rule")
