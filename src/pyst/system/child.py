"""Starting a child process: the fork, the way to the exec, and what went wrong on it.

The standard library's `subprocess` takes 12 ms to import and can't do what is needed between fork and exec; this is
the little of it that pyst uses. Who waits for the child, and how it is ended, is left to `process` (helper programs)
and `running.supervise` (scripts).
"""

from __future__ import annotations

import os
import sys

from pyst.hotpath import restore_signals
from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping, Sequence
    from typing import NoReturn
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import


class Refusal(NamedTuple):
    """Why a child never became what it was to be: at which `stage` (`cwd` or `exec`), errno and its text."""

    stage: str
    number: int
    message: str


def fork() -> int:
    """fork(2), for a child that execs soon or keeps to one thread: such a fork is sound where threads are about."""
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # else the kernel keeps the ends of children to itself
        except ValueError:
            pass  # not the main thread
    if sys.version_info >= (3, 12) and "threading" in sys.modules:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return os.fork()
    return os.fork()


def block_signals() -> set[int]:
    """Hold back every signal; gives the mask to put back. A child is forked in between, so that it misses none."""
    return {int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())}


def put_back_signals(mask: set[int]) -> None:
    """Put back the mask that `block_signals` gave."""
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def become(
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str,
    descriptors: tuple[int, int, int],
    mask: set[int],
    tell: int,
) -> NoReturn:
    """In a forked child with its signals held back: become the program `argv[0]`, or tell why not and end (127).

    `descriptors` become its standard streams, `mask` its signal mask. Signals that this process handles have their
    default in the program, ignored ones stay ignored. `tell` is the writing end of a pipe for `read_refusal`; it
    closes by itself when the program starts.
    """
    stage = "cwd"
    try:
        for target, fd in enumerate(descriptors):
            if fd != target:
                os.dup2(fd, target)
        os.chdir(cwd)
        stage = "exec"
        for each in signal.valid_signals():
            if callable(signal.getsignal(each)):
                signal.signal(each, signal.SIG_DFL)
        restore_signals()
        put_back_signals(mask)
        os.execve(argv[0], list(argv), dict(environ))
    except BaseException as error:  # noqa: BLE001  this process has no one above to raise it to
        number = getattr(error, "errno", None) or 0
        text = os.strerror(number) if number else str(error)
        os.write(tell, f"{stage}\0{number}\0{text}".encode("utf-8", "replace")[:4000])
    finally:
        os._exit(127)


def read_all(fd: int) -> bytes:
    """All that comes through a pipe until nobody can write to it any more."""
    told = b""
    while data := os.read(fd, 4096):
        told += data
    return told


def read_refusal(fd: int) -> Refusal | None:
    """What the child told through its pipe; None once it has become its program. Waits for one of the two."""
    return parse_refusal(read_all(fd))


def parse_refusal(told: bytes) -> Refusal | None:
    """What `become` told, or None for nothing."""
    if not told:
        return None
    stage, number, message = told.decode("utf-8", "replace").split("\0", 2)
    return Refusal(stage, int(number), message)


def occupy_standard_descriptors() -> list[int]:
    """Open those of descriptors 0 to 2 that are closed, so that no pipe of ours lands there.

    A program that is started doesn't get them. Gives what was opened, for the caller to close.
    """
    opened = []
    while (fd := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)) <= 2:
        opened.append(fd)
    os.close(fd)
    return opened


def flush_streams() -> None:
    """Write out what Python holds back of the standard streams, before another writes to them."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # the script will see for itself that nobody reads


def file_of(data: bytes) -> int:
    """A descriptor that reads `data` from its beginning, of a file without a name. Raises `OSError`."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("pyst-stdin", os.MFD_CLOEXEC)
    else:
        import tempfile

        fd, path = tempfile.mkstemp(prefix="pyst-stdin-")
        os.unlink(path)
    at = 0
    while at < len(data):
        at += os.write(fd, data[at : at + (1 << 30)])
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
