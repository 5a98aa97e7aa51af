"""From the bytes of a Python file to its text: byte order mark, coding cookie (PEP 263), line ends.

The text that comes out has `\\n` for every line end, as Python's own reader has it. What the text means is left
to `metadata` and `introspect`.
"""

from __future__ import annotations

BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\f"


def decode(source: bytes) -> str:
    """The text of a Python file. Raises `UnicodeError`, or `LookupError` where the cookie names no encoding."""
    coding = _cookie(source) if b"coding" in source else None
    if source.startswith(BOM):
        source = source[3:]
        if coding and _normal(coding) not in ("utf-8", "utf8"):
            raise LookupError(f"a UTF-8 byte order mark and the encoding `{coding}`")
        coding = None
    if coding is None:
        text = source.decode()
    else:
        decoded = source.decode(coding)
        if not isinstance(decoded, str):
            raise LookupError(f"`{coding}` is no text encoding")
        text = decoded
    return text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")


def decode_anyhow(source: bytes) -> str:
    """The text, with replacement characters where it can't be decoded: for what must be found regardless."""
    try:
        return decode(source)
    except (UnicodeError, LookupError):
        text = source.decode("utf-8", "replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _normal(coding: str) -> str:
    return coding.lower().replace("_", "-")


def _cookie(source: bytes) -> str | None:
    """The encoding that a comment in the first two lines names (PEP 263), or None."""
    rest = source.removeprefix(BOM)
    for _ in range(2):  # however long they are: Python reads them whole, too
        line, rest = _parted(rest)
        bare = line.lstrip(_BLANK)
        if bare[:1] == b"#":
            found = _cookie_in(bare)
            if found:
                return found
        elif bare:
            return None  # a second line counts only after a comment or a blank line
    return None


def _parted(source: bytes) -> tuple[bytes, bytes]:
    """The first line, and what comes after its end."""
    line = source.partition(b"\n")[0].partition(b"\r")[0]
    rest = source[len(line) :]
    return line, rest[2:] if rest.startswith(b"\r\n") else rest[1:]


def _cookie_in(comment: bytes) -> str | None:
    """What `coding[:=][ \\t]*([-\\w.]+)` finds in a comment."""
    at = comment.find(b"coding")
    while at >= 0:
        begin = at = at + len(b"coding")
        if comment[at : at + 1] in (b":", b"="):
            begin += 1
            while comment[begin : begin + 1] in (b" ", b"\t"):
                begin += 1
            end = begin
            while (each := comment[end : end + 1]).isalnum() or each in (b"-", b"_", b"."):
                end += 1
            if end > begin:
                return comment[begin:end].decode("ascii")
        at = comment.find(b"coding", at)
    return None
