"""Fetching from the network: bounded in time and bytes, to checked addresses, again where that may help.

Made of `http.client` and `ssl`, without a library: each would have to be talked out of its own connecting (an address
is checked, and that address is connected to), its own timeouts (none has one for the whole) and its own decoding
(none bounds it), which is what this file and `network` consist of. So nothing more need be installed to fetch.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import pyst
from pyst.errors import ExitCode, Failure
from pyst.system.addresses import LOOPBACK, inner_range, is_public, pack
from pyst.system.fetch_failure import FetchFailure, shown_address
from pyst.system.http_answer import Answer, decoded, failure_of
from pyst.system.http_exchange import Asked, Begun, Cut, exchange
from pyst.system.network import ANY, LOCAL, Deadline, Network, Origin, Rule, find_proxy, open_wire
from pyst.system.tls import make_context

MOST_BYTES = 10 << 20
TOTAL_SECONDS = 60.0
STALL_SECONDS = 20.0
MOST_REDIRECTS = 5
MOST_ATTEMPTS = 4
MOST_WAIT_SECONDS = 20.0
FIRST_WAIT_SECONDS = 0.5
REDIRECTS = frozenset((301, 302, 303, 307, 308))
PUBLIC = Rule("public", "somebody else leads there, and it is no public address")
SECRET = frozenset(("authorization", "cookie", "proxy-authorization"))


Result = TypeVar("Result")


class Response(NamedTuple):
    """What came: `headers` have names in lower case, `address` is where it came from in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str


def _chance() -> float:
    """A number from 0 to 1 by chance; the module `random` would cost more than it is worth here."""
    return int.from_bytes(os.urandom(4), "big") / (1 << 32)


def check_api_base(api_base: str) -> str:
    """The address of an API without its last slash: by https, or on this machine. Raises `Failure` (`E_CONFIG`)."""
    try:
        parts = urlsplit(api_base)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    plain = parts.scheme == "http" and _is_here(host)
    if not host or "@" in parts.netloc or parts.query or parts.fragment or not (parts.scheme == "https" or plain):
        raise Failure(
            "E_CONFIG",
            f"`share.api_base` is no address of an API: `{shown_address(api_base) if host else api_base}`",
            hint="it is like `https://api.github.com`; `http://` is for this machine alone",
            exit=ExitCode.USAGE,
        )
    return api_base.rstrip("/")


def _is_here(host: str) -> bool:
    """Whether a host is this machine, by its name or number."""
    try:
        return host == "localhost" or inner_range(pack(host)) == LOOPBACK
    except OSError:
        return False


