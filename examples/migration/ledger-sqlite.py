# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Book a month into the ledger: the new implementation, an SQLite database that does the sums itself.

Takes the input of `ledger-json`, and gives the same tables: as `pyst run --input-path IN.json migration/ledger-sqlite`.
The accounts of the JSON file are taken over into the database.

Outputs:
    balances.csv: balance, fees and number of bookings of each account
    report.json: the totals, and when it was made
    ledger.db: the database

Exit codes:
    0: done
    2: there is no input, or it can't be used
"""

import csv
import json
import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

# SQL divides towards zero and Python downwards: what is below zero is lifted before, and let down after.
FEE = "(cents * 25 + 500 + 1000000000000) / 1000 - 1000000000"
TABLES = """
create table openings (account text primary key, cents integer not null);
create table bookings (account text not null, cents integer not null);
"""
BALANCES = f"""
with names as (select account from openings union select account from bookings),
     booked as (select account, sum(cents - ({FEE})) as cents, sum({FEE}) as fees, count(*) as bookings
                from bookings group by account)
select names.account, coalesce(openings.cents, 0) + coalesce(booked.cents, 0) as cents,
       coalesce(fees, 0) as fees, coalesce(bookings, 0) as bookings
from names left join openings using (account) left join booked using (account) order by names.account
"""


def main() -> int:
    if "PYST_INPUT_PATH" not in os.environ:
        print("error: run it with `--input-path`", file=sys.stderr)
        return 2
    given = json.loads(Path(os.environ["PYST_INPUT_PATH"]).read_text(encoding="utf-8"))
    folder = Path(os.environ["PYST_OUTPUT_DIR"])
    (folder / "ledger.db").unlink(missing_ok=True)
    with sqlite3.connect(folder / "ledger.db") as database:
        database.executescript(TABLES)
        try:
            opening = json.loads(Path(given["opening"]).read_text(encoding="utf-8"))
            database.executemany("insert into openings values (?, ?)", opening.items())
            with open(given["bookings"], newline="", encoding="utf-8") as file:
                rows = [(row["account"], int(row["cents"])) for row in csv.DictReader(file)]
        except (KeyError, OSError, ValueError, sqlite3.Error) as error:
            print(f"error: the input can't be used: {error}", file=sys.stderr)
            return 2
        database.executemany("insert into bookings values (?, ?)", rows)
        found = database.execute(BALANCES)
        balances = found.fetchall()
    with (folder / "balances.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([[column[0] for column in found.description], *balances])
    cents, fees = sum(row[1] for row in balances), sum(row[2] for row in balances)
    totals = {"accounts": len(balances), "cents": cents, "fees": fees, "mean": cents / len(balances)}
    report = {"engine": "sqlite", "made_at": datetime.now(UTC).isoformat(), "totals": totals}
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"{len(rows)} bookings, {len(balances)} accounts")
    return 0
