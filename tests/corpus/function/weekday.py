from datetime import date, datetime, time, timedelta
from typing import Literal, Optional


def main(day: date, at: time = time(12, 0), language: Literal["en", "de"] = "en", since: Optional[datetime] = None, step: timedelta = timedelta(days=1)):
    """What day of the week it is."""
