"""`pyst schema`, and that every command writes what its schema says."""

from __future__ import annotations

import builtins
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import pyst as pyst_package
from pyst.cli.table import COMMANDS, Command
from pyst.commands.schema import EVENT, envelope_schema, schema_for, violations_of
from tests.conftest import Home, Pyst

GREETING = (
    '"""Greet somebody by name."""\n\n\ndef main(name: str = "world") -> str:\n    """Greet."""\n    return name\n'
)
CHEAP: dict[str, list[list[str]]] = {
    "list": [[], ["--all"]],
    "run": [["--dry-run", "hello"], ["hello", "--name", "you"], ["--output-dir", "out", "hello"]],
    "ensure-temp": [[], ["--dir", "other"]],
    "info": [[], ["hello"], ["--env", "--json"], ["hello", "--schema"]],
    "which": [["hello"], ["hello", "--all"]],
    "create": [],
    "edit": [],
    "check": [[], ["hello"], ["--rules"]],
    "document": [],
    "explain": [["hello"]],
    "trust": [["--list"], ["hello"]],
    "install": [["--dry-run", ".pyst/hello.py"], ["--yes", "--as", "other", ".pyst/hello.py"]],
    "update": [["--all"]],
    "uninstall": [],
    "sync": [],
    "add": [],
    "remove": [],
    "lock": [],
    "config": [[], ["get", "core.offline"], ["path"]],
    "doctor": [[]],
    "gc": [["--dry-run"]],
    "grants": [[], ["list"]],
    "history": [[], ["--all", "--failed"]],
    "show": [],
    "replay": [],
    "diff": [],
    "baseline": [[], ["list"]],
    "cache": [["path"], ["stats"]],
    "completions": [["bash"]],
    "mcp": [["config"], ["config", "cursor"], ["config", "codex", "--http", "--port", "7777"]],
    "schema": [["print"], ["print", "list"]],
    "share": [],
    "gists": [[], ["list"]],
    "inspect": [["a topic"]],
    "learn": [[]],
    "skills": [[], ["--skill", "all"], ["--script", "hello"], ["--privacy", "local"], ["-o", "skills"]],
}
"""Words that each command answers quickly and without a network. Those without any have their own tests for it."""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_says_strictly_what_its_detail_is(command: Command) -> None:
    detail: dict[str, Any] = importlib.import_module(f"pyst.commands.{command.module}").DETAIL
    Draft202012Validator.check_schema(schema_for(command.name))
    loose = [place for place, each in _objects(detail, "detail") if not _is_strict(each)]
    assert loose == []


