"""The results of the attempts as numbers and as the table of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.attempts.attempt import ATTEMPTS, Attempt

BEGIN, END = "<!-- attempts: begin -->", "<!-- attempts: end -->"
WORDS = {"stopped": "stopped", "success": "**not stopped**", "not here": "not here", "broken": "broken"}


class Judged(Protocol):
    """A result, as far as it is told."""

    @property
    def verdict(self) -> str: ...


Results = Mapping[str, Mapping[str, Judged]]


def applicable(results: Results) -> list[str]:
    """The attempts that succeed without confinement."""
    return [name for name, found in results.items() if found["none"].verdict == "success"]


def summary(results: Results, tiers: Sequence[str]) -> dict[str, Any]:
    """By tier: how many attempts were stopped, of how many; the same of the breaches; and what was not."""
    names = applicable(results)
    told = {}
    for tier in tiers:
        missed = [name for name in names if results[name][tier].verdict != "stopped"]
        breaches = [name for name in names if ATTEMPTS[name].breach]
        told[tier] = {
            "stopped": len(names) - len(missed),
            "of": len(names),
            "breaches": len([name for name in breaches if name not in missed]),
            "breaches_of": len(breaches),
            "not_stopped": missed,
        }
    return told


def markdown(results: Results, tiers: Sequence[str]) -> str:
    """The table of all attempts that this machine can have, with the sums."""
    rows = [["attempt", *tiers], ["---"] * (len(tiers) + 1)]
    group = ""
    for name in applicable(results):
        one = ATTEMPTS[name]
        if one.group != group:
            group = one.group
            rows.append([f"**{group}**", *[""] * len(tiers)])
        rows.append([cells_of(one), *(WORDS[results[name][tier].verdict] for tier in tiers)])
    sums = summary(results, tiers)
    rows.append(["**stopped**", *(f"**{sums[tier]['stopped']} of {sums[tier]['of']}**" for tier in tiers)])
    rows.append(
        ["**breaches stopped**", *(f"**{sums[tier]['breaches']} of {sums[tier]['breaches_of']}**" for tier in tiers)]
    )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def cells_of(one: Attempt) -> str:
    """What stands in the first column for an attempt."""
    what = one.what[0].lower() + one.what[1:] if one.what[1:2].islower() else one.what
    return what + ("" if one.breach else " °")


def rows_of(page: Path) -> dict[str, dict[str, str]]:
    """The table on the page: by attempt, as the first column has it, what is said of each tier."""
    text = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.strip().splitlines()]
    _, *tiers = rows[0]
    return {row[0]: dict(zip(tiers, row[1:], strict=True)) for row in rows[2:] if row[0][:2] != "**"}


def write_page(page: Path, table: str) -> None:
    """Put the table between the markers of the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")
