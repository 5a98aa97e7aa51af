"""Executing a plan in pyst's place: the script gets the process, and with it streams, signals, terminal, exit code.

Also owns what both ways of running share: the environment of the script, and the failures for a program that can't
be started. Where pyst has to stay, `supervise` does the work.
"""

from __future__ import annotations

import errno
import os

from pyst.errors import ExitCode, Failure
from pyst.hotpath import restore_signals
from pyst.running.plan import Plan, current_folder, environment_of
from pyst.system.child import Refusal, file_of, flush_streams

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
    from typing import NoReturn
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import


def execute(plan: Plan, environ: dict[str, str]) -> NoReturn:
    """Become the program of `plan`, which then has all that this process had. `environ` is the caller's.

    Raises `Failure` (`E_NO_INTERPRETER` 127, `E_CANNOT_EXECUTE` 126) with the process as it was before.
    """
    variables = environment_of(plan, environ)
    flush_streams()
    here = current_folder()
    stdin = None
    stage = "cwd"
    try:
        os.chdir(plan.cwd)
        stage = "exec"
        if plan.stdin is not None:
            stdin = _redirect_stdin(plan.stdin)
        restore_signals()
        os.execve(plan.argv[0], plan.argv, variables)
    except (OSError, ValueError) as error:
        for each in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(each, signal.SIG_IGN)  # as every Python process has them
        if stdin is not None:
            os.dup2(stdin, 0)
            os.close(stdin)
        if here is not None:
            os.chdir(here)
        number = getattr(error, "errno", None) or 0
        raise cannot_execute(plan, Refusal(stage, number, getattr(error, "strerror", None) or str(error))) from error


def cannot_execute(plan: Plan, refusal: Refusal) -> Failure:
    """The failure for a plan whose program could not be started."""
    if refusal.stage == "cwd":
        message = f"the folder `{plan.cwd}` can't be entered: {refusal.message}"
        hint = "choose another with `--cwd`"
        return Failure("E_CANNOT_EXECUTE", message, hint=hint, exit=ExitCode.CANNOT_EXECUTE)
    program = plan.argv[0]
    if refusal.number in (errno.ENOENT, errno.ENOTDIR):
        exists = os.path.exists(program)
        message = f"what `{program}` is to be run by is missing" if exists else f"the interpreter `{program}` is gone"
        hint = "run the script again: its environment is rebuilt" if plan.environment else "choose one with `--python`"
        return Failure("E_NO_INTERPRETER", message, hint=hint, exit=ExitCode.NOT_FOUND)
    message = f"`{program}` can't be executed: {refusal.message}"
    return Failure("E_CANNOT_EXECUTE", message, exit=ExitCode.CANNOT_EXECUTE)


def _redirect_stdin(data: bytes) -> int | None:
    """Make `data` what descriptor 0 reads; gives a copy of what it was, or None where it was closed."""
    import fcntl

    source = file_of(data)
    if source == 0:
        os.set_inheritable(0, True)
        return None
    try:
        before = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    except OSError:
        before = None
    os.dup2(source, 0)
    os.close(source)
    return before
