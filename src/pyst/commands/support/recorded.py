"""From the word that a person typed to the recorded run that it means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.records.record import Record

HELP = "an id, the beginning of one, `last`, or `last:SCRIPT`"


def record_of_word(app: App, word: str) -> Record:
    """The record of the run that `word` means. Raises `Failure` (E_NO_RUN, E_RECORD_BROKEN)."""
    from pyst.records.reading import find_record

    name, mark, script = word.partition(":")
    if name != "last":
        return find_record(app.paths.state, word)
    from pyst.records.index import Query, find_runs

    path = os.path.normpath(os.path.join(app.cwd, script))
    query = Query(script, path, limit=1) if mark else Query(limit=1)
    for row in find_runs(app.paths.state, query).rows:
        return find_record(app.paths.state, row["run_id"])
    if not mark:
        return find_record(app.paths.state, word)  # says that there is none
    raise Failure("E_NO_RUN", f"no run of `{script}` was recorded", hint="`pyst history` lists those that were")


def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record."""
    from pyst.records.schema import RECORD

    return RECORD


def size_of(text: str, option: str) -> int:
    """The bytes that a size like `64K` means. Raises `Failure` (E_USAGE)."""
    from pyst.errors import ExitCode
    from pyst.settings.convert import parse_size

    found = parse_size(text)
    if found is None or not 0 < found < 1 << 40:
        message = f"`{option} {text}` is no size; expected one like `64K` or `200M`"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    return found
