"""What a run is called: its id, the name of its task, its files. Pure but for the randomness."""

from __future__ import annotations

import os

SCHEMA = "pyst-record/1"
"""The form of records, which each of them says."""


def is_hex(text: str) -> bool:
    """Whether `text` has nothing but lower-case hexadecimal digits."""
    return not text.strip("0123456789abcdef")


def is_run_id(text: str) -> bool:
    """Whether `text` has the form of a run's id: `YYYYmmddTHHMMSSZ-xxxxxxxx`."""
    digits = text[:8] + text[9:15]
    return (
        len(text) == 25
        and text[8] == "T"
        and text[15:17] == "Z-"
        and digits.isascii()
        and digits.isdecimal()
        and is_hex(text[17:])
    )


MOST_TASK_CHARACTERS = 48
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def new_run_id(now: float) -> str:
    """An id for a run that starts at `now` (seconds since the epoch). Who takes it makes sure that it is new."""
    from os import urandom
    from time import gmtime

    at = gmtime(now)
    day = f"{at.tm_year:04}{at.tm_mon:02}{at.tm_mday:02}"
    return f"{day}T{at.tm_hour:02}{at.tm_min:02}{at.tm_sec:02}Z-{urandom(4).hex()}"


def task_of(name: str | None) -> str:
    """What a run's files begin with: the last part of the script's name, safe as a file name; `code` without one."""
    last = (name or "").replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".py")
    safe = "".join(each if each in _SAFE else "-" for each in last[:MOST_TASK_CHARACTERS]).strip("-")
    return safe or "code"


def time_text(now: float) -> str:
    """A time (seconds since the epoch) in ISO 8601, in UTC, with milliseconds."""
    from time import gmtime

    milliseconds = int(now * 1000)
    at = gmtime(milliseconds // 1000)
    date = f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}"
    return f"{date}T{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}.{milliseconds % 1000:03}Z"


_ENDINGS = (".manifest.json", ".manifest.script.json", ".log.txt", ".stdout.txt", ".inspect.md")


def is_own_file(name: str) -> bool:
    """Whether a file of this name in an output folder is pyst's own: of this run or of another."""
    if name.startswith("."):
        if name in (".history.jsonl", ".gitignore"):
            return True
        if not name.endswith(".tmp"):
            return False
        name = name[1:-4].rpartition(".")[0].rpartition(".")[0]
    if not name.endswith(_ENDINGS):
        return False
    for ending in _ENDINGS:
        if name.endswith(ending):
            return is_run_id(name[: -len(ending)].rpartition(".")[2])
    return False


def runs_folder(state: str) -> str:
    """The folder of all records."""
    return os.path.join(state, "runs")


def record_path(state: str, run_id: str) -> str:
    """Where the record of this run lies."""
    day = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}"
    return os.path.join(runs_folder(state), day, run_id + ".json")


def object_path(state: str, sha256: str) -> str:
    """Where the content of this hash lies, if it is kept."""
    return os.path.join(state, "objects", sha256[:2], sha256)
