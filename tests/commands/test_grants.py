"""`pyst grants`: bound to content, listed with how they stand, taken back, never lost and never overwritten."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pyst.commands import grants
from pyst.confinement.grants import encode_grants, parse_grants
from pyst.confinement.permissions import Permissions
from tests.conftest import Home, Pyst

BLOCK = '# /// script\n# [tool.pyst.permissions]\n# read = ["."]\n# net = ["a.example:443"]\n# ///\n'


def rows(pyst: Pyst, *words: str, **given: Any) -> list[dict[str, Any]]:
    """The grants that an action tells of, held against the schema."""
    ended = pyst("grants", *words, "--format", "json", **given)
    assert ended.code == 0, ended.out + ended.err
    jsonschema.validate(ended.detail, grants.DETAIL)
    found: list[dict[str, Any]] = ended.detail["grants"]
    return found


def states(pyst: Pyst) -> dict[str, str]:
    return {os.path.basename(row["path"]): row["state"] for row in rows(pyst, "list")}


@pytest.fixture
def script(home: Home) -> Path:
    return home.script("s", BLOCK + "print(1)\n")


def path_of(home: Home) -> Path:
    return home.path / ".local/share/pyst/grants.json"


def test_nothing_is_granted_at_first(pyst: Pyst, home: Home) -> None:
    assert pyst("grants").out == "nothing is granted\n"
    assert rows(pyst) == rows(pyst, "list") == []
    assert not path_of(home).exists()


def test_allow_grants_what_the_script_declares(pyst: Pyst, home: Home, script: Path) -> None:
    (row,) = rows(pyst, "allow", "s")
    assert (row["path"], row["state"]) == (str(script), "new")
    assert row["permissions"] == Permissions(read=(str(home.project),), net=("a.example:443",)).to_json()
    assert states(pyst) == {"s.py": "current"}
    assert path_of(home).stat().st_mode & 0o777 == 0o600
    assert "net    a.example:443" in pyst("grants").out


def test_allow_grants_what_the_options_say_and_adds_to_what_was_granted(pyst: Pyst, script: Path) -> None:
    assert rows(pyst, "allow", "s", "--allow-env=A_*")[0]["permissions"]["env"] == ["A_*"]
    found = rows(pyst, "allow", "s", "--allow-env=A_B,C")[0]["permissions"]
    assert (found["env"], found["net"]) == (["A_*", "C"], [])


def test_a_change_of_the_script_ends_the_grant(pyst: Pyst, script: Path) -> None:
    rows(pyst, "allow", "s")
    script.write_text(script.read_text() + "#\n")
    assert states(pyst) == {"s.py": "changed"}
    ended = pyst("run", "--sandbox", "s")
    assert ended.code == 101
    rows(pyst, "allow", "s")
    assert sorted(row["state"] for row in rows(pyst, "list")) == ["changed", "current"]
    script.unlink()
    assert {row["state"] for row in rows(pyst, "list")} == {"gone"}


def test_a_copy_of_the_script_has_its_grant(pyst: Pyst, home: Home, script: Path) -> None:
    rows(pyst, "allow", "s")
    home.script("copy", script.read_text())
    found = pyst("explain", "copy", "--format", "json").detail["permissions"]["items"]
    assert {each["state"] for each in found} == {"granted"}


def test_revoke(pyst: Pyst, home: Home, script: Path) -> None:
    other = home.script("t", BLOCK + "print(2)\n")
    rows(pyst, "allow", "s")
    (row,) = rows(pyst, "allow", "t")
    assert [each["path"] for each in rows(pyst, "list", "t")] == [str(other)]
    assert [each["path"] for each in rows(pyst, "revoke", "s")] == [str(script)]
    assert states(pyst) == {"t.py": "current"}
    assert len(rows(pyst, "revoke", row["sha256"][:12])) == 1
    again = pyst("grants", "revoke", "t", "--format", "json")
    assert (again.code, again.json["diagnostics"][0]["code"]) == (0, "I_NOT_GRANTED")
    rows(pyst, "allow", "s")
    script.unlink()
    assert len(rows(pyst, "revoke", ".pyst/s.py")) == 1
    rows(pyst, "allow", "t")
    assert len(rows(pyst, "revoke", "--all")) == 1
    assert states(pyst) == {}


@pytest.mark.parametrize(
    "words",
    [
        ("lst",),
        ("allow",),
        ("allow", "s", "t"),
        ("allow", "plain"),
        ("allow", "s", "--allow-net=http://x"),
        ("revoke",),
        ("revoke", "s", "--all"),
        ("list", "--all"),
        ("list", "--allow-net"),
    ],
)
def test_usage(pyst: Pyst, home: Home, script: Path, words: tuple[str, ...]) -> None:
    home.script("plain", "print(1)\n")
    assert pyst("grants", *words).code == 64
    assert not path_of(home).exists()


def test_an_unknown_script_is_127(pyst: Pyst) -> None:
    assert pyst("grants", "allow", "nothing").code == 127


BROKEN = [
    b"{",
    b"\xff",
    b"[]",
    b'{"version": 9, "grants": {}}',
    b'{"version": 1}',
    b'{"version": 1, "grants": {"x": {}}}',
    json.dumps(
        {"version": 1, "grants": {"0" * 64: {"path": "/s", "time": 1, "permissions": {"read": ["x"]}}}}
    ).encode(),
    json.dumps({"version": 1, "grants": {"0" * 64: {"path": "/s", "time": 1, "permissions": {"raed": []}}}}).encode(),
    json.dumps({"version": 1, "grants": {"0" * 64: {"path": "/s", "time": True, "permissions": {}}}}).encode(),
    json.dumps({"version": 1, "grants": {"0" * 64: {"path": "/s", "time": 1, "permissions": {"net": [1]}}}}).encode(),
]


@pytest.mark.parametrize("data", BROKEN)
def test_a_broken_file_is_told_and_kept(pyst: Pyst, home: Home, script: Path, data: bytes) -> None:
    path = path_of(home)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    for words in (("list",), ("allow", "s"), ("revoke", "s"), ("revoke", "--all")):
        ended = pyst("grants", *words, "--format", "json")
        assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_GRANTS_UNREADABLE")
        assert path.read_bytes() == data
    for line in ("explain s", "info s", "run --dry-run --sandbox s"):
        shown = pyst("--format", "json", *line.split())
        assert shown.code == 0
        assert "E_GRANTS_UNREADABLE" in [each["code"] for each in shown.json["diagnostics"]]
    assert pyst("run", "--sandbox", "s").code == 101
    assert path.read_bytes() == data


def test_what_is_written_is_read_again(pyst: Pyst, home: Home, script: Path) -> None:
    odd = home.project / os.fsdecode(b"a*\xff\n b")
    odd.mkdir()
    (home.project / "link").symlink_to(odd)
    rows(pyst, "allow", "s", "--allow-read=link", "--allow-write=link", "--allow-net", "--allow-run=sh,./x")
    data = path_of(home).read_bytes()
    found = parse_grants(data, "grants.json")
    assert next(iter(found.values())).permissions.write == (str(odd),)
    assert encode_grants(found) == data
