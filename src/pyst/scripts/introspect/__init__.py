"""From the text of a script to its interface: pure, from the syntax tree, with nothing executed.

Three depths: `entry_of` (what `pyst run` must know), `read_summary` (what `pyst list` shows), `read_interface`
(all of it). What can't be known without running the script is named in `unknown`, never guessed. Start-up time
matters: the readers are imported when they are needed, and nothing that `pyst run` needs imports `ast` or `re`.
"""

from __future__ import annotations

from typing import NamedTuple

from pyst.errors import Failure
from pyst.scripts.introspect.parsing import Unparsable, check_syntax, text_of
from pyst.scripts.metadata import parse_metadata
from pyst.scripts.script import Broken, Interface, Metadata

__all__ = ["Entry", "Summary", "Unparsable", "check_syntax", "entry_of", "read_interface", "read_summary"]


class Entry(NamedTuple):
    """What `pyst run` must know of a script.

    `calls_main`: pyst has to call its `main`, and to await it where `is_async`. `broken`: why that can't be known.
    """

    metadata: Metadata | None
    calls_main: bool = False
    is_async: bool = False
    broken: Broken | None = None


class Summary(NamedTuple):
    """What `pyst list` shows of a script: as in `Interface`, and why it is broken if it is."""

    entry: str
    framework: str | None
    summary: str
    broken: Broken | None = None


def entry_of(source: bytes, path: str) -> Entry:
    """How to start a script. Raises `Failure` (E_METADATA) where its block is wrong."""
    metadata = parse_metadata(source, path)
    if not _may_define_main(source):
        return Entry(metadata)
    from pyst.scripts.introspect import frameworks, module, parsing

    try:
        start = frameworks.start_of(module.Module(*parsing.parse(source)))
    except Unparsable as unparsable:
        return Entry(metadata, broken=unparsable.broken)
    except (RecursionError, MemoryError):
        return Entry(metadata, broken=Broken("E_SYNTAX", "nested too deep to be read"))
    if start.main is None:
        return Entry(metadata)
    return Entry(metadata, True, type(start.main).__name__ == "AsyncFunctionDef")


def read_interface(source: bytes, path: str) -> Interface:
    """The interface of a script. Raises `Unparsable`; a wrong block is for `parse_metadata` to report."""
    from pyst.scripts.introspect import reading

    try:
        return reading.read(source, _has_block(source, path))
    except (RecursionError, MemoryError):
        raise Unparsable(Broken("E_SYNTAX", "nested too deep to be read")) from None


def read_summary(source: bytes, path: str, *, check: bool = True, has_block: bool | None = None) -> Summary:
    """The entry and summary of a script, cheaply, and whether this Python can parse it (unless `check` is off).

    `has_block` is for a caller that has looked for the block already.
    """
    from pyst.scripts.introspect import summaries

    try:
        text = text_of(source)
    except Unparsable as unparsable:
        return Summary("none", None, "", unparsable.broken)
    label = summaries.label_by_text(source)
    summary = summaries.summary_by_text(text)
    entry = "block" if (_has_block(source, path) if has_block is None else has_block) else ""
    if label is None or (summary is None and label.entry != "none"):
        try:
            read = read_interface(source, path)
        except Unparsable as unparsable:
            return Summary(entry or "none", None, summary or "", unparsable.broken)
        return Summary(read.entry, read.framework, read.summary)
    broken = check_syntax(source) if check else None
    return Summary(entry or label.entry, label.framework, summary or "", broken)


def _has_block(source: bytes, path: str) -> bool:
    try:
        return parse_metadata(source, path) is not None
    except Failure:
        return True


def _may_define_main(source: bytes) -> bool:
    """Whether a line begins with `def main` or `async def main`: cheap, and never wrong when it says no."""
    at = source.find(b"main")
    while at > 0:
        before = source[max(at - 200, 0) : at]
        if before.rstrip(b" \t\f\\\r\n").endswith(b"def"):
            return True
        at = source.find(b"main", at + 4)
    return False
