"""`pyst inspect`: new logs, evidence added to them, and nothing overwritten."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest

from pyst.records.record import Record
from tests.conftest import Home, Pyst
from tests.support.recorded import a_record, put_record

NAME = re.compile(r"temp/orders-without-invoice\.\d{8}T\d{6}Z-[0-9a-f]{8}\.inspect\.md")


def state(home: Home) -> Path:
    return home.path / ".local" / "state" / "pyst"


def log_of(home: Home) -> Path:
    (found,) = (home.project / "temp").glob("*.inspect.md")
    return found


def test_a_new_log(pyst: Pyst, home: Home) -> None:
    ended = pyst("inspect", "Orders without Invoice!", "--question", "Why are there orders\nwithout one?")
    assert ended.code == 0
    assert NAME.fullmatch(ended.out.strip())
    text = (home.project / ended.out.strip()).read_text()
    assert text.startswith("# Orders without Invoice!\n")
    assert "\nWhy are there orders without one?\n" in text
    assert text.rstrip().endswith("`pyst inspect 'Orders without Invoice!' --append RUN` adds a recorded run below.")
    assert sorted(path.name for path in (home.project / "temp").iterdir()) == [Path(ended.out.strip()).name]


def test_logs_are_never_overwritten(pyst: Pyst, home: Home) -> None:
    for _ in range(3):
        assert pyst("inspect", "orders").code == 0
    assert len(list((home.project / "temp").iterdir())) == 3


@pytest.mark.parametrize(
    ("topic", "word"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a/b\\c\x00d\n", "a-b-c-d"),
        ("-rf ~", "rf"),
        ("Überfällige Rechnungen", "überfällige-rechnungen"),
        ("漢字" * 60, "漢字" * 16),
        ("x" * 500, "x" * 48),
        ("$(touch x) `y`", "touch-x-y"),
    ],
)
def test_names_are_made_safe(pyst: Pyst, home: Home, topic: str, word: str) -> None:
    assert pyst("inspect", "--", topic).code == 0
    assert log_of(home).name.split(".")[0] == word
    assert log_of(home).read_text().count("\n# ") == 0


@pytest.mark.parametrize("topic", ["", "...", "///", "\u202e"])
def test_a_topic_without_a_letter_is_refused(pyst: Pyst, topic: str) -> None:
    assert pyst("inspect", topic).code == 64


@pytest.fixture
def recorded(home: Home) -> Record:
    """A run with outputs, whose script has words that would like to act."""
    output = {"role": "output", "format": "json", "bytes": 2345, "sha256": "a" * 64, "declared": False, "notes": {}}
    project = str(home.project)
    record = a_record(
        1,
        task="count",
        argv=["--x", "```\n## Answer\nall is well\x1b[31m"],
        output_dir=f"{project}/temp",
        manifest=f"{project}/temp/count.manifest.json",
        outputs=[{**output, "path": f"counts-{n}.json"} for n in range(50)],
        input={"path": f"{project}/temp/count.input.json", "bytes": 12, "sha256": "b" * 64},
    )
    put_record(state(home), record)
    return record


def test_a_run_becomes_evidence(pyst: Pyst, home: Home, recorded: Record) -> None:
    pyst("inspect", "orders without invoice")
    before = log_of(home).read_text()
    ended = pyst("--format", "json", "inspect", "Orders, without invoice", "--append", "last")
    assert ended.detail["action"] == "append"
    assert ended.detail["runs"] == [{"run_id": recorded.run_id, "entry": "E1", "state": "added"}]
    text = log_of(home).read_text()
    assert text.startswith(before)
    added = text.removeprefix(before)
    assert added.startswith(f"\n### E1 · {recorded.run_id} · count\n\n````text\n")
    assert "ok, exit 0, 0.25 s" in added
    assert "temp/counts-0.json, json, 2,345 bytes, sha256 aaaaaaaaaaaaaaaa\n" in added
    assert "… and 10 more outputs" in added
    assert "\n## " not in added
    assert "\x1b" not in added


def test_the_same_run_is_added_once(pyst: Pyst, home: Home, recorded: Record) -> None:
    put_record(state(home), a_record(2))
    pyst("inspect", "orders", "--append", recorded.run_id)
    text = log_of(home).read_text()
    ended = pyst("inspect", "orders", "--append", "last", "--append", recorded.run_id, "--append", recorded.run_id[:20])
    assert [line.split()[:2] for line in ended.out.splitlines()[1:]] == [["added", "E2"], ["present", "E1"]]
    assert log_of(home).read_text().startswith(text)


def test_what_the_person_wrote_stays(pyst: Pyst, home: Home, recorded: Record) -> None:
    pyst("inspect", "orders")
    log = log_of(home)
    log.write_text("My own log, without any of your sections")
    assert pyst("inspect", str(log), "--append", "last").code == 0
    assert log.read_text().startswith("My own log, without any of your sections\n\n### E1 · ")


def test_the_newest_log_of_the_topic_is_meant(pyst: Pyst, home: Home, recorded: Record) -> None:
    folder = home.project / "temp"
    folder.mkdir()
    for name in (
        "orders.20250101T000000Z-00000000",
        "orders.20260101T000000Z-00000000",
        "orders.zzz",
        "orders-b.20270101T000000Z-00000000",
    ):
        (folder / f"{name}.inspect.md").write_text("# Orders\n")
    ended = pyst("inspect", "orders", "--append", "last")
    assert ended.out.splitlines()[0] == "temp/orders.20260101T000000Z-00000000.inspect.md"


def test_a_run_that_is_not_there_makes_no_log(pyst: Pyst, home: Home) -> None:
    ended = pyst("--format", "json", "inspect", "orders", "--append", "last")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_NO_RUN")
    assert not (home.project / "temp").exists()


def test_a_log_that_is_not_there(pyst: Pyst, home: Home) -> None:
    assert "E_NO_LOG" in pyst("--format", "json", "inspect", "temp/x.inspect.md").out


def test_a_question_for_an_old_log_is_refused(pyst: Pyst, home: Home, recorded: Record) -> None:
    pyst("inspect", "orders")
    assert pyst("inspect", "orders", "--append", "last", "--question", "Why?").code == 64
    assert "E1" not in log_of(home).read_text().partition("## Evidence")[2]


def test_a_folder_that_is_none(pyst: Pyst, home: Home) -> None:
    (home.project / "temp").write_text("mine")
    assert pyst("inspect", "orders").code == 64
    assert (home.project / "temp").read_text() == "mine"


def test_a_log_that_can_not_be_read_is_never_waited_for(pyst: Pyst, home: Home, recorded: Record) -> None:
    (home.project / "temp").mkdir()
    os.mkfifo(home.project / "temp" / "orders.20250101T000000Z-00000000.inspect.md")
    assert pyst("inspect", "orders", "--append", "last").code == 1


def test_many_at_once_lose_nothing(pyst: Pyst, home: Home) -> None:
    records = [a_record(number) for number in range(8)]
    for each in records:
        put_record(state(home), each)
    pyst("inspect", "orders")
    threads = [threading.Thread(target=pyst, args=("inspect", "orders", "--append", each.run_id)) for each in records]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = re.findall(r"^### E(\d) · (\S+)", log_of(home).read_text(), re.M)
    assert sorted(number for number, _ in found) == [str(n) for n in range(1, 9)]
    assert {run for _, run in found} == {each.run_id for each in records}
