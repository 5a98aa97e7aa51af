"""Permissions as a pure value: what may be read, written, reached, seen and run, and how such sets are compared.

Each kind holds *items* in a normal form, and has one that covers all others, so that «everything» is no special case:
an absolute path (`/`), `HOST:PORT` (`*:*`, and the words `loopback` and `private`), a variable's name with `*` (`*`),
a program's name or path (`*`). Who asks, who grants and who denies is left to `decision`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyst.named import NamedTuple
from pyst.patterns import matches

KINDS = ("read", "write", "net", "env", "run")
EVERYTHING = {"read": "/", "write": "/", "net": "*:*", "env": "*", "run": "*"}
NET_WORDS = ("loopback", "private")
"""Of the network: one's own loopback, and private addresses behind names that are granted."""

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*")


class Permissions(NamedTuple):
    """What is permitted, by kind: sorted items in normal form."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    net: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    run: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[str, ...]:
        """The items of one kind."""
        items: tuple[str, ...] = getattr(self, kind)
        return items

    def items(self) -> tuple[tuple[str, str], ...]:
        """All items, each with its kind before it."""
        return tuple((kind, item) for kind in KINDS for item in self.of(kind))

    def to_json(self) -> dict[str, Any]:
        return {kind: list(self.of(kind)) for kind in KINDS}


NOTHING = Permissions()


class Malformed(ValueError):
    """An item that says nothing: the message is what was expected."""


class Base(NamedTuple):
    """What paths are relative to: a folder, and the home that `~` means."""

    folder: str
    home: str


def permissions_of(items: Mapping[str, Iterable[str]]) -> Permissions:
    """Permissions of items in normal form, by kind."""
    return Permissions(**{kind: tuple(sorted(set(items.get(kind, ())))) for kind in KINDS})


def parse_items(kind: str, texts: tuple[str, ...], base: Base) -> list[str]:
    """The items of one kind in normal form. Raises `Malformed`.

    A path in `$TMP` is no item: each confined run has a temporary folder of its own.
    """
    found = (parse_item(kind, each, base) for each in texts)
    return [each for each in found if each is not None]


def parse_item(kind: str, text: str, base: Base) -> str | None:
    """One item in normal form; None for what every run has. Raises `Malformed`."""
    if not text or not text.isprintable():
        raise Malformed("a string that is not empty, without control characters")
    if kind == "net":
        return _net_item(text)
    if kind == "env":
        if not _NAME_CHARACTERS.issuperset(text) or text[0].isdecimal():
            raise Malformed("the name of a variable; `*` stands for any characters")
        while "**" in text:
            text = text.replace("**", "*")
        return text
    if kind == "run" and "/" not in text:
        if text in (".", "..", "~"):
            raise Malformed("the name of a program, or a path")
        if "*" in text and text != "*":
            raise Malformed("the name of a program, a path, or `*` alone")
        return text
    if text == "$TMP" or text.startswith("$TMP/"):
        return None if ".." not in text.split("/") else _not_a_path()
    return _path_item(text, base)


def _not_a_path() -> str:
    raise Malformed("a path: absolute, relative, or with `~` or `$TMP` before it")


def _path_item(text: str, base: Base) -> str:
    import os

    if text[0] == "~":
        if text != "~" and not text.startswith("~/"):
            _not_a_path()
        text = base.home + text[1:]
    if text[0] == "$" or "*" in text:
        _not_a_path()
    return "/" + os.path.normpath(os.path.join(base.folder, text)).lstrip("/")


def _net_item(text: str) -> str:
    if text == "*":
        return EVERYTHING["net"]
    if text in NET_WORDS:
        return text
    host, port = _split_host(text)
    if port != "*" and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise Malformed("a port from 1 to 65535, or `*`")
    from pyst.confinement.destinations import NoHost, parse_pattern

    try:
        normal = parse_pattern(host)
    except NoHost as error:
        raise Malformed(f"`HOST:PORT` ({error})") from error
    return f"{f'[{normal}]' if ':' in normal else normal}:{port if port == '*' else int(port)}"


def _split_host(text: str) -> tuple[str, str]:
    """The host and the port of `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address; the port may be missing."""
    if text[0] == "[":
        host, found, port = text.partition("]")
        if not found or (port and port[0] != ":"):
            raise Malformed("`[ADDRESS]:PORT`")
        return host + "]", port[1:] if port else "*"
    if text.count(":") > 1:
        return f"[{text}]", "*"
    host, found, port = text.partition(":")
    return host, port if found else "*"


def covers(kind: str, wide: str, narrow: str) -> bool:
    """Whether all that `narrow` means is within what `wide` means."""
    if wide == narrow or wide == EVERYTHING[kind]:
        return True
    if kind == "net":
        return wide not in NET_WORDS and narrow not in NET_WORDS and _covers_host(wide, narrow)
    if kind == "env":
        return matches(narrow, wide)
    return wide[0] == narrow[0] == "/" and narrow.startswith(wide.rstrip("/") + "/")


def _covers_host(wide: str, narrow: str) -> bool:
    host, _, port = wide.rpartition(":")
    other, _, other_port = narrow.rpartition(":")
    return port in ("*", other_port) and _host_covers(host, other)


def _host_covers(host: str, other: str) -> bool:
    if host in ("*", other):
        return True
    return host[:2] == "*." and other.endswith(host[1:]) and other != "*"


def touches(kind: str, one: str, other: str) -> bool:
    """Whether something may be within what both mean. Errs towards yes."""
    if covers(kind, one, other) or covers(kind, other, one):
        return True
    if kind == "env":
        return "*" in one and "*" in other
    if kind != "net" or one in NET_WORDS or other in NET_WORDS:
        return False
    host, _, port = one.rpartition(":")
    host2, _, port2 = other.rpartition(":")
    return (_host_covers(host, host2) or _host_covers(host2, host)) and (port == port2 or "*" in (port, port2))


def granted_kinds(kind: str) -> tuple[str, ...]:
    """The kinds whose items permit something of this kind: what may be written may be read."""
    return ("read", "write") if kind == "read" else (kind,)


def denied_kinds(kind: str) -> tuple[str, ...]:
    """The kinds whose items forbid something of this kind: what may not be read may not be written either."""
    return ("read", "write") if kind == "write" else (kind,)


def includes(granted: Permissions, kind: str, item: str) -> bool:
    """Whether one of what was granted covers the item."""
    return any(covers(kind, wide, item) for each in granted_kinds(kind) for wide in granted.of(each))


def excludes(denied: Permissions, kind: str, item: str) -> bool:
    """Whether one of what was denied covers the item as a whole."""
    return any(covers(kind, wide, item) for each in denied_kinds(kind) for wide in denied.of(each))


def permits(granted: Permissions, denied: Permissions, kind: str, item: str) -> bool:
    """Whether the item is permitted: deny beats allow."""
    return includes(granted, kind, item) and not excludes(denied, kind, item)


def union(*sets: Permissions) -> Permissions:
    """All that any of the sets has, without items that another one covers."""
    merged = {kind: {item for each in sets for item in each.of(kind)} for kind in KINDS}
    return permissions_of({kind: _widest(kind, items) for kind, items in merged.items()})


def _widest(kind: str, items: set[str]) -> list[str]:
    return [each for each in items if not any(other != each and covers(kind, other, each) for other in items)]


def chosen(wanted: Permissions, keep: Callable[[str, str], bool]) -> Permissions:
    """Those items for which `keep(kind, item)` holds."""
    return permissions_of({kind: [item for item in wanted.of(kind) if keep(kind, item)] for kind in KINDS})


def without(granted: Permissions, denied: Permissions) -> tuple[Permissions, Permissions]:
    """What is left of `granted` when `denied` beats it, and the holes: what of `denied` lies inside of what is left."""
    left = chosen(granted, lambda kind, item: not excludes(denied, kind, item))
    still_read = [item for item in granted.write if not excludes(denied, "read", item) and item not in left.write]
    left = permissions_of({**left._asdict(), "read": [*left.read, *still_read]})

    def lies_inside(kind: str, item: str) -> bool:
        return any(touches(kind, item, wide) for each in granted_kinds(kind) for wide in left.of(each))

    return left, chosen(denied, lies_inside)


def lacking(wanted: Permissions, granted: Permissions, denied: Permissions) -> Permissions:
    """What of `wanted` nobody granted, and nobody denied either."""
    return chosen(wanted, lambda kind, item: not includes(granted, kind, item) and not excludes(denied, kind, item))
