"""SHA-256 without the price of `hashlib`, whose import (OpenSSL's) takes 4 ms: worth it for what is large alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

LARGE_BYTES = 1 << 20
"""From here on OpenSSL, which is four times as fast as the interpreter's own, has made good for its import."""


def new_sha256(expected_bytes: int = 0) -> _Hash:
    """A SHA-256 to be fed; `expected_bytes` is a guess of how much."""
    if expected_bytes < LARGE_BYTES:
        try:
            from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]  # Python 3.12 and later
        except ImportError:
            try:
                from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]
            except ImportError:
                from hashlib import sha256
    else:
        from hashlib import sha256
    made: _Hash = sha256()
    return made


def sha256_of(data: bytes) -> str:
    """The SHA-256 of `data` in hexadecimal."""
    digest = new_sha256(len(data))
    digest.update(data)
    return digest.hexdigest()
