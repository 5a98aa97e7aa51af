"""What is known of a recorded run before it starts: what its record says of script, options and environment. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyst.named import NamedTuple
from pyst.records.record import Options, Program, Python, Surroundings

if TYPE_CHECKING:
    from pyst.records.inputs import Given


class Subject(NamedTuple):
    """The run that is to be recorded.

    `arguments` are the script's own, `redact` the globs that name further secrets. `walls` is the JSON form of the
    walls of a confined run. `contents` are the bytes to keep, each with its SHA-256.
    """

    task: str
    program: Program
    arguments: tuple[str, ...]
    options: Options
    environment: Surroundings
    interpreter: Python
    redact: tuple[str, ...] = ()
    walls: dict[str, Any] | None = None
    replay_of: str | None = None
    contents: tuple[tuple[str, bytes], ...] = ()


class Wish(NamedTuple):
    """How a run is to be recorded. All paths are absolute.

    `state` is the folder of pyst's own state. Without an `output_dir` the run gets one below it. `output_path` is where
    the manifest is to lie. `cap_bytes` is the most that the log holds, `preview_bytes` what a summary shows.
    """

    state: str
    cap_bytes: int
    preview_bytes: int
    output_dir: str | None = None
    output_path: str | None = None
    given: Given | None = None
