"""Requests that nobody should make: none reaches a tool, each gets the right status, and the server lives on.

Each is a request that would run a tool, spoiled in one way. The tool leaves a mark, and a good request at the end shows
that it would have.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import Home
from tests.support.serving import Answer, Serving, call, call_headers, read_answer, request, send_raw, serving

CANARY = "canary"
BODY = call(CANARY)
GOOD = call_headers(CANARY)
HEAD_SECONDS = 15


class Machine(NamedTuple):
    server: Serving
    home: Home

    @property
    def calls(self) -> int:
        """How many runs of any script were recorded or begun."""
        return sum(1 for _ in (self.home.path / ".local" / "state" / "pyst" / "runs").glob("*/*.json"))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    base = tmp_path_factory.mktemp("hostile")
    home = Home(
        base / "home", base / "project", {"PATH": os.environ["PATH"], "HOME": str(base / "home"), "LANG": "C.UTF-8"}
    )
    home.path.mkdir()
    (home.project / ".git").mkdir(parents=True)
    home.script(CANARY, 'def main(x: str = ""):\n    """Leaves a mark: its run is recorded."""\n    print("it sang")\n')
    with serving(home) as server:
        yield Machine(server, home)


Spoil = Callable[[Serving], bytes]


def spoiled(**change: Any) -> Spoil:
    return lambda server: request(server, BODY, **{**GOOD, **change})


def with_host(host: str) -> Spoil:
    return lambda server: request(server, BODY, **GOOD, host=host.replace("PORT", str(server.port)))


def with_origin(origin: str) -> Spoil:
    return lambda server: request(server, BODY, **GOOD, origin=origin.replace("PORT", str(server.port)))


def with_body(body: bytes, **change: Any) -> Spoil:
    return lambda server: request(server, body, **{**GOOD, **change})


def with_token(change: Callable[[str], str]) -> Spoil:
    return lambda server: request(server, BODY, **GOOD, authorization=change(server.token))


def chunked(server: Serving, size: int) -> bytes:
    head = request(server, None, **GOOD, without=("content-length",), transfer_encoding="chunked")
    return head + b"".join(b"10000\r\n" + b" " * 0x10000 + b"\r\n" for _ in range(size // 0x10000)) + b"0\r\n\r\n"


def twice(name: str, value: str) -> Spoil:
    return lambda server: request(server, BODY, **GOOD, more=((name, value.replace("TOKEN", server.token)),))


def deep(levels: int) -> bytes:
    body = json.dumps({**BODY, "params": {"name": CANARY, "arguments": {"x": 0}}})
    return body.replace('{"x": 0}', '{"x": ' + "[" * levels + "]" * levels + "}").encode()


HOSTILE: dict[str, tuple[int, Spoil]] = {
    "no token": (401, spoiled(without=("authorization",))),
    "empty token": (401, with_token(lambda token: "Bearer ")),
    "another token": (401, with_token(lambda token: "Bearer " + "x" * len(token))),
    "a token that begins right": (401, with_token(lambda token: f"Bearer {token[:-1]}")),
    "a token with more behind it": (401, with_token(lambda token: f"Bearer {token}x")),
    "two spaces before the token": (401, with_token(lambda token: f"Bearer  {token}")),
    "another scheme": (401, with_token(lambda token: f"Basic {token}")),
    "the token alone": (401, with_token(lambda token: token)),
    "two tokens": (400, twice("authorization", "Bearer TOKEN")),
    "the token in the query": (404, lambda s: request(s, BODY, **GOOD, target=f"/mcp?access_token={s.token}")),
    "a foreign host": (421, with_host("evil.example:PORT")),
    "a rebound name": (421, with_host("127.0.0.1.evil.example:PORT")),
    "another port": (421, with_host("127.0.0.1:1")),
    "no port": (421, with_host("127.0.0.1")),
    "a trailing dot": (421, with_host("localhost.:PORT")),
    "user information in the host": (421, with_host("evil@127.0.0.1:PORT")),
    "a host and a path": (421, with_host("127.0.0.1:PORT/mcp")),
    "an address in another form": (421, with_host("127.1:PORT")),
    "an address as a number": (421, with_host("2130706433:PORT")),
    "the other loopback": (421, with_host("[::1]:PORT")),
    "loopback, mapped": (421, with_host("[::ffff:127.0.0.1]:PORT")),
    "every address": (421, with_host("0.0.0.0:PORT")),
    "an empty host": (421, with_host("")),
    "two hosts": (400, twice("host", "evil.example")),
    "no host": (400, spoiled(without=("host",))),
    "a foreign origin": (403, with_origin("http://evil.example")),
    "the origin of a file or a sandboxed frame": (403, with_origin("null")),
    "an origin that begins right": (403, with_origin("http://127.0.0.1:PORT.evil.example")),
    "an origin of another port": (403, with_origin("http://127.0.0.1:1")),
    "an origin without a port": (403, with_origin("http://localhost")),
    "an origin with TLS": (403, with_origin("https://localhost:PORT")),
    "an origin with a trailing dot": (403, with_origin("http://localhost.:PORT")),
    "an origin with user information": (403, with_origin("http://localhost:PORT@evil.example")),
    "an origin in capitals": (403, with_origin("HTTP://LOCALHOST:PORT")),
    "an origin of an extension": (403, with_origin("chrome-extension://abcdefgh")),
    "an empty origin": (403, with_origin("")),
    "two origins": (400, lambda s: request(s, BODY, **GOOD, more=(("origin", f"http://127.0.0.1:{s.port}"),) * 2)),
    "a preflight": (401, spoiled(method="OPTIONS", without=("authorization",), access_control_request_method="POST")),
    "another path": (404, spoiled(target="/")),
    "a path with a slash more": (404, spoiled(target="/mcp/")),
    "a path with two slashes": (404, spoiled(target="//mcp")),
    "an encoded path": (404, spoiled(target="/%6dcp")),
    "a path with dots": (404, spoiled(target="/x/../mcp")),
    "a path in capitals": (404, spoiled(target="/MCP")),
    "a whole URL as the path": (404, lambda s: request(s, BODY, **GOOD, target=s.url)),
    "a fragment": (404, spoiled(target="/mcp#x")),
    "PUT": (405, spoiled(method="PUT")),
    "TRACE": (405, spoiled(method="TRACE")),
    "CONNECT": (405, spoiled(method="CONNECT")),
    "HEAD": (405, spoiled(method="HEAD")),
    "a method in small letters": (405, spoiled(method="post")),
    "GET with a body": (400, spoiled(method="GET")),
    "a form": (415, spoiled(content_type="application/x-www-form-urlencoded")),
    "plain text, which needs no preflight": (415, spoiled(content_type="text/plain")),
    "a type that begins right": (415, spoiled(content_type="application/jsonx")),
    "JSON among other types": (415, spoiled(content_type="text/plain, application/json")),
    "JSON in another encoding": (415, spoiled(content_type="application/json; charset=utf-16")),
    "no type": (415, spoiled(without=("content-type",))),
    "a packed body": (415, spoiled(content_encoding="gzip")),
    "no length": (411, spoiled(without=("content-length",))),
    "two lengths": (400, twice("content-length", "5")),
    "a length and chunks": (400, spoiled(transfer_encoding="chunked")),
    "a length that is no number": (400, spoiled(content_length="1e3")),
    "a negative length": (400, spoiled(content_length="-5")),
    "chunks of another kind": (400, spoiled(without=("content-length",), transfer_encoding="gzip, chunked")),
    "a large length": (413, spoiled(content_length=str(5 << 20))),
    "a huge length": (413, spoiled(content_length="9" * 18)),
    "many chunks": (413, lambda server: chunked(server, 5 << 20)),
    "a header of a megabyte": (400, spoiled(x_long="x" * (1 << 20))),
    "headers of 30 KiB": (
        431,
        lambda s: request(s, BODY, **GOOD, more=tuple((f"x-{n}", "y" * 1000) for n in range(30))),
    ),
    "a hundred headers": (431, lambda s: request(s, BODY, **GOOD, more=tuple((f"x-{n}", "y") for n in range(100)))),
    "a header over two lines": (
        415,
        lambda s: request(s, BODY, **GOOD).replace(b"\r\naccept:", b"\r\n x: y\r\naccept:"),
    ),
    "a space before the colon": (400, lambda s: request(s, BODY, **GOOD).replace(b"\r\naccept:", b"\r\naccept :")),
    "a zero byte in a header": (400, spoiled(x_zero="a\0b")),
    "HTTP/2 without being asked": (421, lambda s: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, lambda s: bytes.fromhex("16030100a5010000a1030379") + os.urandom(160) + b"\r\n\r\n"),
    "no HTTP at all": (400, lambda s: json.dumps(BODY).encode() + b"\r\n\r\n"),
    "HTTP/0.9": (400, lambda s: b"GET /mcp\r\n\r\n"),
    "no JSON": (400, with_body(b"{")),
    "an empty body": (400, with_body(b"")),
    "JSON in UTF-16": (400, with_body(json.dumps(BODY).encode("utf-16"))),
    "JSON behind a mark of its byte order": (400, with_body(b"\xef\xbb\xbf" + json.dumps(BODY).encode())),
    "bytes that are no text": (400, with_body(json.dumps(BODY).encode().replace(b"canary", b"can\xffry"))),
    "half a character": (400, with_body(json.dumps(BODY).encode().replace(b"{}", rb'{"x": "\ud800"}', 1))),
    "a number that is none": (400, with_body(json.dumps(BODY).encode().replace(b'"id": 1', b'"id": NaN'))),
    "a number without end": (400, with_body(json.dumps(BODY).encode().replace(b'"id": 1', b'"id": ' + b"1" * 9999))),
    "a batch": (400, with_body(json.dumps([BODY, BODY]).encode())),
    "an empty batch": (400, with_body(b"[]")),
    "two messages": (400, with_body(json.dumps(BODY).encode() * 2)),
    "a word": (400, with_body(b'"tools/call"')),
    "deep": (400, with_body(deep(200))),
    "without end": (400, with_body(deep(200_000))),
    "many values": (400, with_body(json.dumps({**BODY, "x": [0] * 300_000}).encode())),
    "another JSON-RPC": (400, with_body(json.dumps({**BODY, "jsonrpc": "1.0"}).encode())),
    "an id of null": (400, with_body(json.dumps({**BODY, "id": None}).encode())),
    "an id that is a list": (400, with_body(json.dumps({**BODY, "id": [1]}).encode())),
    "a method that is a number": (400, with_body(json.dumps({**BODY, "method": 5}).encode())),
    "arguments in a list": (400, with_body(json.dumps({**BODY, "params": [CANARY]}).encode())),
    "a request and an answer": (400, with_body(json.dumps({**BODY, "result": {}}).encode())),
    "another method in the header": (400, spoiled(mcp_method="tools/list")),
    "another name in the header": (400, spoiled(mcp_name="other")),
    "an unknown version": (400, spoiled(mcp_protocol_version="1999-01-01")),
    "no version, so no session": (400, lambda s: request(s, BODY)),
    "a session that is none": (404, lambda s: request(s, BODY, mcp_session_id="x" * 32)),
    "an answer that cannot be given": (406, spoiled(accept="text/html")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_it_reaches_no_tool(machine: Machine, case: str) -> None:
    status, make = HOSTILE[case]
    before = machine.calls
    answer = send_raw(machine.server, make(machine.server), half=case in ("no HTTP at all", "TLS"))
    assert answer.status == status, answer
    assert machine.calls == before
    said_nothing_of_the_inside(answer, machine.server)
    if status == 401:
        assert answer.headers["www-authenticate"].startswith('Bearer realm="pyst"')
    if status in (401, 403, 421, 404, 413, 415, 431) and answer.body and "session" not in case:
        assert answer.headers["connection"] == "close"
    assert alive(machine)


def said_nothing_of_the_inside(answer: Answer, server: Serving) -> None:
    """No traceback, no paths, no names and versions of libraries, no token."""
    told = answer.body.decode("latin-1") + repr(answer.headers)
    assert not re.search(r"Traceback|File \"|\.py|pydantic|uvicorn|starlette|h11|python/|site-packages", told, re.I), (
        told
    )
    assert server.token not in told
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    if answer.headers.get("content-type") == "application/json" and answer.body:
        assert set(answer.json) == {"jsonrpc", "id", "error"}


def alive(machine: Machine) -> bool:
    """Whether it still answers a good request that runs nothing."""
    body = {"jsonrpc": "2.0", "id": 7, "method": "server/discover", "params": {"_meta": BODY["params"]["_meta"]}}
    headers = {"mcp_protocol_version": GOOD["mcp_protocol_version"], "mcp_method": "server/discover"}
    return send_raw(machine.server, request(machine.server, body, **headers)).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:PORT", "localhost:PORT", "LocalHost:PORT"])
@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:PORT", "http://localhost:PORT"])
def test_the_good_one_does_reach_it(machine: Machine, host: str, origin: str | None) -> None:
    """What the others are compared with: without it, their silence would prove nothing."""
    before, port = machine.calls, str(machine.server.port)
    more = {} if origin is None else {"origin": origin.replace("PORT", port)}
    data = request(machine.server, BODY, **GOOD, **more, host=host.replace("PORT", port))
    answer = send_raw(machine.server, data, timeout=120)
    assert answer.status == 200, answer
    assert "it sang" in json.dumps(answer.message["result"])
    assert machine.calls == before + 1


@pytest.mark.sweep
def test_requests_with_a_few_bytes_changed_break_nothing(machine: Machine) -> None:
    """What they come to is open (a byte may not matter); that the server is well afterwards is not."""
    chance = random.Random(2026)
    good = request(machine.server, BODY, **GOOD, authorization="Bearer none")
    for _ in range(400):
        data = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            if chance.random() < 0.3:
                del data[at]
            else:
                data[at] = chance.choice(b'\r\n\0 :;,/x9\xff{}[]"')
        answer = send_raw(machine.server, bytes(data), half=True)
        assert answer.status in (0, 400, 401, 404, 405, 411, 413, 415, 421, 431), (bytes(data), answer)
        said_nothing_of_the_inside(answer, machine.server)
    assert alive(machine)


def test_a_head_that_does_not_end_is_given_up(machine: Machine) -> None:
    began = time.monotonic()
    data = request(machine.server, BODY, **GOOD)
    with socket.create_connection(("127.0.0.1", machine.server.port), timeout=60) as connection:
        connection.sendall(data[:60])
        connection.settimeout(0.5)
        answer = b""
        while time.monotonic() - began < 60:  # a byte now and then does not buy time
            try:
                answer = connection.recv(4096)
                break
            except TimeoutError:
                connection.sendall(data[60:61])
    assert answer.startswith(b"HTTP/1.1 408 "), answer
    assert alive(machine)


def test_connections_beyond_the_bound_are_turned_away_and_room_comes_back(machine: Machine) -> None:
    idle = [socket.create_connection(("127.0.0.1", machine.server.port), timeout=30) for _ in range(100)]
    try:
        refused = socket.create_connection(("127.0.0.1", machine.server.port), timeout=30)
        with refused:
            assert read_answer(refused).status == 503
    finally:
        for each in idle:
            each.close()
    deadline = time.monotonic() + 30
    while not alive(machine):
        assert time.monotonic() < deadline


def test_requests_one_behind_the_other_are_answered_in_turn(machine: Machine) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": BODY["params"]["_meta"]}}
    headers = {"mcp_protocol_version": GOOD["mcp_protocol_version"], "mcp_method": "server/discover"}
    good, bad = request(machine.server, body, **headers), request(machine.server, BODY, **GOOD, origin="null")
    before = machine.calls
    with socket.create_connection(("127.0.0.1", machine.server.port), timeout=30) as connection:
        connection.sendall(good + bad + request(machine.server, BODY, **GOOD))
        got = b""
        while more := connection.recv(65536):
            got += more
    assert re.findall(rb"HTTP/1\.1 (\d+)", got) == [b"200", b"403"], got
    assert machine.calls == before


def test_the_token_is_nowhere_but_in_its_file(machine: Machine) -> None:
    server = machine.server
    token = server.token.encode()
    assert server.token_file.stat().st_mode & 0o777 == 0o600
    assert server.token_file.parent.stat().st_mode & 0o777 == 0o700
    process = Path("/proc") / str(server.process.pid)
    if process.exists():
        assert token not in (process / "cmdline").read_bytes()
        assert token not in (process / "environ").read_bytes()
    holding = [each for each in machine.home.path.rglob("*") if each.is_file() and token in each.read_bytes()]
    assert holding == [server.token_file]
    assert token.decode() not in server.said.read_text()
    assert "Traceback" not in server.said.read_text()
