"""The record: JSON and back, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pyst.records.record import (
    Confinement,
    Input,
    Lock,
    Log,
    Options,
    Output,
    Process,
    Program,
    Python,
    Record,
    Skipped,
    Stdout,
    Surroundings,
    from_json,
    to_json,
)
from pyst.records.schema import RECORD, Malformed, check

SHA = "0123456789abcdef" * 4
FULL = Record(
    schema="pyst-record/1",
    run_id="20261118T115320Z-01234567",
    task="hello",
    status="ok",
    exit_code=0,
    signal=None,
    limit=None,
    started_at="2026-11-18T11:53:20.456Z",
    ended_at="2026-11-18T11:53:21.456Z",
    duration_seconds=1.0,
    script=Program("hello", "project:hello", "project", "/p/hello.py", SHA, 12),
    argv=("a", "--token", "****"),
    masked=True,
    cwd="/p",
    options=Options(("six",), "3.11", False, "ci", True, 5.0, ("/p/.env",)),
    variables=("HOME", "PATH"),
    environment=Surroundings("key", "/cache/key", ("six",), Lock("/p/hello.py.lock", SHA), None),
    interpreter=Python("/cache/key/bin/python", "3.11.7", "cpython"),
    input=Input("/p/in.json", 2, SHA),
    output_dir="/p/temp",
    manifest="/p/temp/m.json",
    log=Log("/p/temp/l.txt", 3, 3, 100, False),
    stdout=Stdout(3, SHA, None),
    outputs=(Output("a.json", "result", "json", 2, SHA, True, {"rows": [1, {"x": None}]}),),
    skipped=(Skipped("link", "symlink"),),
    omitted=0,
    concurrent=False,
    confinement=Confinement("strict", ("landlock",), ("x",), {"net": {"mode": "off"}}),
    replay_of="20261118T115320Z-76543210",
    pyst="1.0",
    process=Process(7, "boot:1:2"),
)
SPARSE = FULL._replace(
    script=Program("code", "-c", "code", None, SHA, 1),
    options=Options(),
    environment=Surroundings(None, None),
    interpreter=Python("/usr/bin/python3"),
    input=None,
    stdout=None,
    outputs=(),
    skipped=(),
    confinement=None,
    replay_of=None,
    process=None,
    exit_code=None,
    ended_at=None,
    duration_seconds=None,
    status="running",
)


@pytest.mark.parametrize("record", [FULL, SPARSE], ids=["full", "sparse"])
def test_json_and_back(record: Record) -> None:
    body = json.loads(json.dumps(to_json(record)))
    assert from_json(body) == record
    Draft202012Validator(RECORD).validate(body)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(RECORD)


def test_keys_of_a_later_pyst_are_let_pass() -> None:
    body = {**to_json(FULL), "later": 1}
    body["script"] = {**body["script"], "later": [1]}
    assert from_json(body) == FULL


def paths_in(data: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [above] if above else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, each in items:
        if above[-1:] not in (("notes",), ("walls",)):
            found += paths_in(each, (*above, key))
    return found


@pytest.mark.parametrize("path", [each for each in paths_in(to_json(FULL)) if each[-1:] != ()], ids=str)
def test_a_wrong_value_anywhere_is_told(path: tuple[Any, ...]) -> None:
    """The check says the same as the schema does, whatever is put in place of one value."""
    validator = Draft202012Validator(RECORD)
    for wrong in (None, True, -1, 1.5, "x", [], [1], {}, {"a": 1}):
        body = json.loads(json.dumps(to_json(FULL)))
        inner = body
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = wrong
        if validator.is_valid(body):
            from_json(body)
        else:
            with pytest.raises(Malformed):
                from_json(body)


@pytest.mark.parametrize("name", [*to_json(FULL)])
def test_a_missing_key_is_told(name: str) -> None:
    body = to_json(FULL)
    del body[name]
    with pytest.raises(Malformed, match=f"no `{name}`"):
        from_json(body)


PLAIN = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_anything_else_is_no_record(data: object) -> None:
    with pytest.raises(Malformed):
        check(data, RECORD, "record")
