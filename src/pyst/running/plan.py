"""The plan: the pure value of one execution. What `--dry-run` prints is exactly what is executed."""

from __future__ import annotations

import os

from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

    from pyst.confinement.walls import Built, Walls


class Limits(NamedTuple):
    """Bounds on a run. None is no bound."""

    timeout_seconds: float | None = None


class Plan(NamedTuple):
    """One execution.

    `argv[0]` is the absolute path of the interpreter. `set_variables` and `unset_variables` are a patch over the
    environment of the caller. `stdin` is what is fed to the process, or None where it has the caller's own.
    `environment` is the folder of the environment that it runs in, or None for a plain interpreter; the time of the
    file `used` says when that environment was last used. With `walls` it is confined, and always supervised.
    """

    argv: tuple[str, ...]
    cwd: str
    set_variables: tuple[tuple[str, str], ...] = ()
    unset_variables: tuple[str, ...] = ()
    environment: str | None = None
    limits: Limits = Limits()
    stdin: bytes | None = None
    used: str | None = None
    walls: Walls | None = None

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON data. The caller masks secrets."""
        return {
            "argv": list(self.argv),
            "cwd": self.cwd,
            "set_variables": dict(self.set_variables),
            "unset_variables": list(self.unset_variables),
            "environment": self.environment,
            "limits": self.limits._asdict(),
            "walls": self.walls.to_json() if self.walls else None,
        }


def patched(environ: dict[str, str], plan: Plan) -> dict[str, str]:
    """A copy of `environ` with the plan's changes."""
    copy = {name: value for name, value in environ.items() if name not in plan.unset_variables}
    copy.update(plan.set_variables)
    return copy


def environment_of(plan: Plan, environ: dict[str, str]) -> dict[str, str]:
    """The environment of the script: the plan's changes over the caller's, and PWD where the folder changes."""
    variables = patched(environ, plan)
    if plan.cwd != current_folder() and "PWD" in variables:
        variables["PWD"] = plan.cwd
    return variables


def current_folder() -> str | None:
    """The current folder, or None where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return None


class Captured(NamedTuple):
    """One output stream of a supervised run: the file that holds it, if there is one, and what was seen of it.

    `head` and `tail` are its first and last bytes, without overlap; together they are all of it where `size_bytes`
    is no more than they hold. `lost_bytes` could not be written to the file (the disk was full).
    """

    path: str | None
    size_bytes: int
    lost_bytes: int
    head: bytes
    tail: bytes


class Outcome(NamedTuple):
    """How a supervised run ended. `exit_code` follows the shells: 128 + n for a death by signal n, 124 timed out.

    `signal` is the signal that the script itself died of; None where pyst ended it because its time was up.
    `stdout_path` and `stderr_path` hold the captured streams, whole but for what `stdout` and `stderr` say was
    lost (`truncated`); all of them are None where the streams went to the caller. `confinement` is what held a
    confined run; `limit` names the bound that ended it (`memory`, `disk`, `processes`, `cpu`), or is None.
    """

    exit_code: int
    signal: int | None
    timed_out: bool
    duration_seconds: float
    stdout_path: str | None = None
    stderr_path: str | None = None
    stdout: Captured | None = None
    stderr: Captured | None = None
    confinement: Built | None = None
    limit: str | None = None

    @property
    def truncated(self) -> bool:
        """Whether something of the captured streams was lost."""
        return any(each is not None and each.lost_bytes > 0 for each in (self.stdout, self.stderr))
