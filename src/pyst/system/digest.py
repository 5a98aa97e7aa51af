"""SHA-256 without OpenSSL, all of which `hashlib` brings in: 3 ms of every start that needs a hash."""

from __future__ import annotations

try:
    from _sha2 import sha256 as _sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found, unused-ignore]  # before Python 3.12
    except ImportError:  # an interpreter that was built without
        from hashlib import sha256 as _sha256


def sha256(data: bytes) -> str:
    """The SHA-256 of `data`, in hex."""
    found: str = _sha256(data).hexdigest()
    return found
