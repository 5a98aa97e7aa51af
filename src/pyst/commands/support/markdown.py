"""Text of others in Markdown: nothing in it may act as markup, or reach a terminal raw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyst.system.terminal import clean

ACTIVE = frozenset("\\`*_{}[]<>()#+-!|~&$")


def plain(text: str) -> str:
    """`text` as itself, on one line."""
    return "".join("\\" + char if char in ACTIVE else char for char in clean(text))


def code(text: str) -> str:
    """`text` as code, on one line (CommonMark 6.1), safe in a table's cell."""
    text = clean(text)
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    pad = " " if text[:1] in "` " or text[-1:] in "` " else ""
    return (fence + pad + text + pad + fence).replace("|", "\\|")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
