"""The HTTP client that providers are asked with: it reads no more than a bound, as it comes, and follows nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

MOST_BYTES = 8 << 20
"""A longer answer is not read on: no script and no text that a person looks at is that long."""

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 120.0
"""A server that says nothing for so long is given up; the time of a whole request is bounded besides."""


class AnswerTooLarge(Exception):
    """An answer that is longer than anything that could be meant."""


class LedElsewhere(Exception):
    """A server's wish that the question be sent to another address."""


def bounded_client() -> httpx2.AsyncClient:
    """A client that reads no more than `MOST_BYTES`, and as they are; follows nowhere; and minds the user's proxies."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        event_hooks={"response": [_bound]},
    )


async def _bound(response: httpx2.Response) -> None:
    if 300 <= response.status_code < 400:
        raise LedElsewhere(response.status_code)
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise AnswerTooLarge("it is packed, though that was not asked for")
    stream = response.stream
    if isinstance(stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(stream)


class _Bounded(httpx2.AsyncByteStream):
    """A stream that ends with an error where it gets too long."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise AnswerTooLarge(f"it is longer than {MOST_BYTES >> 20} MiB")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
