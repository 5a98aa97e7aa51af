"""The URIs of resources: made and understood in one place. Pure.

    pyst://scripts                          the scripts that are offered
    pyst://script/{origin}/{name}           the source of one
    pyst://runs                             the runs, newest first
    pyst://run/{id}/manifest                the record of one
    pyst://run/{id}/log                     what it printed, both streams
    pyst://run/{id}/stdout                  its standard output, where the log's preview is too short for it
    pyst://run/{id}/output/{path}           one of its outputs

All of them take `?offset=` and `limit=`: of lists in entries, else in bytes.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

SCHEME = "pyst://"
MOST_CHARACTERS = 8192
KINDS = ("manifest", "log", "stdout", "output")
ORIGINS = ("project", "global", "installed")


class Address(NamedTuple):
    """What a URI means. `kind` is `scripts`, `script`, `runs`, or one of `KINDS`; `owner` the script's origin or the
    run's id, `path` the script's name or the output's path. None is «not said»."""

    kind: str
    owner: str = ""
    path: str = ""
    offset: int = 0
    limit: int | None = None


def parse_address(uri: str) -> Address | None:
    """What the URI means; None for one that this server never gives."""
    if not uri.startswith(SCHEME) or len(uri) > MOST_CHARACTERS or "#" in uri:
        return None
    place, mark, query = uri.removeprefix(SCHEME).partition("?")
    parts = place.split("/")
    found = _place(parts)
    return _paged(found, query) if found and mark else found


def _place(parts: list[str]) -> Address | None:
    head, rest = parts[0], parts[1:]
    if head in ("scripts", "runs"):
        return Address(head) if not rest else None
    if head == "script" and len(rest) >= 2 and rest[0] in ORIGINS:
        name = _path(rest[1:])
        return Address("script", rest[0], name) if name else None
    if head != "run" or len(rest) < 2 or rest[1] not in KINDS:
        return None
    path = _path(rest[2:])
    if (rest[1] == "output") != (path is not None):
        return None
    return Address(rest[1], rest[0], path or "")


def _path(parts: list[str]) -> str | None:
    """The parts put together; None where one is empty or would lead up."""
    words = [unquote(each, errors="surrogateescape") for each in parts]
    if not words or any(each in ("", ".", "..") or "/" in each or "\0" in each for each in words):
        return None
    return "/".join(words)


def _paged(found: Address, query: str) -> Address | None:
    numbers: dict[str, int] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in ("offset", "limit") or key in numbers or not (value.isascii() and value.isdecimal()):
            return None
        if len(value) > 15:
            return None
        numbers[key] = int(value)
    if numbers.get("limit") == 0:
        return None
    return found._replace(offset=numbers.get("offset", 0), limit=numbers.get("limit"))


def script_address(origin: str, name: str) -> str:
    """The URI of a script's source."""
    return f"{SCHEME}script/{origin}/{_quoted(name)}"


def run_address(run_id: str, kind: str, path: str = "") -> str:
    """The URI of what is kept of a run."""
    return f"{SCHEME}run/{run_id}/{kind}" + (f"/{_quoted(path)}" if path else "")


def next_page(uri: str, offset: int, limit: int) -> str:
    """The URI of the page that begins at `offset`."""
    return f"{uri.partition('?')[0]}?offset={offset}&limit={limit}"


def _quoted(path: str) -> str:
    return quote(path, safe="/", errors="surrogateescape")
