# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Let the billing job's own code choose orders, hour by hour, and say which ones it never takes.

Made to be run file-first, as `pyst run --input-path IN.json incident/repro`. The input has `dump`, the path of the
SQL dump with the orders, and `remedy`: false for the code as it ran, true for windows in UTC instead of wall time.

Outputs:
    repro.RUN_ID.orders.json: the ids of the orders that no run takes, sorted

Exit codes:
    0: done, whether orders are lost or not
    2: there is no input, or the dump can't be used
"""

import json
import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import _billing

HOUR = timedelta(hours=1)


def is_taken(placed_at: datetime, now: datetime, remedy: bool) -> bool:
    """Whether the run that begins at `now` takes an order."""
    if remedy:
        return now - HOUR <= placed_at < now
    return _billing.is_in(placed_at, _billing.window(now))


def clock(moment: datetime, orders: list[datetime]) -> datetime:
    """The moment as the shop's clocks showed it: with the offset of the next order, or else of the last."""
    return moment.astimezone(next((each for each in orders if each >= moment), orders[-1]).tzinfo)


def main() -> int:
    if "PYST_INPUT_PATH" not in os.environ:
        print("error: run it with `--input-path`", file=sys.stderr)
        return 2
    given = json.loads(Path(os.environ["PYST_INPUT_PATH"]).read_text(encoding="utf-8"))
    database = sqlite3.connect(":memory:")
    try:
        database.executescript(Path(given["dump"]).read_text(encoding="utf-8"))
        rows = database.execute("select id, placed_at from orders order by id").fetchall()
    except (KeyError, OSError, sqlite3.Error) as error:
        print(f"error: the dump can't be used: {error}", file=sys.stderr)
        return 2
    orders = {order: datetime.fromisoformat(text) for order, text in rows}
    moments = sorted(orders.values())
    first = moments[0].astimezone(UTC).replace(minute=0, second=0)
    hours = int((moments[-1] - first) / HOUR) + 1
    runs = [clock(first + HOUR * number, moments) for number in range(1, hours + 1)]
    lost = [
        each for each, at in orders.items() if not any(is_taken(at, now, bool(given.get("remedy"))) for now in runs)
    ]
    target = Path(os.environ["PYST_OUTPUT_DIR"], f"repro.{os.environ['PYST_RUN_ID']}.orders.json")
    target.write_text(json.dumps(lost) + "\n", encoding="utf-8")
    print(f"{len(runs)} runs, {len(lost)} of {len(orders)} orders are never taken")
    return 0