def _objects(schema: Any, place: str) -> list[tuple[str, dict[str, Any]]]:
    """Every part of a schema that describes an object with named properties."""
    found = []
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") in ("object", ["object", "null"]):
            found.append((place, schema))
        for key, value in schema.items():
            found += _objects(value, f"{place}.{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            found += _objects(value, f"{place}[{number}]")
    return found


def _is_strict(schema: dict[str, Any]) -> bool:
    return "additionalProperties" in schema and "required" in schema


def test_every_command_is_tried() -> None:
    assert set(CHEAP) == {command.name for command in COMMANDS}


@pytest.mark.parametrize(("name", "words"), [(name, words) for name in CHEAP for words in CHEAP[name]], ids=str)
def test_what_a_command_writes_fits_its_schema(pyst: Pyst, home: Home, name: str, words: list[str]) -> None:
    home.script("hello", GREETING)
    body = pyst("--format", "json", name, *words).json
    assert body["command"] == name
    assert body["status"] == "ok", body["diagnostics"]
    assert violations_of(body, schema_for(name)) == []


@pytest.mark.parametrize("name", CHEAP)
def test_failures_fit_too(pyst: Pyst, name: str) -> None:
    body = pyst("--format", "json", name, "--no-such-option").json
    assert (body["status"], body["exit_code"]) == ("error", 64)
    assert body["diagnostics"][0]["code"] == "E_USAGE"
    assert violations_of(body, schema_for("envelope")) == []


def test_a_schema_is_printed_as_itself(pyst: Pyst) -> None:
    printed = pyst("schema", "print", "which")
    assert json.loads(printed.out) == schema_for("which")
    assert json.loads(pyst("schema", "print").out) == schema_for("envelope")
    assert len(json.loads(pyst("schema", "print", "all").out)["oneOf"]) == len(COMMANDS)


def test_all_takes_the_output_of_each(pyst: Pyst, home: Home) -> None:
    home.script("hello", GREETING)
    body = pyst("--format", "json", "which", "hello").json
    assert violations_of(body, schema_for("all")) == []
    assert violations_of({**body, "command": "list"}, schema_for("all")) != []


def test_a_document_is_checked_from_standard_input_and_from_a_file(pyst: Pyst, home: Home) -> None:
    home.script("hello", GREETING)
    written = pyst("--format", "json", "which", "hello").out
    assert pyst("schema", "check", stdin=written) == (0, "it fits the schema of `which`\n", "")
    (home.project / "out.json").write_text(written)
    assert pyst("schema", "check", "out.json").code == 0
    assert pyst("schema", "check", "--command", "list", "out.json").code == 1


def test_each_violation_is_told_with_its_path(pyst: Pyst, home: Home) -> None:
    home.script("hello", GREETING)
    body = pyst("--format", "json", "list").json
    body["detail"]["scripts"][0]["enabled"] = "yes"
    body["extra"] = 1
    ended = pyst("schema", "check", "--format", "json", stdin=json.dumps(body))
    assert ended.code == 1
    assert [each["path"] for each in ended.detail["violations"]] == ["$", "$.detail.scripts[0].enabled"]
    assert ended.json["diagnostics"][0]["code"] == "E_SCHEMA"
    assert "$.detail.scripts[0].enabled  'yes' is not of type 'boolean'" in pyst(
        "schema", "check", stdin=json.dumps(body)
    ).out.replace("  ", "  ")


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"a": NaN}', "[" * 100_000, "\udcff"])
def test_what_is_no_json_is_told(pyst: Pyst, text: str) -> None:
    ended = pyst("schema", "check", "--format", "json", stdin=text)
    assert ended.code == 1
    assert ended.json["diagnostics"][0]["code"] == "E_NOT_JSON"


@pytest.mark.parametrize(
    "document", ["1", "null", "[]", '"text"', "{}", '{"command": ["list"]}', '{"command": "nope"}']
)
def test_other_documents_just_do_not_fit(pyst: Pyst, document: str) -> None:
    assert pyst("schema", "check", "--format", "json", stdin=document).json["diagnostics"][0]["code"] == "E_SCHEMA"


@pytest.mark.parametrize(
    "words", [[], ["show"], ["print", "nope"], ["print", "list", "run"], ["print", "--command", "list"]]
)
def test_wrong_words_are_refused(pyst: Pyst, words: list[str]) -> None:
    assert pyst("schema", *words).code == 64


def test_a_missing_file_is_told(pyst: Pyst) -> None:
    ended = pyst("schema", "check", "nothing.json")
    assert ended.code == 1
    assert "`nothing.json`" in ended.err


def test_without_jsonschema_the_extra_is_named(pyst: Pyst, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "jsonschema":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    ended = pyst("schema", "check", stdin="{}")
    assert ended.code == 1
    assert "pyst-cli[schema]" in ended.err


def test_an_error_must_have_a_diagnostic_and_a_code() -> None:
    body = {"schema": "pyst/1", "command": "x", "status": "error", "exit_code": 1, "duration_ms": 1, "detail": {}}
    body |= {"diagnostics": [], "events": []}
    assert [each["path"] for each in violations_of(body, envelope_schema(None, {}))] == ["$.diagnostics"]


def test_events_fit_their_schema(pyst: Pyst, home: Home) -> None:
    home.script("hello", GREETING)
    ended = pyst("--events", "-", "--format", "json", "which", "hello")
    events = [json.loads(line) for line in ended.err.splitlines()]
    assert [each["type"] for each in events] == ["command_start", "command_end"]
    for each in (*events, *ended.json["events"]):
        Draft202012Validator(EVENT).validate(each)


def test_the_page_tells_of_every_code() -> None:
    package = Path(pyst_package.__file__).parent
    used = {code for path in package.rglob("*.py") for code in re.findall(r'"([EWI]_[A-Z0-9_]+)"', path.read_text())}
    page = (Path(__file__).parents[2] / "docs" / "json-output.md").read_text()
    told = re.findall(r"^\| `([EWI]_[A-Z0-9_]+)` \|", page, re.M)
    assert sorted(told) == sorted(used)
