"""From the report of a run (`pyst run --format json`) to the bounded result of a tool call. Pure.

Everything in it may be a hostile script's word: nothing is believed that was not checked, no size is left open, and a
report that is not as it should be makes a poor result, never an exception.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyst.agents.checking import problems
from pyst.agents.texts import bounded, cleaned, line

MOST_OUT = 16_000
MOST_TAIL = 2_000
MOST_ERR = 4_000
MOST_LINKS = 20
MOST_PATH = 4096
MOST_RESULT_BYTES = 1 << 20
_TYPES = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "html": "text/html",
    "markdown": "text/markdown",
    "md": "text/markdown",
    "text": "text/plain",
    "txt": "text/plain",
    "log": "text/plain",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}


class Link(NamedTuple):
    """A file that the run left, for whoever wants the rest of it. `path` is absolute, `media_type` a guess."""

    name: str
    path: str
    role: str
    media_type: str
    size_bytes: int | None


class ToolResult(NamedTuple):
    """What a call of a tool answers.

    `structured` is a JSON object: that of the output schema where there is one and the run succeeded, else the facts of
    the run. `text` is what a model reads where only text is shown. `truncated` says that not all that was printed is
    there; the `links` lead to it.
    """

    structured: dict[str, Any]
    text: str
    is_error: bool
    truncated: bool
    links: tuple[Link, ...]
    run_id: str | None


def tool_result(
    envelope: Mapping[str, Any], output_schema: dict[str, Any] | None = None, *, stdout: str | None = None
) -> ToolResult:
    """The result of the run that `envelope` reports on.

    `stdout` is the whole of what was printed, for a caller that read more of it than the report holds.
    """
    detail = _object(envelope.get("detail"))
    outcome = _object(detail.get("outcome"))
    record = _object(detail.get("record"))
    out, err = _object(outcome.get("stdout")), _object(outcome.get("stderr"))
    if stdout is not None:
        out = {**out, "text": stdout, "tail": "", "truncated": False, "bytes": len(stdout.encode("utf-8", "replace"))}
    failed = envelope.get("status") != "ok" or not outcome or outcome.get("exit_code") != 0
    shown_out, cut_out = _preview(out, MOST_OUT, MOST_TAIL)
    shown_err, cut_err = _preview(err, MOST_ERR // 4, MOST_ERR - MOST_ERR // 4)
    links = _links(record, out, err)
    facts = _facts(envelope, outcome, record, links)
    run_id = facts.get("run_id")
    structured = {**facts, "stdout": shown_out, "stderr": shown_err, "truncated": cut_out or cut_err}
    notes = list(_notes(envelope, outcome, failed))
    if output_schema is not None and not failed:
        structured = _promised(out, output_schema)
        if run_id:
            structured["run_id"] = run_id
        notes += [structured["note"]] if "note" in structured else []
    parts = [shown_out, f"[stderr]\n{shown_err}" if shown_err else "", *notes]
    text = "\n".join(each.rstrip("\n") for each in parts if each) or "The script printed nothing."
    return ToolResult(structured, text, failed, cut_out or cut_err, links, run_id)


def read_result(stdout: str, schema: dict[str, Any]) -> tuple[bool, Any, str]:
    """What `main` returned, read from what was printed: whether it is there, the value, else why not.

    `schema` is that of the result itself. Text is all that was printed; JSON is all of it, or the last line.
    """
    if len(stdout) > MOST_RESULT_BYTES:
        return False, None, "what was printed is too long to be read as the result"
    kinds = schema.get("type", [])
    if not stdout and (kinds == "null" or "null" in kinds or {"type": "null"} in schema.get("anyOf", ())):
        return True, None, ""
    if schema.get("contentMediaType") == "text/plain":
        value: Any = stdout.removesuffix("\n")
    else:
        try:
            value = _last_json(stdout)
        except (ValueError, RecursionError):
            return False, None, "what was printed is not the JSON that the script's annotation promises"
    try:
        found = problems(value, schema)
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False, None, "what was printed is no Unicode text, or nested too deep"
    if found:
        where = f"`{bounded(found[0].pointer, 100)}` " if found[0].pointer else "it "
        return False, None, f"the result is not what the script's annotation promises: {where}{found[0].message}"
    return True, value, ""


def _last_json(text: str) -> Any:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return json.loads(text.rstrip().rpartition("\n")[2], parse_constant=refuse)


def _promised(out: dict[str, Any], output_schema: dict[str, Any]) -> dict[str, Any]:
    """The object that the output schema describes."""
    inner = _object(_object(output_schema.get("properties")).get("result"))
    if out.get("truncated"):
        return {"note": "what was printed is too long to be told here as the result; the whole is linked"}
    there, value, note = read_result(_text(out.get("text")), inner)
    return {"result": value} if there else {"note": note}


def _preview(stream: dict[str, Any], most_head: int, most_tail: int) -> tuple[str, bool]:
    """What is shown of a stream, and whether that is not all."""
    text, tail = _text(stream.get("text")), _text(stream.get("tail"))
    size = stream.get("bytes")
    whole = not stream.get("truncated") and not tail
    if whole and len(text) <= most_head + most_tail:
        return cleaned(text), False
    end = cleaned((tail or text[most_head:])[-most_tail:])
    told = f"{size} bytes in all" if isinstance(size, int) and not isinstance(size, bool) else "more was printed"
    return f"{cleaned(text[:most_head])}\n… [cut: {told}] …\n{end}", True


def _facts(
    envelope: Mapping[str, Any], outcome: dict[str, Any], record: dict[str, Any], links: tuple[Link, ...]
) -> dict[str, Any]:
    """The facts of the run, each of the type that it should have."""
    exit_code = outcome.get("exit_code", envelope.get("exit_code"))
    fallback = "ok" if exit_code == 0 and envelope.get("status") == "ok" else "failed"
    run_id = record.get("run_id")
    facts: dict[str, Any] = {
        "status": line(_text(record.get("status")), 40) or ("timed_out" if outcome.get("timed_out") else fallback),
        "exit_code": exit_code if _is_integer(exit_code) else None,
        "run_id": line(run_id, 100) if isinstance(run_id, str) else None,
        "outputs": [{"name": e.name, "role": e.role, "media_type": e.media_type, "bytes": e.size_bytes} for e in links],
    }
    seconds = outcome.get("duration_seconds")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds == seconds:
        facts["duration_seconds"] = seconds
    if _is_integer(outcome.get("signal")):
        facts["signal"] = outcome["signal"]
    if isinstance(outcome.get("limit"), str):
        facts["limit"] = line(outcome["limit"], 100)
    told = [_diagnostic(each) for each in _list(envelope.get("diagnostics"))[:10] if isinstance(each, dict)]
    if told:
        facts["diagnostics"] = told
    return {key: value for key, value in facts.items() if value is not None}


def _diagnostic(each: dict[str, Any]) -> dict[str, str]:
    parts = {"level": 20, "code": 60, "message": 1000, "hint": 1000}
    return {key: bounded(_text(each.get(key)), most) for key, most in parts.items() if each.get(key)}


def _notes(envelope: Mapping[str, Any], outcome: dict[str, Any], failed: bool) -> list[str]:
    """What pyst itself has to say, line by line."""
    told = []
    for each in map(_object, _list(envelope.get("diagnostics"))[:10]):
        message = bounded(_text(each.get("message")), 1000)
        hint = bounded(_text(each.get("hint")), 1000)
        level = line(_text(each.get("level")), 20) or "note"
        told.append(f"[pyst {level}] {message}" + (f"\n[hint] {hint}" if hint else ""))
    if failed and outcome:
        signal, code = outcome.get("signal"), outcome.get("exit_code")
        told.append(f"[ended by signal {signal}]" if _is_integer(signal) else f"[exit code {line(str(code), 20)}]")
    return told


def _links(record: dict[str, Any], out: dict[str, Any], err: dict[str, Any]) -> tuple[Link, ...]:
    """The files to link: outputs, then what did not fit of the streams, then the log. At most twenty."""
    found: list[Link] = []
    folder = _text(record.get("output_dir"))
    for each in map(_object, _list(record.get("outputs"))[:MOST_LINKS]):
        name = _text(each.get("path"))
        parts = name.split("/")
        if not folder or not name or name[:1] == "/" or ".." in parts or "\0" in name or len(name) > MOST_PATH:
            continue
        role = line(_text(each.get("role")), 60) or "output"
        found.append(_link(os.path.join(folder, *parts), line(name, 200), role, each.get("format"), each.get("bytes")))
    known = {each.path for each in found}
    for role, stream in (("stdout", out), ("stderr", err)):
        path = _text(stream.get("path"))
        if path and stream.get("truncated") and path not in known:
            found.append(_link(path, role, role, "text", stream.get("bytes")))
    log = _object(record.get("log"))
    if _text(log.get("path")):
        found.append(_link(log["path"], "log", "log", "text", log.get("bytes")))
    return tuple(each for each in found if os.path.isabs(each.path))[:MOST_LINKS]


def _link(path: str, name: str, role: str, form: Any, size: Any) -> Link:
    media_type = _TYPES.get(_text(form).lower(), "application/octet-stream")
    return Link(name, path, role, media_type, size if _is_integer(size) and size >= 0 else None)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
