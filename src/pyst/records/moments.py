"""Moments as people write them: `2d` ago, a date, a time; and how long ago something was. Pure."""

from __future__ import annotations

from pyst.records.ids import time_text

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
MOST_SECONDS = 400 * 366 * 86_400


def parse_moment(text: str, now: float, *, is_end: bool = False) -> str | None:
    """The moment that `text` means, as records tell theirs (UTC, milliseconds); None where it means none.

    `30m`, `12h`, `2d`, `1w` are so long ago. A date, or a date with a time, is in the local zone unless it names one; a
    date alone is its first moment, and with `is_end` its last. `now` is in seconds since 1970.
    """
    amount, unit = text[:-1], text[-1:]
    if unit in UNITS and amount.isascii() and amount.isdecimal() and len(amount) < 12:
        seconds = int(amount) * UNITS[unit]
        return time_text(max(now - seconds, 0)) if seconds < MOST_SECONDS else time_text(0)
    from datetime import datetime, timedelta

    try:
        moment = datetime.fromisoformat(text)
        if is_end and len(text) in (8, 10) and ":" not in text:
            moment += timedelta(days=1, milliseconds=-1)
        return time_text(max(moment.timestamp(), 0))
    except (ValueError, OverflowError, OSError):
        return None


def seconds_of(moment: str) -> float | None:
    """Seconds since 1970 of a moment as records tell it; None where it is none."""
    from calendar import timegm

    parts = moment[:19].replace("T", "-").replace(":", "-").split("-")
    if len(parts) != 6 or not all(each.isascii() and each.isdecimal() for each in parts):
        return None
    try:
        return timegm((*map(int, parts), 0, 0, 0))
    except (ValueError, OverflowError):
        return None


def shown_age(seconds: float) -> str:
    """How long ago, in two words at most: `5 s`, `3 min`, `2 h`, `4 d`."""
    if seconds < 60:
        return f"{max(int(seconds), 0)} s"
    for size, word, below in ((60, "min", 3600), (3600, "h", 2 * 86_400), (86_400, "d", float("inf"))):
        if seconds < below:
            return f"{int(seconds // size)} {word}"
    raise AssertionError("the last bound is infinite")


def shown_duration(seconds: float | None) -> str:
    """How long it took: `0.12 s`, `3.4 s`, `2 min 5 s`."""
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
