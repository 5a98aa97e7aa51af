"""One call of a tool: its arguments checked, the child that does it, and its answer as a result of the protocol.

What goes wrong in a call is told in its result, so that the model can read it and do better; only a tool that does not
exist is an error of the protocol.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from pyst.agents.arguments import argv_from
from pyst.agents.builtins import BUILTINS, Builtin, Step
from pyst.agents.children import Children, Ended, Progress
from pyst.agents.host import Host, Offered
from pyst.agents.listing import Shelf
from pyst.errors import Failure

MOST_WORD_BYTES = 128 << 10
MOST_WORDS_BYTES = 1 << 20
MOST_TOLD = 400

BY_NAME: dict[str, Builtin] = {each.tool["name"]: each for each in BUILTINS}


class Calls:
    """Does calls."""

    def __init__(self, host: Host, shelf: Shelf, children: Children) -> None:
        self._host = host
        self._shelf = shelf
        self._children = children

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema of a tool's arguments as it was last listed, or None."""
        if name in BY_NAME:
            schema: dict[str, Any] = BY_NAME[name].tool["inputSchema"]
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
            if name in BY_NAME:
                return await self._builtin(BY_NAME[name], arguments, progress)
            offered = await self._offered(name)
            step = Step("run", argv_from(offered.interface, arguments), is_run=True, offered=offered)
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
        step = builtin.step(arguments, (await self._shelf.now()).offering, self._host)
        if isinstance(step, Step):
            return await self._do(step, progress)
        return {"content": [text_of(step)], "structuredContent": step}

    async def _do(self, step: Step, progress: Progress | None) -> dict[str, Any]:
        words = self._words(step)
        check_words(words)
        try:
            ended = await self._children.run(step.command, words, stdin=step.stdin, progress=progress)
        except OSError as error:
            raise Failure("E_SYSTEM", f"pyst can't be started again: {error.strerror}") from error
        return answer(ended)

    def _words(self, step: Step) -> tuple[str, ...]:
        if not step.is_run:
            return step.words
        host = self._host
        seconds = min(host.timeout_seconds, step.timeout_seconds or host.timeout_seconds)
        options = [f"--timeout={seconds:g}"]
        if not host.allow_unsandboxed:
            options.append(f"--sandbox={host.tier}")
        elif step.offered is None:
            options.append("--sandbox=best-effort")  # code that nobody has seen is confined as well as it goes
        if step.offered is None:
            return (*options, *step.words)
        return (*options, "--", word_of(step.offered, host.cwd), "--", *step.words)


def word_of(offered: Offered, cwd: str) -> str:
    """The word by which a child finds this script and no other: no file in the current folder may pass for it."""
    selector = offered.script.selector
    return offered.script.path if os.path.lexists(os.path.join(cwd, selector)) else selector


def check_arguments(arguments: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raises `Failure` (E_ARGUMENTS) where the arguments don't fit the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema).iter_errors(arguments))
    if error is not None:
        at = ".".join(str(each) for each in error.absolute_path) or "the arguments"
        message = error.message if len(error.message) <= MOST_TOLD else f"{error.message[:MOST_TOLD]} …"
        raise Failure("E_ARGUMENTS", f"`{at[:100]}` does not fit: {message}")


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


def answer(ended: Ended) -> dict[str, Any]:
    """What a child said, as a result."""
    envelope = ended.envelope
    if envelope is None:
        message = "pyst gave no answer" + (f": {ended.talk[-MOST_TOLD:]}" if ended.talk else "")
        raise Failure("E_NO_ANSWER", message)
    body = {each: envelope[each] for each in ("status", "exit_code", "detail", "diagnostics")}
    return {"content": [text_of(body)], "structuredContent": body, "isError": envelope["status"] != "ok"}


def refused(failure: Failure) -> dict[str, Any]:
    """A failure as the result of a call."""
    text = f"{failure.code}: {failure.message}" + (f"\nhint: {failure.hint}" if failure.hint else "")
    return {"content": [{"type": "text", "text": text}], "isError": True}


def text_of(body: Any) -> dict[str, Any]:
    """JSON as text, for clients that don't read structured content."""
    import json

    return {"type": "text", "text": json.dumps(body, ensure_ascii=False)}
