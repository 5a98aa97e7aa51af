"""`pyst diff`: of runs, files and folders."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended, Home, Pyst

WRITES = """import json, os, sys
folder = os.environ["PYST_OUTPUT_DIR"]
run = os.environ["PYST_RUN_ID"]
n = int(sys.argv[1])
with open(os.path.join(folder, "data.json"), "w") as file:
    json.dump({"n": n, "rows": [{"id": 1, "x": n}, {"id": 2, "x": 0}]}, file)
with open(os.path.join(folder, f"table-{run}.csv"), "w") as file:
    file.write(f"id,x\\n1,{n}.0\\n2,5\\n")
with open(os.path.join(folder, "raw.bin"), "wb") as file:
    file.write(bytes([0, n]))
if n > 1:
    open(os.path.join(folder, "more.txt"), "w").close()
print("line")
print("n is", n)
"""


@pytest.fixture
def runs(pyst: Pyst, home: Home) -> tuple[str, str]:
    home.script("writes", WRITES)
    ids = []
    for n in ("1", "2"):
        ended = pyst("run", "--format", "json", "--output-dir", f"out{n}", "writes", n)
        ids.append(ended.detail["record"]["run_id"])
    return ids[0], ids[1]


def pairs(ended: Ended) -> dict[str, tuple[Any, ...]]:
    return {each["name"]: (each["status"], each["method"], each["total"]) for each in ended.detail["pairs"]}


def test_two_runs_are_compared_output_by_output(pyst: Pyst, runs: tuple[str, str]) -> None:
    ended = pyst("diff", *runs, "--format", "json")
    assert (ended.code, ended.json["status"], ended.detail["same"], ended.detail["different"]) == (1, "ok", False, 5)
    assert pairs(ended) == {
        "stdout": ("changed", "text", 1),
        "data.json": ("changed", "json", 2),
        "more.txt": ("added", None, 1),
        "raw.bin": ("changed", "bytes", 1),
        "table-{run_id}.csv": ("changed", "csv", 1),
    }
    assert [each["name"] for each in ended.detail["aspects"]] == ["arguments"]
    assert pyst("diff", runs[0], runs[0]) == (0, "the outputs are identical\n", "")


def test_a_person_sees_what_differs(pyst: Pyst, runs: tuple[str, str]) -> None:
    out = pyst("diff", *runs).out
    for line in (
        "arguments    1 → 2",
        "changed stdout  1 difference",
        "  @@ -2,1 +2,1 @@",
        "  -n is 1",
        "  +n is 2",
        "  ~ /n  1 → 2",
        "  ~ /rows/0/x  1 → 2",
        "  ~ /1/x  1.0 → 2.0",
        "added   more.txt",
    ):
        assert line in out.splitlines(), line


def test_choices_let_things_pass(pyst: Pyst, runs: tuple[str, str]) -> None:
    words = ["--abs-tol", "1", "--ignore", "more.txt", "--ignore", "*.bin", "--ignore", "stdout"]
    ended = pyst("diff", *runs, *words)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "the outputs are the same")
    ended = pyst("diff", *runs, "--output", "data.json", "--ignore", "$.rows[*].x", "--format", "json")
    assert pairs(ended) == {"data.json": ("changed", "json", 1)}
    assert pyst("diff", *runs, "--output", "data.json", "--ignore", "data.json#/**/x", "--ignore", "/n").code == 0
    assert pyst("diff", *runs, "--output", "stdout").code == 1
    ended = pyst("diff", *runs, "--output", "dat.json", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["hint"]) == (64, "did you mean `data.json`?")


def test_what_is_gone_or_changed_since_is_compared_by_its_hash(pyst: Pyst, runs: tuple[str, str], home: Home) -> None:
    (home.project / "out1" / "data.json").write_text("{}")
    (home.project / "out2" / "raw.bin").unlink()
    ended = pyst("diff", *runs, "--format", "json")
    found = {each["name"]: each for each in ended.detail["pairs"]}
    assert (found["data.json"]["method"], found["raw.bin"]["method"]) == ("bytes", "bytes")
    assert "was changed since" in found["data.json"]["notes"][0]
    assert "is gone" in found["raw.bin"]["notes"][0]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_two_files(pyst: Pyst, home: Home) -> None:
    write(home.project / "a.json", '{"s": "1", "n": null, "gone": [1], "same": 0}')
    write(home.project / "b.json", '{"s": 1, "n": false, "new": {"k": "v"}, "same": 0.0}')
    ended = pyst("diff", "a.json", "b.json", "--format", "json")
    assert ended.code == 1
    told = [
        (each["kind"], each["path"], each["left"], each["right"]) for each in ended.detail["pairs"][0]["differences"]
    ]
    assert told == [
        ("changed", "/s", '"1"', "1"),
        ("changed", "/n", "null", "false"),
        ("removed", "/gone", "[1]", None),
        ("added", "/new", None, '{"k": "v"}'),
    ]
    assert pyst("diff", "a.json", "./a.json").out == "the files are identical\n"
    out = pyst("diff", "a.json", "b.json").out.splitlines()
    assert out[:2] == ['  ~ /s  "1" → 1', "  ~ /n  null → false"]


def test_two_folders(pyst: Pyst, home: Home) -> None:
    for side in ("one", "two"):
        write(home.project / side / "deep" / "a.txt", side)
        write(home.project / side / "same", "")
    ended = pyst("diff", "one", "two", "--format", "json")
    assert (ended.code, ended.detail["kind"]) == (1, "folders")
    assert pairs(ended) == {"deep/a.txt": ("changed", "text", 1), "same": ("same", "bytes", 0)}
    assert pyst("diff", "one", "two", "--ignore", "deep/*").code == 0


def test_rows_find_each_other_by_key(pyst: Pyst, home: Home) -> None:
    write(home.project / "a.json", '[{"id": 1, "v": 1}, {"id": 2, "v": 2}]')
    write(home.project / "b.json", '[{"id": 2, "v": 3}, {"id": 1, "v": 1}]')
    ended = pyst("diff", "a.json", "b.json", "--key", "id", "--format", "json")
    (found,) = ended.detail["pairs"][0]["differences"]
    assert (found["path"], found["right_path"], found["left"], found["right"]) == ("/1/v", "/0/v", "2", "3")
    assert "/1/v → /0/v" in pyst("diff", "a.json", "b.json", "--key", "id").out
    write(home.project / "a.csv", "a;b\n1;x\n")
    write(home.project / "b.csv", "a;b\n1;y\n")
    out = pyst("diff", "a.csv", "b.csv", "--key", "a", "--delimiter", ";").out
    assert out.splitlines()[0] == "  ~ /1/b  x → y"


@pytest.mark.parametrize(
    "words",
    [
        ["a.json"],
        ["a.json", "b.json", "c.json"],
        ["a.json", "folder"],
        ["a.json", "b.json", "--abs-tol", "-1"],
        ["a.json", "b.json", "--rel-tol", "x"],
        ["a.json", "b.json", "--ignore", "$x"],
        ["a.json", "b.json", "--ignore", "*"],
        ["a.json", "b.json", "--delimiter", "ab"],
        ["a.json", "b.json", "--output", "x"],
        ["a.json", "b.json", "--max-size", "much"],
        ["a.json", "last"],
    ],
)
def test_wrong_words_are_refused(pyst: Pyst, home: Home, words: list[str]) -> None:
    for name in ("a.json", "b.json"):
        write(home.project / name, "{}")
    (home.project / "folder").mkdir()
    ended = pyst("diff", "--format", "json", *words)
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (64, "E_USAGE")


def test_what_can_not_be_read_is_told(pyst: Pyst, home: Home) -> None:
    write(home.project / "a.json", "{}")
    os.mkfifo(home.project / "fifo")
    for words, code in (
        (["a.json", "./fifo"], "E_UNREADABLE"),
        (["a.json", "./nothing"], "E_UNREADABLE"),
        (["nothing", "nothing"], "E_NO_RUN"),
        (["last", "last"], "E_NO_RUN"),
    ):
        ended = pyst("diff", "--format", "json", *words)
        assert (ended.code, ended.json["status"], ended.json["diagnostics"][0]["code"]) == (1, "error", code)


HOSTILE = {
    "deep": "[" * 50_000 + "]" * 50_000,
    "deep objects": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "nan": '{"a": NaN, "b": [Infinity]}',
    "twice": '{"a": 1, "a": 2}',
    "mark": "\ufeff{}",
    "escapes": json.dumps({"\x1b[31m": "\x1b]0;title\x07\u202e"}),
    "long": json.dumps({"a": "x" * 1_000_000, "b": list(range(100_000))}),
    "many": json.dumps([[] for _ in range(50_000)]),
    "number": '{"a": 1e999999999}',
    "digits": "[" + "9" * 5000 + "]",
    "lines": "\n" * 100_000 + "{",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_told_within_bounds(pyst: Pyst, home: Home, name: str) -> None:
    write(home.project / "a.json", HOSTILE[name])
    write(home.project / "b.json", '{"a": [[[]]]}')
    for left, right in (("a.json", "b.json"), ("b.json", "a.json")):
        ended = pyst("diff", left, right, "--format", "json")
        assert (ended.code, ended.detail["pairs"][0]["total"] > 0) == (1, True), ended
        assert len(ended.out) < 200_000
        person = pyst("diff", left, right)
        assert person.code == 1
        assert len(person.out) < 50_000
        assert "\x1b" not in person.out
        assert "\u202e" not in person.out
    (home.project / "c.json").write_bytes((home.project / "a.json").read_bytes())
    assert pyst("diff", "a.json", "c.json").code == 0


def test_bytes_that_are_no_text(pyst: Pyst, home: Home) -> None:
    (home.project / "a.json").write_bytes(b'{"a": "\xff\xfe"}')
    (home.project / "b.json").write_bytes(b'{"a": "\xff\xfd"}')
    ended = pyst("diff", "a.json", "b.json", "--format", "json")
    assert ended.detail["pairs"][0]["method"] == "text"
    assert "left: it is not UTF-8" in ended.detail["pairs"][0]["notes"][0]
    assert pyst("diff", "a.json", "b.json").code == 1


def test_large_files_are_compared_by_hash(pyst: Pyst, home: Home) -> None:
    write(home.project / "a.json", json.dumps({"a": list(range(2000))}))
    write(home.project / "b.json", json.dumps({"a": list(range(2001))}))
    ended = pyst("diff", "a.json", "b.json", "--max-size", "1K", "--format", "json")
    assert ended.detail["pairs"][0]["method"] == "bytes"
    assert pyst("diff", "a.json", "b.json").out == "  + /a/2000  2000\n"


def test_a_long_line_is_told_from_where_it_differs(pyst: Pyst, home: Home) -> None:
    write(home.project / "a.txt", "x" * 5000 + "one" + "y" * 5000 + "\n")
    write(home.project / "b.txt", "x" * 5000 + "two" + "y" * 5000 + "\n")
    (found,) = pyst("diff", "a.txt", "b.txt", "--format", "json").detail["pairs"][0]["differences"]
    assert found["left"].startswith("…" + "x" * 40 + "oney")
    assert found["right"].startswith("…" + "x" * 40 + "twoy")
    assert len(found["left"]) < 500


def test_large_outputs_of_runs_are_compared_by_hash(pyst: Pyst, runs: tuple[str, str]) -> None:
    ended = pyst("diff", *runs, "--output", "data.json", "--max-size", "9", "--format", "json")
    assert pairs(ended) == {"data.json": ("changed", "bytes", 1)}
    assert "it has more than 9 bytes" in ended.detail["pairs"][0]["notes"][0]


def test_what_is_told_of_many_files_is_bounded(pyst: Pyst, home: Home) -> None:
    for number in range(1200):
        for side in ("one", "two"):
            write(home.project / side / f"{number:04}.json", json.dumps([side] * 5 if number >= 100 else []))
    ended = pyst("diff", "one", "two", "--format", "json")
    detail = ended.detail
    assert (detail["total"], detail["different"], len(detail["pairs"])) == (1200, 1100, 1000)
    assert sum(len(each["differences"]) for each in detail["pairs"]) == 2000
    assert {each["total"] for each in detail["pairs"]} == {5}
    assert all(each["status"] == "changed" for each in detail["pairs"])
