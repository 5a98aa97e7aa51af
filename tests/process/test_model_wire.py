"""Asking a model over a real connection: what comes back, and each way in which it can fail."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel

from pyst.authoring import wire
from pyst.authoring.model import Message, Model, Unfit, Usage, make_model
from pyst.errors import ExitCode, Failure
from pyst.settings.values import Settings
from pyst.settings.workspace import load_workspace
from pyst.system.paths import paths_from
from pyst.system.witness import Witness
from tests.conftest import Home
from tests.support.model_server import (
    ModelServer,
    Reply,
    answer,
    call,
    completion,
    endless,
    error,
    hangs,
    html,
    raw,
    words_of,
)


class Answer(BaseModel):
    number: int
    word: str


GOOD = {"number": 3, "word": "three"}


@pytest.fixture
def settings(home: Home) -> Settings:
    return settings_of(home)


def settings_of(home: Home, **given: str) -> Settings:
    environ = {**home.environ, **given}
    return load_workspace(str(home.project), paths_from(environ), environ, {}, Witness()).settings


def asked(
    server: ModelServer, settings: Settings, word: str = "openai-chat:gpt-5", **more: Any
) -> tuple[Answer, Usage]:
    check = more.pop("check", lambda _: [])
    messages = more.pop("messages", [Message(True, "which number?")])
    with make_model(settings, {**server.environ, **more.pop("environ", {})}, word, **more) as model:
        return model.ask("Be exact.", messages, Answer, check=check)


@pytest.mark.parametrize("word", ["openai-chat:gpt-5", "openai:gpt-5", "ollama:llama"])
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_has_the_form_that_was_asked_for(
    server: ModelServer, settings: Settings, word: str, streams: bool
) -> None:
    server.says(GOOD)
    heard: list[int] = []
    found, usage = asked(
        server,
        settings,
        word,
        heard=heard.append if streams else None,
        environ={"OLLAMA_BASE_URL": server.url},
    )
    assert (found.number, found.word) == (3, "three")
    assert usage[:3] == (1, 1000, 100)
    assert (usage.cost_usd is None) == word.startswith("ollama")
    assert bool(server.asked[0].get("stream")) == streams
    assert not streams or heard[-1] >= len('{"number": 3, "word": "three"}')
    assert "which number?" in words_of(server.asked[0])
    assert server.server.talks[0].header("accept-encoding") == "identity"


def test_a_conversation_goes_along(server: ModelServer, settings: Settings) -> None:
    server.says(GOOD)
    messages = [Message(True, "first words"), Message(False, "second words"), Message(True, "third words")]
    asked(server, settings, messages=messages)
    said = [(each["role"], each["content"]) for each in server.asked[0]["messages"]]
    assert said[-3:] == [("user", "first words"), ("assistant", "second words"), ("user", "third words")]
    assert said[0][1] == "Be exact."


def test_an_answer_that_does_not_pass_goes_back(server: ModelServer, settings: Settings) -> None:
    server.says({"number": 1, "word": "one"}, {"number": 2, "word": "two"}, GOOD)
    found, usage = asked(server, settings, check=lambda each: [] if each.number == 3 else [f"{each.word} is wrong"])
    assert found.number == 3
    assert usage[:3] == (3, 3000, 300)
    assert "one is wrong" in words_of(server.asked[1])
    assert "two is wrong" in words_of(server.asked[2])


def test_a_form_that_is_wrong_goes_back(server: ModelServer, settings: Settings) -> None:
    server.says({"number": "many", "word": "?"}, answer('{"number": 3, "wo'), GOOD)
    found, usage = asked(server, settings)
    assert (found.number, usage.requests) == (3, 3)


@pytest.mark.parametrize("retries", [0, 2])
def test_tries_are_bounded(server: ModelServer, home: Home, retries: int) -> None:
    server.says(GOOD)
    settings = settings_of(home, PYST_CREATE_RETRIES=str(retries))
    with pytest.raises(Unfit) as raised:
        asked(server, settings, check=lambda _: ["no good"])
    assert len(server.asked) == retries + 1
    assert raised.value.answer.number == 3
    assert raised.value.problems == ("no good",)
    assert raised.value.usage.requests == retries + 1
    assert raised.value.code == "E_MODEL_ANSWER"


def test_both_kinds_of_wrong_share_the_tries(server: ModelServer, home: Home) -> None:
    server.says(answer("{"), GOOD, answer("["))
    with pytest.raises(Failure) as raised:
        asked(server, settings_of(home, PYST_CREATE_RETRIES="3"), check=lambda _: ["no good"])
    assert len(server.asked) == 4
    assert raised.value.code == "E_MODEL_ANSWER"


SPOILT: dict[str, tuple[Reply, str, str]] = {
    "no key accepted": (error(401, "Incorrect API key: sk-canary-0123456789abcdef"), "E_MODEL_KEY", "not accept"),
    "forbidden": (error(403, "no"), "E_MODEL_KEY", "not accept"),
    "no such model": (error(404, "no model", code="model_not_found"), "E_MODEL_UNKNOWN", "does not know"),
    "rejected": (error(400, "bad field"), "E_MODEL_REJECTED", "bad field"),
    "unprocessable": (error(422, "strange"), "E_MODEL_REJECTED", "strange"),
    "too much text": (error(400, "", code="context_length_exceeded"), "E_MODEL_REJECTED", "more text than"),
    "quota": (error(429, "pay first", code="insufficient_quota"), "E_MODEL_QUOTA", "used up: pay first"),
    "limit, for long": (error(429, "slow down", retry_after="3600"), "E_MODEL_LIMIT", "try again in 3600 s, at 20"),
    "limit, again and again": (error(429, "slow down", retry_after="0"), "E_MODEL_LIMIT", "no more requests"),
    "down": (error(503, "maintenance", retry_after="0"), "E_MODEL_SERVER", "maintenance"),
    "broken": (error(500, "oops", retry_after="0"), "E_MODEL_SERVER", "oops"),
    "page": (html(), "E_MODEL_ANSWER", "can't be used"),
    "page with an error": (html(502), "E_MODEL_SERVER", "has trouble"),
    "page with a refusal": (html(403), "E_MODEL_KEY", "not accept"),
    "no JSON": (raw(b"nonsense", content_type="application/json"), "E_MODEL_ANSWER", "can't be used"),
    "another JSON": (raw(b'{"a": [1, null]}', content_type="application/json"), "E_MODEL_ANSWER", "can't be used"),
    "a JSON list": (raw(b"[]", content_type="application/json"), "E_MODEL_ANSWER", "can't be used"),
    "cut": (
        raw(b'{"id": "chat-1", "choi', length=5000, content_type="application/json"),
        "E_MODEL_ANSWER",
        "broke off",
    ),
    "empty": (raw(b"", content_type="application/json"), "E_MODEL_ANSWER", "can't be used"),
    "deep JSON": (raw(b"[" * 100_000, content_type="application/json"), "E_MODEL_ANSWER", "can't be used"),
    "packed": (raw(b"\x1f\x8b", content_encoding="gzip", content_type="application/json"), "E_MODEL_ANSWER", "packed"),
    "endless": (endless(), "E_MODEL_ANSWER", "longer than 8 MiB"),
    "leads elsewhere": (raw(b"", status=307, location="http://127.0.0.1:9/"), "E_MODEL_REJECTED", "elsewhere"),
}


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("name", SPOILT)
def test_a_failure_is_named_by_its_cause(
    server: ModelServer, home: Home, name: str, streams: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "FIRST_WAIT_SECONDS", 0.0)
    reply, code, words = SPOILT[name]
    server.says(reply)
    settings = settings_of(home, PYST_CREATE_RETRIES="1")
    with pytest.raises(Failure) as raised:
        asked(server, settings, heard=(lambda _: None) if streams else None)
    told = f"{raised.value.message} {raised.value.hint}"
    assert raised.value.code == code, told
    assert words in told
    assert "canary" not in told
    assert len(server.asked) <= wire.MOST_ATTEMPTS
    assert server.server.sent_bytes < 80 << 20


WHOLE = '{"number": 3, "word": "three"}'
STRANGE: dict[str, tuple[Reply, str, str]] = {
    "deep arguments": (answer("[" * 100_000), "E_MODEL_ANSWER", "the form that was asked for"),
    "a number without end": (answer('{"number": ' + "9" * 10_000 + "}"), "E_MODEL_ANSWER", "the form"),
    "half a character": (answer('{"number": 3, "word": "\\ud800"}'), "E_MODEL_ANSWER", "the form"),
    "nothing to choose": (completion(None), "E_MODEL_ANSWER", "protocol"),
    "words": (completion({"role": "assistant", "content": "Of course! Three."}), "E_MODEL_ANSWER", "the form"),
    "a refusal": (completion({"role": "assistant", "content": None, "refusal": "no"}), "E_MODEL_REFUSED", "refuses"),
    "a filter": (completion({"role": "assistant", "content": None}, reason="content_filter"), "E_MODEL_REFUSED", ""),
    "cut by its limit": (completion(call('{"number": 3'), reason="length"), "E_MODEL_ANSWER", "limit"),
    "another tool": (completion(call("{}", "delete_everything")), "E_MODEL_ANSWER", "the form"),
    "no arguments": (completion(call("{}") | {"tool_calls": [{}]}), "E_MODEL_ANSWER", "protocol"),
    "nothing spent": (completion(call(WHOLE), usage=None), "", ""),
    "less than nothing": (
        completion(
            call('{"number": 3, "word": "x"}'),
            usage={"prompt_tokens": -9, "completion_tokens": -9, "total_tokens": -18},
        ),
        "",
        "",
    ),
    "all tokens of the world": (
        completion(
            call('{"number": 3, "word": "x"}'),
            usage={"prompt_tokens": 10**300, "completion_tokens": 1, "total_tokens": 9},
        ),
        "",
        "",
    ),
    "an error that is none": (raw(b'{"error": {"message": "x", "code": 5}}'), "E_MODEL_ANSWER", "protocol"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_an_answer_that_is_strange_is_told_or_taken(server: ModelServer, home: Home, name: str) -> None:
    reply, code, words = STRANGE[name]
    server.says(reply)
    settings = settings_of(home, PYST_CREATE_RETRIES="1")
    if not code:
        found, usage = asked(server, settings)
        assert found.number == 3
        assert 0 <= usage.input_tokens <= wire.MOST_TOKENS
        assert usage.output_tokens >= 0
        return
    with pytest.raises(Failure) as raised:
        asked(server, settings)
    assert (raised.value.code, words in raised.value.message) == (code, True), raised.value.message
    assert len(server.asked) <= 2


def test_a_server_that_does_not_stream_is_asked_without(server: ModelServer, settings: Settings) -> None:
    server.says(completion(call('{"number": 3, "word": "three"}')))
    found, _ = asked(server, settings, heard=lambda _: None)
    assert found.number == 3
    assert [bool(each.get("stream")) for each in server.asked] == [True, False]


@pytest.mark.parametrize("streams", [False, True])
def test_a_silent_server_is_given_up(server: ModelServer, home: Home, streams: bool) -> None:
    server.says(hangs(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{" if streams else b""))
    settings = settings_of(home, PYST_CREATE_TIMEOUT_SECONDS="1")
    with pytest.raises(Failure) as raised:
        asked(server, settings, heard=(lambda _: None) if streams else None)
    assert raised.value.code == "E_MODEL_TIMEOUT"


def test_a_busy_server_is_asked_again(server: ModelServer, settings: Settings) -> None:
    said: list[str] = []
    server.says(error(429, "later", retry_after="0"), error(503, retry_after="0"), GOOD)
    found, usage = asked(server, settings, say=said.append)
    assert (found.number, len(server.asked), usage.requests) == (3, 3, 1)
    assert len(said) == 2


def test_a_server_that_is_not_there(server: ModelServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "FIRST_WAIT_SECONDS", 0.0)
    with pytest.raises(Failure) as raised:
        asked(server, settings, environ={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    assert raised.value.code == "E_MODEL_UNREACHABLE"


def test_a_key_of_another_name(server: ModelServer, settings: Settings) -> None:
    server.says(GOOD)
    asked(server, settings, key_variable="OTHER", environ={"OTHER": "another-key"})
    assert server.server.talks[0].header("authorization") == "Bearer another-key"
    server.says(error(401, "no: another-key"))
    with pytest.raises(Failure) as raised:
        asked(server, settings, key_variable="OTHER", environ={"OTHER": "another-key"})
    assert "another-key" not in raised.value.message
    with pytest.raises(Failure) as raised:
        asked(server, settings, key_variable="OTHER")
    assert (raised.value.code, "`OTHER`" in raised.value.message) == ("E_MODEL_KEY", True)


@pytest.mark.parametrize(
    ("word", "code", "exit_code", "told"),
    [
        (None, "E_MODEL_NONE", ExitCode.USAGE, "no model is named"),
        ("gpt-5", "E_MODEL_UNKNOWN", ExitCode.USAGE, "PROVIDER:NAME"),
        ("test", "E_MODEL_UNKNOWN", ExitCode.USAGE, "PROVIDER:NAME"),
        ("openia:gpt-5", "E_MODEL_UNKNOWN", ExitCode.USAGE, "`openia`"),
        ("openai:gpt-5", "E_MODEL_KEY", ExitCode.ERROR, "`OPENAI_API_KEY`"),
        ("openrouter:x/y", "E_MODEL_KEY", ExitCode.ERROR, "`OPENROUTER_API_KEY`"),
        ("heroku:x", "E_MODEL_KEY", ExitCode.ERROR, "`HEROKU_INFERENCE_KEY`"),
        ("ollama:x", "E_MODEL_KEY", ExitCode.ERROR, "`OLLAMA_BASE_URL`"),
        ("azure:x", "E_MODEL_KEY", ExitCode.ERROR, "`AZURE_OPENAI_ENDPOINT`"),
        ("mistral:x", "E_EXTRA", ExitCode.ERROR, "pydantic-ai-slim[mistral]"),
        ("groq:x", "E_EXTRA", ExitCode.ERROR, "pydantic-ai-slim[groq]"),
    ],
)
def test_a_model_that_can_not_be_asked(
    settings: Settings, word: str | None, code: str, exit_code: int, told: str
) -> None:
    with pytest.raises(Failure) as raised:
        make_model(settings, {}, word)
    assert (raised.value.code, raised.value.exit) == (code, exit_code)
    assert told in f"{raised.value.message} {raised.value.hint}"


def test_offline_nothing_is_asked(home: Home) -> None:
    with pytest.raises(Failure) as raised:
        make_model(settings_of(home, PYST_OFFLINE="1"), {}, "openai:gpt-5")
    assert (raised.value.code, raised.value.exit) == ("E_OFFLINE", ExitCode.NEEDS_NETWORK)


def test_without_the_extra(home: Home) -> None:
    """In a Python that can't import PydanticAI."""
    program = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pydantic_ai", "pydantic", "httpx2"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from pyst.authoring.model import make_model
from pyst.settings.workspace import load_workspace
from pyst.system.paths import paths_from
from pyst.system.witness import Witness
from pyst.errors import Failure
import os
settings = load_workspace(os.getcwd(), paths_from(os.environ), dict(os.environ), {}, Witness()).settings
try:
    make_model(settings, os.environ, "openai:gpt-5")
except Failure as failure:
    print(failure.code, failure.hint)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=home.environ, cwd=home.project, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "E_EXTRA install `pyst-cli[ai]`\n", done.stderr


def test_what_asking_took_adds_up() -> None:
    one, other = Usage(1, 10, 5, 0.25), Usage(2, 1, 1, 0.5)
    assert one + other == Usage(3, 11, 6, 0.75)
    assert (one + Usage(1, 1, 1, None)).cost_usd is None
    assert Usage() + one == one


def test_a_model_can_be_closed_twice(server: ModelServer, settings: Settings) -> None:
    server.says(GOOD)
    model: Model = make_model(settings, server.environ, "openai-chat:gpt-5")
    model.ask("", [Message(True, "go")], Answer, check=lambda _: [])
    model.close()
    model.close()
