"""Inputs: what is JSON, and where what isn't goes wrong."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.records import inputs
from pyst.records.inputs import check_json, read_input

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(
    st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), st.sampled_from([None, 2])
)
def test_all_json_is_taken(value: Any, indent: int | None) -> None:
    check_json(json.dumps(value, indent=indent).encode(), "in.json")
    check_json(b" \n" + json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\t", "in.json")


@given(st.text(max_size=30) | st.from_regex(r"[\[\]{}:,\" 0-9eE.truefalsn\\-]{1,30}"))
def test_it_agrees_with_the_reader_of_python(text: str) -> None:
    data = text.encode("utf-8", "replace")

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(data.decode(), parse_constant=refuse)
        is_json = True
    except ValueError:
        is_json = False
    if is_json:
        check_json(data, "in.json")
    else:
        with pytest.raises(Failure) as told:
            check_json(data, "in.json")
        assert (told.value.code, told.value.exit) == ("E_INPUT", 64)


@pytest.mark.parametrize(
    ("data", "line", "column", "why"),
    [
        (b"", 1, 1, "it ends where a value is expected"),
        (b'{\n  "a": tru\n}', 2, 8, "a value is expected"),
        (b"[1] 2", 1, 5, "there is more"),
        (b'{"NaN": 1,\n "b": NaN}', 2, 7, "`NaN` is no JSON"),
        (b"[-Infinity]", 1, 2, "`-Infinity` is no JSON"),
        (b'["\xff"]', 1, 3, "not UTF-8"),
        (b"\xef\xbb\xbf{}", 1, 1, "byte order mark"),
        (b"[" * 200_000, 1, 1, "nested too deeply"),
        (b'{"a":' * 200_000, 1, 1, "nested too deeply"),
        (b'["a\nb"]', 1, 4, "control character"),
        (b'{"a"', 1, 5, "':' delimiter"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(data: bytes, line: int, column: int, why: str) -> None:
    with pytest.raises(Failure, match=f"line {line}, column {column}") as told:
        check_json(data, "in.json")
    assert why in told.value.message
    assert (told.value.code, told.value.exit) == ("E_INPUT", 64)


def test_repeated_keys_and_long_numbers_are_json() -> None:
    check_json(b'{"a": 1, "a": 2}', "in.json")
    check_json(b"9" * 10_000, "in.json")


def test_an_input_is_read_and_hashed(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b'{"a": 1}\n')
    given = read_input("in.json", str(tmp_path))
    assert given.input == (str(path), 9, hashlib.sha256(b'{"a": 1}\n').hexdigest())
    assert given.data == b'{"a": 1}\n'


@pytest.mark.parametrize("kind", ["absent", "folder", "fifo", "huge", "nul"])
def test_what_can_not_be_read(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "huge":
        monkeypatch.setattr(inputs, "MOST_BYTES", 10)
        path.write_text("[" + "1," * 20 + "1]")
    with pytest.raises(Failure) as told:
        read_input("in\0.json" if kind == "nul" else "in.json", str(tmp_path))
    assert (told.value.code, told.value.exit) == ("E_INPUT", 64)
