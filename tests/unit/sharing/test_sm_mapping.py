"""SM's mapping: whatever its file holds, what is taken over is a sound part of ours, and nothing is taken twice."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.mapping import ScriptMapping, encode_mapping, parse_mapping
from pyst.sharing.names import folded
from pyst.sharing.sm_mapping import Imported, import_sm

NOW = 1_800_000_000.0

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
names = st.sampled_from(["hello", "Hello", "a b", "x.py", "con", "../x", "", "größe", "script", "\x1b[2J", "version"])
ids = st.sampled_from(["0a", "0A", "not an id", "", "f" * 64, "f" * 65]) | plain
times = st.sampled_from(["2025-03-01T10:00:00Z", "2025-03-01", "yesterday", 1e12, 1e300, -5, True]) | plain
records = st.fixed_dictionaries(
    {},
    optional={
        "script_name": names | plain,
        "name": names,
        "gist_id": ids,
        "gist": ids,
        "created_at": times,
        "updated_at": times,
        "file": st.sampled_from(["a.py", "../a", ".."]) | plain,
        "tags": st.lists(plain) | plain,
    },
)
bodies = (
    st.dictionaries(names, records | ids)
    | st.lists(records | plain)
    | st.fixed_dictionaries({"scripts": st.dictionaries(names, records) | plain})
    | st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner), max_leaves=8)
)


def understood(data: bytes, existing: list[str]) -> Imported | None:
    """What is taken over; None where the file is refused as it should be."""
    try:
        return import_sm(data, "m", existing, NOW)
    except Failure as failure:
        if failure.code != "E_MAPPING":
            raise
        return None


@given(bodies, st.lists(st.sampled_from(["hello", "other"]), unique=True))
def test_what_is_taken_over_is_sound(body: Any, existing: list[str]) -> None:
    found = understood(json.dumps(body).encode(), existing)
    if found is None:
        return
    mapping = ScriptMapping(found.entries)
    assert parse_mapping(encode_mapping(mapping), "m") == mapping
    taken = [folded(each) for each in (*existing, *found.entries)]
    assert len(set(taken)) == len(taken)
    assert all(why for _, why in found.left_out)


@given(st.binary(max_size=64))
def test_any_bytes_are_understood_or_refused(data: bytes) -> None:
    understood(data, [])


def test_a_name_that_was_used_twice_is_taken_once() -> None:
    found = import_sm(b'[{"name": "a", "gist_id": "01"}, {"name": "A", "gist_id": "02"}]', "m", (), NOW)
    assert list(found.entries) == ["a"]
    assert found.left_out == (("A", "`A` is in the mapping already"),)
