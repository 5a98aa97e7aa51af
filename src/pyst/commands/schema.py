"""`pyst schema`: the JSON Schemas (draft 2020-12) of the output, and whether a document fits them."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, maybe, one_of, record, several
from pyst.errors import ExitCode, Failure, Where, did_you_mean
from pyst.report import SCHEMA, Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Print the JSON Schema (draft 2020-12) of what `--format json` writes, or check a document against it.
WHAT is a command, `envelope` (the default: what all commands have in common), or `all`. FILE may be `-`, the
default: standard input."""
EPILOG = """\
exit codes of `check`: 0 it fits, 1 it does not (or is no JSON at all).
"""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_BYTES = 64 << 20
MOST_VIOLATIONS = 100


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `schema`, which may stand between its words."""
    parser.intermixed = True  # type: ignore[attr-defined]
    doing = "print the schema of a command's output (of the envelope), or check a document (standard input)"
    parser.add_argument("words", nargs="*", metavar="print [WHAT] | check [FILE]", help=doing)
    parser.add_argument("--command", metavar="NAME", help="with check: the command that the document must come from")


def run(app: App, args: argparse.Namespace) -> Report:
    """Do what the first word says."""
    action, *rest = args.words or [""]
    if action not in ("print", "check"):
        message = f"`schema` can't `{action}`" if action else "`schema` needs to be told what to do"
        raise Failure(
            "E_USAGE", message, hint="`pyst schema print list`, `pyst schema check out.json`", exit=ExitCode.USAGE
        )
    if len(rest) > 1:
        raise Failure("E_USAGE", f"`schema {action}` takes one further word at most", exit=ExitCode.USAGE)
    if action == "check":
        return _check(app, rest[0] if rest else "-", args.command)
    if args.command is not None:
        raise Failure("E_USAGE", "`--command` goes with `schema check`", exit=ExitCode.USAGE)
    schema = schema_for(rest[0] if rest else "envelope")
    return Report({"action": "print", "schema": schema, "violations": None, "checked": None})


def schema_for(what: str) -> dict[str, Any]:
    """The schema of the envelope of one command, of any (`envelope`), or of each (`all`). Raises `Failure`."""
    names = _command_names()
    if what == "envelope":
        return envelope_schema(None, {"type": "object"})
    if what == "all":
        return {
            "$schema": DIALECT,
            "$id": _identity("all"),
            "title": "What every pyst command writes with --format json",
            "oneOf": [envelope_schema(name, detail_of(name)) for name in names],
        }
    if what not in names:
        hint = did_you_mean(what, [*names, "envelope", "all"])
        raise Failure("E_USAGE", f"there is no command `{what}`", hint=hint, exit=ExitCode.USAGE)
    return envelope_schema(what, detail_of(what))


def _identity(name: str) -> str:
    return f"urn:pyst:schema:{SCHEMA.partition('/')[2]}:{name}"


def _command_names() -> list[str]:
    from pyst.cli.table import COMMANDS

    return [each.name for each in COMMANDS]


def detail_of(name: str) -> dict[str, Any]:
    """The schema of a command's `detail`: what its module says."""
    from importlib import import_module

    from pyst.cli.table import find_command

    command = find_command(name)
    assert command is not None
    detail: dict[str, Any] = import_module(f"pyst.commands.{command.module}").DETAIL
    return detail


def envelope_schema(command: str | None, detail: dict[str, Any]) -> dict[str, Any]:
    """The schema of an envelope (SPEC section 7) whose `detail`, unless the command failed, is as `detail` says."""
    name = {"type": "string"} if command is None else {"const": command}
    return {
        "$schema": DIALECT,
        "$id": _identity(command or "envelope"),
        "title": f"What `pyst {command} --format json` writes" if command else "What every pyst command has in common",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "command": name,
            "status": one_of("ok", "error"),
            "exit_code": {"type": "integer", "minimum": 0, "maximum": 255},
            "duration_ms": {"type": "number", "minimum": 0},
            "detail": {"type": "object"},
            "diagnostics": several(DIAGNOSTIC),
            "events": several(EVENT),
            "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
        "required": ["schema", "command", "status", "exit_code", "duration_ms", "detail", "diagnostics", "events"],
        "additionalProperties": False,
        "if": {"properties": {"status": {"const": "ok"}}, "required": ["status"]},
        "then": {"properties": {"detail": detail}},
        "else": {
            "properties": {
                "exit_code": {"not": {"const": 0}},
                "diagnostics": {"contains": {"properties": {"level": {"const": "error"}}, "required": ["level"]}},
            }
        },
    }


