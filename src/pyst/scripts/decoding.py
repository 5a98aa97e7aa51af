"""From the bytes of a Python file to its text: byte order mark, coding cookie (PEP 263), line ends.

The text that comes out has `\\n` for every line end, as Python's own reader has it. What the text means is left
to `metadata` and `introspect`.
"""

from __future__ import annotations

BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\f"


def decode(source: bytes) -> str:
    """The text of a Python file. Raises `UnicodeError`, or `LookupError` where the cookie names no encoding."""
    coding = _cookie(source) if b"coding" in source[:4096] else None
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
    head = source[3:4096] if source.startswith(BOM) else source[:4096]
    lines = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", 2)[:2]
    for line in lines:
        bare = line.lstrip(_BLANK)
        if bare[:1] == b"#":
            found = _cookie_in(bare)
            if found:
                return found
        elif bare:
            return None  # a second line counts only after a comment or a blank line
    return None


def _cookie_in(comment: bytes) -> str | None:
    """What `coding[:=][ \\t]*([-\\w.]+)` finds in a comment."""
    at = comment.find(b"coding")
    while at >= 0:
        rest = comment[at + 6 :]
        if rest[:1] in (b":", b"="):
            rest = rest[1:].lstrip(b" \t")
            end = 0
            while end < len(rest) and (rest[end : end + 1].isalnum() or rest[end : end + 1] in b"-_."):
                end += 1
            if end:
                return rest[:end].decode("ascii")
        at = comment.find(b"coding", at + 6)
    return None
