"""Bodies of HTTP requests → JSON-RPC messages: what is one, and what is wrong with what is none. Pure.

The SDK reads them again; what comes this far has one meaning, is not nested without end, and holds text that can be
written out again, so that no later part has to be asked what it makes of the rest.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn

DEEPEST = 64
"""How deep arrays and objects may be nested."""
MOST_VALUES = 200_000
"""How many values one message may hold."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600


class Message(NamedTuple):
    """One message: its method (None: an answer of the client's) and the id that is to be answered (None: none)."""

    method: str | None
    id: str | int | None


class Unusable(Exception):
    """A body that is no message of JSON-RPC; `code` is the one of JSON-RPC for it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_message(body: bytes) -> Message:
    """The message in a body. Raises `Unusable`."""
    found = _decode(body)
    if isinstance(found, list):
        raise Unusable(INVALID_REQUEST, "batches are not supported: one message, one request")
    if not isinstance(found, dict):
        raise Unusable(INVALID_REQUEST, "the body is not a JSON object")
    _look_through(found)
    if found.get("jsonrpc") != "2.0":
        raise Unusable(INVALID_REQUEST, '`jsonrpc` is not "2.0"')
    number = found.get("id")
    if isinstance(number, bool) or not isinstance(number, str | int | None) or ("id" in found and number is None):
        raise Unusable(INVALID_REQUEST, "`id` is neither a string nor an integer")
    if "method" not in found:
        return _answer(found, number)
    if not isinstance(found["method"], str):
        raise Unusable(INVALID_REQUEST, "`method` is not a string")
    if not isinstance(found.get("params", {}), dict):
        raise Unusable(INVALID_REQUEST, "`params` is not an object")
    if "result" in found or "error" in found:
        raise Unusable(INVALID_REQUEST, "the message is a request and an answer at once")
    return Message(found["method"], number)


def _answer(found: dict[str, Any], number: str | int | None) -> Message:
    """What the client answers to a request of the server's."""
    error = found.get("error")
    is_error = isinstance(error, dict) and type(error.get("code")) is int and isinstance(error.get("message"), str)
    if ("result" in found) == ("error" in found) or number is None:
        raise Unusable(INVALID_REQUEST, "the message is neither a request nor an answer")
    if "result" in found and not isinstance(found["result"], dict):
        raise Unusable(INVALID_REQUEST, "`result` is not an object")
    if "error" in found and not is_error:
        raise Unusable(INVALID_REQUEST, "`error` has no code and message")
    return Message(None, number)


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refuse)
    except RecursionError:
        raise Unusable(PARSE_ERROR, "the body is nested too deeply") from None
    except ValueError:  # no UTF-8, no JSON, a number of thousands of digits
        raise Unusable(PARSE_ERROR, "the body is not JSON in UTF-8") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _look_through(found: dict[str, Any]) -> None:
    """Raises `Unusable` for what is too deep, too much, or holds half a character (a lone surrogate)."""
    here: list[Any] = [found]
    seen = 0
    for _ in range(DEEPEST):
        below: list[Any] = []
        for each in here:
            if isinstance(each, dict):
                below += each
                below += each.values()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, str) and not each.isascii():
                _require_whole(each)
        seen += len(below)
        if seen > MOST_VALUES:
            raise Unusable(INVALID_REQUEST, "the body holds too many values")
        if not below:
            return
        here = below
    raise Unusable(INVALID_REQUEST, "the body is nested too deeply")


def _require_whole(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unusable(INVALID_REQUEST, "a string holds half a character (a lone surrogate)") from None
