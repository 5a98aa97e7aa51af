"""One request and its answer on one connection: what is sent, what is taken, what is there of an answer that broke off.

HTTP/1.1 (RFC 9112) by `http.client`, which is handed a connection that is bounded in time and bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from pyst.system.fetch_failure import FetchFailure, broken, shown_address, too_large
from pyst.system.http_answer import Answer
from pyst.system.network import Wire

MOST_HEAD_BYTES = 256 << 10
MOST_ERROR_BYTES = 64 << 10
CHUNK_BYTES = 64 << 10


class Asked(NamedTuple):
    """A request: what is asked of whom. Only what a person typed, or set, may be of an inner network."""

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes | None
    most_bytes: int
    is_typed: bool


class Begun(NamedTuple):
    """A body of which only the beginning came, with the validator by which the rest can be asked for."""

    raw: bytes
    validator: str
    headers: Mapping[str, str]


class Cut(Exception):
    """An answer broke off: what is there of it, and the failure where it is not to be had whole."""

    def __init__(self, begun: Begun | None, failure: FetchFailure) -> None:
        super().__init__(failure.message)
        self.begun = begun
        self.failure = failure


def exchange(wire: Wire, asked: Asked, address: str, headers: Mapping[str, str], begun: Begun | None) -> Answer:
    """Send the request and take the answer, after what was `begun` where it goes on with that.

    Raises `FetchFailure`, and `Cut` where a body broke off.
    """
    wire.most_bytes = MOST_HEAD_BYTES
    if begun:
        headers = {**headers, "Range": f"bytes={len(begun.raw)}-", "If-Range": begun.validator}
    return _take(wire, _ask(wire, asked, address, headers), asked, address, begun)


def _ask(wire: Wire, asked: Asked, address: str, headers: Mapping[str, str]) -> HTTPResponse:
    """Send the request, and read the head of the answer."""
    parts = urlsplit(address)
    shown = shown_address(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    connection.auto_open = 0
    connection.sock = cast("Any", wire)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(asked.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", parts.netloc)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Connection", "close")
        if asked.body is not None:
            connection.putheader("Content-Length", str(len(asked.body)))
        connection.endheaders(asked.body)
        response = connection.getresponse()
    except RemoteDisconnected as error:
        raise broken(shown, "it hung up without one", is_temporary=True) from error
    except OSError as error:
        raise broken(shown, error.strerror or str(error), is_temporary=True) from error
    except (HTTPException, ValueError) as error:
        raise broken(shown, f"its head is no HTTP ({type(error).__name__})") from error
    if wire.is_over:  # which `http.client` takes for the end of the head
        raise broken(shown, "its head breaks off", is_temporary=True)
    return response


def _take(wire: Wire, response: HTTPResponse, asked: Asked, address: str, begun: Begun | None) -> Answer:
    """Read the body that follows the head, the rest of one that was begun too. Raises `FetchFailure`, and `Cut`."""
    shown = shown_address(address)
    headers = _headers_of(response)
    begun = _continued(response.status, headers, begun, shown)
    is_error = response.status >= 300
    declared = _declared(response, headers, shown)
    most = MOST_ERROR_BYTES if is_error else asked.most_bytes - (len(begun.raw) if begun else 0)
    if not is_error and declared is not None and declared > most:
        raise too_large(shown, asked.most_bytes)
    # A chunk costs at least six bytes around one of its own; nobody needs the worst of it.
    wire.most_bytes = wire.seen_bytes + 4 * most + MOST_HEAD_BYTES
    raw = bytearray()
    try:
        while piece := response.read(min(CHUNK_BYTES, most - len(raw) + 1)):
            raw += piece
            if len(raw) > most:
                if is_error:
                    break
                raise too_large(shown, asked.most_bytes)
        if declared is not None and len(raw) < declared and not is_error:
            raise IncompleteRead(b"", declared - len(raw))
    except IncompleteRead as error:
        raw += error.partial[: most - len(raw)]
        if not is_error:
            raise _cut(begun, bytes(raw), headers, broken(shown, "it breaks off", is_temporary=True)) from error
    except OSError as error:
        if not is_error:
            failure = broken(shown, error.strerror or str(error), is_temporary=True)
            raise _cut(begun, bytes(raw), headers, failure) from error
    except (HTTPException, ValueError) as error:
        raise broken(shown, "its chunks are damaged") from error
    except FetchFailure as failure:
        if failure.is_temporary:
            raise _cut(begun, bytes(raw), headers, failure) from failure
        raise
    status = 200 if begun else response.status
    return Answer(status, begun.headers if begun else headers, (begun.raw if begun else b"") + raw)


def _headers_of(response: HTTPResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _declared(response: HTTPResponse, headers: Mapping[str, str], shown: str) -> int | None:
    """The length that is declared of the body; None where its end is marked in another way."""
    text = headers.get("content-length")
    coding = headers.get("transfer-encoding", "").strip().lower()
    if coding not in ("", "chunked"):
        raise broken(shown, "its transfer coding was not asked for")
    if text is None or coding or response.status in (204, 304):
        return None
    if not (text.isascii() and text.isdecimal()):
        raise broken(shown, "its length is no number")
    return int(text[:19])


def _continued(status: int, headers: Mapping[str, str], begun: Begun | None, shown: str) -> Begun | None:
    """What was begun, if this answer goes on where that ended; None if it begins anew. Raises `Cut`."""
    if status == 206:
        start = headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        if begun is None or start != str(len(begun.raw)):
            raise Cut(None, broken(shown, "it is a part that was not asked for", is_temporary=begun is not None))
        return begun
    if status == 416 and begun is not None:
        raise Cut(None, broken(shown, "it can't be gone on with", is_temporary=True))
    return None


def _cut(begun: Begun | None, raw: bytes, headers: Mapping[str, str], failure: FetchFailure) -> Cut:
    """A body that broke off, to be gone on with where the server has a strong validator of it (RFC 9110, 13.1.5)."""
    validator = headers.get("etag", "")
    is_strong = validator.startswith('"') and validator.endswith('"') and len(validator) > 2
    whole = (begun.raw if begun else b"") + raw
    if begun:
        return Cut(begun._replace(raw=whole), failure)
    able = is_strong and whole and headers.get("accept-ranges", "").lower() != "none"
    return Cut(Begun(whole, validator, headers) if able else None, failure)
