"""Names of runs and of their files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.records.ids import is_own_file, is_run_id, new_run_id, task_of, time_text

NOW = 1_794_000_000.4567


def test_an_id_tells_when_and_is_random() -> None:
    first, second = new_run_id(NOW), new_run_id(NOW)
    assert first.startswith("20261106T212000Z-")
    assert first != second
    assert is_run_id(first)


@pytest.mark.parametrize(
    "text",
    ["", "last", "20261118T115320Z-", "20261118T115320Z-0123456g", "20261118T115320Z-012345678", "x" * 25, "٢" * 25],
)
def test_what_is_no_id(text: str) -> None:
    assert not is_run_id(text)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("hello", "hello"),
        ("db/backup", "backup"),
        ("/tmp/some where.py", "some-where"),
        ("ünïcode", "n-code"),
        ("..", "code"),
        (None, "code"),
        ("", "code"),
        ("a" * 300, "a" * 48),
        ("evil\nname", "evil-name"),
    ],
)
def test_a_task_is_safe_as_a_file_name(name: str | None, task: str) -> None:
    assert task_of(name) == task


@given(st.text(max_size=80))
def test_any_name_makes_a_task(name: str) -> None:
    task = task_of(name)
    assert task
    assert task.isascii()
    assert "/" not in task
    assert not task.startswith((".", "-"))


def test_times_are_iso_8601_in_utc() -> None:
    assert time_text(NOW) == "2026-11-06T21:20:00.456Z"
    assert time_text(0) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("hello.20261118T115320Z-01234567.log.txt", True),
        ("hello.20261118T115320Z-01234567.manifest.json", True),
        ("hello.20261118T115320Z-01234567.manifest.script.json", True),
        ("hello.20261118T115320Z-01234567.stdout.txt", True),
        (".hello.20261118T115320Z-01234567.manifest.json.77.0a0b0c0d.tmp", True),
        (".history.jsonl", True),
        (".gitignore", True),
        ("hello.log.txt", False),
        ("result.json", False),
        ("notes.tmp", False),
        (".result.json.77.0a0b0c0d.tmp", False),
    ],
)
def test_own_files_are_told_by_their_names(name: str, own: bool) -> None:
    assert is_own_file(name) is own
