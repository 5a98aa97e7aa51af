"""A real server on HTTP: clients of both generations, its token, other addresses, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from tests.conftest import Home
from tests.support.faults import start
from tests.support.serving import META, Serving, call, call_headers, request, send_raw, serving

WAITS = '''\
def main(path: str) -> str:
    """Says that it runs, and waits."""
    import os, time
    print(f"{os.environ['PYST_RUN_ID']} waits", flush=True)
    time.sleep(120)
    return path
'''
ADDS = '''\
def main(a: int, b: int = 2) -> int:
    """Adds two numbers."""
    print(a + b)
'''


@pytest.fixture
def machine(home: Home) -> Home:
    home.script("adds", ADDS)
    home.script("waits", WAITS)
    return home


@pytest.fixture
def server(machine: Home) -> Iterator[Serving]:
    with serving(machine) as found:
        yield found


def runs(home: Home) -> list[dict[str, Any]]:
    """The records of the home's runs."""
    return [json.loads(each.read_bytes()) for each in (home.path / ".local/state/pyst/runs").glob("*/*.json")]


def until(condition: Any, what: str, seconds: float = 60) -> Any:
    """Wait until the condition holds; a test that has to wait longer has failed."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
def test_the_sdks_own_client_lists_calls_and_reads(server: Serving, mode: str) -> None:
    async def talk() -> tuple[str, list[str], types.CallToolResult, list[str]]:
        headers = {"Authorization": f"Bearer {server.token}"}
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(server.url, http_client=http), mode=mode) as client,
        ):
            tools = await client.list_tools()
            result = await client.call_tool("adds", {"a": 40})
            resources = await client.list_resources()
            version = client.protocol_version
            uris = [str(each.uri) for each in resources.resources]
            return version, [each.name for each in tools.tools], result, uris

    version, tools, result, resources = asyncio.run(asyncio.wait_for(talk(), 120))
    assert version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
    assert {"adds", "waits", "pyst_list_scripts"} <= set(tools)
    assert not result.is_error, result
    assert "42" in json.dumps(result.model_dump(mode="json"))
    assert resources


def test_without_the_token_the_sdks_client_gets_nothing(server: Serving) -> None:
    async def talk() -> None:
        async with Client(streamable_http_client(server.url), mode="auto"):
            pytest.fail("it got in")

    with pytest.raises(BaseException) as caught:
        asyncio.run(asyncio.wait_for(talk(), 60))
    assert not isinstance(caught.value, pytest.fail.Exception), caught.value


def call_and_leave(server: Serving, session: str | None) -> None:
    """Call the script that waits, and close the connection once it runs."""
    body = call("waits", {"path": "x"})
    headers = call_headers("waits")
    if session is not None:
        body["params"].pop("_meta")
        headers = {"mcp_session_id": session}
    with socket.create_connection((server.address, server.port), timeout=60) as connection:
        connection.sendall(request(server, body, **headers))
        runs = server.token_file.parents[1] / "runs"
        until(lambda: any("running" in each.read_text() for each in runs.glob("*/*.json")), "the run has not begun")


def old_session(server: Serving) -> str:
    """A session of the older generation."""
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    answer = send_raw(server, request(server, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))
    assert answer.status == 200, answer
    session = answer.headers["mcp-session-id"]
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert send_raw(server, request(server, note, mcp_session_id=session)).status == 202
    return session


@pytest.mark.parametrize("generation", ["older", "newer"])
def test_a_client_that_goes_away_leaves_nothing_behind(server: Serving, machine: Home, generation: str) -> None:
    assert send_raw(server, request(server, call("adds", {"a": 1}), **call_headers("adds")), timeout=60).status == 200
    before = children_of(server.process.pid)  # the one that watches over the others stays
    call_and_leave(server, old_session(server) if generation == "older" else None)
    until(lambda: "running" not in [each["status"] for each in runs(machine)], "the run went on")
    assert len(runs(machine)) == 2
    until(lambda: children_of(server.process.pid) <= before, "something was left behind")


def children_of(number: int) -> set[int]:
    """The living processes below a process."""
    found = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = each.read_bytes()
        except OSError:
            continue
        state, parent = text[text.rindex(b")") + 2 :].split(None, 2)[:2]
        if state not in b"ZX":
            found[int(each.parent.name)] = int(parent)
    below = {number}
    while more := {child for child, parent in found.items() if parent in below} - below:
        below |= more
    return below - {number}


@pytest.mark.parametrize("generation", ["older", "newer"])
def test_a_new_script_is_told_of(server: Serving, machine: Home, generation: str) -> None:
    if generation == "older":
        data = request(server, None, method="GET", mcp_session_id=old_session(server), without=("content-length",))
    else:
        params = {"_meta": META, "notifications": {"toolsListChanged": True}}
        body = {"jsonrpc": "2.0", "id": 5, "method": "subscriptions/listen", "params": params}
        data = request(server, body, mcp_protocol_version="2026-07-28", mcp_method="subscriptions/listen")
    with socket.create_connection((server.address, server.port), timeout=60) as connection:
        connection.sendall(data)
        got = b""
        deadline = time.monotonic() + 60  # of the socket's own there is none: the server keeps the stream alive
        while (b"acknowledged" if generation == "newer" else b"200 OK") not in got:
            got += connection.recv(65536) or pytest.fail(f"it ended: {got!r}")
        machine.script("later", ADDS)
        while b"notifications/tools/list_changed" not in got:
            assert time.monotonic() < deadline, got
            got += connection.recv(65536) or pytest.fail(f"it ended: {got!r}")


@pytest.mark.parametrize(
    ("generation", "by"),
    [("older", signal.SIGTERM), ("newer", signal.SIGTERM), ("newer", signal.SIGINT), ("newer", signal.SIGHUP)],
)
def test_a_signal_ends_calls_and_server(server: Serving, machine: Home, generation: str, by: signal.Signals) -> None:
    body, headers = call("waits", {"path": "x"}), call_headers("waits")
    if generation == "older":
        body["params"].pop("_meta")
        headers = {"mcp_session_id": old_session(server)}
    with socket.create_connection((server.address, server.port), timeout=60) as connection:
        connection.sendall(request(server, body, **headers))
        until(lambda: runs(machine), "the run has not begun")
        left = children_of(server.process.pid)
        assert left
        assert server.end(by) == 0, server.said.read_text()
    until(lambda: not any(Path(f"/proc/{each}").exists() for each in left), "something was left behind")
    assert [each["status"] for each in runs(machine)] != ["running"]
    assert not server.token_file.exists()
    assert "Traceback" not in server.said.read_text()


def test_the_token_is_printed_when_asked_for(server: Serving, machine: Home) -> None:
    ended = start(["mcp", "token"], machine.environ, machine.project)
    assert ended.out.strip() == server.token
    ended = start(["mcp", "token", str(server.port), "--header"], machine.environ, machine.path)
    assert json.loads(ended.out) == {"Authorization": f"Bearer {server.token}"}
    assert start(["mcp", "token", "1"], machine.environ, machine.project).code == 1
    ended = start(["mcp", "config", "claude-code", "--http"], machine.environ, machine.project)
    found = json.loads(ended.out)["mcpServers"]["pyst"]
    assert found["url"] == server.url
    assert server.token not in ended.out


def test_a_killed_servers_token_is_dead_and_goes(server: Serving, machine: Home) -> None:
    server.process.kill()
    server.process.wait()
    assert server.token_file.exists()
    assert start(["mcp", "token"], machine.environ, machine.project).code == 1
    with serving(machine) as other:
        assert {each.name for each in server.token_file.parent.iterdir()} == {other.token_file.name}


def test_two_servers_of_one_user(server: Serving, machine: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / ".git").mkdir(parents=True)
    with serving(machine, "--root", str(elsewhere)) as other:
        assert other.port != server.port
        assert start(["mcp", "token"], machine.environ, machine.project).out.strip() == server.token
        assert start(["mcp", "token"], machine.environ, elsewhere).out.strip() == other.token
        ended = start(["mcp", "token"], machine.environ, machine.path)
        assert ended.code == 1
        assert "several servers" in ended.err
        ended = start(["mcp", "--transport", "http", "--port", str(server.port)], machine.environ, machine.project)
        assert ended.code == 1
        assert "`--port 0` takes one that is free" in ended.err
        assert "Traceback" not in ended.err
    assert server.token_file.exists()


def test_an_own_token_stays_over_a_restart(machine: Home) -> None:
    path = machine.path / "token"
    path.write_text("own-" * 11 + "\n")
    path.chmod(0o600)
    for _ in range(2):
        with serving(machine, "--token-file", str(path)) as server:
            assert server.token == "own-" * 11


@pytest.mark.parametrize(
    ("bind", "hosts"), [("::1", ["[::1]", "localhost"]), ("127.0.0.2", ["127.0.0.2", "localhost"])]
)
def test_other_loopback_addresses(machine: Home, bind: str, hosts: list[str]) -> None:
    if ":" in bind and not socket.has_ipv6:
        pytest.skip("there is no IPv6")
    with serving(machine, "--bind", bind) as server:
        for host in hosts:
            assert discovered(server, f"{host}:{server.port}") == 200
        assert discovered(server, f"127.0.0.1:{server.port}") == 421


def discovered(server: Serving, host: str) -> int:
    """The status of a harmless request under this name."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}
    headers = {"mcp_protocol_version": "2026-07-28", "mcp_method": "server/discover"}
    return send_raw(server, request(server, body, **headers, host=host)).status


def test_a_wider_bind_is_warned_of_and_names_have_to_be_said(machine: Home) -> None:
    with serving(machine, "--bind", "0.0.0.0", "--host-name", "Box.Example") as server:
        assert "not encrypted" in server.said.read_text()
        assert discovered(server, f"box.example:{server.port}") == 200
        assert discovered(server, f"127.0.0.1:{server.port}") == 200
        assert discovered(server, f"other.example:{server.port}") == 421
        assert discovered(server, f"0.0.0.0:{server.port}") == 421


def test_events_tell_when_it_listens(machine: Home) -> None:
    path = machine.path / "events"
    with serving(machine, "--events", str(path)) as server:
        found = [json.loads(line) for line in path.read_text().splitlines()]
        told = next(each for each in found if each["type"] == "listening")
        assert told["url"] == server.url
        assert told["token_file"] == str(server.token_file)
        assert server.token not in path.read_text()


def test_many_clients_at_once(server: Serving) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(discovered(server, f"127.0.0.1:{server.port}")))
        for _ in range(40)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert statuses == [200] * 40
    until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < 40, "connections stay open")
