# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Find the orders without an invoice in a dump of the shop's database.

Made to be run file-first, as `pyst run --input-path IN.json incident/gaps`. The input has `dump`, the path of the
SQL dump. The dump is loaded into memory and only read.

Outputs:
    gaps.RUN_ID.orders.json: the ids of the orders, sorted
    gaps.RUN_ID.hours.csv: orders and invoices for each hour of the wall clock

Exit codes:
    0: done, whether there are gaps or not
    2: there is no input, or the dump can't be used
"""

import csv
import json
import os
import sqlite3
import sys
from pathlib import Path

HOURS = """
select substr(placed_at, 1, 13) || substr(placed_at, -6) as hour,
       count(*) as orders, count(invoices.id) as invoices, count(*) - count(invoices.id) as missing
from orders left join invoices on invoices.order_id = orders.id group by hour order by min(placed_at)
"""
MISSING = "select id from orders where id not in (select order_id from invoices) order by id"


def main() -> int:
    if "PYST_INPUT_PATH" not in os.environ:
        print("error: run it with `--input-path`", file=sys.stderr)
        return 2
    given = json.loads(Path(os.environ["PYST_INPUT_PATH"]).read_text(encoding="utf-8"))
    name = f"{os.environ['PYST_OUTPUT_DIR']}/gaps.{os.environ['PYST_RUN_ID']}"
    database = sqlite3.connect(":memory:")
    try:
        database.executescript(Path(given["dump"]).read_text(encoding="utf-8"))
        hours = database.execute(HOURS)
        missing = [order for (order,) in database.execute(MISSING)]
    except (KeyError, OSError, sqlite3.Error) as error:
        print(f"error: the dump can't be used: {error}", file=sys.stderr)
        return 2
    with open(f"{name}.hours.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([[column[0] for column in hours.description], *hours])
    Path(f"{name}.orders.json").write_text(json.dumps(missing) + "\n", encoding="utf-8")
    print(f"{len(missing)} orders without an invoice")
    return 0
