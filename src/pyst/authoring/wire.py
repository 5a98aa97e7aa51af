"""Asking by PydanticAI: any provider that it knows, bounded in bytes, tries and time. The one module that imports it.

Failures are named by their cause in `model_failure`. What the provider's own client would do unasked is left out:
following redirects (the question and the key would go along), unpacking, retries that nobody is told of.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import warnings
from collections.abc import AsyncIterable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
import pydantic_ai
from pydantic import BaseModel
from pydantic_ai import Agent, ModelMessage, ModelRequest, ModelResponse, ModelSettings, TextPart, UserPromptPart
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelRateLimitError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    RetryModelRequest,
)
from pydantic_ai.messages import PartDeltaEvent, TextPartDelta, ToolCallPartDelta
from pydantic_ai.models import infer_model
from pydantic_ai.providers import Provider, infer_provider, infer_provider_class
from pydantic_ai.usage import RunUsage

from pyst.authoring.bounded_client import SILENCE_SECONDS, AnswerTooLarge, LedElsewhere, bounded_client
from pyst.authoring.messages import Message, Usage
from pyst.authoring.model_failure import explain, explain_making, is_no_stream

if TYPE_CHECKING:
    from pydantic_ai.models import ModelRequestContext

pydantic_ai.BANNER_ENABLED = False
"""What is on a person's terminal is pyst's to say."""

Answer = TypeVar("Answer", bound=BaseModel)

MOST_TOKENS = 1 << 50
MOST_ATTEMPTS = 3
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
"""Where the server is busy, a request is sent again this often; where it wants a longer rest, the person is told."""


class Wire:
    """A provider and a model of it, with the event loop that its connections live in. Raises `Failure` when made."""

    def __init__(
        self,
        word: str,
        environ: Mapping[str, str],
        *,
        key_variable: str | None = None,
        say: Callable[[str], None] | None = None,
        heard: Callable[[int], None] | None = None,
    ) -> None:
        self.word = word
        self._environ = environ
        self._say = say
        self._heard = heard
        self._key_variable = key_variable
        self._client: httpx2.AsyncClient | None = None
        self._runner = asyncio.Runner()
        try:
            with _quiet(), _surroundings(environ):
                self._model = infer_model(word, self._provider)
        except Exception as error:  # noqa: BLE001 – providers raise whatever they like
            self.close()
            raise explain_making(error, word, environ, key_variable) from None

    def close(self) -> None:
        """Close the connections and the event loop."""
        try:
            if self._client is not None:
                self._runner.run(self._client.aclose())
        finally:
            self._client = None
            self._runner.close()

    def history_of(self, messages: Sequence[Message]) -> list[ModelMessage]:
        """What was said so far, as PydanticAI has it."""
        return [
            ModelRequest(parts=[UserPromptPart(each.text)])
            if each.is_person
            else ModelResponse(parts=[TextPart(each.text)])
            for each in messages
        ]

    def ask(
        self,
        instructions: str,
        history: list[ModelMessage],
        words: str,
        answer_type: type[Answer],
        most_requests: int,
        timeout_seconds: float,
    ) -> tuple[Answer, list[ModelMessage], Usage]:
        """An answer of this type, what was said until then, and what it took; streamed where the server can do that.

        Raises `Failure`.
        """
        try:
            with _quiet(), _surroundings(self._environ):
                return self._ask(instructions, history, words, answer_type, most_requests, timeout_seconds)
        except Exception as error:  # noqa: BLE001 – providers raise whatever they like
            if self._heard is not None and is_no_stream(error):
                self._heard = None
                return self.ask(instructions, history, words, answer_type, most_requests, timeout_seconds)
            told = explain(error, self.word, self._environ, self._key_variable, timeout_seconds)
            raise told from None  # what came may repeat the key

    def _ask(
        self,
        instructions: str,
        history: list[ModelMessage],
        words: str,
        answer_type: type[Answer],
        most_requests: int,
        timeout_seconds: float,
    ) -> tuple[Answer, list[ModelMessage], Usage]:
        usage = RunUsage()
        settings = ModelSettings(
            timeout=min(SILENCE_SECONDS, timeout_seconds), request_timeout=timeout_seconds, max_retries=0
        )
        agent = Agent(
            self._model,
            output_type=answer_type,
            instructions=instructions,
            retries={"output": most_requests - 1, "tools": 0},
            model_settings=settings,
            capabilities=[_Patience(self._say)],
        )
        asking = agent.run(
            words,
            message_history=history,
            usage=usage,
            event_stream_handler=self._hear if self._heard else None,
            timeout=timeout_seconds,
        )
        done = self._runner.run(asking)
        return done.output, done.all_messages(), _used(usage)

    async def _hear(self, _: Any, events: AsyncIterable[Any]) -> None:
        """Tell how much of the answer has come."""
        count = 0
        async for event in events:
            if isinstance(event, PartDeltaEvent) and self._heard is not None:
                delta = event.delta
                if isinstance(delta, ToolCallPartDelta):
                    count += len(str(delta.args_delta or ""))
                elif isinstance(delta, TextPartDelta):
                    count += len(delta.content_delta)
                self._heard(count)

    def _provider(self, name: str) -> Provider[Any]:
        """The provider of this name, over a client of ours where it takes one."""
        if name.startswith("gateway/"):
            return infer_provider(name)
        made = infer_provider_class(name)
        takes = inspect.signature(made).parameters
        given: dict[str, Any] = {}
        if self._key_variable and "api_key" in takes:
            given["api_key"] = self._environ.get(self._key_variable) or None
            if given["api_key"] is None:
                raise LookupError(self._key_variable)
        if "http_client" in takes and any(
            kind in str(takes["http_client"].annotation) for kind in ("httpx2", "HTTPClient")
        ):
            self._client = given["http_client"] = bounded_client()
        return made(**given)


class _Patience(AbstractCapability[object]):
    """Sends a request again where that may help and the server does not want too long a rest."""

    def __init__(self, say: Callable[[str], None] | None) -> None:
        self._say = say

    async def on_model_request_error(
        self, ctx: Any, *, request_context: ModelRequestContext, error: Exception
    ) -> ModelResponse:
        """Wait and ask for another attempt, or pass the error on."""
        wait = _wait_before(error, request_context.attempt)
        if wait is None:
            raise error
        if self._say:
            self._say(f"the model is busy or out of reach; asking again in {wait:g} s")
        await asyncio.sleep(wait)
        raise RetryModelRequest


def _wait_before(error: Exception, attempt: int) -> float | None:
    """How long to wait before the next attempt (seconds), or None where there is to be none."""
    temporary = isinstance(error, ModelRateLimitError | ModelUnavailableError | ModelServerError)
    unreached = isinstance(error, ModelConnectionError) and not isinstance(error, ModelTimeoutError)
    if (
        attempt >= MOST_ATTEMPTS
        or not (temporary or unreached)
        or isinstance(_root(error), AnswerTooLarge | LedElsewhere)
    ):
        return None
    asked = error.retry_after if isinstance(error, ModelAPIError) else None
    wait = FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1) if asked is None else max(asked, 0.0)
    return wait if wait <= LONGEST_WAIT_SECONDS else None


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _used(usage: RunUsage) -> Usage:
    """What a server says that it took, as far as it can be meant."""
    cost = None if usage.cost is None else max(float(usage.cost), 0.0)
    taken, given = (min(max(each, 0), MOST_TOKENS) for each in (usage.input_tokens, usage.output_tokens))
    return Usage(max(usage.requests, 1), taken, given, cost)


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries warn of and log is about prices and settings; a person at this command can't act on it."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def _surroundings(environ: Mapping[str, str]) -> Iterator[None]:
    """The variables of this invocation as the process's: providers look for keys, addresses and proxies there."""
    before = dict(os.environ)
    if before == dict(environ):
        yield
        return
    os.environ.clear()
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
