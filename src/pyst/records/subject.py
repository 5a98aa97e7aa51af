"""What is known of a recorded run before it starts: what its record says of script, options and environment. Pure."""

from __future__ import annotations

from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

    from pyst.records.record import Options, Program, Python, Surroundings


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


def to_plain(subject: Subject) -> tuple[Any, ...]:
    """The subject as plain data that `marshal` can keep, its arguments and the bytes of its contents left out.

    For runs without walls, whose record does not say which run they replay.
    """
    contents = tuple((sha256, len(data)) for sha256, data in subject.contents)
    return tuple(map(_plain, subject._replace(arguments=(), contents=()))), contents


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def from_plain(plain: tuple[Any, ...], arguments: tuple[str, ...]) -> Subject:
    """The subject that `to_plain` was given, with the arguments of this run and without contents."""
    from pyst.records.record import Lock, Options, Program, Python, Surroundings

    (task, program, _, options, around, interpreter, redact, *_), _ = plain
    lock = None if around[3] is None else Lock(*around[3])
    surroundings = Surroundings(*around)._replace(lock=lock)
    return Subject(task, Program(*program), arguments, Options(*options), surroundings, Python(*interpreter), redact)
