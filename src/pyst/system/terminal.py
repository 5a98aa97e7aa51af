"""What a person sees: cleaned text, colours, columns. Owns every escape sequence that pyst ever writes.

Text that comes from scripts, file names and other programs may be hostile. A line is made of spans; every span is
cleaned when it is rendered and only then coloured, so nothing raw can reach a terminal.
"""

from __future__ import annotations

from _collections_abc import Iterable, Sequence  # which every interpreter has loaded; `collections` takes 2 ms

from pyst.named import NamedTuple

STYLES = {
    "": "",
    "bold": "1",
    "dim": "2",
    "name": "1;36",
    "good": "32",
    "bad": "1;31",
    "warn": "33",
    "code": "36",
    "head": "1;4",
}

ERASED_LINE = "\r\x1b[K"
"""Back to the line's begin, and all that stands on it erased: what a live line is drawn upon, and ends with."""


class Span(NamedTuple):
    """Text in one of `STYLES`."""

    text: str
    style: str = ""


Cell = str | Span
Line = str | Span | Sequence[Cell]


class View(NamedTuple):
    """How output is shown: with colour or not, how wide (columns), and how much (`verbosity` -1, 0, 1, …)."""

    color: bool = False
    width: int = 80
    is_terminal: bool = False
    verbosity: int = 0


def clean(text: str) -> str:
    """`text` with everything that could steer a terminal made visible: controls, bidi marks, lone surrogates.

    A tab stays; a line break becomes `\\n`, since a span is part of one line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))))
)
"""Letters and marks that have no shape: a name may be made of them. The two selectors of emoji are none of them."""


def _shown(char: str) -> str:
    if char == "\t" or (char.isprintable() and char not in UNSEEN):
        return char
    code = ord(char)
    if char == "\n":
        return "\\n"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8, kept by surrogateescape (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width_of(text: str) -> int:
    """How many columns the cleaned `text` takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def shortened(text: str, columns: int) -> str:
    """`text`, cut with `…` to fit `columns`."""
    if width_of(text) <= columns:
        return text
    kept, used = [], 1
    for char in text:
        used += width_of(char)
        if used > columns:
            break
        kept.append(char)
    return "".join(kept) + "…"


def render(lines: Iterable[Line], view: View) -> str:
    """The lines as text that ends with a line break (or is empty)."""
    out = []
    for line in lines:
        cells: Sequence[Cell] = [line] if isinstance(line, str | Span) else line
        out.append("".join(_rendered(cell, view.color) for cell in cells).rstrip() + "\n")
    return "".join(out)


def _rendered(cell: Cell, color: bool) -> str:
    if isinstance(cell, str):
        return clean(cell)
    text = clean(cell.text)
    style = STYLES[cell.style]
    return f"\x1b[{style}m{text}\x1b[0m" if color and style and text else text


FEWEST_COLUMNS = 8
"""Below this, the last column says nothing any more; then the terminal breaks the line."""


def table(rows: Sequence[Sequence[Cell]], view: View, *, gap: int = 2, indent: int = 0) -> list[Line]:
    """Rows in columns. On a terminal the last column is cut to its width; piped text is never cut."""
    if not rows:
        return []
    spans = [[cell if isinstance(cell, Span) else Span(cell) for cell in row] for row in rows]
    spans = [[Span(clean(cell.text), cell.style) for cell in row] for row in spans]
    count = max(len(row) for row in spans)
    widths = [max((width_of(row[i].text) for row in spans if i < len(row)), default=0) for i in range(count)]
    lines: list[Line] = []
    for row in spans:
        cells: list[Cell] = [" " * indent]
        used = indent
        for i, cell in enumerate(row):
            if i == len(row) - 1:
                room = max(view.width - used, FEWEST_COLUMNS)
                cells.append(cell._replace(text=shortened(cell.text, room)) if view.is_terminal else cell)
            else:
                pad = widths[i] - width_of(cell.text) + gap
                cells += [cell, " " * pad]
                used += widths[i] + gap
        lines.append(cells)
    return lines
