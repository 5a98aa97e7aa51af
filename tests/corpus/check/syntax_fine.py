# /// script
# requires-python = ">=3.8"
# dependencies = []
# ///
"""Use annotations that are never evaluated, and old syntax."""

from __future__ import annotations


def one(items: list[str], value: int | None = None) -> dict[str, int] | None:
    """Look new, and run on old Pythons."""
    if (n := len(items)) > 1:
        return {"n": n}
    return None


print(one([]))
