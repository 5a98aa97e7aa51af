"""Investigation logs: the template of a new one, and the block of evidence that a recorded run comes to. Pure.

A log is the person's. pyst makes it once and then only appends to it, so the evidence is its last section.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from pyst.agents.skills.words import Wording, columns, fenced

if TYPE_CHECKING:
    from pyst.records.record import Record

ENDING = ".inspect.md"
MOST_NAME = 48
MOST_OUTPUTS = 40
ENTRY = re.compile(r"^### E(\d+) · (\S+)", re.M)

TEMPLATE = """\
# {title}

Begun {date}. A claim counts when its evidence can be repeated.

## Question

{question}

Scope: (system, time span, and what is out of it)

## Hypotheses

| | claim | would show it | would refute it | stands |
| --- | --- | --- | --- | --- |
| H1 | | | | open |
| H2 | | | | open |

## Findings

| | finding | evidence | how sure (certain, likely, open) |
| --- | --- | --- | --- |
| F1 | | E1 | |

## Verification against the code

| finding | file and line, version | what the code really does | shown by |
| --- | --- | --- | --- |
| F1 | | | |

## Answer

(three sentences for somebody who reads nothing else; what stays open)

## Evidence

`pyst inspect {word} --append RUN` adds a recorded run below.
"""


def file_word(topic: str) -> str:
    """The topic as a part of a file's name: letters and digits of any script, with single hyphens; may be empty."""
    from unicodedata import normalize

    words = re.findall(r"[^\W_]+", normalize("NFKC", topic).lower())
    name = "-".join(words)[:MOST_NAME]
    while len(name.encode()) > 2 * MOST_NAME:
        name = name[:-1]
    return name.strip("-")


def new_log(topic: str, question: str, date: str) -> str:
    """The text of a new log."""
    wording = Wording()
    title = wording.line(topic, 120)
    asked = wording.line(question, 1000) or "(one sentence, with a question mark)"
    word = shlex.quote(title) if "`" not in title else file_word(topic)
    return TEMPLATE.format(title=title, date=date, question=asked, word=word)


def entries_of(log: str) -> dict[str, str]:
    """The evidence in a log: run id → entry (`E1`)."""
    return {run_id: f"E{number}" for number, run_id in ENTRY.findall(log)}


def next_entry(log: str) -> str:
    """The number of the next entry."""
    return f"E{max((int(number) for number, _ in ENTRY.findall(log) if len(number) < 7), default=0) + 1}"


def evidence_of(record: Record, entry: str, folder: str, wording: Wording) -> str:
    """The block about a run. Paths below `folder` are told from there. What a script named is data, in a fence."""

    def near(path: str) -> str:
        inner = os.path.relpath(path, folder)
        return path if inner.startswith("..") else inner

    def line(text: str) -> str:
        return wording.line(text, 300)

    script = record.script
    word = near(script.path) if script.origin == "path" and script.path else script.name
    command = shlex.join(["pyst", "run", word, *record.argv])
    rows = [
        ("run", f"{record.run_id}  {_ending(record)}"),
        ("began", record.started_at),
        ("script", line(f"{word}, sha256 {script.sha256[:16]}")),
        ("command", line(command)),
    ]
    if record.input:
        rows.append(("input", line(f"{near(record.input.path)}, {_file(record.input.bytes, record.input.sha256)}")))
    rows.append(("record", line(near(record.manifest))))
    cut = ", cut" if record.log.truncated else ""
    rows.append(("log", line(f"{near(record.log.path)}, {record.log.bytes:,} bytes{cut}")))
    for each in record.outputs[:MOST_OUTPUTS]:
        path = near(os.path.join(record.output_dir, each.path))
        rows.append(("output", line(f"{path}, {each.format}, {_file(each.bytes, each.sha256)}")))
    more = len(record.outputs) - MOST_OUTPUTS + record.omitted
    if more > 0:
        rows.append(("", f"… and {more} more outputs"))
    rows.append(("walls", line(record.confinement.tier) if record.confinement else "none"))
    task = re.sub(r"[^\w-]", "-", record.task)
    return f"\n### {entry} · {record.run_id} · {task}\n\n{fenced(columns(rows))}\nShows:\n"


def _ending(record: Record) -> str:
    """How a run ended, in words."""
    how = record.status.replace("_", " ")
    if record.exit_code is not None:
        how += f", exit {record.exit_code}"
    if record.signal is not None:
        how += f", signal {record.signal}"
    return how if record.duration_seconds is None else f"{how}, {record.duration_seconds:.2f} s"


def _file(size_bytes: int, sha256: str) -> str:
    return f"{size_bytes:,} bytes, sha256 {sha256[:16]}"
