"""The shop's billing job, as it ran that night: which orders an invoice run takes.

It works on the wall clock: what is shown here is the suspect, and not an example to follow.
"""

from datetime import datetime, timedelta


def window(now: datetime) -> tuple[datetime, datetime]:
    """The hour before `now`, by the wall clock."""
    wall = now.replace(tzinfo=None)
    return wall - timedelta(hours=1), wall


def is_in(placed_at: datetime, window: tuple[datetime, datetime]) -> bool:
    """Whether an order falls into the window."""
    return window[0] <= placed_at.replace(tzinfo=None) < window[1]
