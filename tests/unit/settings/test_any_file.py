"""Any settings file at all is read, or refused with its place; nothing else comes out."""

from __future__ import annotations

import datetime
from typing import Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.settings.editing import with_value
from pyst.settings.fields import FIELDS
from pyst.settings.layers import Layer, parse_layer

PARTS = [*sorted({part for field in FIELDS for part in field.key.replace("*", "ci").split(".")}), "x", "a b", "x.y", ""]
SCALARS = (
    st.booleans()
    | st.integers(-3, 1 << 40)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "local", "safe", "project", "./x", "2G", "7 days", "*", "!", "é\x00\x1b"])
    | st.just(datetime.date(1979, 5, 27))
)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=3), lambda inner: st.dictionaries(st.sampled_from(PARTS), inner, max_size=3)
)
KNOWN = st.sampled_from([field.key.replace("*", "ci") for field in FIELDS])


def read(data: bytes, kind: str = "project") -> Layer | Failure:
    try:
        found: Layer | Failure = parse_layer(data, kind, "/p/.pyst.toml", "/home/u")
    except Failure as failure:
        found = failure
    if isinstance(found, Failure):
        assert found.code == "E_CONFIG"
        assert found.where is not None
        assert found.where.path == "/p/.pyst.toml"
    return found


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text("[]{}=\"'\\#.,\n\r core.uvflags1", max_size=60).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    for kind in ("project", "pyproject"):
        read(data, kind)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(PARTS), TREES, max_size=3))
def test_any_tables(tree: dict[str, Any]) -> None:
    found = read(tomlkit.dumps(tree).encode())
    if isinstance(found, Failure):
        assert found.where is not None
        assert found.where.line > 0
        assert "expected" in found.message or found.hint


@settings(max_examples=300, deadline=None)
@given(KNOWN, SCALARS | st.lists(SCALARS, max_size=3))
def test_each_setting_with_any_value(key: str, value: Any) -> None:
    table: dict[str, Any] = {}
    inner = table
    *above, last = key.split(".")
    for part in above:
        inner = inner.setdefault(part, {})
    inner[last] = value
    found = read(tomlkit.dumps(table).encode())
    if isinstance(found, Failure):
        assert f"`{key}" in found.message or "says nothing" in found.message
    else:
        assert list(found.values) == [key]
        assert found.values[key].origin.line > 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(KNOWN, st.sampled_from([True, 3, "local", ["*"]])), max_size=6))
def test_values_that_are_set_one_by_one_are_all_there(changes: list[tuple[str, Any]]) -> None:
    text = "# first\n"
    expected: dict[str, Any] = {}
    for key, value in changes:
        text = with_value(text, key, value, "/p/.pyst.toml")
        expected[key] = value
    assert text.startswith("# first\n")
    found: dict[str, Any] = {}

    def collect(table: dict[str, Any], above: str) -> None:
        for name, value in table.items():
            if isinstance(value, dict):
                collect(value, f"{above}{name}.")
            else:
                found[above + name] = value

    collect(tomlkit.parse(text).unwrap(), "")
    assert found == expected
