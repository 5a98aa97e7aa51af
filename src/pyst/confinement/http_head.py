"""The head of an HTTP/1 request to the proxy: parsed strictly, and written anew for the server. Pure.

What two readers could take for two different things is refused (RFC 9112, sections 2.2, 3, 5 and 6; RFC 9110,
section 7.6): the server sees what was judged, and one request per connection.
"""

from __future__ import annotations

from typing import NamedTuple

from pyst.confinement.destinations import NoHost, parse_authority

MOST_HEAD = 32 << 10
MOST_FIELDS = 128
_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_VISIBLE = frozenset(range(0x21, 0x7F))
_VALUE = frozenset((0x09, *range(0x20, 0x7F), *range(0x80, 0x100)))
_HEX = frozenset(b"0123456789abcdefABCDEF")
_DIGITS = frozenset(b"0123456789")
_OF_THE_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
        b"host",
        b"content-length",
        b"transfer-encoding",
    )
)
"""What isn't passed on; the last three are written anew."""
_FRAMES = frozenset((b"host", b"content-length", b"transfer-encoding"))
CHUNKED = -1


class NoRequest(ValueError):
    """Bytes that are no request that this proxy takes; the message says why."""


class Request(NamedTuple):
    """A request: where to, whether it is a tunnel (CONNECT), the head for the server, and the length of its body.

    `body` is in bytes, or `CHUNKED`.
    """

    host: str
    port: int
    tunnel: bool
    head: bytes
    body: int


def parse_request(head: bytes) -> Request:
    """The request whose head this is, with the empty line at its end. Raises `NoRequest` and `NoHost`."""
    if not head.endswith(b"\r\n\r\n") or len(head) > MOST_HEAD:
        raise NoRequest("the head of a request ends with an empty line")
    first, *lines = head[:-4].split(b"\r\n")
    if len(lines) > MOST_FIELDS:
        raise NoRequest(f"a request has at most {MOST_FIELDS} fields")
    parts = first.split(b" ")
    if len(parts) != 3 or parts[2] not in (b"HTTP/1.0", b"HTTP/1.1"):
        raise NoRequest("a request begins with `METHOD TARGET HTTP/1.1`")
    method, target, version = parts
    if not method or not _TOKEN.issuperset(method) or not target or not _VISIBLE.issuperset(target):
        raise NoRequest("the method or the target has characters that they can't have")
    fields = [_field(each) for each in lines]
    if method == b"CONNECT":
        host, port = parse_authority(target.decode("ascii"))
        _agree(fields, host, port, None, version)
        return Request(host, port, True, b"", 0)
    authority, path = _absolute(target)
    host, port = parse_authority(authority.decode("ascii"), 80)
    _agree(fields, host, port, 80, version)
    body = _length(fields, version)
    return Request(host, port, False, _written(method, path, version, host, port, fields, body), body)


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or not _TOKEN.issuperset(name) or not _VALUE.issuperset(value):
        raise NoRequest("a field of the head is malformed")
    return name, value.strip(b" \t")


def _absolute(target: bytes) -> tuple[bytes, bytes]:
    scheme, found, rest = target.partition(b"://")
    if not found or scheme.lower() != b"http":
        raise NoRequest("a proxy is asked for `http://…`, or by CONNECT")
    for at, byte in enumerate(rest):
        if byte in b"/?#\\":
            authority, path = rest[:at], rest[at:]
            break
    else:
        authority, path = rest, b"/"
    if path[:1] == b"?":
        path = b"/" + path
    if path[:1] != b"/" or b"#" in path:
        raise NoRequest("the target is no address of a page")
    return authority, path