class Fetcher:
    """Fetches. Only https, but for the API that the user has set to this machine.

    `token` is for the API alone. `total_seconds` is for all of a request: redirects, attempts, waits. `most_bytes`
    bounds what is taken, as it comes and decoded. `tell` hears why something is tried again.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        api_base: str,
        *,
        token: str = "",
        offline: bool = False,
        most_bytes: int = MOST_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        stall_seconds: float = STALL_SECONDS,
        network: Network | None = None,
        tell: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.environ = environ
        self.api_base = check_api_base(api_base)
        self.api_origin = origin_of(self.api_base)
        self.most_bytes = most_bytes
        self.total_seconds = total_seconds
        self.stall_seconds = stall_seconds
        self.offline = offline
        self.has_token = bool(token)
        self._token = token
        self._network = network or Network()
        self._tell = tell
        self._sleep = sleep
        self._clock = clock
        self._wall_clock = wall_clock
        self._chance = chance or _chance
        self._context: ssl.SSLContext | None = None

    def get(
        self,
        address: str,
        headers: Mapping[str, str] | None = None,
        *,
        most_bytes: int | None = None,
        is_typed: bool = True,
    ) -> Response:
        """Get what is at the address. `is_typed`: it comes from the person, and so may be of an inner network.

        Raises `FetchFailure`, named by the cause, for anything but a success (and 304 where `headers` ask for it).
        """
        return self.send("GET", address, headers, most_bytes=most_bytes, is_typed=is_typed)

    def send(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        most_bytes: int | None = None,
        is_typed: bool = True,
    ) -> Response:
        """Make a request; one that changes something is repeated only where the server surely did nothing of it.

        Raises `FetchFailure`.
        """
        check_address(address)
        self.check_online(address)
        asked = Asked(method, address, headers or {}, body, most_bytes or self.most_bytes, is_typed)
        begun: Begun | None = None

        def attempt(deadline: Deadline) -> Response:
            nonlocal begun
            try:
                return self._follow(asked, begun, deadline)
            except Cut as cut:
                begun = cut.begun
                raise cut.failure from cut

        return self.persist(attempt, self.total_seconds, is_repeatable=method in ("GET", "HEAD"))

    def check_online(self, address: str) -> None:
        """Raise `FetchFailure` (102) where pyst is offline, and the address is not on this machine."""
        if self.offline and not _is_here(origin_of(address).host):
            message = f"`{shown_address(address)}` would have to be fetched, and pyst is offline"
            raise FetchFailure("E_OFFLINE", message, exit=ExitCode.NEEDS_NETWORK)

    def persist(self, attempt: Callable[[Deadline], Result], total_seconds: float, *, is_repeatable: bool) -> Result:
        """Attempt something until it succeeds, or another attempt would not help, or the time is up.

        What is not repeatable is attempted again only where surely nothing was done. Raises `FetchFailure`.
        """
        deadline = Deadline(total_seconds, self._clock)
        for number in range(MOST_ATTEMPTS):
            try:
                return attempt(deadline)
            except FetchFailure as failure:
                wait = self._pause(number, failure)
                may = failure.is_temporary and (is_repeatable or failure.is_undone) and number + 1 < MOST_ATTEMPTS
                if not may or wait is None or wait >= deadline.left():
                    raise
                if self._tell:
                    self._tell(f"{failure.message}; trying again in {wait:.1f} s")
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, number: int, failure: FetchFailure) -> float | None:
        """How long to wait before the next attempt; None where the server wants more than anybody would wait."""
        asked = failure.wait_seconds
        if asked is None and failure.code == "E_FETCH_LIMIT":
            return None
        if asked is not None and asked > MOST_WAIT_SECONDS:
            return None
        most = FIRST_WAIT_SECONDS * (1 << number)
        return (asked or 0.0) + most / 2 + self._chance() * most / 2

    def _follow(self, asked: Asked, begun: Begun | None, deadline: Deadline) -> Response:
        """One attempt, through all redirects."""
        address, seen = asked.address, {asked.address}
        is_inner = False
        for hop in range(MOST_REDIRECTS + 1):
            rule = self._rule(asked, address, is_first=not hop, is_inner=is_inner)
            answer, connected = self._ask(asked, address, rule, begun, deadline)
            is_inner = is_inner if hop else bool(connected) and not is_public(connected)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return self._response(asked, address, answer)
            address = self._next(asked, address, answer.headers["location"], seen)
            seen.add(address)
        raise _misled(asked.address, f"it redirects more than {MOST_REDIRECTS} times")

    def _rule(self, asked: Asked, address: str, *, is_first: bool, is_inner: bool) -> Rule:
        """What may be connected to. An inner address is for what the person typed or set, and stays there."""
        origin = origin_of(address)
        is_meant = origin == origin_of(asked.address)
        if origin.scheme != "https" and (origin != self.api_origin or not is_meant):
            raise FetchFailure("E_FETCH_ADDRESS", f"`{shown_address(address)}` is not https", exit=ExitCode.USAGE)
        if origin.scheme != "https":
            return LOCAL
        if is_meant and (origin == self.api_origin or (asked.is_typed and (is_first or is_inner))):
            return ANY
        return PUBLIC

    def _next(self, asked: Asked, address: str, location: str, seen: set[str]) -> str:
        """Where a redirect leads. Raises `FetchFailure` where nobody should follow."""
        if asked.method not in ("GET", "HEAD"):
            raise _misled(address, "a change is asked of whom it is meant for alone")
        try:
            target = urljoin(address, location).partition("#")[0]
            check_address(target)
        except (ValueError, FetchFailure) as error:
            raise _misled(address, "it redirects to what is no address") from error
        origin = origin_of(target)
        if origin.scheme != "https" and not origin == origin_of(address) == self.api_origin:
            raise _misled(address, f"it redirects to `{shown_address(target)}`, which is not https")
        if target in seen:
            raise _misled(address, "it redirects in a circle")
        return target

    def _ask(
        self, asked: Asked, address: str, rule: Rule, begun: Begun | None, deadline: Deadline
    ) -> tuple[Answer, str]:
        """One request and its answer, and the address that was connected to (empty through a proxy)."""
        origin = origin_of(address)
        wire = open_wire(
            self._network,
            origin,
            rule,
            deadline,
            stall_seconds=self.stall_seconds,
            proxy=find_proxy(self.environ, origin),
            context=self._tls,
        )
        try:
            return exchange(wire, asked, address, self._headers(asked, origin), begun), wire.address
        finally:
            wire.end()

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = make_context(self.environ)
        return self._context

    def _headers(self, asked: Asked, origin: Origin) -> dict[str, str]:
        """The headers for this origin: what is secret is for whom it was meant alone."""
        first = origin_of(asked.address)
        sent = {"User-Agent": f"pyst/{pyst.__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"}
        sent |= {name: value for name, value in asked.headers.items() if origin == first or name.lower() not in SECRET}
        if self._token and origin == first == self.api_origin:
            sent["Authorization"] = f"Bearer {self._token}"
        return sent

    def _response(self, asked: Asked, address: str, answer: Answer) -> Response:
        is_unchanged = answer.status == 304 and any(name.lower() == "if-none-match" for name in asked.headers)
        if not (200 <= answer.status < 300 or is_unchanged):
            is_api = origin_of(address) == self.api_origin
            raise failure_of(answer, address, self._wall_clock(), is_api=is_api, has_token=self.has_token)
        coding = answer.headers.get("content-encoding", "")
        body = decoded(answer.raw, coding, shown_address(address), asked.most_bytes)
        return Response(answer.status, answer.headers, body, address)


def _misled(address: str, why: str) -> FetchFailure:
    return FetchFailure("E_FETCH_REDIRECT", f"`{shown_address(address)}` leads nowhere: {why}")


def check_address(address: str) -> None:
    """Raise `FetchFailure` for what is no address that anything could be asked of."""
    is_plain = address.isascii() and address.isprintable() and " " not in address
    try:
        if is_plain and origin_of(address).host and "@" not in urlsplit(address).netloc:
            return
    except ValueError:
        pass
    raise FetchFailure("E_FETCH_ADDRESS", "that is no address of a file on the network", exit=ExitCode.USAGE)


def origin_of(address: str) -> Origin:
    """The origin of an address. Raises `ValueError`."""
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return Origin(parts.scheme, (parts.hostname or "").lower(), port)


def json_of(response: Response) -> Any:
    """The body as JSON. Raises `FetchFailure` where it is none, as the page of a portal or a proxy is."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        what = "a web page" if "html" in kind else "something else"
        message = f"`{shown_address(response.address)}` was asked for JSON, and gave {what}"
        hint = "does a network's sign-in page answer in its place?" if "html" in kind else ""
        raise FetchFailure("E_FETCH_ANSWER", message, hint=hint, status=response.status) from error
