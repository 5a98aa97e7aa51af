"""`pyst gc` and `pyst cache` without environments; with real ones: tests/uv/test_gc.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from pyst.commands import cache, gc
from pyst.commands.gc import shown_age, shown_size
from pyst.environments.marker import marker_begins
from tests.conftest import Home, Pyst

KEY = "0123456789abcdef01234567"


def store(home: Home) -> Path:
    return home.path / ".cache" / "pyst" / "environments-v1"


def fake(home: Home, key: str = KEY, *, whole: bool = True) -> Path:
    """Something in the store, used long ago."""
    folder = store(home) / key
    (folder / "bin").mkdir(parents=True)
    (folder / "data").write_bytes(b"x" * 9000)
    if whole:
        python = folder / "bin" / "python"
        python.write_text("#!/bin/sh\n")
        python.chmod(0o755)
        (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
        begins = marker_begins(str(folder), key)
        (folder / "pyst-environment.json").write_bytes(begins + b'"requirements": ["six"], "whole": true}\n')
    os.utime(folder, (1e9, 1e9))
    return folder


def test_an_empty_store(home: Home, pyst: Pyst) -> None:
    ended = pyst("gc")
    assert (ended.code, ended.out) == (0, "dropped 0, nothing to free; kept 0 (0 B)\n")
    assert not store(home).exists()


def test_old_ones_and_leftovers_go(home: Home, pyst: Pyst) -> None:
    folders = [fake(home), fake(home, "f" * 24, whole=False)]
    trash, work = store(home) / ".trash" / f"{KEY}.1.00", store(home) / ".work" / "lock-1-00"
    for each in (trash, work):
        (each / "deep").mkdir(parents=True)
        os.utime(each, (1e9, 1e9))
    other = store(home) / "not-ours"
    other.mkdir()
    ended = pyst("gc", "--dry-run")
    assert "would drop 2" in ended.out
    assert all(each.exists() for each in (*folders, trash, work))
    detail = pyst("gc", "--format", "json").detail
    jsonschema.validate(detail, gc.DETAIL)
    assert {each["reason"] for each in detail["environments"]} == {"not needed", "not whole"}
    assert detail["freed_bytes"] > 16000
    assert not any(each.exists() for each in (*folders, trash, work))
    assert other.exists()


@pytest.mark.parametrize("name", ["last-used", "pyst-environment.json"])
@pytest.mark.parametrize("how", ["folder", "FIFO", "garbage"])
def test_broken_files_of_an_environment_do_no_harm(home: Home, pyst: Pyst, name: str, how: str) -> None:
    path = fake(home) / name
    path.unlink(missing_ok=True)
    if how == "folder":
        path.mkdir()
    elif how == "FIFO":
        os.mkfifo(path)
    else:
        path.write_bytes(b"[" * 100_000)
    assert pyst("gc", "--older-than", "0").code == 0
    assert pyst("cache", "stats").code == 0
    assert pyst("cache", "clear").code == 0
    assert not path.exists()


def test_a_broken_record_of_users_does_no_harm(home: Home, pyst: Pyst) -> None:
    fake(home)
    users = store(home) / ".users" / KEY
    users.parent.mkdir()
    users.write_bytes(b"relative\0\xff/x\0/nowhere/\xff.py\0cut")
    assert json.loads(pyst("gc", "--format", "json").out)["detail"]["dropped"] == 1


def test_words_that_are_no_sizes_or_times(pyst: Pyst) -> None:
    for words in (["--max-size", "much"], ["--older-than", "long"]):
        ended = pyst("gc", *words)
        assert ended.code == 64
        assert f"`{' '.join(words)}`" in ended.err


def test_the_parts_of_the_cache(home: Home, pyst: Pyst) -> None:
    for name in ("interfaces-v1", "plans-v1", "snippets-v1"):
        (store(home).parent / name).mkdir(parents=True)
        (store(home).parent / name / "entry").write_text("x")
    detail = pyst("cache", "stats", "--format", "json").detail
    jsonschema.validate(detail, cache.DETAIL)
    assert [each["entries"] for each in detail["parts"]] == [0, 1, 1, 1]
    assert pyst("cache", "clear", "plans").code == 0
    assert sorted(os.listdir(store(home).parent)) == ["interfaces-v1", "snippets-v1"]
    assert pyst("cache", "clear", "everything").code == 64


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 << 20, "3.0 MiB"), (5 << 30, "5.0 GiB")]
)
def test_sizes_for_a_person(count: int, shown: str) -> None:
    assert shown_size(count) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (2e6, "23 d")])
def test_ages_for_a_person(seconds: float, shown: str) -> None:
    assert shown_age(seconds) == shown
