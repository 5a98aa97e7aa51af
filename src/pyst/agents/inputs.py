"""The inputs that clients send for their runs: files in `<state>/inputs/` that last as long as the run does.

Their names begin with the number of the server's process, so that the next server can clear away what a killed one
left. What replays need of an input is kept by the record, elsewhere.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pyst.system.files import write_atomic, writing_failed

OLD_SECONDS = 86_400.0


def inputs_folder(state: str) -> str:
    """The folder of all inputs."""
    return os.path.join(state, "inputs")


@contextmanager
def kept_input(state: str, text: str | None) -> Iterator[str | None]:
    """A file that holds the input of a run as long as the run lasts; None where it has none. Raises `Failure`."""
    if text is None:
        yield None
        return
    path = os.path.join(inputs_folder(state), f"{os.getpid()}-{os.urandom(16).hex()}.json")
    try:
        write_atomic(path, text, mode=0o600)
    except OSError as error:
        raise writing_failed(path, error) from error
    try:
        yield path
    finally:
        try:
            os.unlink(path)
        except OSError:
            pass


def sweep_inputs(state: str) -> None:
    """Delete what servers left a day ago or longer that are no more."""
    now = time.time()
    try:
        names = os.listdir(inputs_folder(state))
    except OSError:
        return
    for name in names:
        pid = name.partition("-")[0]
        if pid.isdecimal() and len(pid) < 12 and _is_there(int(pid)):
            continue
        path = os.path.join(inputs_folder(state), name)
        try:
            if os.lstat(path).st_mtime < now - OLD_SECONDS:  # a server in a container beside this one is not seen
                os.unlink(path)
        except OSError:
            continue


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
