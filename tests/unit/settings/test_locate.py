"""Lines of TOML keys: each key that the standard parser sees is found, on the line where it was written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyst.settings.locate import Key, line_of, locate


def keys_of(value: Any, key: Key = ()) -> set[Key]:
    """Every key and array element of a parsed document."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = {key} if key else set()
    for part, inner in items:
        found |= keys_of(inner, (*key, part))
    return found


class Writer:
    """Writes a document piece by piece, and notes on which line each key first stands."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[Key, int] = {}

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def choose(self, *options: str) -> str:
        return str(self.draw(st.sampled_from(options)))

    def put(self, text: str) -> None:
        self.text += text

    def note(self, key: Key) -> None:
        self.lines.setdefault(key, self.line)

    def key(self, name: str) -> None:
        bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        styles = ["basic", "escaped"] + (["bare"] * 3 if bare else []) + (["literal"] if name.isprintable() else [])
        style = self.choose(*styles)
        if style == "bare":
            self.put(name)
        elif style == "literal" and "'" not in name:
            self.put(f"'{name}'")
        elif style == "basic" and name.isprintable() and '"' not in name and "\\" not in name:
            self.put(f'"{name}"')
        else:
            self.put('"' + "".join(f"\\U{ord(char):08x}" for char in name) + '"')

    def newline(self) -> None:
        self.put(self.choose("\n", "\r\n", " # a = [ { \" ''' \n", "\t\n", "\n\n"))

    def blank(self, lines: bool) -> None:
        if lines and self.draw(st.booleans()):
            self.newline()
        else:
            self.put(self.choose("", " ", "\t"))

    def value(self, key: Key, depth: int, inline: bool = False) -> None:
        kind = self.choose("scalar", "scalar", "string", "long", "array", "table")
        if kind == "array" and depth:
            self.array(key, depth - 1, inline)
        elif kind == "table" and depth:
            self.table(key, depth - 1)
        elif kind == "long" and not inline:
            self.put(
                self.choose(
                    '"""\na = 1\n[b]\n"""',
                    "'''\n\\'''",
                    '"""x\\"" y""""',
                    "'''''two'''",
                    '"""\\\n  z"""',
                    '"""a\r\nb"""',
                )
            )
        elif kind == "string":
            self.put(self.choose('"a\\"b # ]"', "'c:\\'", '""', "''", '"\\u00e9 = {"', "'\"'"))
        else:
            self.put(self.choose("1", "-2.5e3", "true", "1979-05-27 07:32:00", "inf", "0xff", "07:32:00"))

    def array(self, key: Key, depth: int, inline: bool) -> None:
        self.put("[")
        count = self.draw(st.integers(0, 3))
        for at in range(count):
            self.blank(not inline)
            self.note((*key, at))
            self.value((*key, at), depth, inline)
            self.blank(not inline)
            if at < count - 1 or self.draw(st.booleans()):
                self.put(",")
        self.blank(not inline)
        self.put("]")

    def table(self, key: Key, depth: int) -> None:
        self.put("{ ")
        names = self.draw(st.lists(NAMES, max_size=2, unique=True))
        for at, name in enumerate(names):
            self.note((*key, name))
            self.key(name)
            self.put(" = ")
            self.value((*key, name), depth, True)
            self.put(" , " if at < len(names) - 1 else " ")
        self.put("}")


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4) | st.sampled_from(
    ["core", "a", "b-c", "d_1", "x.y", "", "#", "=", "[", "'", '"', "\\", "é"]
)


@st.composite
def documents(draw: Any) -> tuple[str, dict[Key, int]]:
    """A TOML document with the line of each of its keys."""
    writer = Writer(draw)
    headers: set[Key] = set()

    def pairs(table: Key) -> None:
        for name in draw(st.lists(NAMES, max_size=3, unique=True)):
            key = (*table, name)
            parts = [name, *draw(st.lists(NAMES, max_size=2))]
            if key in writer.lines or any(each[: len(key)] == key for each in headers):
                continue
            writer.put(writer.choose("", "  "))
            for at, part in enumerate(parts):
                writer.note((*key, *parts[1 : at + 1]))
                writer.put(writer.choose(".", " . ") if at else "")
                writer.key(part)
            writer.put(writer.choose("=", " = "))
            writer.value((*key, *parts[1:]), 2)
            writer.newline()

    pairs(())
    taken = {key[0] for key in writer.lines}
    for names in draw(st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=3)):
        if names[0] in taken:
            continue
        taken.add(names[0])
        repeated = draw(st.booleans())
        for count in range(draw(st.integers(1, 2)) if repeated else 1):
            writer.put("[[ " if repeated else "[")
            key: Key = ()
            for at, part in enumerate(names):
                key = (*key, part)
                writer.note(key)
                writer.put("." if at else "")
                writer.key(part)
            writer.put("]]" if repeated else " ]")
            if repeated:
                key = (*key, count)
                writer.note(key)
            headers.add(key)
            writer.newline()
            pairs(key)
    return writer.text, writer.lines


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(documents())
def test_each_key_is_found_on_its_line(document: tuple[str, dict[Key, int]]) -> None:
    text, lines = document
    assert keys_of(tomllib.loads(text)) == set(lines)
    assert locate(text) == lines


@settings(max_examples=300, deadline=None)
@given(st.text("[]{}=\"'\\#.,\n\r ab1u", max_size=40))
def test_any_text_is_survived(text: str) -> None:
    found = locate(text)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(found) == keys_of(parsed)


def test_tables_of_an_array_are_told_apart() -> None:
    text = "[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3\n"
    found = locate(text)
    assert found[("a", 0, "x")] == 2
    assert found[("a", 1, "x")] == 4
    assert found[("a", 1, "b", "y")] == 6


@pytest.mark.parametrize(
    ("key", "line"), [(("core", "uv", "flags", 1), 4), (("core", "uv", "nothing"), 1), (("none",), 0), ((), 0)]
)
def test_the_nearest_table_stands_for_what_is_not_there(key: Key, line: int) -> None:
    assert line_of('[core.uv]\nflags = [\n"a",\n"b",\n]\n', key) == line


def test_deep_nesting_is_survived() -> None:
    assert locate("a = " + "[" * 100_000)[("a",)] == 1
