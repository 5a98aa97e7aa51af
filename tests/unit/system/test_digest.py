from __future__ import annotations

import hashlib

import pytest

from pyst.system.digest import sha256


@pytest.mark.parametrize("data", [b"", b"abc", bytes(range(256)) * 1000])
def test_it_is_what_hashlib_says(data: bytes) -> None:
    assert sha256(data) == hashlib.sha256(data).hexdigest()
