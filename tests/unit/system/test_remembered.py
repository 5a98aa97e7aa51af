"""Files of remembered yeses: what comes back, what is refused, and that nothing is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.system.remembered import Store, change_store, encode_store, parse_store, read_store
from pyst.system.witness import Witness

STORE: Store[int] = Store(
    3,
    "things",
    "thing",
    "E_THINGS",
    "nothing counts",
    1 << 20,
    lambda key, value: value if type(value) is int else None,
    lambda value: value,
)
ENTRIES = st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers())
"""Keys as the system hands out paths: surrogates in them come by `os.fsdecode`."""


@given(ENTRIES)
def test_what_is_written_comes_back(entries: dict[str, int]) -> None:
    data = encode_store(STORE, entries)
    assert data.isascii()
    assert parse_store(STORE, data, "x") == entries


def test_a_path_that_is_not_utf_8_survives() -> None:
    key = os.fsdecode(b"/\xff")
    assert parse_store(STORE, encode_store(STORE, {key: 1}), "x") == {key: 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no version"),
        (b'{"version": "3", "things": {}}', "no version"),
        (b'{"version": true, "things": {}}', "no version"),
        (b'{"version": 4, "things": {}}', "this pyst knows 3"),
        (b'{"version": 3, "things": []}', "no things"),
        (b'{"version": 3}', "no things"),
        (b'{"version": 3, "things": {"a": 1, "b": null}}', "the thing `b` is malformed"),
    ],
)
def test_what_cannot_be_understood_counts_for_nothing_and_stays(tmp_path: Path, body: bytes, reason: str) -> None:
    path = tmp_path / "things.json"
    path.write_bytes(body)
    entries, broken = read_store(STORE, str(path), Witness())
    assert entries == {}
    assert broken is not None
    assert (broken.code, reason in broken.message) == ("E_THINGS", True), broken.message
    assert "nothing counts" in broken.hint
    with pytest.raises(Failure) as caught:
        change_store(STORE, str(path), lambda known: {**known, "c": 1})
    assert caught.value.code == "E_THINGS"
    assert path.read_bytes() == body


def test_a_folder_in_its_place_is_a_failure_too(tmp_path: Path) -> None:
    path = tmp_path / "things.json"
    path.mkdir()
    entries, broken = read_store(STORE, str(path), Witness())
    assert (entries, broken and broken.code) == ({}, "E_THINGS")


def test_a_change_is_written_for_the_owner_alone_and_no_change_is_not(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "things.json"
    change_store(STORE, str(path), lambda known: known)
    assert not path.exists()
    change_store(STORE, str(path), lambda known: {**known, "b": 2})
    change_store(STORE, str(path), lambda known: {**known, "a": 1})
    assert json.loads(path.read_bytes()) == {"version": 3, "things": {"a": 1, "b": 2}}
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.stat().st_ino
    change_store(STORE, str(path), dict)
    assert path.stat().st_ino == before
    assert sorted(os.listdir(path.parent)) == ["things.json", "things.lock"]


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "things.json"
    change_store(STORE, str(path), lambda known: {"a": 1})

    def fail(known: dict[str, int]) -> dict[str, int]:
        known["b"] = 2
        raise RuntimeError

    with pytest.raises(RuntimeError):
        change_store(STORE, str(path), fail)
    assert read_store(STORE, str(path), Witness())[0] == {"a": 1}


def test_where_it_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    given: dict[str, Any] = {"a": 1}
    with pytest.raises(Failure) as caught:
        change_store(STORE, str(blocked / "things.json"), lambda _: given)
    assert caught.value.code == "E_WRITE"
