"""`trust.json`: what it covers, what is refused, and that it is never lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.settings.trust import (
    Entry,
    Trust,
    change_trust,
    encode_trust,
    hash_project_files,
    parse_trust,
    project_hash,
    read_trust,
    sha256_of,
)
from pyst.system.witness import Witness


def entry(data: bytes = b"x", kind: str = "script") -> Entry:
    return Entry(sha256_of(data), kind, 7)


def put(path: Path, entries: dict[str, Entry]) -> None:
    change_trust(str(path), lambda known: {**known, **entries})


def test_trust_is_bound_to_real_path_and_content(tmp_path: Path) -> None:
    script, link, twin = tmp_path / "a.py", tmp_path / "link.py", tmp_path / "b.py"
    for path in (script, twin):
        path.write_bytes(b"x")
    link.symlink_to(script)
    trust = Trust({str(script): entry()})
    assert trust.covers(str(script), sha256_of(b"x"))
    assert trust.covers_file(str(script), Witness())
    assert trust.covers_file(str(link), Witness())
    assert trust.covers_bytes(str(link), b"x")
    assert not trust.covers_bytes(str(link), b"y")
    assert not trust.covers_file(str(twin), Witness())
    script.write_bytes(b"y")
    assert not trust.covers_file(str(script), Witness())
    script.unlink()
    assert not trust.covers_file(str(script), Witness())
    script.mkdir()
    assert not trust.covers_file(str(script), Witness())
    assert not Trust().covers(str(twin), sha256_of(b"x"))


def test_a_project_is_trusted_until_a_file_comes_goes_or_changes(tmp_path: Path) -> None:
    root = str(tmp_path)

    def is_trusted() -> bool:
        return Trust({root: Entry(before, "project", 0)}).covers_project(root, Witness())

    before = project_hash(hash_project_files(root, Witness()))
    assert is_trusted()
    (tmp_path / "uv.toml").write_text("a")
    assert not is_trusted()
    before = project_hash(hash_project_files(root, Witness()))
    assert is_trusted()
    (tmp_path / "uv.toml").write_text("b")
    assert not is_trusted()
    (tmp_path / "uv.toml").unlink()
    assert not is_trusted()
    assert not Trust({root: entry(kind="script")}).covers_project(root, Witness())
    (tmp_path / "uv.toml").mkdir()
    assert not is_trusted()


def test_an_absent_file_trusts_nothing(tmp_path: Path) -> None:
    trust = read_trust(str(tmp_path / "trust.json"), Witness())
    assert (dict(trust.entries), trust.broken) == ({}, None)


BROKEN = {
    "empty": b"",
    "truncated": encode_trust({"/x": entry()})[:-20],
    "no JSON": b"\xff\xfe",
    "list": b"[]",
    "no version": b"{}",
    "future": b'{"version": 2, "entries": {}}',
    "no entries": b'{"version": 1}',
    "wrong entry": b'{"version": 1, "entries": {"/x": 1}}',
    "relative path": json.dumps({"version": 1, "entries": {"x": entry()._asdict()}}).encode(),
    "short hash": b'{"version": 1, "entries": {"/x": {"sha256": "a", "kind": "script", "time": 1}}}',
    "other kind": json.dumps({"version": 1, "entries": {"/x": entry(kind="all")._asdict()}}).encode(),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_can_not_be_understood_is_told_and_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / "trust.json"
    path.write_bytes(BROKEN[name])
    trust = read_trust(str(path), Witness())
    assert trust.broken is not None
    assert not trust.entries
    with pytest.raises(Failure) as caught:
        put(path, {"/x": entry()})
    assert caught.value.code == "E_TRUST_UNREADABLE"
    assert path.read_bytes() == BROKEN[name]


@pytest.mark.parametrize("trap", ["folder", "fifo"])
def test_what_is_no_file_is_told_and_kept(tmp_path: Path, trap: str) -> None:
    path = tmp_path / "trust.json"
    if trap == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(Failure) as caught:
        put(path, {"/x": entry()})
    assert caught.value.code == "E_TRUST_UNREADABLE"
    assert path.is_dir() if trap == "folder" else path.is_fifo()


def test_changes_are_laid_over_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "trust.json"
    put(path, {"/a": entry(b"a")})
    put(path, {"/b": entry(b"b")})
    assert dict(read_trust(str(path), Witness()).entries) == {"/a": entry(b"a"), "/b": entry(b"b")}
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in path.parent.iterdir()) == ["trust.json", "trust.lock"]


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure) as caught:
        put(tmp_path / "file" / "trust.json", {})
    assert caught.value.code == "E_WRITE"


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.binary(min_size=1, max_size=20).map(lambda name: os.fsdecode(b"/" + name)), st.binary(max_size=3)
    )
)
def test_every_path_survives(paths: dict[str, bytes]) -> None:
    entries = {path: entry(data) for path, data in paths.items()}
    data = encode_trust(entries)
    assert data.isascii()
    assert parse_trust(data, "trust.json") == entries


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_flipped_bit_is_noticed_or_trusts_nothing_new(at: int, bit: int) -> None:
    before = {"/some/path.py": entry(b"a"), "/other": entry(b"b", "project")}
    data = bytearray(encode_trust(before))
    data[at % len(data)] ^= 1 << bit
    try:
        after = parse_trust(bytes(data), "trust.json")
    except Failure:
        return
    for path, each in after.items():  # one bit can't turn one trusted (path, hash) into another that exists
        assert (path, each.sha256) in {(p, e.sha256) for p, e in before.items()} or (
            (path in before) != (each.sha256 in {e.sha256 for e in before.values()})
        )
