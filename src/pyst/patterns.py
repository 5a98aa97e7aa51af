"""Glob patterns over names and paths: `*` any characters, `?` one, `[abc]`, `[a-z]`, `[!abc]` one of a set.

`*` and `?` also stand for `/`: `ops/*` means all below `ops`, and `*` means everything. Letter case counts. Matching
takes no more than pattern times text steps, however hostile the two are; `fnmatch` would import `re`.
"""

from __future__ import annotations


def matches(text: str, pattern: str) -> bool:
    """Whether the whole of `text` matches the pattern."""
    if "?" not in pattern and "[" not in pattern:
        return _matches_stars(text, pattern.split("*"))
    at = inside = 0
    star, mark = -1, 0
    while at < len(text):
        step = _one(text[at], pattern, inside) if inside < len(pattern) else 0
        if step and pattern[inside] != "*":
            at, inside = at + 1, inside + step
        elif inside < len(pattern) and pattern[inside] == "*":
            star, mark = inside, at
            inside += 1
        elif star >= 0:
            mark += 1
            at, inside = mark, star + 1
        else:
            return False
    return all(char == "*" for char in pattern[inside:])


def _matches_stars(text: str, parts: list[str]) -> bool:
    """Whether the parts stand in the text one after the other, the first at its start and the last at its end."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return text == first
    end = len(text) - len(last)
    at = len(first)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _one(char: str, pattern: str, at: int) -> int:
    """How many characters of the pattern stand for this one character; 0 where they do not."""
    if pattern[at] == "?":
        return 1
    if pattern[at] == "[":
        end = pattern.find("]", at + 3 if pattern[at + 1 : at + 2] == "!" else at + 2)
        if end > 0:
            return end + 1 - at if _in_set(char, pattern[at + 1 : end]) else 0
    return 1 if pattern[at] == char else 0


def _in_set(char: str, members: str) -> bool:
    negated = members[0] == "!"
    at = 1 if negated else 0
    found = False
    while at < len(members):
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            found = found or members[at] <= char <= members[at + 2]
            at += 3
        else:
            found = found or members[at] == char
            at += 1
    return found != negated
