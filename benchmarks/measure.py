"""Starting processes and taking their time. Owns the clock, the order of runs and the statistics; knows no pyst."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

Environ = dict[str, str]


class Command(NamedTuple):
    """One process to be timed: its argv (argv[0] absolute), its environment variables, its folder."""

    argv: tuple[str, ...]
    environ: Environ
    cwd: str


class Pair(NamedTuple):
    """The wall times in seconds of a command and of its peer, taken in turn."""

    ours: list[float]
    peers: list[float]

    @property
    def ratio(self) -> float:
        """Median by median."""
        return statistics.median(self.ours) / statistics.median(self.peers)


def run_once(command: Command) -> tuple[float, str]:
    """Run a process with its output in a pipe; the seconds from start to end, and what it wrote.

    Raises `RuntimeError` where it does not end with 0.
    """
    os.chdir(command.cwd)
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as errors:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writer, 1),
            (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
        ]
        began = time.perf_counter()
        pid = os.posix_spawn(command.argv[0], command.argv, command.environ, file_actions=actions)
        os.close(writer)
        parts = []
        while part := os.read(reader, 1 << 16):
            parts.append(part)
        os.close(reader)
        _, status = os.waitpid(pid, 0)
        seconds = time.perf_counter() - began
        code = os.waitstatus_to_exitcode(status)
        if code:
            errors.seek(0)
            said = errors.read(4000).decode(errors="replace")
            raise RuntimeError(f"{' '.join(command.argv)} ended with {code}\n{said}")
    return seconds, b"".join(parts).decode(errors="replace")


def run_together(commands: Sequence[Command]) -> tuple[float, int]:
    """Run processes all at once; the seconds until the last has ended, and how many did not end with 0."""
    os.chdir(commands[0].cwd)
    actions = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    began = time.perf_counter()
    children = [os.posix_spawn(each.argv[0], each.argv, each.environ, file_actions=actions) for each in commands]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    return time.perf_counter() - began, sum(code != 0 for code in codes)


def compare(
    ours: Command,
    peer: Command,
    rounds: int,
    *,
    warm_up: int = 3,
    before: Callable[[], None] = lambda: None,
) -> Pair:
    """Time two commands in turn (A B A B …), `rounds` times each after `warm_up` runs that don't count.

    `before` is called before each run of ours and its time does not count.
    """
    pair = Pair([], [])
    for number in range(-warm_up, rounds):
        before()
        for command, times in ((ours, pair.ours), (peer, pair.peers)):
            seconds, _ = run_once(command)
            if number >= 0:
                times.append(seconds)
    return pair


def spread(times: Sequence[float]) -> float:
    """The interquartile range in the unit of `times`."""
    first, _, third = statistics.quantiles(times, n=4)
    return third - first
