"""Child processes of the server: `pyst` itself, started again for one call, bounded, cancellable, never left behind.

Every child leads a session of its own. It ends when its call is cancelled, when the time is up, when the server ends,
and when the server is killed: then the warden (`pyst.agents.warden`) ends it, and a run also sees its lifeline cut.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import anyio
from anyio.abc import ByteReceiveStream, Process

from pyst.agents import warden
from pyst.agents.host import Host
from pyst.errors import Failure

MOST_RUNNING = 16
"""So many children at once; further calls wait for their turn."""
MOST_QUEUED = 256
MOST_ANSWER_BYTES = 32 << 20
MOST_TALK_BYTES = 8 << 10
GRACE_SECONDS = 5.0
"""How long a child may take to end its run after SIGTERM: a run has a grace of its own, which is shorter."""
TICK_SECONDS = 2.0

Progress = Callable[[float, str], Awaitable[None]]
"""Hears how many seconds a call has taken, and what it does."""


class Ended(NamedTuple):
    """How a child ended. `envelope` is its answer, None where it gave none; `talk` the end of what it said besides."""

    exit_code: int
    envelope: dict[str, Any] | None
    talk: str
    timed_out: bool = False


class Children:
    """Starts children, so many at once, and ends them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._turns = anyio.CapacityLimiter(MOST_RUNNING)
        self._warden: subprocess.Popen[bytes] | None = None

    async def run(
        self,
        command: str,
        words: Sequence[str],
        *,
        stdin: bytes = b"",
        lifeline: bool = False,
        context: str | None = None,
        progress: Progress | None = None,
    ) -> Ended:
        """Run `pyst COMMAND WORDS…` to its end and give its answer. Cancelling this ends the child and all its tree.

        `context` is the one that holds where the operator named none. Raises `Failure` (E_BUSY), `OSError`.
        """
        if self._turns.statistics().tasks_waiting >= MOST_QUEUED:
            raise Failure("E_BUSY", f"{MOST_QUEUED} calls wait already", hint="wait for some of them to end")
        call = _Call(self._host, progress)
        options = (*self._host.options, *([f"--context={context}"] if context is not None else []))
        async with anyio.create_task_group() as group:
            if progress is not None:
                group.start_soon(call.tell)
            async with self._turns:
                call.state = "starting"
                ended = await self._child(call, [command, *options], words, stdin, lifeline)
            group.cancel_scope.cancel()
        return ended

    async def _child(
        self, call: _Call, command: list[str], words: Sequence[str], stdin: bytes, lifeline: bool
    ) -> Ended:
        host = self._host
        argv = [*host.pyst, *command, "--format", "json", "--events", "-"]
        ends = list(os.pipe()) if lifeline else []
        try:
            if ends:
                argv += ["--lifeline", str(ends[0])]
            process = await anyio.open_process(
                [*argv, *words],
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                cwd=host.cwd,
                env=host.environ,
                start_new_session=True,
                pass_fds=tuple(ends[:1]),
            )
            try:
                self._tell_warden("+", process.pid)
                return await call.follow(process, stdin)
            finally:
                if process.returncode is None:
                    if ends:
                        os.close(ends.pop())  # a run ends in order, within its own grace; the signal is for all else
                    with anyio.CancelScope(shield=True):
                        await _end(process)
                self._tell_warden("-", process.pid)
                with anyio.CancelScope(shield=True):
                    await process.aclose()
        finally:
            for fd in ends:
                os.close(fd)

    # The warden

    def _tell_warden(self, sign: str, pid: int) -> None:
        if self._warden is None:
            argv = [sys.executable, "-I", "-S", warden.__file__]
            self._warden = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, bufsize=0
            )
        assert self._warden.stdin is not None
        try:
            self._warden.stdin.write(f"{sign}{pid}\n".encode())
        except OSError:  # somebody killed it: the next child gets another
            self._dismiss()

    def _dismiss(self) -> None:
        if self._warden is not None:
            assert self._warden.stdin is not None
            self._warden.stdin.close()
            self._warden.wait()
            self._warden = None

    def close(self) -> None:
        """Let the warden go; to be called when no call runs any more."""
        self._dismiss()


class _Call:
    """One call that runs: what it does now, and what its child has said so far."""

    def __init__(self, host: Host, progress: Progress | None) -> None:
        self._host = host
        self._progress = progress
        self._began = time.monotonic()
        self._answer = bytearray()
        self._talk = bytearray()
        self.state = "waiting for its turn"

    async def tell(self) -> None:
        """Tell the client every two seconds that the call lives."""
        assert self._progress is not None
        while True:
            await anyio.sleep(TICK_SECONDS)
            await self._progress(time.monotonic() - self._began, self.state)

    async def follow(self, process: Process, stdin: bytes) -> Ended:
        """Take in what the child says until it has ended, or the time is up."""
        with anyio.move_on_after(self._host.timeout_seconds + GRACE_SECONDS) as scope:
            async with anyio.create_task_group() as group:
                if stdin:
                    group.start_soon(_feed, process, stdin)
                assert process.stdout is not None
                assert process.stderr is not None
                group.start_soon(self._take_answer, process.stdout)
                group.start_soon(self._take_talk, process.stderr)
            await process.wait()
        timed_out = scope.cancelled_caught
        talk = self._talk.decode("utf-8", "replace")
        return Ended(process.returncode if process.returncode is not None else 124, self._envelope(), talk, timed_out)

    async def _take_answer(self, stream: ByteReceiveStream) -> None:
        async for data in stream:
            if len(self._answer) <= MOST_ANSWER_BYTES:
                self._answer += data

    async def _take_talk(self, stream: ByteReceiveStream) -> None:
        rest = b""
        async for data in stream:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._hear(line)
            rest = rest[-MOST_TALK_BYTES:]
        self._hear(rest)

    def _hear(self, line: bytes) -> None:
        """An event tells what the child does; the rest is kept, its end at least."""
        if line.startswith(b'{"type": '):
            try:
                event = json.loads(line)
            except ValueError:
                event = {}
            self.state = STATES.get(event.get("type"), self.state)
            return
        if line.strip():
            self._talk += line + b"\n"
            del self._talk[:-MOST_TALK_BYTES]

    def _envelope(self) -> dict[str, Any] | None:
        if len(self._answer) > MOST_ANSWER_BYTES:
            return None
        try:
            found = json.loads(self._answer, parse_constant=lambda _: math.nan)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and found.get("schema") == "pyst/1" else None


STATES = {
    "command_start": "preparing",
    "environment_build_start": "building the environment",
    "environment_build_end": "the environment is built",
    "script_started": "running",
    "script_ended": "ending",
}


async def _feed(process: Process, data: bytes) -> None:
    assert process.stdin is not None
    try:
        await process.stdin.send(data)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass  # it said no before it had read all
    await process.stdin.aclose()


async def _end(process: Process) -> None:
    """Ask the child to end its run and itself; kill it where it doesn't, whereupon its keeper ends the run."""
    process.terminate()
    with anyio.move_on_after(GRACE_SECONDS):
        await process.wait()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    await process.wait()
