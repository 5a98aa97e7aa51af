"""What a person or an agent reads of a file-first run: where things are, how large, and a little of what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from pyst.records.record import OK, Record
from pyst.system.terminal import Line, Span

MOST_SHOWN = 20
FEWEST_BYTES = 64
"""A preview of less says nothing."""
STYLES = {OK: "good"}


def summary_lines(
    record: Record, beginnings: Mapping[str, bytes], tail: bytes, *, cwd: str, preview_bytes: int
) -> Iterator[Line]:
    """The lines of the summary. `beginnings` are the first bytes of outputs by path, `tail` the log's last ones.

    No more than `preview_bytes` of files are shown in all; paths below `cwd` are relative to it.
    """
    left = max(0, preview_bytes)
    yield [Span(f"{record.status:<9}", STYLES.get(record.status, "bad")), _ending(record)]
    yield [Span("run      ", "dim"), record.run_id]
    yield [Span("manifest ", "dim"), shown(record.manifest, cwd)]
    log = record.log
    size = size_text(log.bytes) if not log.truncated else f"{size_text(log.bytes)} of {size_text(log.seen_bytes)}"
    yield [Span("log      ", "dim"), shown(log.path, cwd), Span(f"  {size}", "dim")]
    if tail and (record.status != OK or not record.outputs):
        part = tail[-left // 2 :] if record.outputs else tail[-left:] if left else b""
        left -= len(part)
        yield from _preview(part, is_whole=len(part) == log.bytes, from_end=True)
    count = len(record.outputs)
    yield [Span("outputs  ", "dim"), str(count), Span(f"  in {shown(record.output_dir, cwd)}", "dim")]
    for at, output in enumerate(record.outputs[:MOST_SHOWN]):
        role = "" if output.role == "output" else f", {output.role}"
        yield [f"  {output.path}", Span(f"  {size_text(output.bytes)}, {output.format}{role}", "dim")]
        beginning = beginnings.get(output.path, b"")
        share = max(FEWEST_BYTES, left // (min(count, MOST_SHOWN) - at))
        if beginning and left >= FEWEST_BYTES:
            part = beginning[: min(share, left)]
            left -= len(part)
            yield from _preview(part, is_whole=len(part) == output.bytes)
    more = count - MOST_SHOWN
    if more > 0 or record.omitted:
        yield Span(f"  and {max(0, more) + record.omitted} more", "dim")
    if record.skipped:
        told = ", ".join(f"{each.path} ({each.reason})" for each in record.skipped[:3])
        yield [Span("skipped  ", "dim"), told + (", …" if len(record.skipped) > 3 else "")]
    if record.concurrent:
        yield Span("other runs used this folder at the same time: some of these outputs may be theirs", "warn")


def _ending(record: Record) -> str:
    how = f"exit {record.exit_code}"
    if record.signal is not None:
        how = f"signal {record.signal}"
    if record.limit is not None:
        how = f"its bound of {record.limit} was passed"
    return f"{how}, {record.duration_seconds or 0:.2f} s"


def _preview(part: bytes, *, is_whole: bool, from_end: bool = False) -> Iterator[Line]:
    """The lines of a preview, with a mark where something is left out."""
    text = part.decode("utf-8", "backslashreplace")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if from_end and not is_whole:
        yield Span("    …", "dim")
    for line in lines:
        yield [Span("    | ", "dim"), line.rstrip("\r")]
    if not from_end and not is_whole:
        yield Span("    …", "dim")


def shown(path: str, cwd: str) -> str:
    """The path as it is shortest from `cwd`."""
    base = cwd.rstrip(os.sep) + os.sep
    return path[len(base) :] if path.startswith(base) else path


def size_text(size_bytes: int) -> str:
    """A size as a person reads it."""
    if size_bytes < 10_000:
        return f"{size_bytes} bytes" if size_bytes != 1 else "1 byte"
    size = float(size_bytes)
    for unit in ("KiB", "MiB", "GiB"):  # noqa: B007  the last one counts
        size /= 1024
        if size < 1000:
            break
    return f"{size:.0f} {unit}" if size >= 100 else f"{size:.1f} {unit}"
