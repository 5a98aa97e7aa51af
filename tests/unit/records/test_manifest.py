"""What scripts themselves write about their outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.records.manifest import parse_manifest, place_below


def parsed(content: Any, folder: str = "/out", cwd: str = "/") -> Any:
    return parse_manifest(json.dumps(content).encode(), folder, cwd)


def test_entries_are_read() -> None:
    told = {
        "outputs": [{"path": "a.csv", "role": "report", "format": "csv", "rows": 3, "sha256": "x", "bytes": 1}, "b"]
    }
    found = parsed(told)
    assert found.broken == ""
    assert found.entries["a.csv"] == ("a.csv", "report", "csv", {"rows": 3})
    assert found.entries["b"] == ("b", None, None, {})
    assert parsed(told["outputs"]) == found


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'"text"', "expected an object"),
        (b'{"outputs": 3}', "expected an object"),
        (b'{"outputs": [3, {"role": "x"}, {"path": ""}, {"path": "a\\u0000"}, {"path": "a", "n": NaN}]}', "5 of its 5"),
    ],
)
def test_what_can_not_be_used_is_told(data: bytes, why: str) -> None:
    assert why in parse_manifest(data, "/out", "/").broken


def test_one_wrong_entry_spoils_no_other() -> None:
    found = parsed([{"path": "good"}, {"no": "path"}])
    assert list(found.entries) == ["good"]
    assert "1 of its 2" in found.broken


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a", "a"),
        ("./a/../b", "b"),
        ("/out/a", "a"),
        ("/out/../etc/passwd", None),
        ("../a", None),
        ("/etc/passwd", None),
        ("/outer/a", None),
        (".", None),
        ("/out", None),
    ],
)
def test_paths_stay_in_the_folder(path: str, place: str | None) -> None:
    assert place_below(path, "/out", "/") == place


def test_a_path_from_where_the_script_started_counts_if_it_leads_into_the_folder(tmp_path: Path) -> None:
    (tmp_path / "temp").mkdir()
    (tmp_path / "temp" / "a").write_text("x")
    assert place_below("temp/a", str(tmp_path / "temp"), str(tmp_path)) == "a"


@given(st.binary(max_size=60) | st.text().map(lambda text: json.dumps([text]).encode()))
def test_nothing_breaks_the_reader(data: bytes) -> None:
    found = parse_manifest(data, "/out", "/")
    assert all(each.split("/")[0] not in ("", "..") for each in found.entries)
