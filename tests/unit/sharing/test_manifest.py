"""The manifest of installed scripts: what is written is read again, what is not understood is told and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.manifest import (
    NOTHING,
    Installed,
    Manifest,
    change_manifest,
    encode_manifest,
    parse_manifest,
    read_manifest,
)

SHA = "ab" * 32
PATH = "/data/manifest.json"
ENTRY = Installed("it", "/data/installed/it.py", "gist:ab", "gist:ab@cd", "", None, SHA, 3, 1, 2)

TEXTS = st.text(max_size=20)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
NAMES = st.text("abcXYZ09-_.+é", min_size=1, max_size=10).filter(lambda name: name[0] != ".")
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner, max_size=3))
MORE = st.dictionaries(st.sampled_from(["stars", "later"]), JSON)


@st.composite
def entries(draw: st.DrawFn, name: str) -> Installed:
    shim = {"path": f"bin/{name}", "kind": draw(st.sampled_from(["pyst", "direct"])), "sha256": draw(HASHES)}
    return Installed(
        name,
        draw(st.sampled_from([f"/data/installed/{name}.py", f"/elsewhere/{name}.py"])),
        draw(TEXTS),
        draw(TEXTS),
        draw(TEXTS),
        draw(st.none() | TEXTS),
        draw(HASHES),
        draw(st.integers(0, 1 << 30)),
        draw(st.integers(0, 1 << 40)),
        draw(st.integers(0, 1 << 40)),
        draw(st.none() | HASHES),
        draw(st.dictionaries(st.sampled_from(["read", "net"]), st.lists(TEXTS, max_size=3))),
        tuple(draw(st.lists(TEXTS, max_size=3))),
        draw(st.sampled_from([None, shim])),
        draw(st.sampled_from([None, "strict", "basic"])),
        draw(MORE),
    )


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    return Manifest({name: draw(entries(name)) for name in sorted(names)}, draw(MORE))


@given(manifests())
def test_what_is_written_is_read_again(manifest: Manifest) -> None:
    data = encode_manifest(manifest, PATH)
    assert parse_manifest(data, PATH) == manifest
    assert encode_manifest(parse_manifest(data, PATH), PATH) == data


@given(manifests(), st.data())
def test_any_damage_is_told_or_leaves_a_manifest(manifest: Manifest, chance: st.DataObject) -> None:
    data = bytearray(encode_manifest(manifest, PATH))
    at = chance.draw(st.integers(0, len(data) - 1))
    data[at] ^= chance.draw(st.integers(1, 255))
    try:
        parse_manifest(bytes(data), PATH)
    except Failure as failure:
        told = failure.code
        assert told == "E_MANIFEST"


def test_the_folder_may_be_moved() -> None:
    data = encode_manifest(NOTHING.with_script(ENTRY), PATH)
    assert parse_manifest(data, "/moved/manifest.json").scripts["it"].file == "/moved/installed/it.py"


def test_a_file_is_found_by_its_path_and_by_a_link(tmp_path: Path) -> None:
    real = tmp_path / "installed" / "it.py"
    real.parent.mkdir()
    real.write_text("")
    (tmp_path / "link.py").symlink_to(real)
    manifest = NOTHING.with_script(ENTRY._replace(file=str(real)))
    for path in (real, tmp_path / "link.py"):
        found = manifest.of_file(str(path))
        assert found is not None
        assert found.name == "it"
    assert manifest.of_file(str(tmp_path / "other.py")) is None
    assert manifest.without("it").scripts == {}


BROKEN = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no version": b'{"scripts": {}}',
    "a text for a version": b'{"version": "1", "scripts": {}}',
    "a truth for a version": b'{"version": true, "scripts": {}}',
    "a later version": b'{"version": 2, "scripts": {}}',
    "no scripts": b'{"version": 1}',
    "nested": b"[" * 100_000,
}
WRONG = {
    "name": "other",
    "file": 5,
    "source": None,
    "pinned": [],
    "ref": None,
    "sha256": SHA.upper(),
    "size_bytes": "3",
    "installed_at": True,
    "updated_at": 1.5,
    "commit": 5,
    "lock_sha256": "ab",
    "requirements": "six",
    "permissions": {"read": "x"},
    "shim": {"path": "bin/it", "kind": "odd", "sha256": SHA},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_manifest_is_told(kind: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_manifest(BROKEN[kind], PATH)
    assert caught.value.code == "E_MANIFEST"
    assert PATH in caught.value.message


@pytest.mark.parametrize("key", WRONG)
def test_what_is_no_entry_is_told(key: str) -> None:
    body = json.loads(encode_manifest(NOTHING.with_script(ENTRY), PATH))
    body["scripts"]["it"][key] = WRONG[key]
    with pytest.raises(Failure, match="`it` is malformed"):
        parse_manifest(json.dumps(body).encode(), PATH)


@pytest.mark.parametrize("name", ["", ".it", "a/b"])
def test_what_can_be_no_name_is_told(name: str) -> None:
    body = json.loads(encode_manifest(NOTHING.with_script(ENTRY._replace(name="x")), PATH))
    body["scripts"][name] = {**body["scripts"].pop("x"), "name": name}
    with pytest.raises(Failure, match="is malformed"):
        parse_manifest(json.dumps(body).encode(), PATH)


def test_a_change_is_made_of_what_is_there(tmp_path: Path) -> None:
    path = str(tmp_path / "manifest.json")
    assert read_manifest(path) == NOTHING
    entry = ENTRY._replace(file=str(tmp_path / "installed" / "it.py"))
    change_manifest(path, lambda manifest: manifest.with_script(entry))
    change_manifest(path, lambda manifest: manifest.with_script(entry._replace(name="other")))
    assert sorted(read_manifest(path).scripts) == ["it", "other"]
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_what_is_not_understood_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text('{"version": 2}')
    with pytest.raises(Failure, match="its version is 2"):
        change_manifest(str(path), lambda manifest: manifest)
    assert path.read_text() == '{"version": 2}'


def test_a_link_that_leads_nowhere_is_no_empty_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(Failure):
        read_manifest(str(path))
