"""What a server's answer means: its coding undone, its status told in words, when to come again. Pure but for `zlib`.

RFC 9110 has the statuses and `Retry-After`, RFC 1952 gzip; the limits are those of GitHub's REST API.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

from pyst.system.fetch_failure import FetchFailure, broken, shown_address, too_large

MOST_WORDS = 200
TEMPORARY = frozenset((408, 425, 429, 500, 502, 503, 504))


class Answer(NamedTuple):
    """An answer as it came: names of headers in lower case, the body still in its coding."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


def decoded(raw: bytes, coding: str, where: str, most_bytes: int) -> bytes:
    """The body without its coding, never more than `most_bytes` of it. Raises `FetchFailure`."""
    coding = coding.strip().lower()
    if coding in ("", "identity") or not raw:
        return raw
    if coding not in ("gzip", "x-gzip"):
        raise broken(where, f"it is coded as `{_clipped(coding)}`, which was not asked for")
    body = bytearray()
    while raw:
        member = zlib.decompressobj(wbits=31)
        try:
            body += member.decompress(raw, most_bytes - len(body) + 1)
        except zlib.error as error:
            raise broken(where, "its gzip coding is damaged") from error
        if len(body) > most_bytes:
            raise too_large(where, most_bytes)
        if not member.eof:
            raise broken(where, "its gzip coding ends too early", is_temporary=True)
        raw = member.unused_data
    return bytes(body)


def failure_of(
    answer: Answer, address: str, now: float, *, is_api: bool = False, has_token: bool = False
) -> FetchFailure:
    """What an answer that is no success means. `now` is the time in seconds since the epoch."""
    status, shown = answer.status, shown_address(address)
    said = _words_of(answer)
    wait = wait_of(answer.headers, now)
    if status == 429 or (status == 403 and _is_limit(answer, said)):
        return _limited(answer, shown, now, wait, wants_token=is_api and not has_token)
    if status >= 500 or status in TEMPORARY:
        later = f"; it wants to be left alone {_span(wait)}" if wait else ""
        return FetchFailure(
            "E_FETCH_SERVER",
            f"`{shown}` fails: {phrase(status)}{said}{later}",
            hint="that is the server's own trouble; try again later",
            status=status,
            is_temporary=status in TEMPORARY,
            is_undone=status == 503 and wait is not None,
            wait_seconds=wait,
        )
    code, what, hint = _REFUSALS.get(status, ("E_FETCH_REFUSED", "refuses", ""))
    if status in (401, 403, 404) and not is_api:
        hint = "" if status == 404 else "pyst has no password for it: fetch the file yourself, and name that"
    elif status in (401, 403) and not has_token:
        hint = "`GITHUB_TOKEN` gives a token"
    return FetchFailure(code, f"`{shown}` {what}: {phrase(status)}{said}", hint=hint, status=status)


_REFUSALS = {
    401: ("E_FETCH_DENIED", "does not let you in", "the token is wrong or has expired"),
    403: ("E_FETCH_DENIED", "does not let you in", "the token may not do this, or there is none"),
    404: ("E_FETCH_MISSING", "is not there", "is the name right? what is private is not there without a token"),
    407: ("E_FETCH_PROXY", "is not passed on by the proxy", ""),
    409: ("E_FETCH_CONFLICT", "refuses", "something there is not as it was, or not ready; look at it, then try again"),
    410: ("E_FETCH_MISSING", "is gone", ""),
    412: ("E_FETCH_CONFLICT", "refuses", "it was changed meanwhile"),
    422: ("E_FETCH_REFUSED", "does not understand what it was asked", ""),
    451: ("E_FETCH_REFUSED", "may not give it", ""),
}


def _limited(answer: Answer, shown: str, now: float, wait: float | None, *, wants_token: bool) -> FetchFailure:
    when = f"; asked again at {_clock(now + wait)} ({_span(wait)}), it will answer" if wait else ""
    hint = "`GITHUB_TOKEN` gives a token, with which the limit is higher" if wants_token else ""
    return FetchFailure(
        "E_FETCH_LIMIT",
        f"`{shown}` was asked too often: {phrase(answer.status)}{when}",
        hint=hint or "wait until then",
        status=answer.status,
        is_temporary=True,
        is_undone=True,
        wait_seconds=wait,
    )


def _is_limit(answer: Answer, said: str) -> bool:
    headers = answer.headers
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or "rate limit" in said.lower()


def wait_of(headers: Mapping[str, str], now: float) -> float | None:
    """For how many seconds the server wants to be left alone; None where it doesn't say."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(min(int(asked[:9]), 366 * 86400))
    if asked:
        try:
            return max(0.0, parsedate_to_datetime(asked).timestamp() - now)
        except (ValueError, OverflowError, OSError):
            return None
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdecimal():
        return min(max(0.0, int(reset[:12]) - now), 366 * 86400.0)
    return None


def phrase(status: int) -> str:
    """The status with its name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _clock(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"in {seconds:.0f} s"
    return f"in {seconds / 60:.0f} minutes" if seconds < 7200 else f"in {seconds / 3600:.0f} hours"


def _words_of(answer: Answer) -> str:
    """What the server says itself, where it says it in JSON; a page for a browser is not repeated."""
    try:
        body = decoded(answer.raw, answer.headers.get("content-encoding", ""), "", 1 << 16)
        said = json.loads(body)
    except (FetchFailure, ValueError, RecursionError):
        return ""
    message = said.get("message") if isinstance(said, dict) else None
    return f" («{_clipped(message)}»)" if isinstance(message, str) and message.strip() else ""


def _clipped(text: str) -> str:
    """A stranger's words on one line, without what could steer a terminal."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text[: 4 * MOST_WORDS]).split())
    return plain if len(plain) <= MOST_WORDS else plain[:MOST_WORDS] + "…"
