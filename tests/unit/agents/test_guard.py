"""The guard before the server, without a network: who may be called how, and what it says where things go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.agents.guard import USUAL, Guard, Limits, Refused, check_host, check_origin

TOKEN = "t" * 43
LOOPBACK = ("127.0.0.1", 8000)
BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "m"}).encode()


def scope(**change: Any) -> dict[str, Any]:
    headers = {
        "host": "127.0.0.1:8000",
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        **change.pop("headers", {}),
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    found = {"type": "http", "method": "POST", "raw_path": b"/mcp", "query_string": b"", "server": LOOPBACK}
    return {**found, "headers": pairs, **change}


def run(
    app: Any, *, events: list[Any] | None = None, limits: Limits = USUAL, **change: Any
) -> tuple[list[Any], list[str]]:
    """What is sent, and what trouble is told, for one request."""
    sent: list[Any] = []
    told: list[str] = []
    queue = [{"type": "http.request", "body": BODY}] if events is None else list(events)

    async def receive() -> Any:
        if not queue:
            await asyncio.sleep(60)
        return queue.pop(0)

    async def send(event: Any) -> None:
        sent.append(event)

    guard = Guard(app, TOKEN, limits=limits, trouble=told.append)
    asyncio.run(guard(scope(**change), receive, send))
    return sent, told


async def fine(scope: Any, receive: Callable[[], Any], send: Any) -> None:
    assert (await receive())["body"] == BODY
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


def status(sent: list[Any]) -> int:
    code: int = sent[0]["status"]
    return code


def test_a_good_request_passes_as_it_is() -> None:
    sent, told = run(fine)
    assert status(sent) == 200
    assert sent[1]["body"] == b"fine"
    assert told == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_case_does_not_matter(scheme: str) -> None:
    assert status(run(fine, headers={"authorization": f"{scheme} {TOKEN}"})[0]) == 200


def test_a_failure_behind_it_is_told_to_the_operator_alone() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret inside")

    sent, told = run(fails)
    assert status(sent) == 500
    assert b"secret" not in sent[1]["body"]
    assert told == ["a request failed: RuntimeError: secret inside"]


def test_a_failure_in_the_middle_adds_nothing() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("late")

    sent, told = run(fails)
    assert len(sent) == 1
    assert told


def test_the_end_of_the_server_is_said() -> None:
    async def waits(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    assert status(run(waits)[0]) == 503


def test_a_body_in_pieces_is_put_together() -> None:
    events = [
        {"type": "http.request", "body": BODY[:5], "more_body": True},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": BODY[5:], "more_body": False},
    ]
    assert status(run(fine, events=events)[0]) == 200


def test_a_slow_body_is_given_up() -> None:
    events = [{"type": "http.request", "body": BODY[:5], "more_body": True}]
    assert status(run(fine, events=events, limits=Limits(body_seconds=0.05))[0]) == 408


def test_a_client_that_leaves_in_the_body_calls_nothing() -> None:
    events = [{"type": "http.request", "body": BODY[:5], "more_body": True}, {"type": "http.disconnect"}]
    assert status(run(fine, events=events)[0]) == 400


def test_a_client_of_the_older_generation_that_leaves_cancels_its_call() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(json.loads((await receive())["body"]))
        if len(seen) == 1:
            assert (await receive())["type"] == "http.disconnect"

    events = [{"type": "http.request", "body": BODY}, {"type": "http.disconnect"}]
    run(app, events=events, headers={"mcp-session-id": "s"})
    assert seen[1]["method"] == "notifications/cancelled"
    assert seen[1]["params"]["requestId"] == 1
    seen.clear()
    run(app, events=events)
    assert len(seen) == 1


hosts = st.text(st.sampled_from("127.0.0.1:8000localhost.@/[]: evil"), max_size=24)


@given(hosts)
def test_only_these_hosts_are_taken(host: str) -> None:
    taken = host.lower() in ("127.0.0.1:8000", "localhost:8000")
    assert allows(check_host, host.encode(), LOOPBACK) == taken
    assert not allows(check_origin, host.encode(), LOOPBACK)


def allows(check: Any, value: bytes | None, server: tuple[str, int], names: tuple[str, ...] = ()) -> bool:
    try:
        check(value, server, names)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "server", "names", "taken"),
    [
        (b"[::1]:80", ("::1", 80), (), True),
        (b"[::1]", ("::1", 80), (), True),
        (b"::1:80", ("::1", 80), (), False),
        (b"localhost", ("::1", 80), (), True),
        (b"localhost", ("::1", 8080), (), False),
        (b"10.0.0.5:9", ("10.0.0.5", 9), (), True),
        (b"localhost:9", ("10.0.0.5", 9), (), False),
        (b"box.example:9", ("10.0.0.5", 9), ("box.example",), True),
        (b"BOX.example:9", ("10.0.0.5", 9), ("box.example",), True),
        (b"a.box.example:9", ("10.0.0.5", 9), ("box.example",), False),
        (None, LOOPBACK, (), False),
        (b"\xff", LOOPBACK, (), False),
    ],
)
def test_hosts(host: bytes | None, server: tuple[str, int], names: tuple[str, ...], taken: bool) -> None:
    assert allows(check_host, host, server, names) == taken
    if host is not None:
        is_plain = host == host.lower()
        assert allows(check_origin, b"http://" + host, server, names) == (taken and is_plain)
    assert not allows(check_origin, b"https://" + (host or b""), server, names)
