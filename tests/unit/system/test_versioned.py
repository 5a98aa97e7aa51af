"""What is read of a file with a version and a table, and all that is refused with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.system.versioned import OtherVersion, parse_versioned

PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(st.dictionaries(st.text(), VALUES), st.dictionaries(st.text(), VALUES))
def test_all_that_can_be_written_is_read(table: dict[str, Any], more: dict[str, Any]) -> None:
    body = {**more, "version": 3, "rows": table}
    assert parse_versioned(json.dumps(body).encode(), 3, "rows") == body


@given(VALUES | st.floats(), st.sampled_from(["version", "rows", "more"]))
def test_all_that_is_read_can_be_written(value: Any, key: str) -> None:
    data = json.dumps({"version": 3, "rows": {}, key: value}).encode()
    try:
        body = parse_versioned(data, 3, "rows")
    except ValueError:
        return
    assert json.loads(json.dumps(body, allow_nan=False)) == body


REFUSED = {
    "nothing": (b"", "it is not JSON"),
    "half": (b'{"version": 1', "it is not JSON"),
    "not UTF-8": (b'{"version": 1, "rows": {"\xff": 1}}', "it is not JSON"),
    "too deep": (b"[" * 100_000, "it is not JSON"),
    "a list": (b"[1]", "it has no version"),
    "no version": (b'{"rows": {}}', "it has no version"),
    "a yes for a version": (b'{"version": true, "rows": {}}', "it has no version"),
    "a fraction for a version": (b'{"version": 1.0, "rows": {}}', "it has no version"),
    "no table": (b'{"version": 1}', "it has no rows"),
    "a list for a table": (b'{"version": 1, "rows": []}', "it has no rows"),
    "no number": (b'{"version": 1, "rows": {"a": NaN}}', "`NaN` is no number"),
    "infinite": (b'{"version": 1, "rows": {"a": -Infinity}}', "`-Infinity` is no number"),
    "too large": (b'{"version": 1, "rows": {"a": 1e999}}', "`1e999` is too large"),
    "too small": (b'{"version": 1, "rows": {"a": -1e999}}', "`-1e999` is too large"),
    "too long": (b'{"version": 1, "rows": {"a": ' + b"1" * 10_000 + b"}}", "it is not JSON"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_told_why(kind: str) -> None:
    data, why = REFUSED[kind]
    with pytest.raises(ValueError, match=why):
        parse_versioned(data, 1, "rows")


@pytest.mark.parametrize("version", [0, -1, 2, 10**20])
def test_another_version_is_told_as_that(version: int) -> None:
    with pytest.raises(OtherVersion, match=f"its version is {version}, this pyst knows 1") as caught:
        parse_versioned(json.dumps({"version": version}).encode(), 1, "rows")
    assert caught.value.found == version
