"""Helper programs (uv, git, …): the one place where pyst starts them. Scripts are started by `running`.

A helper runs in a session of its own, without a terminal that it could ask on, and with an environment that is
given whole. Its output is kept up to a bound. When it takes too long, or pyst is interrupted, all of its tree is
ended; when pyst itself is killed, the kernel kills the helper (on Linux).
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pyst.errors import Failure
from pyst.system.child import (
    become,
    block_signals,
    file_of,
    fork,
    occupy_standard_descriptors,
    put_back_signals,
    read_refusal,
)
from pyst.system.output import Bounded, Lines
from pyst.system.process_tree import descendants, die_with_parent, kill_below, send, send_group

MOST_BYTES = 16 << 20
CHUNK_BYTES = 64 << 10
GRACE_SECONDS = 1.0
MOST_WAIT_SECONDS = 86_400.0
LOOK_SECONDS = 0.02
"""How often to look whether a helper has ended, on systems that can't tell."""


class Finished(NamedTuple):
    """How a helper ended. `exit_code` is 128 + n for a death by signal n.

    Of an output beyond the bound the middle is left out, with a line that says so; `omitted_bytes` counts both.
    """

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    omitted_bytes: int = 0


def find_program(name: str, environ: Mapping[str, str]) -> str | None:
    """The absolute path of the program `name` on the PATH of `environ`. Relative folders on it don't count."""
    if os.sep in name:
        return name
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


class Runner:
    """Runs helper programs to their end. Commands are handed one, and tests hand them another."""

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        stdin: bytes | None = None,
        timeout_seconds: float | None = None,
        most_bytes: int = MOST_BYTES,
        stderr_line: Callable[[str], None] | None = None,
    ) -> Finished:
        """Run `argv` in `cwd` with exactly `environ` and wait for its end.

        Without `stdin` it reads nothing. `most_bytes` bounds what is kept of each of the two outputs.
        `stderr_line` hears each line of standard error as it comes. Raises `Failure` (`E_HELPER`) where the program
        can't be started.
        """
        program = find_program(argv[0], environ)
        if program is None:
            raise Failure("E_HELPER", f"`{argv[0]}` was not found on PATH", hint=f"install `{argv[0]}`")
        outputs = (Bounded(most_bytes), Bounded(most_bytes))
        lines = Lines(stderr_line) if stderr_line else None
        helper = _Helper((program, *argv[1:]), cwd, environ, stdin)
        try:
            timed_out, status = helper.follow(outputs, lines, timeout_seconds)
        except BaseException:
            helper.end()
            raise
        finally:
            helper.close()
        if lines:
            lines.close()
        code = os.waitstatus_to_exitcode(status)
        omitted = sum(each.omitted for each in outputs)
        exit_code = 128 - code if code < 0 else code
        return Finished(tuple(argv), exit_code, outputs[0].whole, outputs[1].whole, timed_out, omitted)


class _Helper:
    """A helper that runs: its process, the pipes of its outputs."""

    def __init__(self, argv: tuple[str, ...], cwd: str, environ: Mapping[str, str], stdin: bytes | None) -> None:
        self._occupied = occupy_standard_descriptors()
        self._ends: list[int] = []
        self.pid = 0
        try:
            source = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) if stdin is None else file_of(stdin)
            self._ends.append(source)
            self.out, out = self._pipe()
            self.err, err = self._pipe()
            hear, tell = self._pipe()
            parent = os.getpid()
            mask = block_signals()
            try:
                self.pid = fork()
                if self.pid == 0:
                    os.setsid()
                    die_with_parent(parent)
                    become(argv, environ, cwd=cwd, descriptors=(source, out, err), mask=mask, tell=tell)
                for fd in (out, err, tell):
                    self._close(fd)
                refusal = read_refusal(hear)
            finally:
                put_back_signals(mask)
        except BaseException as error:
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self.close()
            if isinstance(error, OSError):
                raise Failure("E_HELPER", f"`{argv[0]}` can't be started: {error.strerror}") from error
            raise
        if refusal:
            os.waitpid(self.pid, 0)
            self.close()
            what = f"the folder `{cwd}` can't be entered" if refusal.stage == "cwd" else f"`{argv[0]}` can't be started"
            raise Failure("E_HELPER", f"{what}: {refusal.message}")
        self._watch = _watch_end(self.pid)
        if self._watch is not None:
            self._ends.append(self._watch)
        for fd in (self.out, self.err):
            os.set_blocking(fd, False)

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._ends += ends
        return ends

    def _close(self, fd: int) -> None:
        self._ends.remove(fd)
        os.close(fd)

    def close(self) -> None:
        """Close what is still open of the pipes."""
        for fd in self._ends + self._occupied:
            os.close(fd)
        self._ends, self._occupied = [], []

    def follow(
        self, outputs: tuple[Bounded, Bounded], lines: Lines | None, timeout_seconds: float | None
    ) -> tuple[bool, int]:
        """Take in the outputs until the helper has ended: whether it was for the time it took, and its status.

        What a process that it left behind writes later is not waited for.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        poller = select.poll()
        for fd in (self.out, self.err):
            poller.register(fd, select.POLLIN)
        if self._watch is not None:
            poller.register(self._watch, select.POLLIN)
        is_open = {self.out, self.err}

        def take_in(fd: int) -> bool:
            try:
                data = os.read(fd, CHUNK_BYTES)
            except BlockingIOError:
                return False
            if not data:
                is_open.discard(fd)
                poller.unregister(fd)
                return False
            outputs[fd == self.err].add(data)
            if lines and fd == self.err:
                lines.add(data)
            return True

        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                for fd in tuple(is_open):
                    for _ in range(64):  # what was in the pipe: a process left behind may write for ever
                        if not take_in(fd):
                            break
                return False, status
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return True, self.end()
            wait = left if self._watch is not None else min(LOOK_SECONDS, left or LOOK_SECONDS)
            for fd, _ in poller.poll(None if wait is None else min(wait, MOST_WAIT_SECONDS) * 1000 + 1):
                if fd in is_open:
                    take_in(fd)

    def end(self) -> int:
        """End the helper and all below it: asked first, then killed. Gives its status."""
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            return 0
        if pid:
            return status
        try:
            send(descendants(self.pid), signal.SIGTERM)
            send_group(self.pid, signal.SIGTERM)
            self._grace()
        finally:
            # Not reaped before this: its number, and so its group's, can't have become another's.
            kill_below(self.pid, self.pid)
            send_group(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        return status

    def _grace(self) -> None:
        """Wait until nobody holds the outputs any more, but not for long."""
        deadline = time.monotonic() + GRACE_SECONDS
        poller = select.poll()
        held = {self.out, self.err}
        for fd in held:
            poller.register(fd, select.POLLIN)
        while held and time.monotonic() < deadline:
            for fd, _ in poller.poll(LOOK_SECONDS * 1000):
                if not os.read(fd, CHUNK_BYTES):
                    held.discard(fd)
                    poller.unregister(fd)


def _watch_end(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends, where the system has such a thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
