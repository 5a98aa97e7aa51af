"""Why a model could not be asked or did not answer: PydanticAI's errors → failures named by their cause.

What a server says of an error is hostile, and may repeat the key: it is shortened, and every value of a secret
variable is masked.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_ai import exceptions as errors

from pyst.authoring.bounded_client import AnswerTooLarge, LedElsewhere
from pyst.errors import ExitCode, Failure
from pyst.system.secrets import MASK, SHORTEST, mask

MOST_CHARACTERS = 400
"""How much of a server's own words is repeated."""


def explain_making(error: Exception, word: str, environ: Mapping[str, str], key_variable: str | None) -> Failure:
    """The failure to connect to a model: an unknown provider, a package that is missing, no key."""
    provider = word.partition(":")[0]
    if isinstance(error, LookupError) and key_variable and str(key_variable) in str(error):
        return _no_key(provider, key_variable)
    if isinstance(error, ImportError):
        extra = re.search(r"pydantic-ai-slim\[([a-z0-9-]+)\]", str(error))
        what = f"pydantic-ai-slim[{extra[1] if extra else provider}]"
        return Failure(
            "E_EXTRA",
            f"to ask `{provider}`, a package of its own is needed, which is not installed",
            hint=f"install `{what}` beside pyst",
        )
    text = str(error)
    if (isinstance(error, ValueError) and "Unknown provider" in text) or "Unknown model" in text:
        near = re.search(r"Did you mean '([^']+)'", text)
        hint = f"did you mean `{near[1]}`?" if near else "PydanticAI's pages on models list the providers it knows"
        return Failure("E_MODEL_UNKNOWN", f"there is no provider `{provider}`", hint=hint, exit=ExitCode.USAGE)
    variable = re.search(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", text)
    if variable and variable[1].endswith(("_KEY", "_TOKEN", "_PAT")):
        return _no_key(provider, variable[1])
    if variable and text.startswith(("Set ", "Must ")):
        message = f"to ask `{provider}`, its place must be known: the variable `{variable[1]}` is not set"
        return Failure("E_MODEL_KEY", message)
    return Failure("E_MODEL_UNKNOWN", f"`{word}` can't be asked: {_told(text, environ, key_variable)}")


def _no_key(provider: str, variable: str) -> Failure:
    return Failure(
        "E_MODEL_KEY",
        f"there is no key for `{provider}`: the variable `{variable}` is not set",
        hint="keys are read from the environment alone",
    )


def is_no_stream(error: Exception) -> bool:
    """Whether a server seems to have answered in one piece, though a stream was asked for."""
    return isinstance(error, errors.UnexpectedModelBehavior) and "Streamed response ended without" in error.message


def explain(
    error: Exception, word: str, environ: Mapping[str, str], key_variable: str | None, timeout_seconds: float
) -> Failure:
    """The failure of a question that got no answer."""
    for each in _chain(error):
        if isinstance(each, AnswerTooLarge):
            return _answer(word, str(each))
        if isinstance(each, LedElsewhere):
            message = f"the server of `{word}` leads elsewhere, where neither question nor key are sent"
            return Failure("E_MODEL_REJECTED", message, hint="set the provider's address to where it really is")
    said = _said(error, environ, key_variable)
    tail = f": {said}" if said else ""
    if isinstance(error, errors.ModelRequestTimeout | errors.RunTimedOut):
        return _timeout(word, f"no answer within {timeout_seconds:g} s")
    if isinstance(error, errors.ModelTimeoutError):
        return _timeout(word, "the server can't be reached in time or went silent")
    if isinstance(error, errors.ModelRateLimitError):
        return _limit(word, error.retry_after, tail)
    if isinstance(error, errors.ModelQuotaExceededError):
        return Failure("E_MODEL_QUOTA", f"the account's quota for `{word}` is used up{tail}")
    if isinstance(error, errors.ModelAuthenticationError):
        hint = "look at the key in the environment, and whether it may use this model"
        return Failure("E_MODEL_KEY", f"the provider of `{word}` does not accept the key{tail}", hint=hint)
    if isinstance(error, errors.ModelNotFoundError):
        near = getattr(error, "suggested_model_id", None)
        hint = f"did you mean `{near}`?" if near else "look at its name, and at the provider's address if you gave one"
        return Failure("E_MODEL_UNKNOWN", f"the provider does not know `{word}`{tail}", hint=hint)
    if isinstance(error, errors.ModelContextWindowExceededError):
        return Failure("E_MODEL_REJECTED", f"that is more text than `{word}` can take in", hint="ask for less at once")
    if isinstance(error, errors.ModelUnavailableError | errors.ModelServerError):
        return Failure("E_MODEL_SERVER", f"the provider of `{word}` has trouble{tail}", hint="try again later")
    if isinstance(error, errors.ContentFilterError):
        return Failure("E_MODEL_REFUSED", f"`{word}` refuses to answer this{tail}")
    if isinstance(error, errors.ModelConnectionError):
        if error.phase == "read" or _is_garbled(error):
            return _answer(word, "it broke off or is none")
        hint = "check the connection, and the address if you gave one"
        return Failure("E_MODEL_UNREACHABLE", f"the server of `{word}` can't be reached{tail}", hint=hint)
    if isinstance(error, errors.ModelHTTPError | errors.ModelRequestRejectedError) or _is_said_in_stream(error):
        return Failure("E_MODEL_REJECTED", f"the provider of `{word}` rejects the request{tail}")
    text = str(getattr(error, "message", ""))
    if not isinstance(error, errors.AgentRunError) or text.startswith(("Invalid response", "Expected a JSON")):
        return _answer(word, "it is none by the provider's protocol")
    if "max retries" in text or "maximum output retries" in text:
        return _answer(word, "it does not have the form that was asked for, after as many tries as are allowed")
    return _answer(word, said or "it can't be understood")


def _answer(word: str, why: str) -> Failure:
    return Failure("E_MODEL_ANSWER", f"the answer of `{word}` can't be used: {why}", hint="try again, or another model")


def _timeout(word: str, why: str) -> Failure:
    hint = "try again; `create.timeout_seconds` says how long an answer may take"
    return Failure("E_MODEL_TIMEOUT", f"`{word}` is too slow: {why}", hint=hint)


def _limit(word: str, wait_seconds: float | None, tail: str) -> Failure:
    """The failure of too many requests; says when to come back where the server did."""
    when = ""
    if wait_seconds is not None and 0 <= wait_seconds < 10_000_000:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + wait_seconds))
        when = f"; try again in {wait_seconds:g} s, at {at}"
    message = f"the provider of `{word}` takes no more requests for now{when}{tail}"
    return Failure("E_MODEL_LIMIT", message, detail={"wait_seconds": wait_seconds})


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            todo += each.exceptions


def _is_garbled(error: BaseException) -> bool:
    return any(isinstance(each, ValueError) for each in _chain(error))


def _is_said_in_stream(error: Exception) -> bool:
    return isinstance(error, errors.ModelAPIError) and error.in_stream


def _said(error: Exception, environ: Mapping[str, str], key_variable: str | None) -> str:
    """The server's own words, or else the library's."""
    body: Any = getattr(error, "body", None)
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            pass
    if isinstance(body, dict):
        inner = body.get("error", body)
        body = inner.get("message") if isinstance(inner, dict) else inner
    if not isinstance(body, str):
        body = "" if isinstance(error, errors.ModelHTTPError) else str(getattr(error, "message", error))
    if "<html" in body[:2000].lower() or "<!doctype" in body[:2000].lower():
        body = "it answered with a web page"
    return _told(body, environ, key_variable)


def _told(text: str, environ: Mapping[str, str], key_variable: str | None) -> str:
    """Foreign words, in one line, bounded, and without what is secret."""
    key = environ.get(key_variable or "", "")
    if len(key) >= SHORTEST:
        text = text.replace(key, MASK)
    text = " ".join(mask(text, environ).split())
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