DIAGNOSTIC: dict[str, Any] = record(
    level=one_of("error", "warning", "info"),
    code={"type": "string", "pattern": "^[EWI]_[A-Z0-9_]+$"},
    message=TEXT,
    hint=MAYBE_TEXT,
    where=MAYBE_TEXT,
    fix=maybe(record(command=TEXT, risk=one_of("none", "low", "high"))),
)

EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {"type": {"type": "string"}, "at_ms": {"type": "number", "minimum": 0}},
    "required": ["type", "at_ms"],
}
"""What every event has; each type adds fields of its own."""


def _check(app: App, file: str, name: str | None) -> Report:
    document = _load(app, file)
    if name is None and isinstance(document, dict) and document.get("command") in _command_names():
        name = document["command"]
    violations = violations_of(document, schema_for(name or "envelope"))
    detail = {
        "action": "check",
        "schema": None,
        "violations": violations,
        "checked": {"file": file, "command": name, "valid": not violations},
    }
    if not violations:
        return Report(detail)
    count = f"{len(violations)} places" if len(violations) != 1 else "one place"
    message = f"the document does not fit the schema of `{name or 'envelope'}` in {count}"
    return Report(detail, (Diagnostic("error", "E_SCHEMA", message, where=file),), ExitCode.ERROR)


def violations_of(document: Any, schema: dict[str, Any]) -> list[dict[str, str]]:
    """Where a document does not fit, each with its JSON path (`$.detail.rows[0]`). Raises `Failure` (E_EXTRA)."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError as error:
        raise Failure(
            "E_EXTRA",
            "checking documents needs the package `jsonschema`, which is not installed",
            hint="install pyst with its extra: `pyst-cli[schema]`",
        ) from error
    found = []
    try:
        for each in _leaves(Draft202012Validator(schema).iter_errors(document)):
            rule = "/".join(str(part) for part in each.absolute_schema_path)
            found.append({"path": each.json_path, "message": _bounded(each.message), "rule": rule})
            if len(found) == MOST_VIOLATIONS:
                break
    except RecursionError as error:
        raise Failure("E_SCHEMA", "the document is nested too deep to be checked") from error
    return sorted(found, key=lambda each: (each["path"], each["rule"]))


def _leaves(errors: Iterable[Any]) -> Iterable[Any]:
    """The errors themselves; of one about `anyOf` or `oneOf` those of the alternative that fits best."""
    from jsonschema.exceptions import best_match

    for each in errors:
        best = best_match([each]) if each.context else each
        yield best or each


def _bounded(message: str, most: int = 300) -> str:
    return message if len(message) <= most else f"{message[: most // 2]} … {message[-most // 2 :]}"


def _load(app: App, file: str) -> Any:
    """The JSON document in a file or on standard input. Raises `Failure` (E_UNREADABLE, E_NOT_JSON)."""
    if file == "-":
        text: str | bytes = app.stdin.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise Failure("E_TOO_LARGE", f"standard input has more than {MOST_BYTES} characters")
    else:
        data = app.witness.read(os.path.join(app.cwd, file), most_bytes=MOST_BYTES)
        if data is None:
            raise Failure("E_UNREADABLE", f"there is no file `{file}`")
        text = data
    shown = "standard input" if file == "-" else file
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        line = int(found.group(1)) if (found := re.search(r"line (\d+)", str(error))) else 0
        message = f"`{shown}` is no JSON: {error or 'nested too deep'}"
        raise Failure("E_NOT_JSON", message, where=Where(shown, line)) from error


def _refuse(name: str) -> Any:
    raise ValueError(f"`{name}` is no value of JSON")


def human(report: Report, view: View) -> Iterable[Line]:
    """The schema itself; or what does not fit, a line each."""
    detail = report.detail
    if detail["schema"] is not None:
        return json.dumps(detail["schema"], indent=2).split("\n")
    if not detail["violations"]:
        return [f"it fits the schema of `{detail['checked']['command'] or 'envelope'}`"]
    return [[Span(each["path"], "name"), "  ", each["message"]] for each in detail["violations"]]


DETAIL: dict[str, Any] = record(
    action=one_of("print", "check"),
    schema={"type": ["object", "null"]},
    violations=maybe(several(record(path=TEXT, message=TEXT, rule=TEXT))),
    checked=maybe(record(file=TEXT, command=MAYBE_TEXT, valid=YES_NO)),
)
