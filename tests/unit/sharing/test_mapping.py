"""The mapping: what is written is read back, whatever else is in the file stays, and what is malformed is told."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.mapping import (
    NOTHING,
    Mapped,
    Remote,
    ScriptMapping,
    change_mapping,
    encode_mapping,
    parse_mapping,
    read_mapping,
    time_text,
)

ENTRY: dict[str, Any] = {
    "gist": "0a",
    "file": "hello.py",
    "version": "a" * 40,
    "sha256": "b" * 64,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T00:00:00Z",
    "tags": ["daily"],
    "enabled": True,
}
HELLO = Mapped(**{**ENTRY, "tags": ("daily",)})


def hexes(*lengths: int) -> st.SearchStrategy[str]:
    return st.sampled_from(lengths).flatmap(lambda n: st.text("0123456789abcdef", min_size=n, max_size=n))


times = st.integers(0, 4_000_000_000).map(time_text)
printable = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20)
beyond = st.dictionaries(st.sampled_from(["later", "colour"]), st.none() | st.integers() | st.lists(st.text()))
entries = st.builds(
    Mapped,
    gist=hexes(1, 20, 32),
    file=st.just("") | printable.filter(lambda text: "/" not in text and text not in (".", "..")),
    version=st.just("") | hexes(40, 64),
    sha256=st.just("") | hexes(64),
    created_at=times,
    updated_at=times,
    tags=st.lists(printable, max_size=3).map(tuple),
    enabled=st.booleans(),
    more=beyond,
)
tables = st.dictionaries(st.sampled_from(["hello", "größe", "a.b-c+d", "1"]), entries)
mappings = st.builds(
    ScriptMapping,
    scripts=tables,
    remote=st.none() | st.builds(Remote, gist=hexes(32), version=st.just("") | hexes(40)),
    base=st.none() | tables,
    more=beyond,
    imports=st.dictionaries(st.just("sm"), times),
    here=st.dictionaries(st.sampled_from(["hello", "gone"]), hexes(64)),
)


@given(mappings)
def test_what_is_written_is_read_back(mapping: ScriptMapping) -> None:
    data = encode_mapping(mapping)
    assert parse_mapping(data, "m") == mapping
    assert encode_mapping(parse_mapping(data, "m")) == data
    data.decode("ascii")


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_anything_else_is_told(data: bytes) -> None:
    with pytest.raises(Failure) as caught:
        parse_mapping(data, "m")
    assert caught.value.code == "E_MAPPING"


WRONG = {
    "no table": ("x", "it is no table"),
    "gist": ({"gist": "../x"}, "`gist`"),
    "no gist": ({"gist": None}, "`gist`"),
    "file": ({"file": "../x.py"}, "`file`"),
    "hidden file": ({"file": "a\x1b[2Jb.py"}, "`file`"),
    "file upwards": ({"file": ".."}, "`file`"),
    "long file": ({"file": "a" * 256}, "`file`"),
    "version": ({"version": "main"}, "`version`"),
    "sha256": ({"sha256": "B" * 64}, "`sha256`"),
    "time": ({"created_at": "yesterday"}, "`created_at`"),
    "other time": ({"updated_at": 5}, "`updated_at`"),
    "tags": ({"tags": "daily"}, "`tags`"),
    "tag": ({"tags": ["a\x07"]}, "`tags`"),
    "many tags": ({"tags": ["x"] * 101}, "`tags`"),
    "enabled": ({"enabled": 1}, "`enabled`"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_malformed_entry_is_told_by_name(case: str) -> None:
    given_, told = WRONG[case]
    entry = {**ENTRY, **given_} if isinstance(given_, dict) else given_
    with pytest.raises(Failure) as caught:
        parse_mapping(json.dumps({"version": 1, "scripts": {"hello": entry}}).encode(), "m")
    assert "`hello`" in caught.value.message
    assert told in caught.value.message


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "con", "pyst", "a b", "x\x1b", "x.py", "u\u0308"])
def test_names_that_no_script_may_have(name: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_mapping(json.dumps({"version": 1, "scripts": {name: ENTRY}}).encode(), "m")
    assert caught.value.code == "E_MAPPING"
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "remote", [5, {}, {"gist": "x", "version": ""}, {"gist": "0a", "version": "main"}, {"gist": "0a"}]
)
def test_a_malformed_remote_is_told(remote: object) -> None:
    with pytest.raises(Failure, match="`remote`"):
        parse_mapping(json.dumps({"version": 1, "scripts": {}, "remote": remote}).encode(), "m")


@pytest.mark.parametrize("imports", [5, {"sm": 1}, {"sm": "yes"}])
def test_malformed_imports_are_told(imports: object) -> None:
    with pytest.raises(Failure, match="`imports`"):
        parse_mapping(json.dumps({"version": 1, "scripts": {}, "imports": imports}).encode(), "m")


def test_what_an_entry_means_as_a_source() -> None:
    assert HELLO.word == f"gist:0a@{'a' * 40}#hello.py"
    assert HELLO._replace(version="", file="").word == "gist:0a"


def test_nothing_is_mapped_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_mapping(str(tmp_path / "mapping.json")) == NOTHING


def test_a_change_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    body = {"version": 1, "later": [1], "scripts": {"hello": {**ENTRY, "colour": "red"}}, "remote": None, "base": None}
    path.write_text(json.dumps(body))
    after = change_mapping(str(path), lambda mapping: mapping.with_script("two", HELLO))
    written = json.loads(path.read_text())
    assert written["later"] == [1]
    assert written["scripts"]["hello"]["colour"] == "red"
    assert written["scripts"]["two"] == ENTRY
    assert after == read_mapping(str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    stamp = path.stat().st_mtime_ns, path.stat().st_ino
    change_mapping(str(path), lambda mapping: mapping)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == stamp
    change_mapping(str(path), lambda mapping: mapping.without("hello").without("nobody"))
    assert list(read_mapping(str(path)).scripts) == ["two"]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"version": 2, "scripts": {}}', b'{"version": 1}', b"\xff", b"[" * 99999]
)
def test_what_can_not_be_understood_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mapping.json"
    path.write_bytes(content)
    for is_change in (False, True):
        with pytest.raises(Failure) as caught:
            change_mapping(str(path), lambda mapping: mapping) if is_change else read_mapping(str(path))
        assert (caught.value.code, caught.value.exit) == ("E_MAPPING", 1)
        assert str(path) in caught.value.message
    assert path.read_bytes() == content


def test_what_stands_in_the_way_is_left_alone(tmp_path: Path) -> None:
    for name in ("folder", "fifo", "link"):
        path = tmp_path / name
        path.mkdir() if name == "folder" else os.mkfifo(path) if name == "fifo" else path.symlink_to("nowhere")
        with pytest.raises(Failure) as caught:
            change_mapping(str(path), lambda mapping: mapping.with_script("hello", HELLO))
        assert caught.value.code == "E_MAPPING"
        assert os.path.lexists(path)


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"

    def refuse(_: ScriptMapping) -> ScriptMapping:
        raise Failure("E_OTHER", "no")

    with pytest.raises(Failure, match="no"):
        change_mapping(str(path), refuse)
    assert not path.exists()


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "mapping.json")

    def change(number: int) -> None:
        change_mapping(path, lambda mapping: mapping.with_script(f"s{number}", HELLO))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert set(read_mapping(path).scripts) == {f"s{number}" for number in range(20)}


def test_what_was_here_before_newer_bytes_is_known_until_they_are_here() -> None:
    old, newer = HELLO, HELLO._replace(sha256="c" * 64)
    mapping = NOTHING.with_script("hello", old)
    assert mapping.known_here("hello") == old.sha256
    assert mapping.after_merge({"hello": old}).here == {}
    ahead = mapping.after_merge({"hello": newer, "other": HELLO})
    assert parse_mapping(encode_mapping(ahead), "m").here == {"hello": old.sha256}
    assert ahead.known_here("hello") == old.sha256
    further = ahead.after_merge({"hello": newer._replace(sha256="d" * 64)})
    assert further.here == {"hello": old.sha256}
    assert further.after_merge({"hello": old}).here == {}
    assert further.after_merge({}).here == {}
    assert further.as_here("hello").known_here("hello") == "d" * 64
    assert further.without("hello").known_here("hello") == ""


@pytest.mark.parametrize("here", [[], {"hello": 1}, {"hello": "x"}])
def test_a_malformed_table_of_what_is_here_is_told(here: Any) -> None:
    with pytest.raises(Failure, match="`here` is no table"):
        parse_mapping(json.dumps({"version": 1, "scripts": {}, "here": here}).encode(), "m")
