"""`pyst history` and `pyst show`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pyst.records.record import Record
from tests.conftest import Home, Pyst
from tests.support.recorded import a_record, put_record

HELLO = """import os, sys
from pathlib import Path
folder = Path(os.environ["PYST_OUTPUT_DIR"])
(folder / "out.json").write_text('{"words": %d}' % len(sys.argv))
(folder / "raw.bin").write_bytes(bytes(9))
print("hello", *sys.argv[1:])
print("aside", file=sys.stderr)
sys.exit(sys.argv.count("fail"))
"""


@pytest.fixture
def state(home: Home) -> Path:
    return home.path / ".local" / "state" / "pyst"


def put(state: Path, *records: Record) -> None:
    for each in records:
        put_record(state, each)


def run_ids(pyst: Pyst, *words: str) -> list[str]:
    return [row["run_id"][-3:] for row in pyst("history", "--format", "json", *words).detail["runs"]]


def test_without_runs(pyst: Pyst, state: Path) -> None:
    assert pyst("history") == (0, "no run was recorded\n", "")
    assert pyst("history", "--failed") == (0, "no recorded run fits\n", "")
    assert not state.exists()
    assert "no run was recorded yet" in pyst("show", "last").err


def test_filters(pyst: Pyst, state: Path) -> None:
    put(
        state,
        a_record(1),
        a_record(2, status="failed", exit_code=3),
        a_record(3, status="timed_out", exit_code=124, task="other"),
        a_record(4, status="running", exit_code=None),
        a_record(5, script__name="x", script__selector="global:x", script__path="/else/x.py"),
    )
    assert run_ids(pyst) == ["005", "004", "003", "002", "001"]
    assert run_ids(pyst, "--failed") == ["004", "003", "002"]
    assert run_ids(pyst, "--failed", "--status", "ok,lost") == ["004"]
    assert run_ids(pyst, "--status", "ok", "--status=failed") == ["005", "002", "001"]
    assert run_ids(pyst, "--task", "other") == ["003"]
    assert run_ids(pyst, "--script", "hello") == ["004", "003", "002", "001"]
    assert run_ids(pyst, "--script", "global:x") == run_ids(pyst, "--script", "/else/x.py") == ["005"]
    assert run_ids(pyst, "--since", "2026-03-01T10:00:03Z") == ["005", "004", "003"]
    assert run_ids(pyst, "--until", "2026-03-01T10:00:02Z") == ["002", "001"]
    assert run_ids(pyst, "--since", "1d") == []
    assert run_ids(pyst, "--limit", "2") == ["005", "004"]
    assert run_ids(pyst, "--all", "--reindex") == ["005", "004", "003", "002", "001"]


def test_a_person_sees_one_line_for_each(pyst: Pyst, state: Path) -> None:
    put(state, a_record(1, argv=["a b", "\x1b[31m"]), a_record(2, status="killed", signal=9, exit_code=137))
    put(state, a_record(3, status="limit", limit="memory"), a_record(4, status="failed", exit_code=3))
    lines = [line.split("  ") for line in pyst("history").out.splitlines()]
    assert [line[1].strip() for line in lines] == ["failed 3", "limit of memory", "killed by 9", "ok"]
    assert lines[-1][-1] == "hello 'a b' '\\x1b[31m'"


def test_markdown_is_a_table_in_which_nothing_is_markup(pyst: Pyst, state: Path) -> None:
    put(state, a_record(1, script__name="a|b*"))
    out = pyst("history", "--format", "markdown").out
    assert out.splitlines()[0] == "| run | script | status | began | took | outputs |"
    assert "a\\|b\\*" in out


@pytest.mark.parametrize(
    "words",
    [
        ["--status", "gone"],
        ["--since", "soon"],
        ["--until", "2d2"],
        ["--limit", "0"],
        ["--limit", "x"],
        ["--limit", "3", "--all"],
        ["--failed", "--status", "ok"],
    ],
)
def test_wrong_words_are_refused(pyst: Pyst, words: list[str]) -> None:
    ended = pyst("history", "--format", "json", *words)
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (64, "E_USAGE")


def test_records_that_can_not_be_read_are_told(pyst: Pyst, state: Path) -> None:
    put(state, *(a_record(number) for number in range(8)))
    for path in sorted((state / "runs").rglob("*.json"))[:7]:
        path.write_text("{")
        os.utime(path.parent)
    ended = pyst("history", "--format", "json")
    assert len(ended.detail["runs"]) == 1
    assert (len(ended.detail["unreadable"]), ended.detail["unreadable_total"]) == (7, 7)
    told = ended.json["diagnostics"]
    assert [each["code"] for each in told] == ["W_RECORD_BROKEN"] * 6
    assert told[0]["where"].endswith(".json")
    assert ended.json["status"] == "ok"


def test_a_run_is_shown_whole(pyst: Pyst, home: Home) -> None:
    home.script("hello", HELLO)
    assert pyst("run", "--record", "hello", "a").code == 0
    ended = pyst("show", "last", "--format", "json")
    detail = ended.detail
    assert detail["record"]["argv"] == ["a"]
    assert [(each["kind"], each["state"]) for each in detail["files"]] == [
        ("script", "same"),
        ("manifest", "same"),
        ("log", "same"),
        ("output", "same"),
        ("output", "same"),
    ]
    assert detail["files"][0]["kept"] is True
    assert detail["obstacles"] == []
    run_id = detail["record"]["run_id"]
    for word in (run_id, run_id[:-1], run_id[-8:], "last:hello", "last:project:hello", "last:.pyst/hello.py"):
        assert pyst("show", word, "--format", "json").detail["record"]["run_id"] == run_id, word
    out = pyst("show", run_id).out
    assert "project:hello" in out
    assert "out.json  json, 12 B" in out


def test_what_changed_since_is_told(pyst: Pyst, home: Home) -> None:
    script = home.script("hello", HELLO)
    (home.project / "in.json").write_text("{}")
    assert pyst("run", "--input-path", "in.json", "--output-dir", "out", "hello").code == 0
    (home.project / "out" / "out.json").write_text('{"words": 9}')
    (home.project / "out" / "raw.bin").unlink()
    os.mkfifo(home.project / "out" / "raw.bin")
    (home.project / "in.json").write_text("[]")
    script.unlink()
    detail = pyst("show", "last", "--format", "json").detail
    states = {os.path.basename(each["path"]): each["state"] for each in detail["files"]}
    assert states["out.json"] == states["raw.bin"] == states["in.json"] == "changed"
    assert states["hello.py"] == "gone"
    assert detail["obstacles"] == []  # pyst kept what it rests on
    assert "(changed since)" in pyst("show", "last").out


def test_log_and_outputs_are_shown_within_bounds(pyst: Pyst, home: Home) -> None:
    text = HELLO.replace("sys.exit", "print('x' * 3000); sys.exit")
    home.script("hello", text.replace('print("aside", file=sys.stderr)', ""))  # whose order in the log is not certain
    pyst("run", "--record", "hello")
    assert pyst("show", "last", "--log").out.splitlines()[0] == "hello"
    cut = pyst("show", "last", "--log", "--max-bytes", "100").out.splitlines()
    assert cut[0].startswith("… ")
    assert cut[1] == "x" * 99
    assert pyst("show", "last", "--output", "out.json").out == '{"words": 1}\n'
    out = pyst("show", "last", "--output", "stdout", "--max-bytes", "5").out.splitlines()
    assert out[0] == "hello"
    assert "bytes more in" in out[1]
    assert "is no text" in pyst("show", "last", "--output", "raw.bin").out
    ended = pyst("show", "last", "--output", "out.jsn", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["hint"]) == (64, "did you mean `out.json`?")


@pytest.mark.parametrize(("word", "code"), [("nope", "E_NO_RUN"), ("last:nope", "E_NO_RUN"), ("", "E_NO_RUN")])
def test_no_such_run(pyst: Pyst, state: Path, word: str, code: str) -> None:
    put(state, a_record(1))
    ended = pyst("show", word, "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, code)


def test_a_record_that_leads_elsewhere_shows_nothing_from_there(pyst: Pyst, state: Path, home: Home) -> None:
    secret = home.path / "secret"
    secret.write_text("secret")
    folder = home.project / "out"
    folder.mkdir()
    (folder / "link").symlink_to(secret)
    outputs = [
        {
            "path": name,
            "role": "output",
            "format": "text",
            "bytes": 6,
            "sha256": "0" * 64,
            "declared": False,
            "notes": {},
        }
        for name in ("../../home/secret", "link", "a\x00b")
    ]
    put(state, a_record(1, output_dir=str(folder), outputs=outputs))
    detail = pyst("show", "last", "--format", "json").detail
    assert {os.path.basename(each["path"]): each["state"] for each in detail["files"]}["link"] == "changed"
    for name in ("../../home/secret", "link"):
        ended = pyst("show", "last", "--output", name)
        assert (ended.code, ended.out) == (1, ""), name
    assert "secret" not in json.dumps(pyst("show", "last", "--output", "link").out)
