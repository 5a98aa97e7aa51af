"""What an HTTP request has to be before the MCP server sees it: a pure ASGI application around the SDK's.

Checked in this order, each exactly: size of the head, Host, Origin, path, token, method, headers that must stand alone,
type and size of the body, the message in it. What fails is answered at once, the connection is closed, and nothing
behind the guard has run. It knows nothing of tools.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, NamedTuple

from pyst.agents.messages import INVALID_REQUEST, Message, Unusable, read_message

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/mcp"
METHODS = ("GET", "POST", "DELETE")
SINGLE = (b"host", b"origin", b"authorization", b"content-type", b"content-length", b"transfer-encoding",
          b"content-encoding", b"mcp-session-id", b"expect")  # fmt: skip
"""Headers that may stand there once. The SDK looks after those that repeat what is in the message."""
INTERNAL_ERROR = -32603


class Limits(NamedTuple):
    """How much one request may be, and how long its body may take."""

    head_bytes: int = 16 << 10
    headers: int = 64
    body_bytes: int = 4 << 20
    body_seconds: float = 20.0


USUAL = Limits()


class Refused(Exception):
    """A request that goes no further: the status, the words for it, and headers beside the usual ones."""

    def __init__(self, status: int, message: str, code: int = INVALID_REQUEST, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers


class Guard:
    """Lets through to `app` what fulfils all conditions. `names` are the host names that the operator allows beside
    the address itself; `trouble` hears of what failed behind the guard, in one line."""

    def __init__(
        self,
        app: Application,
        token: str,
        *,
        names: tuple[str, ...] = (),
        limits: Limits = USUAL,
        trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._expected = token.encode()
        self._names = names
        self._limits = limits
        self._trouble = trouble

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = _Answer(send)
        try:
            self._check_head(scope)
            body = await self._read_body(scope, receive)
            message = _message_of(scope, body)
        except Refused as refused:
            await answer.refuse(refused)
            return
        await self._pass_on(scope, body, message, receive, answer)

    async def _pass_on(
        self, scope: Scope, body: bytes, message: Message | None, receive: Receive, answer: _Answer
    ) -> None:
        client = _Client(body, receive)
        try:
            await self._app(scope, client.receive, answer.send)
        except asyncio.CancelledError:  # the server ends
            await answer.refuse(Refused(503, "the server is ending", INTERNAL_ERROR))
        except Exception as error:  # noqa: BLE001 (the last place that can answer)
            self._trouble(f"a request failed: {type(error).__name__}: {error}")
            await answer.refuse(Refused(500, "internal error", INTERNAL_ERROR))
        if (
            client.is_gone
            and not answer.is_complete
            and message is not None
            and message.method
            and message.id is not None
        ):
            await self._cancel(scope, message)

    async def _cancel(self, scope: Scope, message: Message) -> None:
        """End the call of a client that went away before it was answered: nothing here could hand it the answer later.

        The newer protocol is ended by the SDK itself; in the older one a call belongs to a session and would go on.
        """
        if not any(name == b"mcp-session-id" for name, _ in scope["headers"]):
            return
        params = {"requestId": message.id, "reason": "the client went away"}
        body = json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}).encode()
        headers = [each for each in scope["headers"] if each[0] != b"content-length"]
        inner = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}

        async def nobody(_: Event) -> None:
            return

        async def never() -> Event:
            return {"type": "http.disconnect"}

        try:
            await self._app(inner, _Client(body, never).receive, nobody)
        except Exception as error:  # noqa: BLE001 (the client is gone; the session's own end will end the call)
            self._trouble(f"a call could not be cancelled: {type(error).__name__}: {error}")

    def _check_head(self, scope: Scope) -> None:
        headers = scope["headers"]
        size = sum(len(name) + len(value) + 4 for name, value in headers)
        if size > self._limits.head_bytes or len(headers) > self._limits.headers:
            raise Refused(431, "the headers are too many or too long")
        found = dict(headers)
        check_host(found.get(b"host"), scope["server"], self._names)
        check_origin(found.get(b"origin"), scope["server"], self._names)
        for name in SINGLE:
            if sum(each == name for each, _ in headers) > 1:
                raise Refused(400, f"the header `{name.decode()}` stands there twice")
        if scope["raw_path"] != PATH.encode() or scope["query_string"]:
            raise Refused(404, f"there is nothing here; the server is at `{PATH}`")
        self._check_token(found.get(b"authorization"))
        if scope["method"] not in METHODS:
            raise Refused(405, "the method is not one of the protocol's", allow=", ".join(METHODS))
        _check_body_headers(found, scope["method"], self._limits.body_bytes)

    def _check_token(self, value: bytes | None) -> None:
        realm = 'Bearer realm="pyst"'
        if value is None:
            raise Refused(401, "a bearer token is needed", www_authenticate=realm)
        scheme, _, given = value.partition(b" ")
        is_right = hmac.compare_digest(given, self._expected)
        if scheme.lower() != b"bearer" or not is_right:
            raise Refused(401, "the token is not this server's", www_authenticate=f'{realm}, error="invalid_token"')

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body: none of it is handed on before all of it is known."""
        if scope["method"] != "POST":
            return b""
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    event = await receive()
                    if event["type"] != "http.request":
                        raise Refused(400, "the body is incomplete")
                    body += event.get("body", b"")
                    if len(body) > self._limits.body_bytes:
                        raise Refused(413, "the body is too large")
                    if not event.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Refused(408, "the body took too long") from None


