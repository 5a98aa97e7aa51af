"""What a person sees of `pyst document`: findings with their place, differences in colours, what became of scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyst.system.terminal import Line, Span, View

LEVEL_STYLES = {"error": "bad", "info": "dim"}
STATE_STYLES = {"written": "good", "declined": "warn", "ignored": "warn"}
WORDS = {
    "complete": "complete",
    "found": "unchanged",
    "written": "written",
    "declined": "not written",
    "ignored": "kept back",
}


def finding_lines(detail: dict[str, Any], view: View) -> Iterator[Line]:
    """What a check found, as `path:line:column`, and the counts where it found nothing grave."""
    for row in detail["scripts"]:
        for each in row["findings"]:
            if each["level"] == "info" and view.verbosity < 0:
                continue
            place = f"{row['path']}:{each['line']}:{each['column']}"
            yield [place, " ", Span(each["level"], LEVEL_STYLES[each["level"]]), f" {each['code']} {each['message']}"]
            if each["hint"] and view.verbosity >= 0:
                yield ["    ", Span(each["hint"], "dim")]
        if row["state"] == "ignored" and view.verbosity > 0:
            yield [row["path"], " ", Span(f"left out by {row['rule']}", "dim")]
    if view.verbosity >= 0 and not detail["counts"]["error"]:
        yield counts_in_words(detail)


def outcome_lines(detail: dict[str, Any], view: View) -> Iterator[Line]:
    """What became of each script; the difference of one that was only shown."""
    from pyst.authoring.creating import usage_words
    from pyst.authoring.messages import Usage

    for row in detail["scripts"]:
        if row["state"] == "shown" and row["difference"]:
            yield from difference_lines(row["difference"])
        if view.verbosity >= 0 and row["state"] not in ("failed", "shown"):
            yield [Span(WORDS[row["state"]], STATE_STYLES.get(row["state"], "dim")), "  ", row["path"]]
    usage = Usage(**detail["usage"])
    if usage.requests and view.verbosity >= 0 and not any(row["state"] == "shown" for row in detail["scripts"]):
        yield [Span("it took  ", "dim"), usage_words(usage)]


def difference_lines(difference: Iterable[str]) -> Iterator[Line]:
    """A unified diff in colours."""
    for line in difference:
        yield Span(line, _style(line))


def _style(line: str) -> str:
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "good", "-": "bad", "@": "code"}.get(line[:1], "")


def counts_in_words(detail: dict[str, Any]) -> str:
    """The counts in a sentence."""
    counts = detail["counts"]
    errors, remarks, scripts = counts["error"], counts["info"], counts["scripts"] - counts["ignored"]
    told = f"{scripts} script" + ("" if scripts == 1 else "s")
    words = [f"{errors} missing or stale" if errors else "", f"{remarks} remark{'s' if remarks > 1 else ''}"]
    found = ", ".join(each for each in words if each and not each.startswith("0 "))
    left_out = f"; {counts['ignored']} left out" if counts["ignored"] else ""
    return (f"{found} in {told}" if found else f"the help of {told} is complete") + left_out
