"""Bodies of requests: what is a message of JSON-RPC, and what is said of what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.agents.messages import DEEPEST, INVALID_REQUEST, MOST_VALUES, PARSE_ERROR, Message, Unusable, read_message

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
numbers = st.integers() | texts


@given(texts, numbers, st.dictionaries(texts, values, max_size=3))
def test_requests_and_notifications_are_read(method: str, number: int | str, params: dict[str, Any]) -> None:
    body = {"jsonrpc": "2.0", "method": method, "params": params}
    assert read_message(json.dumps(body).encode()) == Message(method, None)
    assert read_message(json.dumps({**body, "id": number}, ensure_ascii=False).encode()) == Message(method, number)


@given(numbers, st.dictionaries(texts, values, max_size=3), texts, st.integers())
def test_answers_are_read(number: int | str, result: dict[str, Any], message: str, code: int) -> None:
    body = {"jsonrpc": "2.0", "id": number}
    assert read_message(json.dumps({**body, "result": result}).encode()) == Message(None, number)
    error = {"code": code, "message": message}
    assert read_message(json.dumps({**body, "error": error}).encode()) == Message(None, number)


def code_of(body: bytes) -> tuple[int, str]:
    """What a body is refused with; 0 where it is taken."""
    try:
        read_message(body)
    except Unusable as unusable:
        return unusable.code, unusable.message
    return 0, ""


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    code, words = code_of(body)
    assert code in (0, PARSE_ERROR, INVALID_REQUEST)
    assert words.isascii()


@given(values)
def test_any_json_is_read_or_refused(found: Any) -> None:
    code, _ = code_of(json.dumps(found).encode())
    assert code == INVALID_REQUEST or found["jsonrpc"] == "2.0"


def nested(levels: int) -> bytes:
    inner: Any = 0
    for _ in range(levels):
        inner = [inner]
    return json.dumps({"jsonrpc": "2.0", "method": "m", "params": {"x": inner}}).encode()


def test_depth_has_a_bound() -> None:
    assert read_message(nested(DEEPEST - 4)).method == "m"
    with pytest.raises(Unusable, match="too deeply"):
        read_message(nested(DEEPEST))
    with pytest.raises(Unusable, match="too deeply"):
        read_message(b'{"jsonrpc":' + b"[" * 1_000_000)


def test_size_has_a_bound() -> None:
    body = {"jsonrpc": "2.0", "method": "m", "params": {"x": [0] * (MOST_VALUES - 100)}}
    assert read_message(json.dumps(body).encode()).method == "m"
    body["params"] = {"x": [0] * MOST_VALUES}
    with pytest.raises(Unusable, match="too many"):
        read_message(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"jsonrpc": 2.0}, INVALID_REQUEST),
        ({"jsonrpc": None}, INVALID_REQUEST),
        ({"id": True}, INVALID_REQUEST),
        ({"id": 1.5}, INVALID_REQUEST),
        ({"id": None}, INVALID_REQUEST),
        ({"method": None}, INVALID_REQUEST),
        ({"params": None}, INVALID_REQUEST),
        ({"params": []}, INVALID_REQUEST),
        ({"error": {}}, INVALID_REQUEST),
        ({"method": "\ud800"}, INVALID_REQUEST),
        ({"x": {"\ud800": 1}}, INVALID_REQUEST),
        ({"x": float("nan")}, PARSE_ERROR),
    ],
)
def test_what_is_wrong_is_refused(change: dict[str, Any], code: int) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "m", "params": {}, **change}
    with pytest.raises(Unusable) as caught:
        read_message(json.dumps(body).encode())
    assert caught.value.code == code


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"result": {}, "error": {"code": 1, "message": "m"}},
        {"result": []},
        {"error": {"code": "1", "message": "m"}},
        {"error": {"code": True, "message": "m"}},
        {"error": {"code": 1}},
        {"error": []},
    ],
)
def test_answers_that_are_none_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        read_message(json.dumps({"jsonrpc": "2.0", "id": 1, **body}).encode())
    with pytest.raises(Unusable):
        read_message(json.dumps({"jsonrpc": "2.0", **body}).encode())
