"""One member more in a JSON text: it is there afterwards, and everything else is as it was, byte for byte."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.agents.json_text import NotPlainJson, member, with_member

NEW = {"command": "/bin/pyst", "args": ["mcp", "--root=/x y"]}
names = st.text(max_size=6) | st.sampled_from(["mcpServers", "pyst", "a"])
values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(names, values, max_size=4)
indents = st.sampled_from([None, 1, 2, 4, "\t"])
paths = st.lists(names, min_size=1, max_size=3).map(tuple)


def plain(value: Any) -> Any:
    """What it is after a journey through text."""
    return json.loads(json.dumps(value))


def expected(document: Any, path: tuple[str, ...]) -> Any:
    """The document with the new member, or None where something that is no object stands in the way."""
    if not isinstance(document, dict):
        return None
    if len(path) == 1:
        return {**document, path[0]: NEW}
    inner = expected(document.get(path[0], {}), path[1:])
    return None if inner is None else {**document, path[0]: inner}


def holds(document: Any, path: tuple[str, ...]) -> bool:
    """Whether something is at the path already."""
    if not path:
        return True
    return isinstance(document, dict) and path[0] in document and holds(document[path[0]], path[1:])


def shared(one: str, other: str) -> int:
    """How many characters at their beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@given(documents, paths, indents, st.booleans(), st.sampled_from(["", "\n", " \r\n"]))
def test_the_member_is_there_and_nothing_else_changed(
    document: dict[str, Any], path: tuple[str, ...], indent: Any, is_ascii: bool, end: str
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii) + end
    wanted = expected(document, path)
    if wanted is None:
        with pytest.raises(NotPlainJson):
            with_member(text, path, NEW)
        return
    found = with_member(text, path, NEW)
    assert json.loads(found) == plain(wanted)
    assert list(json.loads(found)) == list(plain(wanted))
    assert member(found, path) == NEW
    assert with_member(found, path, NEW) == found
    if not holds(document, path):  # one piece of text was put in, and that is all
        assert shared(text, found) + shared(text[::-1], found[::-1]) >= len(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "s": {\n    "p": {\n      "a": 1\n    }\n  }\n}\n'),
        ("{}", '{\n  "s": {\n    "p": {\n      "a": 1\n    }\n  }\n}'),
        ('{"s": {}}', '{"s": {\n  "p": {\n    "a": 1\n  }\n}}'),
        (
            '{\n\t"x": 1.50,\n\t"s": {\n\t\t"q": [ 1,2 ]\n\t}\n}\n',
            '{\n\t"x": 1.50,\n\t"s": {\n\t\t"q": [ 1,2 ],\n\t\t"p": {\n\t\t\t"a": 1\n\t\t}\n\t}\n}\n',
        ),
        ('{"s": {"p": {"old": true}, "z": 1e3}}', '{"s": {"p": {\n  "a": 1\n}, "z": 1e3}}'),
    ],
)
def test_layout_is_kept(before: str, after: str) -> None:
    assert with_member(before, ("s", "p"), {"a": 1}) == after


@pytest.mark.parametrize(
    "text",
    [
        '{"s": {} // mine\n}',
        '{"s": {}, /* mine */ "t": 1}',
        '{"s": {},}',
        '{"s": {}, "s": {"x": 1}}',
        '{"s": []}',
        '{"s": {"p": 1, "p": 2}}',
        "[]",
        '"s"',
        "{",
        '{"s": {}} {}',
        "\ufeff{}",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_what_would_lose_something_is_refused(text: str) -> None:
    with pytest.raises(NotPlainJson):
        with_member(text, ("s", "p"), {"a": 1})
