"""Finding records: by id, by a part of one, or the last; and how a run stands whose pyst is gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pyst.errors import Failure
from pyst.records.reading import all_records, find_record, read_record, record_path
from pyst.records.record import Process, Record, to_json
from pyst.system.process_tree import started_of
from tests.unit.records.test_record import FULL

IDS = ("20261117T010203Z-aaaaaaaa", "20261118T010203Z-abcdef01", "20261118T115320Z-01234567")


def put(state: Path, record: Record) -> Path:
    path = Path(record_path(str(state), record.run_id))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(to_json(record)))
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    for run_id in IDS:
        put(tmp_path, FULL._replace(run_id=run_id))
    return tmp_path


def test_all_come_newest_first(state: Path) -> None:
    assert [each.run_id for each in all_records(str(state))] == [*reversed(IDS)]


@pytest.mark.parametrize(
    ("word", "run_id"), [("last", IDS[2]), (IDS[0], IDS[0]), ("20261117", IDS[0]), ("abc", IDS[1]), ("0123", IDS[2])]
)
def test_a_run_is_found(state: Path, word: str, run_id: str) -> None:
    assert find_record(str(state), word).run_id == run_id


@pytest.mark.parametrize("word", ["", "zzz", "20261118", "../../x", "20261118T115320Z-01234568"])
def test_what_means_no_run_or_several_is_told(state: Path, word: str) -> None:
    with pytest.raises(Failure) as told:
        find_record(str(state), word)
    assert (told.value.code, told.value.exit) == ("E_NO_RUN", 1)
    assert told.value.hint


def test_a_near_miss_is_named(state: Path) -> None:
    with pytest.raises(Failure) as told:
        find_record(str(state), "20261118T115320Z-01234568")
    assert IDS[2] in told.value.hint


def test_without_runs_there_is_no_last(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no run was recorded"):
        find_record(str(tmp_path), "last")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"schema": "pyst-record/1"}', b"\xff", b"[" * 100_000])
def test_a_damaged_record_is_skipped_and_told(state: Path, damage: bytes) -> None:
    path = Path(record_path(str(state), IDS[2]))
    path.write_bytes(damage)
    assert [each.run_id for each in all_records(str(state))] == [IDS[1], IDS[0]]
    with pytest.raises(Failure) as told:
        find_record(str(state), "last")
    assert told.value.code == "E_RECORD_BROKEN"
    assert path.read_bytes() == damage


def test_a_fifo_is_no_record(state: Path) -> None:
    path = Path(record_path(str(state), IDS[2]))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Failure, match="no regular file"):
        read_record(str(path))


@pytest.mark.parametrize(
    ("process", "status"),
    [
        (None, "lost"),
        (Process(os.getpid(), started_of(os.getpid())), "running"),
        (Process(os.getpid(), "another:1:2"), "lost"),
        (Process(2**22 + 1, (started_of(os.getpid()) or "::").rpartition(":")[0] + ":1"), "lost"),
        (Process(2**22 + 1, None), "lost"),
        (Process(os.getpid(), None), "running"),
    ],
)
def test_how_a_run_stands_is_told_by_its_process(tmp_path: Path, process: Process | None, status: str) -> None:
    path = put(tmp_path, FULL._replace(status="running", process=process))
    assert read_record(str(path)).status == status


def test_a_run_in_a_container_beside_this_one_is_taken_to_run(tmp_path: Path) -> None:
    boot = (started_of(os.getpid()) or "::").split(":")[0]
    path = put(tmp_path, FULL._replace(status="running", process=Process(1, f"{boot}:1:1")))
    assert read_record(str(path)).status == "running"


def test_of_runs_in_one_second_the_last_is_the_one_that_began_last(tmp_path: Path) -> None:
    for run_id, milliseconds in (("00000002", 100), ("ffffffff", 500), ("00000001", 900)):
        time = f"2026-03-01T10:00:00.{milliseconds}Z"
        put(tmp_path, FULL._replace(run_id=f"20260301T100000Z-{run_id}", started_at=time))
    put(tmp_path, FULL._replace(run_id="20260228T100000Z-ffffffff"))
    assert find_record(str(tmp_path), "last").run_id == "20260301T100000Z-00000001"
