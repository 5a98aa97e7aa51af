"""A client of `pyst mcp` that speaks raw lines, so that nothing between tests and server mends a mistake."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MODERN = "2026-07-28"
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "lines", "version": "1"},
}
SECONDS = 60.0

Message = dict[str, Any]


class Lines:
    """A server that runs, and what it said. `modern` requests carry the envelope of 2026; others need `shake_hands`."""

    def __init__(self, process: subprocess.Popen[bytes], *, modern: bool) -> None:
        self.process = process
        self.modern = modern
        self.heard: list[Message] = []
        self.other: list[bytes] = []
        """Lines of standard output that are no messages: there must be none."""
        self._answers: dict[Any, queue.Queue[Message]] = {}
        self._told: queue.Queue[Message] = queue.Queue()
        self._next = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                self.other.append(line)
                continue
            self.heard.append(message)
            if "method" in message or message.get("id") is None:
                self._told.put(message)
            else:
                self._answers.setdefault(message["id"], queue.Queue()).put(message)

    def write(self, line: bytes) -> None:
        """Send a line as it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, method: str, params: Message | None = None, *, meta: Message | None = None) -> int:
        """Send a request and give its id, without waiting for the answer."""
        self._next += 1
        number = self._next
        self._answers[number] = queue.Queue()
        body = dict(params or {})
        found = {**(ENVELOPE if self.modern else {}), **(meta or {})}
        if found:
            body["_meta"] = found
        self.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": body}).encode())
        return number

    def notify(self, method: str, params: Message | None = None) -> None:
        """Send a notification."""
        self.write(json.dumps({"jsonrpc": "2.0", "method": method, "params": params or {}}).encode())

    def answer(self, number: int, seconds: float = SECONDS) -> Message:
        """The answer to a request, whole."""
        return self._answers[number].get(timeout=seconds)

    def told(self, method: str | None = None, seconds: float = SECONDS) -> Message:
        """The next notification (of this method), or error without an id."""
        while True:
            message = self._told.get(timeout=seconds)
            if method is None or message.get("method") == method:
                return message

    def told_error(self) -> Message:
        """The next error without an id; notifications may come before it."""
        while True:
            message = self.told()
            if "error" in message:
                error: Message = message["error"]
                return error

    def ask(self, method: str, params: Message | None = None, *, meta: Message | None = None) -> Message:
        """The result of a request; an error fails the test."""
        message = self.answer(self.send(method, params, meta=meta))
        assert "result" in message, message
        result: Message = message["result"]
        return result

    def refused(self, method: str, params: Message | None = None) -> Message:
        """The error that a request is answered with."""
        message = self.answer(self.send(method, params))
        assert "error" in message, message
        error: Message = message["error"]
        return error

    def call(self, tool: str, **arguments: Any) -> Message:
        """The result of a call."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def tools(self) -> dict[str, Message]:
        """All tools, page after page, by name."""
        found: dict[str, Message] = {}
        cursor: str | None = None
        while True:
            page = self.ask("tools/list", {"cursor": cursor} if cursor else {})
            found.update((each["name"], each) for each in page["tools"])
            cursor = page.get("nextCursor")
            if cursor is None:
                return found

    def shake_hands(self, version: str = "2025-11-25") -> Message:
        """The handshake of the older generation."""
        client = {"name": "lines", "version": "1"}
        result = self.ask("initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": client})
        self.notify("notifications/initialized")
        return result

    def end(self, seconds: float = 30.0) -> int:
        """Close the server's input and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(seconds)


@contextmanager
def serving(
    environ: dict[str, str],
    cwd: Path,
    *words: str,
    modern: bool = False,
    hands: bool = True,
    without_namespaces: bool = False,
) -> Iterator[Lines]:
    """A server in this folder; at the end its input is closed, and it must go by itself.

    `without_namespaces`: on a host that refuses them.
    """
    root = Path(__file__).parents[2]
    argv = [sys.executable, "-P", "-m", "pyst", "mcp", *words]
    source = str(root / "src")
    if without_namespaces:
        argv = [sys.executable, "-m", "tests.support.userless", *argv]
        source = f"{root}{os.pathsep}{source}"
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(argv, cwd=cwd, env={**environ, "PYTHONPATH": source}, **streams)  # type: ignore[call-overload]
    lines = Lines(process, modern=modern)
    try:
        if hands and not modern:
            lines.shake_hands()
        yield lines
    finally:
        try:
            if process.poll() is None:
                lines.end()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                assert stream is not None
                try:
                    stream.close()
                except OSError:
                    pass
    assert lines.other == []


def text_of(result: Message) -> str:
    """The first text of a call's result."""
    text: str = next(each["text"] for each in result["content"] if each["type"] == "text")
    return text


def links_of(result: Message) -> dict[str, str]:
    """The resources that a call's result links to: name → URI."""
    return {each["name"]: each["uri"] for each in result["content"] if each["type"] == "resource_link"}


def living(mark: str) -> list[int]:
    """The processes whose command line or environment holds this mark."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                text = Path(f"/proc/{name}/cmdline").read_bytes() + Path(f"/proc/{name}/environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in text:
                found.append(int(name))
    return found
