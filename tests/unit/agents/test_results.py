"""From the report of a run to the result of a tool call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pyst.agents.results import MOST_LINKS, read_result, tool_result
from pyst.agents.schemas import output_schema
from pyst.scripts.introspect import read_interface

NUMBERS = output_schema(read_interface(b"def main() -> list[int]: ...\n", "x.py"))
TEXT = output_schema(read_interface(b"def main() -> str: ...\n", "x.py"))
MAYBE = output_schema(read_interface(b"def main() -> dict[str, int] | None: ...\n", "x.py"))


def stream(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "tail": "", "bytes": len(text), "lost_bytes": 0, "truncated": False, "path": None, **more}


def report(out: str = "", err: str = "", code: int = 0, record: Any = None, **outcome: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "exit_code": code,
        "signal": None,
        "timed_out": False,
        "duration_seconds": 0.5,
        "limit": None,
    }
    told |= {"stdout": stream(out), "stderr": stream(err), **outcome}
    status = "ok" if code == 0 else "error"
    return {"status": status, "exit_code": code, "detail": {"outcome": told, "record": record}, "diagnostics": []}


@pytest.mark.parametrize(
    ("out", "schema", "structured"),
    [
        ("[1, 2]\n", NUMBERS, {"result": [1, 2]}),
        ("working\n[1, 2]\n", NUMBERS, {"result": [1, 2]}),
        ("hello\n", TEXT, {"result": "hello"}),
        ("a\n\n", TEXT, {"result": "a\n"}),
        ("", MAYBE, {"result": None}),
        ('{"a": 1}\n', MAYBE, {"result": {"a": 1}}),
    ],
)
def test_what_main_returned(out: str, schema: dict[str, Any], structured: Any) -> None:
    found = tool_result(report(out), schema)
    Draft202012Validator(schema).validate(found.structured)
    assert (found.structured, found.is_error) == (structured, False)


@pytest.mark.parametrize(
    "out", ["", "no JSON", '["a"]', "[NaN]", "[1", '{"a": 1}', "[" * 100_000, '["\\ud800"]', "1" * 10_000, "[1]\nbye\n"]
)
def test_what_was_not_promised_is_a_note(out: str) -> None:
    assert NUMBERS is not None
    found = tool_result(report(out), NUMBERS)
    Draft202012Validator(NUMBERS).validate(found.structured)
    assert list(found.structured) == ["note"]
    assert found.structured["note"] in found.text
    assert not found.is_error


def test_a_failed_run_is_told_as_it_is() -> None:
    found = tool_result(report("half", "Traceback: boom", code=3), NUMBERS)
    assert found.is_error
    assert (found.structured["status"], found.structured["exit_code"]) == ("failed", 3)
    assert found.text == "half\n[stderr]\nTraceback: boom\n[exit code 3]"


def test_what_pyst_says_is_told() -> None:
    said = {"level": "error", "code": "E_TIMEOUT", "message": "ended after 2 s", "hint": "`--timeout` sets it"}
    found = tool_result({**report(code=124, timed_out=True), "diagnostics": [said]})
    assert found.structured["status"] == "timed_out"
    assert found.structured["diagnostics"] == [said]
    assert found.text == "[pyst error] ended after 2 s\n[hint] `--timeout` sets it\n[exit code 124]"
    blocked = tool_result({"status": "error", "exit_code": 101, "detail": {}, "diagnostics": [said]})
    assert (blocked.is_error, blocked.structured["exit_code"]) == (True, 101)


def test_long_output_is_cut_and_linked() -> None:
    long = stream("x" * 65536, tail="the end", bytes=10**7, truncated=True, path="/out/stdout.txt")
    found = tool_result(report(stdout=long), TEXT)
    assert found.truncated
    assert len(found.text) < 20_000
    assert "10000000 bytes in all" in found.text
    assert "the end" in found.text
    assert "too long" in found.structured["note"]
    assert [(each.path, each.role, each.size_bytes) for each in found.links] == [("/out/stdout.txt", "stdout", 10**7)]


def test_the_caller_may_have_read_more() -> None:
    long = stream("[1", truncated=True, path="/out/stdout.txt")
    assert tool_result(report(stdout=long), NUMBERS, stdout="[1, 2]\n").structured == {"result": [1, 2]}


def test_outputs_are_linked_and_none_from_elsewhere() -> None:
    outputs: list[Any] = [
        {"path": "sub/a.csv", "role": "table", "format": "csv", "bytes": 3},
        {"path": "../../etc/passwd"},
        {"path": "/etc/passwd"},
        {"path": "a\0b"},
        "nonsense",
        {"path": 7},
    ]
    outputs += [{"path": f"{number}.txt", "format": "text", "bytes": -1} for number in range(50)]
    record = {"run_id": "20260101T000000Z-0011aabb", "output_dir": "/out", "outputs": outputs, "status": "ok"}
    found = tool_result(report(record={**record, "log": {"path": "/out/log.txt", "bytes": 9}}))
    assert found.run_id == "20260101T000000Z-0011aabb"
    assert found.links[0] == ("sub/a.csv", "/out/sub/a.csv", "table", "text/csv", 3)
    assert len(found.links) <= MOST_LINKS
    assert not [each for each in found.links if "passwd" in each.path]
    assert found.structured["run_id"] == found.run_id


def test_what_is_not_seen_is_made_visible() -> None:
    found = tool_result(report("a\x1b[31m\u202eb\U000e0041", code=1))
    assert found.text.startswith("a\ufffd[31m\ufffdb\ufffd")


STREAMS = ["outcome", "stdout", "stderr", "text", "tail", "bytes", "path", "truncated", "status", "exit_code", "signal"]
RECORDS = ["detail", "record", "outputs", "output_dir", "log", "run_id", "diagnostics", "message", "limit"]
KEYS = st.sampled_from([*STREAMS, *RECORDS, "duration_seconds"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JSON))
def test_no_report_makes_it_stumble(envelope: dict[str, Any]) -> None:
    for schema in (None, NUMBERS, TEXT):
        found = tool_result(envelope, schema)
        json.dumps(found.structured)
        found.text.encode()


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_a_result_comes_back(value: Any) -> None:
    there, found, _ = read_result(json.dumps(value) + "\n", {"type": ["array", "null", "integer", "string"]})
    assert there
    assert found == value
