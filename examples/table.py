# /// script
# requires-python = ">=3.11"
# dependencies = ["rich>=13.9"]
# ///
"""Show a CSV or JSON file as a table.

What it needs is locked in `table.py.lock`, so that it looks the same everywhere.

Args:
    file: a CSV file, or a JSON list of objects
    columns: show only these columns, in this order (can be given again)
    sort: sort by this column
    limit: show at most this many rows
    style: how the lines are drawn

Exit codes:
    0: done
    1: the file can't be read, or has no such column
"""

import csv
import json
import sys
from pathlib import Path
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table


def read(path: Path) -> list[dict]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = json.load(file) if path.suffix == ".json" else list(csv.DictReader(file))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it is not a list of objects")
    return rows


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def main(
    file: Path,
    columns: tuple[str, ...] = (),
    sort: str = "",
    limit: int = 100,
    style: Literal["simple", "rounded", "ascii", "markdown"] = "simple",
):
    try:
        rows = read(file)
    except (OSError, ValueError) as error:
        sys.exit(f"error: `{file}` can't be read: {error}")
    names = list(dict.fromkeys(name for row in rows for name in row))
    unknown = [name for name in (*columns, *filter(None, [sort])) if name not in names]
    if unknown:
        sys.exit(f"error: there is no column `{unknown[0]}`; there are {', '.join(names)}")
    texts = [{name: str(row.get(name, "")) for name in names} for row in rows]
    numeric = {name for name in names if all(is_number(row[name]) for row in texts)}
    if sort:
        texts.sort(key=lambda row: float(row[sort]) if sort in numeric else row[sort])
    table = Table(box={"rounded": box.ROUNDED, "ascii": box.ASCII, "markdown": box.MARKDOWN}.get(style, box.SIMPLE))
    for name in columns or names:
        table.add_column(name, justify="right" if name in numeric else "left")
    for row in texts[:limit]:
        table.add_row(*(row[name] for name in columns or names))
    console = Console()
    console.print(table)
    if len(texts) > limit:
        console.print(f"… and {len(texts) - limit} more rows", highlight=False)
