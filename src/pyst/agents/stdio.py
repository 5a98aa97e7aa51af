"""MCP over standard input and output: one message of JSON-RPC on each line, and nothing else on either.

While it serves, descriptor 0 is empty and descriptor 1 is standard error, so that neither a child nor a stray `print`
can eat or tear a message. A line that is no message is answered, not passed over; one beyond `MOST_LINE_BYTES` is never
held in memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
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
MOST_WAITING = 8
"""So many lines are read ahead; a client that sends faster has to wait."""
MOST_REMARKS = 64
"""So many answers may wait before lines that are no messages get none."""
END_SECONDS = 0.5
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
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = threading.Semaphore(MOST_WAITING)
    loop = asyncio.get_running_loop()
    outbox: queue.SimpleQueue[tuple[bytes, asyncio.Future[bool]] | None] = queue.SimpleQueue()

    def read() -> None:
        """In a thread of its own, which ends with the process: nothing else can wait for any kind of file."""
        for line in _lines(source):
            room.acquire()
            try:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            except RuntimeError:
                return  # the loop has ended

    def send() -> None:
        """The same for a client that does not read: nothing waits for this thread at the end."""
        while (item := outbox.get()) is not None:
            try:
                loop.call_soon_threadsafe(_settle, item[1], _write_all(sink, item[0]))
            except RuntimeError:
                return  # the loop has ended

    def write(text: str) -> asyncio.Future[bool]:
        done: asyncio.Future[bool] = loop.create_future()
        outbox.put((text.encode() + b"\n", done))
        return done

    async def take_in() -> None:
        async with to_server:
            while (line := await lines.get()) is not None:
                room.release()
                found = _message(line)
                if isinstance(found, dict) and outbox.qsize() < MOST_REMARKS:
                    write(json.dumps(found))  # without waiting for a client that does not read
                elif isinstance(found, SessionMessage):
                    await to_server.send(found)

    async def give_out() -> None:
        async with to_client:
            async for each in to_client:
                if not await write(each.message.model_dump_json(by_alias=True, exclude_unset=True)):
                    lines.put_nowait(None)  # nobody reads any more: the same as the end of the input

    reader, sender = (threading.Thread(target=each, name=each.__name__, daemon=True) for each in (read, send))
    reader.start()
    sender.start()
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(take_in)
            group.start_soon(give_out)
            yield incoming, outgoing
            group.cancel_scope.cancel()
    finally:
        outbox.put(None)
        sender.join(END_SECONDS)  # what was said last goes out, if the client reads
        for stream in (to_server, incoming, outgoing, to_client):
            stream.close()


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


def _settle(done: asyncio.Future[bool], is_written: bool) -> None:
    if not done.done():  # else nobody waits for it any more
        done.set_result(is_written)


def _write_all(fd: int, data: bytes) -> bool:
    """Whether all of it could be written."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError:
        return False
    return True


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
