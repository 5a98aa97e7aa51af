"""What is read of a lock that came along with a script: names and versions, and whose files are others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.environments.aging import MOST_PACKAGES, versions_in, with_other_files


def lock(*packages: tuple[str, str, str]) -> bytes:
    tables = [
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsdist = {{ hash = "sha256:{digest}" }}\n'
        for name, version, digest in packages
    ]
    return "".join(["version = 1\n", *tables]).encode()


def test_versions_are_told_by_normalized_name() -> None:
    found = versions_in(lock(("Six", "1.17", "a"), ("idna", "3", "b"), ("six", "1.16", "c")))
    assert found == {"idna": ["3"], "six": ["1.16", "1.17"]}


HOSTILE = {
    "no TOML": b"[[",
    "not UTF-8": b"\xff\xfe",
    "nested": b"a = " + b"[" * 10_000,
    "no list": b"package = 5",
    "no tables": b"package = [1, 'x']",
    "no names": b"[[package]]\nname = 5\nversion = '1'\n",
    "a name that is none": b"[[package]]\nname = 'a b'\nversion = '1'\n[[package]]\nname = '-'\nversion = '1'\n",
    "a line break": b'[[package]]\nname = "six"\nversion = "1\\n2"\n',
    "a quote": b"[[package]]\nname = 'six'\nversion = '1\"'\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_of_what_is_no_lock_nothing_is_taken(kind: str) -> None:
    assert versions_in(HOSTILE[kind]) == {}
    assert with_other_files(HOSTILE[kind], HOSTILE[kind]) == []


@given(st.binary(max_size=200))
def test_anything_may_come(data: bytes) -> None:
    versions_in(data)
    with_other_files(data, data)


def test_only_so_many_packages_are_looked_at() -> None:
    data = lock(*[(f"p{number}", "1", "a") for number in range(MOST_PACKAGES + 10)])
    assert len(versions_in(data)) == MOST_PACKAGES


def test_other_files_of_one_version_are_told() -> None:
    mine = lock(("six", "1", "a"), ("idna", "3", "b"), ("new", "1", "c"))
    other = lock(("six", "1", "x"), ("idna", "3", "b"), ("old", "1", "y"))
    assert with_other_files(mine, other) == ["six 1"]
    assert with_other_files(mine, lock(("six", "2", "x"))) == []
    assert with_other_files(mine, b'[[package]]\nname = "six"\nversion = "1"\nwheels = 5\n') == []
