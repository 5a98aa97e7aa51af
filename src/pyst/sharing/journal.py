"""The journal of a transaction: what is to be moved where, as whoever finds it finishes it. Owns its form.

    {"version": 1, "steps": [["installed/NAME.py", ".NAME.py.….staged"], ["bin/NAME", ""], …]}

One that can't be understood, or that is about other files than a transaction's, is an error, and left alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from pyst.errors import Failure, Where
from pyst.system.witness import Witness

VERSION = 1
MOST_BYTES = 1 << 20
MANIFEST = "manifest.json"
JOURNAL = "installing.json"
INSTALLED = "installed"
FOLDERS = (INSTALLED, "bin")
"""The folders of the data in which files are changed."""
STAGED = ".staged"


class Step(NamedTuple):
    """One line of the journal: what is at `path` gives way to what lies `staged` beside it, or (empty) just goes."""

    path: str
    staged: str


def encode_steps(steps: Sequence[Step]) -> bytes:
    """The bytes of the journal with these steps."""
    return json.dumps({"version": VERSION, "steps": [list(each) for each in steps]}).encode() + b"\n"


def read_steps(journal: str) -> list[Step]:
    """The steps of the journal. Raises `Failure` (E_JOURNAL)."""
    try:
        body = json.loads(Witness().read(journal, most_bytes=MOST_BYTES) or b"")
        if body["version"] != VERSION:
            raise ValueError(f"its version is {body['version']}, this pyst knows {VERSION}")
        steps = [Step(path, staged) for path, staged in body["steps"]]
        if not all(map(_is_sound, steps)):
            raise ValueError("a step is malformed")
    except Failure as failure:
        raise _broken(journal, failure.message) from failure
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _broken(journal, str(error) or "it is no journal") from error
    return steps


def _is_sound(step: Step) -> bool:
    """Whether a step is about a file that a transaction may change, and nothing else."""
    path, staged = step
    if not isinstance(path, str) or not isinstance(staged, str) or "\0" in path + staged:
        return False
    folder, _, name = path.rpartition("/")
    is_ours = path == MANIFEST or (folder in FOLDERS and name not in ("", ".", ".."))
    return is_ours and (not staged or ("/" not in staged and staged.startswith(".") and staged.endswith(STAGED)))


def unfinished(journal: str, error: OSError) -> Failure:
    """The failure where what the journal says could not be done."""
    place = error.filename2 or error.filename
    what = f"`{place}`: " if place not in (None, journal) else ""
    message = f"an installation can't be finished: {what}{error.strerror or error}"
    hint = "it is begun, and the next pyst finishes it: make room, then run `pyst list`"
    return Failure("E_WRITE", message, hint=hint, where=Where(journal))


def undeletable(journal: str) -> Failure:
    """The failure where all is done that the journal says, but it stays."""
    return Failure(
        "E_JOURNAL",
        f"`{journal}`, the journal of an installation that is done, can't be deleted",
        hint="delete it, or make it and its folder writable for you; until then, nothing is installed or removed",
        where=Where(journal),
    )


def _broken(journal: str, reason: str) -> Failure:
    return Failure(
        "E_JOURNAL",
        f"`{journal}`, the journal of an installation that was cut off, can't be understood: {reason}",
        hint="move it away; `pyst update --all` then mends what is half installed",
        where=Where(journal),
    )
