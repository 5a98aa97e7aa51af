"""The index of runs: always what the records say, whatever became of the database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyst.records.index import Found, Query, find_runs
from pyst.records.reading import run_ids
from pyst.system.files import locked
from tests.support.recorded import a_record, put_record, record_data

ALL = Query(limit=None)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def found(state: Path, query: Query = ALL) -> Found:
    return find_runs(str(state), query)


def ids(state: Path, query: Query = ALL) -> list[str]:
    return [row["run_id"] for row in found(state, query).rows]


def database(state: Path) -> Path:
    return state / "history-v1.db"


def settled(state: Path) -> None:
    """As if all had been written long ago, so that times of change tell every change."""
    for day in (state / "runs").iterdir():
        os.utime(day, ns=(day.stat().st_atime_ns, day.stat().st_mtime_ns - 10_000_000_001))


def test_without_records_nothing_is_made(state: Path) -> None:
    assert found(state) == Found((), 0)
    assert not state.exists()


def test_runs_come_newest_first_and_limited(state: Path) -> None:
    for number in (3, 70, 1):
        put_record(state, a_record(number))
    assert ids(state) == list(run_ids(str(state)))
    newest = found(state, Query(limit=1))
    assert [row["run_id"] for row in newest.rows] == [a_record(70).run_id]
    assert newest.total == 3


def test_what_is_new_gone_or_ended_is_seen(state: Path) -> None:
    put_record(state, a_record(1))
    running = a_record(2, status="running", exit_code=None, ended_at=None, duration_seconds=None)
    put_record(state, running)
    assert [row["status"] for row in found(state).rows] == ["lost", "ok"]
    for _ in range(2):
        settled(state)
        assert len(ids(state)) == 2
    put_record(state, a_record(2, status="failed", exit_code=3))
    put_record(state, a_record(3)).unlink()
    path = put_record(state, a_record(4))
    assert [(row["status"], row["exit_code"]) for row in found(state).rows] == [("ok", 0), ("failed", 3), ("ok", 0)]
    path.unlink()
    assert len(ids(state)) == 2
    for each in (state / "runs").rglob("*.json"):
        each.unlink()
    assert ids(state) == []


def test_a_day_that_did_not_change_is_not_read_again(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_record(state, a_record(1))
    settled(state)
    assert len(ids(state)) == 1

    def never(*_: object) -> None:
        raise AssertionError("it was listed")

    monkeypatch.setattr("pyst.records.index._read_day", never)
    assert len(ids(state)) == 1
    assert len(ids(state)) == 1


def test_a_record_written_in_the_same_tick_is_seen(state: Path) -> None:
    path = put_record(state, a_record(1))
    assert len(ids(state)) == 1
    before = path.parent.stat().st_mtime_ns
    put_record(state, a_record(2))
    os.utime(path.parent, ns=(before, before))
    assert len(ids(state)) == 2


def test_a_running_run_is_told_by_its_process(state: Path) -> None:
    from pyst.system.process_tree import started_of

    mine = {"pid": os.getpid(), "started": started_of(os.getpid())}
    put_record(state, a_record(1, status="running", process=mine))
    put_record(state, a_record(2, status="running", process={**mine, "pid": 2**22 + 1}))
    assert [row["status"] for row in found(state).rows] == ["lost", "running"]
    assert ids(state, ALL._replace(statuses=("running",))) == [a_record(1).run_id]
    assert ids(state, ALL._replace(statuses=("lost",))) == [a_record(2).run_id]
    assert found(state, ALL._replace(statuses=("ok",))).total == 0


def test_runs_below_a_folder_are_found(state: Path) -> None:
    for number, cwd in enumerate(["/p", "/p/inner", "/people", "/", "/q"]):
        put_record(state, a_record(number, cwd=cwd))
    assert [row["cwd"] for row in found(state, ALL._replace(under="/p")).rows] == ["/p/inner", "/p"]
    assert found(state, ALL._replace(under="/")).total == 5
    assert found(state, ALL._replace(under="/p", limit=1)).total == 2


RECORDS = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.sampled_from(["ok", "failed", "timed_out"]),
        st.sampled_from(["a", "b/c", "ü\udcff"]),
    ),
    max_size=6,
    unique_by=lambda each: each[0],
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(RECORDS, st.sampled_from(["a", "b/c", "ü\udcff", "project:a", None]), st.integers(0, 300), st.integers(1, 7))
def test_a_query_means_what_it_says(
    tmp_path_factory: pytest.TempPathFactory,
    runs: list[tuple[int, str, str]],
    script: str | None,
    since: int,
    limit: int,
) -> None:
    state = tmp_path_factory.mktemp("state")
    for number, status, name in runs:
        selector = f"project:{name}"
        put_record(state, a_record(number, status=status, script__name=name, script__selector=selector))
    start = record_data(since)["started_at"]
    query = Query(script, None, ("ok", "failed"), start, limit=limit)
    expected = sorted(
        (
            record_data(number)["run_id"]
            for number, status, name in runs
            if status != "timed_out"
            and (script is None or script in (name, f"project:{name}"))
            and record_data(number)["started_at"] >= start
        ),
        reverse=True,
    )
    told = found(state, query)
    assert [row["run_id"] for row in told.rows] == expected[:limit]
    assert told.total == len(expected)
    assert found(state, query) == find_runs(str(state), query, remake=True)


def test_what_is_no_record_is_told_and_kept(state: Path) -> None:
    good = put_record(state, a_record(1))
    broken = good.with_name("20260301T100009Z-0000abcd.json")
    for data in (b"", b"{", b"[]", b"\xff", b"[" * 100_000, good.read_bytes()):
        broken.write_bytes(data)
        os.utime(good.parent)
        told = found(state)
        assert [row["run_id"] for row in told.rows] == [good.stem]
        assert [path for path, _ in told.unreadable] == [str(broken)]
        assert told.unreadable_total == 1
        assert broken.read_bytes() == data
    (good.parent / "notes.txt").write_text("mine")
    (good.parent / "other.json").write_text("mine")
    put_record(state, a_record(0xABCD, run_id=broken.stem))
    assert found(state).unreadable == ()
    assert len(ids(state)) == 2


def _overwrite(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)


def _of_another_version(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version=99")


def _of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE runs(x)")


def _without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE unreadable")


def _with_a_false_row(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("UPDATE runs SET shown = replace(shown, 'hello', 'jello')")


def _with_other_types(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("UPDATE runs SET shown = x'ff', seal = 'text'")
        other.execute("UPDATE days SET mtime_ns = 'text'")


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _a_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def _a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


DAMAGES: list[Callable[[Path], None]] = [
    Path.unlink,
    _overwrite,
    _of_another_version,
    _of_another_program,
    _without_a_table,
    _with_a_false_row,
    _with_other_types,
    _torn,
    _zeros,
    _a_folder,
    _a_fifo,
    _a_link,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.__name__.strip("_"))
def test_a_damaged_index_is_made_again(state: Path, damage: Callable[[Path], None]) -> None:
    for number in range(40):
        put_record(state, a_record(number))
    settled(state)
    sound = found(state)
    assert sound.total == 40
    damage(database(state))
    assert found(state) == sound
    assert database(state).is_file()
    assert not database(state).is_symlink()
    assert found(state) == sound


@pytest.mark.parametrize("at", range(0, 24, 2))
def test_a_bit_that_flips_changes_no_row(state: Path, at: int) -> None:
    for number in range(40):
        put_record(state, a_record(number))
    settled(state)
    sound = found(state)
    data = bytearray(database(state).read_bytes())
    data[len(data) * at // 24 + 7] ^= 16
    database(state).write_bytes(data)
    told = {row["run_id"]: row for row in sound.rows}
    assert all(told[row["run_id"]] == row for row in found(state).rows)


def test_where_nothing_can_be_written_there_is_an_answer_all_the_same(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_record(state, a_record(1))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("pyst.system.files.locked", refuse)
    assert len(ids(state)) == 1
    assert not database(state).exists()


def test_where_another_keeps_the_lock_too_long_there_is_an_answer(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_record(state, a_record(1))
    monkeypatch.setattr("pyst.records.index.PATIENCE_SECONDS", 0.05)
    with locked(str(state / "history-v1.lock")):
        assert len(ids(state)) == 1
    assert not database(state).exists()
    assert len(ids(state)) == 1
    assert database(state).exists()


def test_the_index_is_for_the_user_alone(state: Path) -> None:
    put_record(state, a_record(1))
    found(state)
    assert database(state).stat().st_mode & 0o777 == 0o600
