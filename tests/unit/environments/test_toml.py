"""What is written is TOML, and reads back as what it was written from."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pyst.environments.toml import script_block, toml_value
from pyst.scripts.metadata import parse_metadata

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.one_of(
    TEXT,
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(min_value=date(1000, 1, 1)),
    st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_reads_back(value: Any) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


@given(
    st.lists(st.text("abc=\"'\\ \t#/é", max_size=8), max_size=3),
    st.dictionaries(st.text("ab-c.", min_size=1, max_size=4), VALUES, max_size=3),
)
def test_a_block_reads_back(requirements: list[str], tool: dict[str, Any]) -> None:
    found = parse_metadata(script_block(">=3.9", tuple(requirements), tool), "")
    assert found is not None
    assert found.requires_python == ">=3.9"
    assert list(found.dependencies) == requirements
    assert found.tool.get("uv", {}) == tool
