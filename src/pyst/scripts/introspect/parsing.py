"""From the bytes of a script to its syntax tree, without running it and without falling over it.

Whatever is wrong with the file becomes a `Broken` with a line. Uses `compile` with the flag that stops at the tree,
and the built-in `_ast`, because importing `ast` takes longer than reading a script.
"""

from __future__ import annotations

import _ast

from pyst.scripts.decoding import decode
from pyst.scripts.script import Broken

ONLY_TREE = 0x400  # ast.PyCF_ONLY_AST
NO_FILE = "/dev/null/script"
"""The file name given to `compile`: on an error it opens the file for the line's text, and this one can't exist."""

STOPPED = "future feature pyst_stops_here is not defined"
MOST_BYTES = 32 << 20


class Unparsable(Exception):
    """The script can't be read by this Python: `broken` says why and where.

    A syntax newer than this Python's looks the same; `pyst.inside.parse` asks another interpreter.
    """

    def __init__(self, broken: Broken) -> None:
        super().__init__(broken.message)
        self.broken = broken


def parse(source: bytes) -> tuple[_ast.Module, str]:
    """The tree and the text of a script. Raises `Unparsable`."""
    text = text_of(source)
    return parse_text(text), text


def parse_text(text: str) -> _ast.Module:
    """The tree of a text that was decoded already. Raises `Unparsable`."""
    tree = _compiled(text, ONLY_TREE)
    assert isinstance(tree, _ast.Module)
    return tree


def text_of(source: bytes) -> str:
    """The text of a script. Raises `Unparsable` where it has null bytes or can't be decoded."""
    if len(source) > MOST_BYTES:
        raise Unparsable(Broken("E_SYNTAX", f"longer than {MOST_BYTES >> 20} MiB"))
    if b"\0" in source:
        line = source.count(b"\n", 0, source.index(b"\0")) + 1
        raise Unparsable(Broken("E_SYNTAX", "a null byte: this is no Python text", line))
    try:
        return decode(source)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"not valid {error.encoding.upper()} text: {error.reason}"
    except (UnicodeError, LookupError, ValueError) as error:
        line = 1
        message = f"the encoding that its first lines declare can't be read: {error}"
    raise Unparsable(Broken("E_ENCODING", message, line))


def check_syntax(source: bytes) -> Broken | None:
    """Why this Python can't parse the script, or None: `parse` without building the tree.

    A name that `__future__` does not have makes the compiler stop right after the parser, before anything else is
    done: about half the time of a tree. What doesn't pass is parsed again by itself, for the exact message.
    """
    try:
        text = text_of(source)
        try:
            _compiled("from __future__ import pyst_stops_here\n" + text, 0)
        except Unparsable as unparsable:
            if unparsable.broken.message != STOPPED:
                _compiled(text, ONLY_TREE)
    except Unparsable as unparsable:
        return unparsable.broken
    return None


def _compiled(text: str, flags: int) -> object:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(text, NO_FILE, "exec", flags, True)
    except SyntaxError as error:
        raise Unparsable(Broken("E_SYNTAX", str(error.msg or "invalid syntax"), error.lineno or 0)) from None
    except (RecursionError, MemoryError):
        raise Unparsable(Broken("E_SYNTAX", "nested too deep to be parsed")) from None
    except (ValueError, OverflowError) as error:  # a lone surrogate, an integer with too many digits
        raise Unparsable(Broken("E_SYNTAX", str(error).partition("\n")[0])) from None
