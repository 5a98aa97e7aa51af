"""What a person or an agent is shown of a file-first run: where things are, how large, and a little of what is in them.

Made of plain JSON data, so that a person, a JSON reader and an agent are shown the same.
"""

from __future__ import annotations

import os

from pyst.records.record import OK, Record
from pyst.system.terminal import Line, Span

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

MOST_SHOWN = 20
FEWEST_BYTES = 64
"""A preview of less says nothing."""


def previews_of(
    record: Record, beginnings: Mapping[str, bytes], tail: bytes, preview_bytes: int
) -> list[dict[str, Any]]:
    """Bounded previews, all of them together: of the log's end where that matters, and of outputs that hold text.

    Each has `path` (of an output, relative to the output folder; of the log, absolute), `text`, and `truncated`.
    """
    left = preview_bytes
    previews = []
    shows_log = record.status != OK or not record.outputs
    if tail and shows_log:
        part = tail[-(left // 2 if record.outputs else left) :] if left else b""
        left -= len(part)
        previews.append(_preview(record.log.path, part, record.log.bytes))
    shown = [each for each in record.outputs[:MOST_SHOWN] if beginnings.get(each.path)]
    for at, output in enumerate(shown):
        if left < FEWEST_BYTES:
            break
        share = max(FEWEST_BYTES, left // (len(shown) - at))
        part = beginnings[output.path][:share]
        left -= len(part)
        previews.append(_preview(output.path, part, output.bytes))
    return [each for each in previews if each["text"]]


def _preview(path: str, part: bytes, size: int) -> dict[str, Any]:
    text = part.decode("utf-8", "replace")
    return {"path": path, "text": text.strip("\ufffd"), "truncated": len(part) < size}


def summary_lines(record: Mapping[str, Any], previews: list[dict[str, Any]], here: str) -> Iterator[Line]:
    """The lines of the summary; `record` is the JSON form. Paths below the folder `here` are relative to it."""
    texts = {each["path"]: each for each in previews}
    yield [Span(f"{record['status']:<9}", "good" if record["status"] == OK else "bad"), _ending(record)]
    yield [Span("run      ", "dim"), record["run_id"]]
    yield [Span("manifest ", "dim"), _from_here(record["manifest"], here)]
    log = record["log"]
    size = size_text(log["bytes"]) + (f" of {size_text(log['seen_bytes'])}" if log["truncated"] else "")
    yield [Span("log      ", "dim"), _from_here(log["path"], here), Span(f"  {size}", "dim")]
    if log["path"] in texts:
        yield from _preview_lines(texts[log["path"]], from_end=True)
    outputs = record["outputs"]
    if outputs:
        yield [Span("outputs  ", "dim"), _from_here(record["output_dir"], here), Span(f"  {len(outputs)}", "dim")]
    else:
        yield [Span("outputs  ", "dim"), "none"]
    for each in outputs[:MOST_SHOWN]:
        role = "" if each["role"] == "output" else f", {each['role']}"
        yield [f"  {each['path']}", Span(f"  {size_text(each['bytes'])}, {each['format']}{role}", "dim")]
        if each["path"] in texts:
            yield from _preview_lines(texts[each["path"]])
    more = max(0, len(outputs) - MOST_SHOWN) + record["omitted"]
    if more:
        yield Span(f"  and {more} more", "dim")
    if skipped := record["skipped"]:
        told = ", ".join(f"{each['path']} ({each['reason']})" for each in skipped[:3])
        yield [Span("skipped  ", "dim"), told + (f" and {len(skipped) - 3} more" if len(skipped) > 3 else "")]
    if record["concurrent"]:
        yield Span("other runs used this folder at the same time: some of these outputs may be theirs", "warn")


def _ending(record: Mapping[str, Any]) -> str:
    how = f"exit {record['exit_code']}"
    if record["signal"] is not None:
        how = f"signal {record['signal']}"
    if record["limit"] is not None:
        how = f"its bound of {record['limit']} was passed"
    return f"{how}, {record['duration_seconds'] or 0:.2f} s"


def _preview_lines(preview: dict[str, Any], *, from_end: bool = False) -> Iterator[Line]:
    lines = preview["text"].split("\n")
    if lines[-1] == "":
        lines.pop()
    if from_end and preview["truncated"]:
        yield Span("    …", "dim")
    for line in lines:
        yield [Span("    | ", "dim"), line.rstrip("\r")]
    if preview["truncated"] and not from_end:
        yield Span("    …", "dim")


def _from_here(path: str, here: str) -> str:
    """The path as it is shortest from the folder `here`."""
    base = here.rstrip(os.sep) + os.sep
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
