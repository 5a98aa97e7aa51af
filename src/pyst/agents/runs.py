"""The runs that a client may see: those of the project that is served, and of no other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyst.errors import Failure
from pyst.records.index import Query, find_runs
from pyst.records.reading import LAST, find_record

if TYPE_CHECKING:
    from pyst.agents.host import Host, Offering
    from pyst.records.record import Record


def find_own_run(host: Host, word: str) -> Record:
    """The record of the run that `word` means: an id, the unique beginning of one, or `last`.

    Raises `Failure` (E_NO_RUN), which tells nothing of other runs.
    """
    if word == LAST:
        newest = own_runs(host, 0, 1)
        if not newest:
            raise Failure("E_NO_RUN", "no run of this project was recorded yet")
        word = newest[0]["run_id"]
    try:
        record = find_record(host.state, word)
    except Failure as failure:
        raise _none(word) from failure
    if not is_own(host, record):
        raise _none(word)
    return record


def own_runs(host: Host, start: int, size: int) -> list[dict[str, Any]]:
    """The rows of the index from the one of this number on, newest first."""
    found = find_runs(host.state, Query(limit=start + size, under=host.root))
    return list(found.rows[start:])


def is_own(host: Host, record: Record) -> bool:
    """Whether the run ran in the project that is served."""
    return f"{record.cwd}{os.sep}".startswith(host.root.rstrip(os.sep) + os.sep)


def refuse_replay(host: Host, record: Record, offering: Offering) -> None:
    """Raise `Failure` (E_REPLAY) unless a client could have had this run itself.

    Its script must be one that is offered, or typed code; it ran where the runs of clients run, and without variables
    from files.
    """
    offered = {os.path.realpath(each.script.path) for each in offering.scripts}
    path = record.script.path
    folders = {host.cwd, host.root, *([os.path.dirname(path)] if path else [])}
    why = None
    if path is not None and os.path.realpath(path) not in offered:
        why = "its script is not offered"
    elif path is None and record.script.origin != "code":
        why = "its script is not known"
    elif record.cwd not in folders:
        why = "it ran in another folder"
    elif record.options.env_files:
        why = "its variables came from files"
    if why is not None:
        message = f"`{record.run_id}` can't be replayed by a client: {why}"
        raise Failure("E_REPLAY", message, hint=f"whoever started this server can: `pyst replay {record.run_id}`")


def _none(word: str) -> Failure:
    return Failure("E_NO_RUN", f"there is no run `{word[:100]}` of this project", hint="`pyst_history` lists them")
