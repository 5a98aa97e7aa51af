"""A model on loopback that speaks OpenAI's wire, chat completions and responses, streamed or not; it says what a test
wants, one reply after the other, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.loopback import Server, Talk, serving

Reply = Callable[[Talk], None]

USAGE_CHAT = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
USAGE_RESPONSES = {
    "input_tokens": 1000,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 100,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 1100,
}


class ModelServer:
    """What the model says next, and what it was asked. The last reply is given again and again."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.server: Server

    def says(self, *replies: Reply | dict[str, Any]) -> None:
        """From now on, answer with these; a dictionary is an answer in the form that was asked for."""
        self.replies = [each if callable(each) else answer(each) for each in replies]

    def handle(self, talk: Talk) -> None:
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        reply(talk)

    @property
    def url(self) -> str:
        return f"{self.server.url}/v1"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that lead a client here."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "sk-canary-0123456789abcdef"}

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The body of each request."""
        return [body_of(each) for each in self.server.talks]


def body_of(talk: Talk) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(talk.request.partition(b"\r\n\r\n")[2])
    return body


def words_of(body: dict[str, Any]) -> str:
    """All that a request says, as one text."""
    return json.dumps(body.get("messages", body.get("input")), ensure_ascii=False)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A model while the block lasts."""
    model = ModelServer()
    with serving(model.handle) as model.server:
        yield model


def answer(arguments: dict[str, Any] | str) -> Reply:
    """A call of the first tool that was offered, with these arguments; a text is sent as it is, well-formed or not."""
    words = arguments if isinstance(arguments, str) else json.dumps(arguments)

    def reply(talk: Talk) -> None:
        asked = body_of(talk)
        tool = asked["tools"][0]
        name = tool["name"] if "name" in tool else tool["function"]["name"]
        if talk.path.endswith("/responses"):
            _responses(talk, asked, name, words)
        else:
            _chat(talk, asked, name, words)

    return reply


def _chat(talk: Talk, asked: dict[str, Any], name: str, words: str) -> None:
    base = {"id": "chat-1", "created": 1, "model": asked["model"]}
    call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": words}}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        _json(talk, {**base, "object": "chat.completion", "choices": [choice], "usage": USAGE_CHAT})
        return
    begin = {"index": 0, "id": "call-1", "type": "function", "function": {"name": name, "arguments": ""}}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "tool_calls": [begin]}]
    deltas += [
        {"tool_calls": [{"index": 0, "function": {"arguments": words[at : at + 200]}}]}
        for at in range(0, len(words), 200)
    ]
    chunk = {**base, "object": "chat.completion.chunk"}
    events = [{**chunk, "choices": [{"index": 0, "delta": each, "finish_reason": None}]} for each in deltas]
    events.append({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    events.append({**chunk, "choices": [], "usage": USAGE_CHAT})
    _stream(talk, [*(json.dumps(each) for each in events), "[DONE]"])


def _responses(talk: Talk, asked: dict[str, Any], name: str, words: str) -> None:
    call = {"id": "item-1", "type": "function_call", "call_id": "call-1", "name": name, "arguments": words}
    call["status"] = "completed"
    body = {
        "id": "resp-1",
        "object": "response",
        "created_at": 1,
        "model": asked["model"],
        "status": "completed",
        "output": [call],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": USAGE_RESPONSES,
    }
    if not asked.get("stream"):
        _json(talk, body)
        return
    open_call = {**call, "arguments": "", "status": "in_progress"}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**body, "status": "in_progress", "output": [], "usage": None}},
        {"type": "response.output_item.added", "output_index": 0, "item": open_call},
        {"type": "response.function_call_arguments.delta", "item_id": "item-1", "output_index": 0, "delta": words},
        {"type": "response.function_call_arguments.done", "item_id": "item-1", "output_index": 0, "arguments": words},
        {"type": "response.output_item.done", "output_index": 0, "item": call},
        {"type": "response.completed", "response": body},
    ]
    _stream(talk, [json.dumps({**each, "sequence_number": at}) for at, each in enumerate(events)])


def _json(talk: Talk, body: dict[str, Any]) -> None:
    talk.answer(200, json.dumps(body).encode(), content_type="application/json", connection="close")


def _stream(talk: Talk, events: list[str]) -> None:
    body = "".join(f"data: {each}\n\n" for each in events).encode()
    talk.answer(200, body, content_type="text/event-stream", connection="close")


def completion(message: dict[str, Any] | None, *, reason: str = "stop", **more: Any) -> Reply:
    """A chat completion with this message, never streamed; `TOOL` in it stands for the name of the tool."""

    def reply(talk: Talk) -> None:
        asked = body_of(talk)
        choices = [] if message is None else [{"index": 0, "message": message, "finish_reason": reason}]
        base = {"id": "chat-1", "created": 1, "model": asked["model"], "object": "chat.completion"}
        text = json.dumps({**base, "choices": choices, "usage": USAGE_CHAT, **more})
        _json(talk, json.loads(text.replace("TOOL", asked["tools"][0]["function"]["name"])))

    return reply


def call(arguments: str, name: str = "TOOL", number: int = 1) -> dict[str, Any]:
    """A message that calls a tool."""
    made = {"id": f"call-{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [made]}


def error(status: int, message: str = "", *, code: str = "", **headers: str) -> Reply:
    """An error as OpenAI says it."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": code or None}}).encode()

    def reply(talk: Talk) -> None:
        talk.answer(status, body, content_type="application/json", connection="close", **headers)

    return reply


def raw(body: bytes, *, status: int = 200, length: int | None = None, **headers: str) -> Reply:
    """Any bytes at all; `length` is what the server claims they are."""

    def reply(talk: Talk) -> None:
        more = {} if length is None else {"content_length": str(length)}
        talk.answer(status, body, connection="close", **more, **headers)

    return reply


def html(status: int = 200) -> Reply:
    """A web page, as captive portals and proxies give it."""
    page = b"<!DOCTYPE html><html><body>Please log in</body></html>"
    return raw(page, status=status, content_type="text/html")


def hangs(first: bytes = b"") -> Reply:
    """Say `first`, then nothing until the test is over."""

    def reply(talk: Talk) -> None:
        if first:
            talk.say(first)
        talk.stopped.wait(20)

    return reply


def endless(piece: bytes = b" " * 65536) -> Reply:
    """An answer without an end."""

    def reply(talk: Talk) -> None:
        talk.say(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
        while not talk.stopped.is_set():
            talk.say(piece)

    return reply


def waits_for(event: threading.Event, then: Reply) -> Reply:
    """Answer once the test allows it."""

    def reply(talk: Talk) -> None:
        event.wait(20)
        then(talk)

    return reply
