# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Book a month into the ledger: the old implementation, with all accounts in one JSON file.

Made to be run file-first, as `pyst run --input-path IN.json migration/ledger-json`. The input has `opening`, a JSON
file with the cents of each account, and `bookings`, a CSV file with day, account and cents. Each booking costs a fee
of 2.5 percent of its amount, rounded half up; a refund gives it back.

Outputs:
    balances.csv: balance, fees and number of bookings of each account
    report.json: the totals, and when it was made
    ledger.json: the accounts as they are now

Exit codes:
    0: done
    2: there is no input, or it can't be used
"""

import csv
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def fee(cents: int) -> int:
    """The fee on an amount, in cents."""
    return (cents * 25 + 500) // 1000


def main() -> int:
    if "PYST_INPUT_PATH" not in os.environ:
        print("error: run it with `--input-path`", file=sys.stderr)
        return 2
    given = json.loads(Path(os.environ["PYST_INPUT_PATH"]).read_text(encoding="utf-8"))
    folder = Path(os.environ["PYST_OUTPUT_DIR"])
    try:
        accounts = json.loads(Path(given["opening"]).read_text(encoding="utf-8"))
        with open(given["bookings"], newline="", encoding="utf-8") as file:
            bookings = [(row["account"], int(row["cents"])) for row in csv.DictReader(file)]
    except (KeyError, OSError, ValueError) as error:
        print(f"error: the input can't be used: {error}", file=sys.stderr)
        return 2
    fees, counts = dict.fromkeys(accounts, 0), dict.fromkeys(accounts, 0)
    for account, cents in bookings:
        accounts[account] = accounts.get(account, 0) + cents - fee(cents)
        fees[account] = fees.get(account, 0) + fee(cents)
        counts[account] = counts.get(account, 0) + 1
    with (folder / "balances.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [(name, accounts[name], fees[name], counts[name]) for name in sorted(accounts, key=str.casefold)]
        csv.writer(file, lineterminator="\n").writerows([("account", "cents", "fees", "bookings"), *rows])
    totals = {"accounts": len(accounts), "cents": sum(accounts.values()), "fees": sum(fees.values())}
    totals["mean"] = round(totals["cents"] / len(accounts), 2)
    report = {"engine": "json", "made_at": datetime.now(UTC).isoformat(), "totals": totals}
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (folder / "ledger.json").write_text(json.dumps(accounts, indent=2) + "\n", encoding="utf-8")
    print(f"{len(bookings)} bookings, {len(accounts)} accounts")
    return 0
