# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Turn a CSV file into JSON, with numbers and truth values recognised."""

import argparse
import csv
import itertools
import json
import re
import sys

INTEGER = re.compile(r"-?(0|[1-9]\d*)")
FLOAT = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def typed(text: str) -> object:
    """The JSON value that a cell of a table means. What begins with a needless zero stays text: it is a code."""
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    return {"true": True, "false": False, "": None}.get(text.lower(), text)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="exit codes: 0 done, 1 the file can't be read, 2 usage"
    )
    parser.add_argument("file", help="the CSV file; `-` is standard input")
    parser.add_argument("-d", "--delimiter", default=",", help="what separates cells")
    parser.add_argument("-l", "--lines", action="store_true", help="write JSON Lines: one object per line")
    parser.add_argument("--text", action="store_true", help="keep every cell as text")
    parser.add_argument("--limit", type=int, metavar="N", help="read at most N rows")
    options = parser.parse_args()
    try:
        source = sys.stdin if options.file == "-" else open(options.file, encoding="utf-8-sig", newline="")  # noqa: SIM115
        with source:
            rows = list(itertools.islice(csv.DictReader(source, delimiter=options.delimiter), options.limit))
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        print(f"error: `{options.file}` can't be read: {error}", file=sys.stderr)
        return 1
    if not options.text:
        rows = [{name: typed(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows]
    if options.lines:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
