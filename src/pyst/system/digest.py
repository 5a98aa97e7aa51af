"""SHA-256 without OpenSSL, all of which `hashlib` brings in: 3 ms of every start that needs a hash.

What is large is worth them: OpenSSL's is four times as fast.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from hashlib import _Hash
    from typing import Any

try:
    from _sha2 import sha256 as _sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found, unused-ignore]  # before Python 3.12
    except ImportError:  # an interpreter that was built without
        from hashlib import sha256 as _sha256

LARGE_BYTES = 2 << 20
"""From here on the time that OpenSSL saves is more than that of its import."""


def new_sha256(expected_bytes: int = 0) -> _Hash:
    """A SHA-256 to be fed; `expected_bytes` is a guess of how much will come."""
    make: Any = _sha256
    if expected_bytes >= LARGE_BYTES:
        from hashlib import sha256 as make
    made: _Hash = make()
    return made


def sha256(data: bytes) -> str:
    """The SHA-256 of `data`, in hex."""
    digest = new_sha256(len(data))
    digest.update(data)
    return digest.hexdigest()