def check_host(value: bytes | None, server: tuple[str, int], names: tuple[str, ...] = ()) -> None:
    """Raises `Refused` unless the Host header is the address and port that the connection goes to, or an allowed name.

    A page whose name was rebound to this address sends its own name here. Case does not matter (RFC 9110, 4.2.3);
    everything else does: port, trailing dots, user information.
    """
    if value is None or value.lower() not in {each.encode() for each in _authorities(server, names)}:
        raise Refused(421, "the Host header does not name this server")


def check_origin(value: bytes | None, server: tuple[str, int], names: tuple[str, ...] = ()) -> None:
    """Raises `Refused` unless there is no Origin, or it is this server's own. Browsers write one in one way only."""
    if value is not None and value not in {f"http://{each}".encode() for each in _authorities(server, names)}:
        raise Refused(403, "requests from other origins are not taken")


def _authorities(server: tuple[str, int], names: tuple[str, ...]) -> Iterator[str]:
    """How the server may be called: `host:port`, and the bare host where the port is the one of plain HTTP."""
    address, port = server
    is_loopback = address == "::1" or address.startswith(("127.", "::ffff:127."))
    for name in (f"[{address}]" if ":" in address else address, *(("localhost",) if is_loopback else ()), *names):
        yield f"{name}:{port}"
        if port == 80:
            yield name


def _check_body_headers(found: dict[bytes, bytes], method: str, most_bytes: int) -> None:
    length, coding = found.get(b"content-length"), found.get(b"transfer-encoding")
    if method != "POST":
        if coding is not None or length not in (None, b"0"):
            raise Refused(400, "a body belongs to POST only")
        return
    if coding is not None and (length is not None or coding.lower() != b"chunked"):
        raise Refused(400, "the length of the body is not clear")
    if length is None and coding is None:
        raise Refused(411, "the length of the body is missing")
    if length is not None and int(length) > most_bytes:
        raise Refused(413, "the body is too large")
    if not _is_json(found.get(b"content-type", b"")) or b"content-encoding" in found:
        raise Refused(415, "the body must be plain `application/json`")


def _is_json(content_type: bytes) -> bool:
    kind, _, parameter = content_type.lower().partition(b";")
    return kind.strip() == b"application/json" and parameter.replace(b" ", b"") in (
        b"", b"charset=utf-8", b'charset="utf-8"'
    )  # fmt: skip


def _message_of(scope: Scope, body: bytes) -> Message | None:
    if scope["method"] != "POST":
        return None
    try:
        return read_message(body)
    except Unusable as unusable:
        raise Refused(400, unusable.message, unusable.code) from None


class _Client:
    """The request as the application receives it: the body at once, and after it what the connection says."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive
        self.is_gone = False

    async def receive(self) -> Event:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        event = await self._receive()
        self.is_gone = self.is_gone or event["type"] == "http.disconnect"
        return event


class _Answer:
    """The answer to one request: how far it got, and the refusal where there is none yet."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._has_begun = False
        self.is_complete = False

    async def send(self, event: Event) -> None:
        self._has_begun = True
        await self._send(event)
        if event["type"] == "http.response.body" and not event.get("more_body", False):
            self.is_complete = True

    async def refuse(self, refused: Refused) -> None:
        """Say no, if nothing was said yet, and close the connection: nobody reads what may still come on it."""
        if self._has_begun:
            return
        error = {"code": refused.code, "message": refused.message}
        body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "cache-control": "no-store",
            "connection": "close",
            **{name.replace("_", "-"): value for name, value in refused.headers.items()},
        }
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": refused.status, "headers": pairs})
        await self.send({"type": "http.response.body", "body": body})
