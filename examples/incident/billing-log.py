# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Read what the billing job said of itself: the window of each run, and how many orders it invoiced.

Made to be run file-first, as `pyst run --input-path IN.json incident/billing-log`. The input has `log`, the path of
the shop's log, and may have `warnings`, true to count the warnings of other parts, too.

Outputs:
    billing-log.RUN_ID.runs.csv: for each run when it began, its window, and the number of orders

Exit codes:
    0: done
    2: there is no input, or the log can't be read
"""

import csv
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

RUN = re.compile(r"(\S+) INFO billing: window (\S+) to (\S+), (\d+) orders invoiced")
WARNING = re.compile(r"\S+ WARN (\w+):")


def main() -> int:
    if "PYST_INPUT_PATH" not in os.environ:
        print("error: run it with `--input-path`", file=sys.stderr)
        return 2
    given = json.loads(Path(os.environ["PYST_INPUT_PATH"]).read_text(encoding="utf-8"))
    try:
        lines = Path(given["log"]).read_text(encoding="utf-8").splitlines()
    except (KeyError, OSError) as error:
        print(f"error: the log can't be read: {error}", file=sys.stderr)
        return 2
    runs = [found.groups() for line in lines if (found := RUN.fullmatch(line))]
    target = Path(os.environ["PYST_OUTPUT_DIR"], f"billing-log.{os.environ['PYST_RUN_ID']}.runs.csv")
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("began", "from", "to", "orders"), *runs])
    empty = [f"{since} to {until}" for _, since, until, orders in runs if orders == "0"]
    print(f"{len(runs)} runs, {len(empty)} of them with nothing to do: {', '.join(empty) or '-'}")
    if given.get("warnings"):
        parts = Counter(found[1] for line in lines if (found := WARNING.match(line)))
        print("warnings:", ", ".join(f"{part} {count}" for part, count in sorted(parts.items())) or "none")
    return 0
