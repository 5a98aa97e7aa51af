"""Writes the tables of `docs/mcp-conformance.md` anew: `python -m tests.conformance.page`."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.applying import table

PAGE = Path(__file__).parents[2] / "docs" / "mcp-conformance.md"
BEGIN, END = "<!-- begin: tests/conformance/applying.py -->\n", "<!-- end -->"


def main() -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


if __name__ == "__main__":
    main()