def _values(fields: list[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    return [value for name, value in fields if name.lower() == wanted]


def _agree(fields: list[tuple[bytes, bytes]], host: str, port: int, default: int | None, version: bytes) -> None:
    """Refuse a `Host` that names another place than the target, or none where one must be (RFC 9112, section 3.2)."""
    told = _values(fields, b"host")
    if len(told) > 1 or (not told and default is not None and version == b"HTTP/1.1"):
        raise NoRequest("a request has one `Host`")
    for each in told:
        try:
            agrees = parse_authority(each.decode("ascii"), port if default is None else default) == (host, port)
        except (NoHost, UnicodeDecodeError):
            agrees = False
        if not agrees:
            raise NoRequest("`Host` names another place than the target")


def _length(fields: list[tuple[bytes, bytes]], version: bytes) -> int:
    lengths, codings = _values(fields, b"content-length"), _values(fields, b"transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise NoRequest("the length of the body is told twice")
    if codings:
        if codings[0].lower() != b"chunked" or version != b"HTTP/1.1":
            raise NoRequest("the only transfer coding is `chunked`")
        return CHUNKED
    if not lengths:
        return 0
    if not lengths[0] or len(lengths[0]) > 18 or not _DIGITS.issuperset(lengths[0]):
        raise NoRequest("`Content-Length` is a number")
    return int(lengths[0])


def _written(
    method: bytes, path: bytes, version: bytes, host: str, port: int, fields: list[tuple[bytes, bytes]], body: int
) -> bytes:
    named = {each.strip(b" \t").lower() for value in _values(fields, b"connection") for each in value.split(b",")}
    if not _FRAMES.isdisjoint(named):
        raise NoRequest("`Connection` names a field that frames the request")
    place = f"[{host}]" if ":" in host else host
    lines = [
        b" ".join((method, path, version)),
        b"Host: " + (place if port == 80 else f"{place}:{port}").encode("ascii"),
    ]
    lines += [name + b": " + value for name, value in fields if name.lower() not in _OF_THE_HOP | named]
    if body == CHUNKED:
        lines.append(b"Transfer-Encoding: chunked")
    elif body or _values(fields, b"content-length"):
        lines.append(b"Content-Length: %d" % body)
    return b"\r\n".join((*lines, b"Connection: close", b"", b""))


# Bodies


class Body:
    """The bytes of one request's body, taken from what the client sends: what comes after it isn't of it."""

    def __init__(self, length: int) -> None:
        self._left = 0 if length == CHUNKED else length
        self._line: bytearray | None = bytearray() if length == CHUNKED else None
        self._after_chunk = False
        self._in_trailer = False
        self.is_whole = length == 0

    def take(self, data: bytes) -> bytes:
        """What of `data` goes to the server. Raises `NoRequest` for a chunk that can't be read."""
        if self._line is None:
            taken = data[: self._left]
            self._left -= len(taken)
            self.is_whole = not self._left
            return taken
        out, at = bytearray(), 0
        while at < len(data) and not self.is_whole:
            if self._left:
                part = data[at : at + self._left]
                self._left -= len(part)
                self._after_chunk = not self._left
                out += part
                at += len(part)
            else:
                self._line.append(data[at])
                at += 1
                if self._after_chunk and bytes(self._line) not in (b"\r", b"\r\n"):
                    raise NoRequest("a chunk is longer than it says")
                if self._line[-1] == 0x0A:
                    out += self._end_of_line(bytes(self._line))
                    self._line.clear()
                elif len(self._line) > 4096:
                    raise NoRequest("a line of a chunked body is too long")
        return bytes(out)

    def _end_of_line(self, line: bytes) -> bytes:
        """What goes to the server for a line between the data: sizes written anew, no extensions, no trailer."""
        text = line[:-2]
        if line[-2:] != b"\r\n" or not _VALUE.issuperset(text):
            raise NoRequest("a line of a chunked body is malformed")
        if self._in_trailer:
            self.is_whole = not text
            return b"\r\n" if self.is_whole else b""
        if self._after_chunk:
            self._after_chunk = False
            return line
        size = text.partition(b";")[0]
        if not size or len(size) > 15 or not _HEX.issuperset(size):
            raise NoRequest("the size of a chunk is no number")
        self._left = int(size, 16)
        self._in_trailer = not self._left
        return b"%x\r\n" % self._left
