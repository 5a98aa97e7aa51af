"""Places in a document: JSON Pointers (RFC 6901), and patterns over them that say what a comparison leaves out. Pure.

A pattern is written as a pointer, `/orders/*/time`, or like JSONPath, `$.orders[*].time`. In a segment `*` stands for
any characters; the segment `**` (in JSONPath `..`) for any number of segments. Matching takes one step for each
pattern and segment, however hostile the document is.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyst.patterns import matches

Pattern = tuple[str, ...]
States = frozenset[Pattern]
"""The patterns that may still match further down, each without the segments that have matched already."""

NO_STATES: States = frozenset()
ANY_DEPTH = "**"
LONGEST = 1000
"""How many characters a pattern may have."""


class BadPattern(ValueError):
    """A text that is no pattern: the message says what was expected."""


def pointer(tokens: Iterable[str]) -> str:
    """The JSON Pointer of these reference tokens."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def tokens_of(text: str) -> tuple[str, ...]:
    """The reference tokens of a JSON Pointer. Raises `BadPattern`."""
    if text == "":
        return ()
    if text[0] != "/":
        raise BadPattern("a pointer begins with `/`")
    parts = text[1:].split("/")
    for part in parts:
        if any(rest[:1] not in ("0", "1") for rest in part.split("~")[1:]):
            raise BadPattern("after `~` a pointer has `0` (for `~`) or `1` (for `/`)")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def parse_pattern(text: str) -> Pattern:
    """The pattern that a text means. Raises `BadPattern`."""
    if len(text) > LONGEST:
        raise BadPattern(f"a pattern has at most {LONGEST} characters")
    if text[:1] == "$":
        segments = _json_path(text)
    elif text[:1] == "/":
        segments = list(tokens_of(text))
    else:
        raise BadPattern("a pointer like `/orders/*/time`, or `$.orders[*].time`")
    merged: list[str] = []
    for each in segments:
        if each != ANY_DEPTH or merged[-1:] != [ANY_DEPTH]:
            merged.append(each)
    if not merged:
        raise BadPattern("a pattern for a part of the document, not for all of it")
    return tuple(merged)


def _json_path(text: str) -> list[str]:
    """The segments of a JSONPath that uses members, indices, `*` and `..` alone."""
    segments: list[str] = []
    at = 1
    while at < len(text):
        if text.startswith("..", at):
            segments.append(ANY_DEPTH)
            at += 2
            if text[at : at + 1] != "[":
                name, at = _name(text, at)
                segments.append(name)
        elif text[at] == ".":
            name, at = _name(text, at + 1)
            segments.append(name)
        elif text[at] == "[":
            name, at = _bracketed(text, at)
            segments.append(name)
        else:
            raise BadPattern(f"`.name`, `['name']`, `[0]`, `[*]` or `..name` at {text[at:]!r}")
    return segments


def _name(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] not in ".[":
        end += 1
    if end == at:
        raise BadPattern("a name after each `.`")
    return text[at:end], end


def _bracketed(text: str, at: int) -> tuple[str, int]:
    quote = text[at + 1 : at + 2]
    if quote and quote in "'\"":
        end = text.find(quote + "]", at + 2)
        if end < 0:
            raise BadPattern(f"`{quote}]` at the end of the name")
        return text[at + 2 : end], end + 2
    end = text.find("]", at)
    inner = text[at + 1 : end] if end > 0 else ""
    if inner != "*" and not (inner.isascii() and inner.isdecimal()):
        raise BadPattern("`[0]`, `[*]` or `['name']`")
    return inner, end + 1


def begin(patterns: Iterable[Pattern]) -> States:
    """The states at the root of a document."""
    return frozenset(patterns)


def step(states: States, token: str) -> States | None:
    """The states one segment further down, or None where a pattern has matched and all below is left out."""
    if not states:
        return NO_STATES
    further = set()
    for pattern in states:
        rest = pattern
        if pattern[0] == ANY_DEPTH:
            further.add(pattern)
            rest = pattern[1:]
        if not rest or matches(token, _only_stars(rest[0])):
            further.add(rest[1:])
    return None if () in further else frozenset(further)


def _only_stars(segment: str) -> str:
    """The segment with nothing that means something but `*`."""
    return segment.replace("[", "[[]").replace("?", "[?]") if "[" in segment or "?" in segment else segment


def is_ignored(patterns: Iterable[Pattern], tokens: Iterable[str]) -> bool:
    """Whether one of the patterns matches this place or one above it."""
    states: States | None = begin(patterns)
    for token in tokens:
        if states is None:
            return True
        states = step(states, token)
    return states is None
