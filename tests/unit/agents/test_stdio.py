"""Lines of standard input: what is a message, what is answered, and what is never held in memory."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCRequest, JSONRPCResponse

from pyst.agents import stdio
from pyst.agents.stdio import claimed_streams, stdio_streams

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


async def talk(given: bytes) -> tuple[list[Any], list[dict[str, Any]]]:
    """What comes in of these bytes, and what is answered by itself."""
    source, feed = os.pipe()
    drain, sink = os.pipe()
    read = bytearray()

    def write() -> None:
        with os.fdopen(feed, "wb") as file:
            file.write(given)

    def take() -> None:
        while data := os.read(drain, 1 << 16):
            read.extend(data)

    threads = [threading.Thread(target=each) for each in (write, take)]
    for each in threads:
        each.start()
    messages = []
    with anyio.fail_after(30):
        async with stdio_streams(source, sink) as (incoming, _):
            async for message in incoming:
                messages.append(message)
    for fd in (source, sink):
        os.close(fd)
    for each in threads:
        await anyio.to_thread.run_sync(each.join)
    os.close(drain)
    return messages, [json.loads(line) for line in read.splitlines()]


def test_messages_come_in_order_and_empty_lines_count_for_nothing() -> None:
    second = PING.replace(b":1,", b":2,")
    messages, answers = anyio.run(talk, PING + b"\n\n \r\n" + second)  # the last line has no end
    assert [each.message.id for each in messages] == [1, 2]
    assert answers == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'"ping"', -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\udc00"}}', -32600),
    ],
)
def test_what_is_no_message_is_answered_and_passed_over(line: bytes, code: int) -> None:
    messages, answers = anyio.run(talk, line + b"\n" + PING + b"\n")
    assert [each.message.id for each in messages] == [1]
    assert [(each["id"], each["error"]["code"]) for each in answers] == [(None, code)]


def test_a_line_that_is_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "MOST_LINE_BYTES", 1000)
    messages, answers = anyio.run(talk, b"x" * 500_000 + b"\n" + PING + b"\n")
    assert [each.message.id for each in messages] == [1]
    assert [each["error"]["code"] for each in answers] == [-32600]


def test_a_client_that_no_longer_reads_is_gone() -> None:
    async def serve() -> None:
        source, feed = os.pipe()
        drain, sink = os.pipe()
        os.close(drain)
        with anyio.fail_after(30):
            async with stdio_streams(source, sink) as (incoming, outgoing):
                await outgoing.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={})))
                assert [each async for each in incoming] == []
                os.close(feed)
        for fd in (source, sink):
            os.close(fd)

    anyio.run(serve)


def test_what_goes_out_is_one_line_each() -> None:
    async def serve() -> bytes:
        source, feed = os.pipe()
        drain, sink = os.pipe()
        async with stdio_streams(source, sink) as (_, outgoing):
            for number in (1, 2):
                request = JSONRPCRequest(jsonrpc="2.0", id=number, method="a\nb", params={"text": "ü\u2028"})
                await outgoing.send(SessionMessage(request))
            data = b""
            while data.count(b"\n") < 2:
                data += await anyio.to_thread.run_sync(os.read, drain, 1 << 16)
            os.close(feed)
        for fd in (source, drain, sink):
            os.close(fd)
        return data

    assert [json.loads(each)["id"] for each in anyio.run(serve).splitlines()] == [1, 2]


def test_the_claimed_streams_come_back() -> None:
    before = [os.fstat(fd) for fd in (0, 1)]
    with claimed_streams() as (source, sink):
        assert [os.fstat(fd).st_ino for fd in (source, sink)] == [each.st_ino for each in before]
        assert os.read(0, 1) == b""
        assert os.path.samestat(os.fstat(1), os.fstat(2))
    assert [os.fstat(fd).st_ino for fd in (0, 1)] == [each.st_ino for each in before]
