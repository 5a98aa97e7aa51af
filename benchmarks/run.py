"""Measure pyst against its peers: `python benchmarks/run.py [NAME…]`. Needs Python 3.11, 3.13 and a package index.

Sets up everything itself in a temporary folder, takes turns between the two sides, and prints medians and ratios.

Exit codes:
    0: every figure holds its bound
    1: one or more do not
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

import confined
import figures
import recorded
import sharing
from figures import Bench, Row
from ground import Ground
from serving import mcp

FIGURES = {**figures.FIGURES, **confined.FIGURES, **recorded.FIGURES, "mcp": mcp, **sharing.FIGURES}
TITLES = ("figure", "installed", "ours ms", "± iqr", "peer ms", "ratio", "must", "aim", "holds")


def cells(row: Row) -> tuple[str, ...]:
    """A row of the table as text."""

    def bound(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    peer = "" if row.peer_seconds is None else f"{row.peer_seconds * 1000:.1f}"
    times = f"{row.seconds * 1000:.1f}", f"{row.spread * 1000:.1f}", peer
    return row.figure, row.where, *times, f"{row.value:.2f}", bound(row.must), bound(row.aim), row.verdict


WIDTHS = (46, 10, 9, 7, 9, 6, 5, 5, 6)


def show(row: tuple[str, ...]) -> None:
    """Print one row as soon as it is known."""
    aligned = [str.ljust, str.ljust, *[str.rjust] * (len(row) - 2)]
    parts = [align(cell, width) for align, cell, width in zip(aligned, row, WIDTHS, strict=True)]
    print("  ".join(parts).rstrip(), flush=True)


def main() -> int:
    """Take the figures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which figures (default: all): {', '.join(FIGURES)}")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="runs of each side (default: 20)")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="set up in this folder, which must not exist, and keep it"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file too")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in FIGURES]:
        parser.error(f"there is no figure `{unknown[0]}`; there are {', '.join(FIGURES)}")
    if options.rounds < 4:
        parser.error("fewer than 4 rounds say nothing")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pyst-bench-") as temporary:
        folder = options.keep.absolute() if options.keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=not options.keep)
        bench = Bench(Ground(folder.resolve()), options.rounds)
        print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; {options.rounds} rounds, medians\n")
        show(TITLES)
        for name in options.names or FIGURES:
            for row in FIGURES[name](bench):
                rows.append(row)
                show(cells(row))
                if row.note:
                    print(f"  {row.note}", flush=True)
        os.chdir("/")
    if options.json:
        options.json.write_text(json.dumps([row._asdict() | {"verdict": row.verdict} for row in rows], indent=2) + "\n")
    return 1 if any(row.verdict == "MISSED" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
