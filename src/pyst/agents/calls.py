"""One call of a tool: its arguments checked, the child that does it, and its answer as a result of the protocol.

What goes wrong in a call is told in its result, so that the model can read it and do better; only a tool that does not
exist is an error of the protocol.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from pyst.agents.addresses import run_address
from pyst.agents.arguments import argv_from, refuse
from pyst.agents.builtins import Builtin, builtins_of
from pyst.agents.checking import Problem, below, problems
from pyst.agents.children import Children, Ended, Progress
from pyst.agents.host import Host, Offered
from pyst.agents.inputs import kept_input
from pyst.agents.listing import Shelf
from pyst.agents.results import Link, tool_result
from pyst.agents.schemas import output_schema
from pyst.agents.steps import Step, word_of
from pyst.agents.texts import bounded, cleaned, line
from pyst.errors import Failure

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST_WORD_BYTES = 128 << 10
MOST_WORDS_BYTES = 1 << 20
MOST_TOLD = 400

MOST_TOLD_BYTES = 256 << 10
OPERATOR = {
    "E_WALL": "whoever started this server can choose fewer walls: `pyst mcp --sandbox basic`, or none: "
    "`--allow-unsandboxed`",
    "E_PERMISSION": "whoever started this server can grant it with `pyst grants allow`; no call can",
    "E_BLOCKED": "whoever started this server chose the context; no call can",
}
"""What to say besides of a refusal that only the operator can do something about."""


class Calls:
    """Does calls."""

    def __init__(self, host: Host, shelf: Shelf, children: Children) -> None:
        self._host = host
        self._shelf = shelf
        self._children = children
        self._own = builtins_of(host)

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema of a tool's arguments as it was last listed, or None."""
        if name in self._own:
            schema: dict[str, Any] = self._own[name][1]["inputSchema"]
            return schema
        listing = self._shelf.last
        if listing is None or name not in listing.scripts:
            return None
        tool = next(each for each in listing.tools if each["name"] == name)
        found: dict[str, Any] = tool["inputSchema"]
        return found

    async def call(self, name: str, arguments: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
        """The result of one call. Raises `MCPError` where there is no such tool."""
        try:
            if name in self._own:
                return await self._builtin(self._own[name][0], arguments, progress)
            offered = await self._offered(name)
            step = Step("run", argv_from(offered.interface, arguments), is_run=True, is_typed=True, offered=offered)
            return await self._do(step, progress)
        except Failure as failure:
            return refused(failure)

    async def _offered(self, name: str) -> Offered:
        listing = self._shelf.last
        if listing is None or name not in listing.scripts:
            listing = await self._shelf.now()
        if name not in listing.scripts:
            raise MCPError(INVALID_PARAMS, f"there is no tool `{name[:100]}`")
        return listing.scripts[name]

    async def _builtin(self, builtin: Builtin, arguments: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
        check_arguments(arguments, builtin.tool["inputSchema"])
        listing = await self._shelf.now()
        step = await anyio.to_thread.run_sync(builtin.step, arguments, listing, self._host)
        if isinstance(step, Step):
            return await self._do(step, progress)
        return {"content": [text_of(step)], "structuredContent": step}

    async def _do(self, step: Step, progress: Progress | None) -> dict[str, Any]:
        with kept_input(self._host.state, step.input) as path:
            words = self._words(step, path)
            check_words(words)
            try:
                ended = await self._children.run(
                    step.command,
                    words,
                    stdin=step.stdin,
                    lifeline=step.is_run or step.is_replay,
                    context=step.context,
                    progress=progress,
                )
            except OSError as error:
                raise Failure("E_SYSTEM", f"pyst can't be started again: {error.strerror}") from error
        return run_answer(ended, step.offered if step.is_typed else None) if step.is_run else answer(ended, step.shape)

    def _words(self, step: Step, input_path: str | None) -> tuple[str, ...]:
        """The words after the command, with all that the operator decided."""
        if not (step.is_run or step.is_replay):
            return step.words
        host = self._host
        seconds = min(host.timeout_seconds, step.timeout_seconds or host.timeout_seconds)
        options = [f"--timeout={seconds!r}"]
        if not host.allow_unsandboxed:
            options.append(f"--sandbox={host.tier}")
        elif step.is_run and step.offered is None:
            options.append("--sandbox=best-effort")  # code that nobody has seen is confined as well as it goes
        if step.is_replay:
            return (*options, *step.words)
        options += ["--record", *([f"--input-path={input_path}"] if input_path is not None else [])]
        if step.offered is None:
            return (*options, *step.words)
        return (*options, "--", word_of(step.offered, host.cwd), "--", *step.words)


def check_arguments(arguments: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raises `Failure` (E_ARGUMENTS) where the arguments don't fit the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema).iter_errors(arguments))
    if error is not None:
        pointer = ""
        for each in error.absolute_path:
            pointer = below(pointer, each)
        refuse(problems(arguments, schema) or [Problem(pointer, _wanted(error))])


def _wanted(error: ValidationError) -> str:
    """What is wanted, where the words of `checking` don't reach. What was given is not repeated: it may be large."""
    told = {
        "minLength": "must have at least {} characters",
        "maxLength": "must have at most {} characters",
        "exclusiveMinimum": "must be more than {}",
        "exclusiveMaximum": "must be less than {}",
        "pattern": "must match `{}`",
    }.get(str(error.validator))
    if told is None:
        return f"does not fit: {error.message[:MOST_TOLD]}"
    return told.format(error.validator_value)


def check_words(words: tuple[str, ...]) -> None:
    """Raises `Failure` (E_ARGUMENTS) for what can't be part of a command line."""
    total = 0
    for each in words:
        if "\0" in each:
            raise Failure("E_ARGUMENTS", "an argument holds a NUL, which no command line can carry")
        size = len(each.encode("utf-8", "surrogatepass"))
        total += size + 1
        if size >= MOST_WORD_BYTES or total >= MOST_WORDS_BYTES:
            message = f"the arguments are too long: at most {MOST_WORD_BYTES} bytes each, {MOST_WORDS_BYTES} in all"
            raise Failure("E_ARGUMENTS", message, hint="`pyst_run_script` takes more as `input`")


def answer(ended: Ended, shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> dict[str, Any]:
    """What a command of pyst said, as a result; with `shape`, what that makes of it. Raises `Failure`."""
    envelope = told_by(ended)
    if envelope["status"] != "ok":
        return refused_by(envelope)
    if shape is not None:
        told = shape(envelope["detail"])
        return {"content": [text_of(told)], "structuredContent": told}
    remarks = [{key: value for key, value in each.items() if key != "fix"} for each in envelope["diagnostics"]]
    body = {"exit_code": envelope["exit_code"], "detail": _clean(envelope["detail"]), "diagnostics": _clean(remarks)}
    size = len(json.dumps(body))
    if size > MOST_TOLD_BYTES:
        raise Failure("E_TOO_LARGE", f"the answer has {size} bytes; at most {MOST_TOLD_BYTES} are told")
    run_id = envelope["detail"].get("run_id")
    links = [record_link(run_id)] if isinstance(run_id, str) else []
    return {"content": [text_of(body), *links], "structuredContent": body}


def record_link(run_id: str) -> dict[str, Any]:
    """The link to the record of a run."""
    uri = run_address(run_id, "manifest")
    return {"type": "resource_link", "uri": uri, "name": "record", "mimeType": "application/json"}


def run_answer(ended: Ended, offered: Offered | None) -> dict[str, Any]:
    """What a run came to, as a result: bounded texts, and links to the rest."""
    envelope = told_by(ended)
    found = tool_result(envelope, output_schema(offered.interface) if offered else None)
    detail = envelope["detail"]
    record = detail.get("record") if isinstance(detail, dict) else None
    addresses = {each.path: uri for each in found.links if (uri := address_of(each, record)) is not None}
    structured = found.structured
    if "outputs" in structured:
        rows = zip(structured["outputs"], found.links, strict=True)
        structured["outputs"] = [{**row, "uri": addresses[e.path]} for row, e in rows if e.path in addresses]
        if found.run_id is not None:
            structured["record"] = run_address(found.run_id, "manifest")
    links = [_link(each, addresses[each.path]) for each in found.links if each.path in addresses]
    if found.run_id is not None:
        links.append(record_link(found.run_id))
    told = [OPERATOR[each["code"]] for each in envelope["diagnostics"] if each.get("code") in OPERATOR]
    text = "\n".join([found.text, *(f"[operator] {each}" for each in dict.fromkeys(told))])
    content = [{"type": "text", "text": text}, *links]
    return {"content": content, "structuredContent": structured, "isError": found.is_error}


def told_by(ended: Ended) -> dict[str, Any]:
    """The envelope of a child. Raises `Failure` (E_NO_ANSWER, E_TIMEOUT) where there is none."""
    if ended.envelope is not None:
        return ended.envelope
    if ended.timed_out:
        raise Failure("E_TIMEOUT", "the call took too long and was ended, with all that it had started")
    raise Failure("E_NO_ANSWER", "pyst gave no answer" + (f": {line(ended.talk, MOST_TOLD)}" if ended.talk else ""))


def address_of(link: Link, record: Any) -> str | None:
    """The resource that a file of a run is; None where it is none."""
    if not isinstance(record, dict) or not isinstance(record.get("run_id"), str):
        return None
    if link.role in ("log", "stdout"):
        return run_address(record["run_id"], link.role)
    prefix = os.path.join(str(record.get("output_dir")), "")
    return run_address(record["run_id"], "output", link.path[len(prefix) :]) if link.path.startswith(prefix) else None


def _link(link: Link, uri: str) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "resource_link", "uri": uri, "name": link.name, "mimeType": link.media_type}
    return body if link.size_bytes is None else {**body, "size": link.size_bytes}


def refused_by(envelope: dict[str, Any]) -> dict[str, Any]:
    """A command's own refusal as the result of a call."""
    told = [each for each in envelope["diagnostics"] if each["level"] == "error"] or [{"message": "it failed"}]
    lines = []
    for each in told[:5]:
        lines.append(f"{each.get('code') or 'E_COMMAND'}: {bounded(each['message'], 2000)}")
        hints = (each.get("hint"), OPERATOR.get(each.get("code") or ""))
        lines += [f"hint: {bounded(hint, 1000)}" for hint in hints if hint]
    return {"content": [{"type": "text", "text": "\n".join(lines)}], "isError": True}


def refused(failure: Failure) -> dict[str, Any]:
    """A failure as the result of a call."""
    text = f"{failure.code}: {failure.message}" + (f"\nhint: {failure.hint}" if failure.hint else "")
    return {"content": [{"type": "text", "text": bounded(text, 4000)}], "isError": True}


def text_of(body: Any) -> dict[str, Any]:
    """JSON as text, for clients that don't read structured content."""
    return {"type": "text", "text": json.dumps(body, ensure_ascii=False)}


def _clean(value: Any) -> Any:
    """The same data with what a person would not see made visible: a script's texts are a stranger's."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {cleaned(key): _clean(each) for key, each in value.items()}
    return value
