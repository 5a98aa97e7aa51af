"""MCP over standard input and output: one message of JSON-RPC on each line, and nothing else on either.

While it serves, descriptor 0 is empty and descriptor 1 is standard error, so that neither a child nor a stray `print`
can eat or tear a message. A line that is no message is answered, not passed over; one beyond `MOST_LINE_BYTES` is never
held in memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from pyst.agents.messages import INVALID_REQUEST, Unusable, read_message

MOST_LINE_BYTES = 32 << 20
"""The longest message that is taken."""
CHUNK_BYTES = 64 << 10

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]


@contextmanager
def claimed_streams() -> Iterator[tuple[int, int]]:
    """Descriptors of the real standard input and output; 0 and 1 lead nowhere and to standard error meanwhile."""
    import fcntl

    real = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3) for fd in (0, 1)]
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        yield real[0], real[1]
    finally:
        for fd, kept in enumerate(real):
            os.dup2(kept, fd)
            os.close(kept)
        os.close(nothing)


@asynccontextmanager
async def stdio_streams(source: int, sink: int) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """The two streams of messages that the SDK serves, over these descriptors.

    The first ends when the client closes its end, or no longer reads.
    """
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, to_client = anyio.create_memory_object_stream[SessionMessage](0)
    lines: asyncio.Queue[bytes | None] = asyncio.Queue(1)
    loop = asyncio.get_running_loop()
    writing = anyio.Lock()

    def read() -> None:
        """In a thread of its own, which ends with the process: nothing else can wait for any kind of file."""
        for line in _lines(source):
            try:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            except (RuntimeError, asyncio.CancelledError):
                return  # the loop has ended

    async def write(text: str) -> None:
        async with writing:
            try:
                await anyio.to_thread.run_sync(_write_all, sink, text.encode() + b"\n")
            except OSError:
                await lines.put(None)  # nobody reads any more: the same as the end of the input

    async def take_in() -> None:
        async with to_server:
            while (line := await lines.get()) is not None:
                found = _message(line)
                if isinstance(found, dict):
                    await write(json.dumps(found))
                elif found is not None:
                    await to_server.send(found)

    async def give_out() -> None:
        async with to_client:
            async for each in to_client:
                await write(each.message.model_dump_json(by_alias=True, exclude_unset=True))

    threading.Thread(target=read, name="stdin", daemon=True).start()
    async with anyio.create_task_group() as group:
        group.start_soon(take_in)
        group.start_soon(give_out)
        yield incoming, outgoing
        group.cancel_scope.cancel()


def _lines(fd: int) -> Iterator[bytes | None]:
    """Each line of the file, then None. Of a line that is too long, only so much that it can be seen."""
    held = bytearray()
    while True:
        try:
            data = os.read(fd, CHUNK_BYTES)
        except OSError:
            data = b""
        if not data:
            if held.strip():
                yield bytes(held)
            yield None
            return
        *whole, rest = data.split(b"\n")
        for each in whole:
            held += each
            if held.strip():
                yield bytes(held)
            held = bytearray()
        held += rest
        if len(held) > MOST_LINE_BYTES:
            del held[MOST_LINE_BYTES + 1 :]


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _message(line: bytes) -> SessionMessage | dict[str, Any] | None:
    """The message on a line; what has to be answered to it instead; or None where nobody waits for an answer."""
    if len(line) > MOST_LINE_BYTES:
        return _error(INVALID_REQUEST, f"a message has at most {MOST_LINE_BYTES} bytes")
    try:
        read_message(line)
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except Unusable as unusable:
        return _error(unusable.code, unusable.message)
    except ValidationError:
        return _error(INVALID_REQUEST, "the line is no message of JSON-RPC")


def _error(code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
