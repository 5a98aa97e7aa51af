"""What a run is called: its id, and the name of its task. Pure but for the randomness."""

from __future__ import annotations


def is_hex(text: str) -> bool:
    """Whether `text` has nothing but lower-case hexadecimal digits."""
    return not text.strip("0123456789abcdef")


def is_run_id(text: str) -> bool:
    """Whether `text` has the form of a run's id: `YYYYmmddTHHMMSSZ-xxxxxxxx`."""
    date, time, mark, rest = text[:8], text[9:15], text[8:9] + text[15:17], text[17:]
    return (
        mark == "TZ-"
        and len(rest) == 8
        and is_hex(rest)
        and all(each.isascii() and each.isdecimal() for each in (date, time))
        and len(date) == 8
        and len(time) == 6
    )
