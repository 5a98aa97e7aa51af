"""The line on which each key and array element of a TOML document stands; the standard parser does not tell.

A scanner for text that `tomllib` has accepted: it follows the grammar of TOML 1.0 only as far as places need it. On
other text it stops early and never raises. Pure.
"""

from __future__ import annotations

from functools import lru_cache

Key = tuple[str | int, ...]

_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_HEX = {"x": 2, "u": 4, "U": 8}


class _Stop(Exception):
    """This is not TOML."""


def locate(text: str) -> dict[Key, int]:
    """The line (from 1) of every key and array element; an element has its index in its key."""
    scanner = _Scanner(text)
    try:
        scanner.document()
    except (_Stop, IndexError, RecursionError):
        pass
    return scanner.lines


def line_of(text: str, key: Key) -> int:
    """The line of `key`, or of the nearest table around it, or 0."""
    lines = _remembered(text)
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return 0


_remembered = lru_cache(maxsize=4)(locate)  # one document is asked for many places in a row


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n") + "\n"
        self.at = 0
        self.line = 1
        self.lines: dict[Key, int] = {}
        self.counts: dict[Key, int] = {}

    def document(self) -> None:
        table: Key = ()
        while True:
            self.skip(lines=True)
            if self.at >= len(self.text):
                return
            table = self.header() if self.text[self.at] == "[" else self.pair(table)

    def header(self) -> Key:
        repeated = self.text.startswith("[[", self.at)
        self.at += 2 if repeated else 1
        self.skip()
        key: Key = ()
        path = self.dotted()
        for part in path[:-1]:
            key = self.into((*key, part))
        key = (*key, path[-1])
        self.note(key)
        if repeated:
            self.counts[key] = self.counts.get(key, -1) + 1
            key = (*key, self.counts[key])
            self.note(key)
        self.skip()
        self.at += 2 if repeated else 1
        return key

    def into(self, key: Key) -> Key:
        """The table that `key` means to a header: the last one of an array of tables."""
        self.note(key)
        return (*key, self.counts[key]) if key in self.counts else key

    def pair(self, table: Key) -> Key:
        key = table
        for part in self.dotted():
            key = (*key, part)
            self.note(key)
        self.skip()
        self.take("=")
        self.value(key)
        return table

    def dotted(self) -> list[str]:
        parts = [self.part()]
        while True:
            self.skip()
            if self.text[self.at] != ".":
                return parts
            self.at += 1
            self.skip()
            parts.append(self.part())

    def part(self) -> str:
        char = self.text[self.at]
        if char in "\"'":
            return self.string()
        start = self.at
        while self.text[self.at] in _BARE:
            self.at += 1
        if self.at == start:
            raise _Stop
        return self.text[start : self.at]

    def value(self, key: Key) -> None:
        self.skip()
        char = self.text[self.at]
        if char == "[":
            self.array(key)
        elif char == "{":
            self.inline_table(key)
        elif char in "\"'":
            self.string()
        else:
            while self.text[self.at] not in ",]}#\n":  # a number, a date (it may hold a space), a boolean
                self.at += 1

    def array(self, key: Key) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(lines=True)
            if self.text[self.at] == "]":
                self.at += 1
                return
            self.note((*key, index))
            self.value((*key, index))
            index += 1
            self.skip(lines=True)
            if self.text[self.at] == ",":
                self.at += 1
            elif self.text[self.at] != "]":
                raise _Stop

    def inline_table(self, key: Key) -> None:
        self.at += 1
        while True:
            self.skip(lines=True)
            if self.text[self.at] == "}":
                self.at += 1
                return
            self.pair(key)
            self.skip(lines=True)
            if self.text[self.at] == ",":
                self.at += 1
            elif self.text[self.at] != "}":
                raise _Stop

    def string(self) -> str:
        quote = self.text[self.at]
        if self.text.startswith(quote * 3, self.at):
            self.long_string(quote)
            return ""  # a key is never one
        self.at += 1
        out = []
        while (char := self.text[self.at]) != quote:
            if char == "\n":
                raise _Stop
            out.append(self.escape() if char == "\\" and quote == '"' else char)
            self.at += 1
        self.at += 1
        return "".join(out)

    def long_string(self, quote: str) -> None:
        self.at += 3
        while not self.text.startswith(quote * 3, self.at):
            if self.text[self.at] == "\\" and quote == '"':
                self.at += 1
            self.line += self.text[self.at] == "\n"
            self.at += 1
        self.at += 3
        for _ in range(2):  # up to two quotes may stand before the closing three
            self.at += self.text[self.at] == quote

    def escape(self) -> str:
        self.at += 1
        char = self.text[self.at]
        if char not in _HEX:
            return _ESCAPES.get(char, char)
        digits = self.text[self.at + 1 : self.at + 1 + _HEX[char]]
        self.at += _HEX[char]
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise _Stop from None

    def skip(self, *, lines: bool = False) -> None:
        """Pass over blanks, and with `lines` over line ends and comments too."""
        text, end = self.text, len(self.text)
        while self.at < end:
            char = text[self.at]
            if lines and char == "#":
                self.at = text.index("\n", self.at)
            elif lines and char == "\n":
                self.line += 1
                self.at += 1
            elif char in " \t":
                self.at += 1
            else:
                return

    def take(self, char: str) -> None:
        if self.text[self.at] != char:
            raise _Stop
        self.at += 1

    def note(self, key: Key) -> None:
        self.lines.setdefault(key, self.line)
