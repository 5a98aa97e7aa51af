"""A recorded run, killed or without room at every step: record and history are whole or absent, never half."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyst.records.reading import read_as_written, record_path, run_ids
from pyst.records.record import Record
from tests.conftest import Home
from tests.support import faults
from tests.support.faults import CHANGES, NAMES, STRACE, SYNCS, WRITES, Ended, breaking, injecting, start

pytestmark = [pytest.mark.sweep, pytest.mark.skipif(STRACE is None, reason="strace is not installed")]

WORDS = ["run", "--input-path", "in.json", "--output-dir", "out", "writes"]
SCRIPT = "import os\nopen(os.environ['PYST_OUTPUT_DIR'] + '/a.txt', 'w').write('whole')\nprint('said')\n"


@pytest.fixture
def writer(home: Home) -> Home:
    home.script("writes", SCRIPT)
    (home.project / "in.json").write_text("{}")
    for _ in range(2):
        assert start(WORDS, home.environ, home.project).code == 0
    return home


def state_of(home: Home) -> str:
    return str(home.path / ".local" / "state" / "pyst")


def read_all(home: Home) -> list[Record]:
    """Everything that is kept of runs; fails where something of it is cut."""
    state, out = state_of(home), home.project / "out"
    records = [read_as_written(record_path(state, each)) for each in run_ids(state)]
    for path in out.glob("*.manifest.json"):
        assert read_as_written(str(path)).status != "running"
    for line in (out / ".history.jsonl").read_text().splitlines():
        json.loads(line)
    for path in Path(state, "objects").rglob("*"):
        assert path.is_dir() or path.name.endswith(".tmp") or path.stat().st_size in (len(SCRIPT), 2, 5)
    return records


def points(home: Home, calls: str) -> list[faults.Point]:
    return faults.points(WORDS, home.environ, home.project, calls, home.path / "strace.log")


def test_killed_at_each_change_nothing_is_half(writer: Home) -> None:
    statuses = set()
    for at in points(writer, CHANGES):
        before = {each.run_id for each in read_all(writer)}
        start(WORDS, writer.environ, writer.project, breaking(at, "signal=KILL"))
        statuses |= {each.status for each in read_all(writer) if each.run_id not in before}
        lines = (writer.project / "out" / ".history.jsonl").read_text().count("\n")
        assert start(WORDS, writer.environ, writer.project).code == 0
        assert (writer.project / "out" / ".history.jsonl").read_text().count("\n") == lines + 1
    assert statuses == {"running", "ok"}


def check(writer: Home, ended: Ended, told: object) -> None:
    read_all(writer)
    assert "Traceback" not in ended.err, (told, ended)
    out = writer.project / "out" / "a.txt"
    assert ended.code in (0, 1, 64, 126), (told, ended)
    if ended.code == 0:
        assert out.read_text() == "whole"
    else:
        assert "error: " in ended.err, (told, ended)


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("onwards", [False, True], ids=["once", "onwards"])
def test_a_failing_disk_is_told_and_the_script_is_not_harmed(writer: Home, fault: str, onwards: bool) -> None:
    calls = f"{NAMES},{SYNCS}"
    for at in points(writer, calls):
        prefix = breaking(at, f"error={fault}", onwards=onwards)
        check(writer, start(WORDS, writer.environ, writer.project, prefix), (fault, at))
        assert start(WORDS, writer.environ, writer.project).code == 0


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_a_failing_write_is_told_and_the_script_is_not_harmed(writer: Home, fault: str) -> None:
    for at in points(writer, WRITES):
        check(writer, start(WORDS, writer.environ, writer.project, breaking(at, f"error={fault}")), (fault, at))
        assert start(WORDS, writer.environ, writer.project).code == 0


@pytest.mark.parametrize("fault", ["EMFILE", "EACCES"])
def test_what_can_not_be_opened_is_told(writer: Home, fault: str) -> None:
    """Of the output folder and of pyst's state: an interpreter that can't open its modules is nobody's business."""
    for place in (writer.project / "out", Path(state_of(writer))):
        below = [word for each in (place, *place.rglob("*")) if each.is_dir() for word in ("-P", str(each))]
        for at in range(1, 13):
            prefix = (*injecting("openat", f"error={fault}", at), *below)
            check(writer, start(WORDS, writer.environ, writer.project, prefix), (place, fault, at))
    assert start(WORDS, writer.environ, writer.project).code == 0
