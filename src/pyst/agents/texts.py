"""Texts of scripts on their way to an agent: docstrings, helps and output are data, and may be hostile.

Whatever a person would not see is made visible, so that what a model reads is what a person reads. Every text is
bounded. Pure.
"""

from __future__ import annotations

import unicodedata

STRANGE = "\ufffd"
"""Stands for a character that is not shown: controls, bidi marks, tags, lone surrogates."""
_JOINERS = "\u200c\u200d"  # between letters of some scripts, and in emoji
_SELECTORS = range(0xE0100, 0xE01F0)


def cleaned(text: str) -> str:
    """`text` without what is not seen; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(each) for each in text.replace("\r\n", "\n"))


def _shown(character: str) -> str:
    if character.isprintable():
        return STRANGE if ord(character) in _SELECTORS else character
    if character in "\n\t" or character in _JOINERS:
        return character
    kind = unicodedata.category(character)
    return " " if kind == "Zs" else "\n" if kind in ("Zl", "Zp") or character == "\r" else STRANGE


def bounded(text: str, most: int) -> str:
    """The cleaned `text` of at most `most` characters; one that was cut ends with `…`."""
    shown = cleaned(text[: most + 1])
    return shown if len(text) <= most else shown[: most - 1].rstrip() + "…"


def line(text: str, most: int) -> str:
    """The same, on one line."""
    if len(text) <= most and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    seen = text[: 4 * most]
    flat = " ".join(cleaned(seen).split())
    whole = len(flat) <= most and len(seen) == len(text)
    return flat if whole else flat[: most - 1].rstrip() + "…"
