"""What `pyst gc` drops of recorded runs, and all that it must not touch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pyst.records import objects
from pyst.records.record import Process, Record, Surroundings
from pyst.records.sweeping import drop, find_old, time_of
from pyst.system.process_tree import started_of
from tests.support.recorded import put_record
from tests.unit.records.test_record import FULL

OLD, NEW = "20260101T000000Z-00000001", "20260301T000000Z-00000002"
NOW = time_of("20260302T000000Z-00000000")
KEEP = 30 * 86400


@pytest.fixture
def state(tmp_path: Path) -> Path:
    made = tmp_path / "state"
    made.mkdir()
    return made


def put(state: Path, run_id: str, *, own: bool = True, data: bytes | None = None, **changes: Any) -> Record:
    """A recorded run with an output, its script kept and as old as it is."""
    folder = state / "outputs" / run_id if own else state.parent / "mine"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.txt").write_text("output")
    sha256 = objects.keep(str(state), data or run_id.encode())
    os.utime(objects.object_path(str(state), sha256), (time_of(run_id), time_of(run_id)))
    record = FULL._replace(
        run_id=run_id,
        output_dir=str(folder),
        manifest=str(folder / "m.json"),
        script=FULL.script._replace(sha256=sha256),
        environment=Surroundings(None, None),
        input=None,
        stdout=None,
        **changes,
    )
    put_record(state, record)
    return record


def sweep(state: Path) -> tuple[tuple[str, ...], int]:
    old = find_old(str(state), now=NOW, keep_seconds=KEEP)
    drop(str(state), old, now=NOW, keep_seconds=KEEP)
    return old.runs, len(old.objects)


def test_an_old_run_goes_with_outputs_record_and_content(state: Path) -> None:
    put(state, OLD)
    new = put(state, NEW)
    assert sweep(state) == ((OLD,), 1)
    assert [each.name for each in (state / "outputs").iterdir()] == [NEW]
    assert [each.stem for each in (state / "runs").rglob("*.json")] == [NEW]
    assert objects.read(str(state), new.script.sha256) == NEW.encode()
    assert sweep(state) == ((), 0)


def test_an_old_run_with_a_folder_of_the_user_s_stays(state: Path) -> None:
    record = put(state, OLD, own=False)
    assert sweep(state) == ((), 0)
    assert Path(record.output_dir, "a.txt").read_text() == "output"
    assert objects.read(str(state), record.script.sha256) is not None


def test_content_that_a_newer_run_names_stays(state: Path) -> None:
    put(state, OLD, data=b"shared")
    put(state, NEW, data=b"shared")
    os.utime(objects.object_path(str(state), objects.keep(str(state), b"shared")), (0, 0))
    assert sweep(state) == ((OLD,), 0)


def test_nothing_of_content_goes_where_a_record_is_damaged(state: Path) -> None:
    put(state, OLD)
    put(state, NEW)
    broken = next((state / "runs").rglob(f"{NEW}.json"))
    broken.write_text("{")
    assert sweep(state) == ((OLD,), 0)
    assert broken.read_text() == "{"
    assert (state / "outputs" / NEW / "a.txt").exists()


def test_a_run_that_still_runs_stays(state: Path) -> None:
    put(state, OLD, status="running", process=Process(os.getpid(), started_of(os.getpid())))
    assert sweep(state) == ((), 0)


def test_a_lost_run_goes(state: Path) -> None:
    put(state, OLD, status="running", process=None)
    assert sweep(state)[0] == (OLD,)


def test_outputs_without_a_record_go_when_old_and_strangers_stay(state: Path) -> None:
    for name in (OLD, NEW, "not-a-run"):
        (state / "outputs" / name).mkdir(parents=True)
    assert sweep(state)[0] == (OLD,)
    assert sorted(each.name for each in (state / "outputs").iterdir()) == [NEW, "not-a-run"]


def test_links_lead_nowhere(state: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "a.txt").write_text("mine")
    (state / "outputs").mkdir()
    (state / "outputs" / OLD).symlink_to(precious)
    sweep(state)
    assert (precious / "a.txt").read_text() == "mine"
