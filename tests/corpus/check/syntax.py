# /// script
# requires-python = ">=3.7"
# dependencies = []
# ///
"""Use syntax that came later than the Python that is asked for."""

import tomllib  # expect: C013 error


def first(a, /, b):  # expect: C005 error
    """Take one by place only."""
    if (n := a) > b:  # expect: C005 error
        return n
    match a:  # expect: C005 error
        case 1:
            return b


def second(items: list[str]) -> "int | None":  # expect: C005 error
    """Use annotations that are evaluated."""
    return tomllib and items and first(1, 2)


def third(value: int | None = None) -> "list[str]":  # expect: C005 error
    """Use a union that is evaluated."""
    try:  # expect: C005 error
        return [value]
    except* ValueError:
        return []


print(second([]), third())
