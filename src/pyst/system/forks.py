"""Pure work over many items, shared out among forked children where there are cores for it."""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_WORKERS = 4


def map_forked(work: Callable[[Item], Result], items: Sequence[Item], *, worth: int) -> list[Result]:
    """`[work(each) for each in items]`; `worth` is the number of items that pays for a further process.

    The results must be plain data for `marshal`. What a child fails to do is done here, so that an error of
    `work` is raised as it would be without children.
    """
    workers = min(_cores(), len(items) // worth)
    if workers < 2:
        return [work(each) for each in items]
    results = [work(items[0])]  # before the forks: what it imports is imported once
    size = -(-(len(items) - 1) // workers)
    shares = [items[at : at + size] for at in range(1, len(items), size)]
    children = [_start(work, share) for share in shares[1:]]
    results += [work(each) for each in shares[0]]
    for share, (pid, pipe) in zip(shares[1:], children, strict=True):
        results += _collect(pid, pipe, len(share)) or [work(each) for each in share]
    return results


def _cores() -> int:
    """How many cores may be used: one where a fork would be impossible or unsafe."""
    threading = sys.modules.get("threading")
    if not hasattr(os, "fork") or (threading and threading.active_count() > 1):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_WORKERS)


def _start(work: Callable[[Item], Result], share: Sequence[Item]) -> tuple[int, int]:
    """A child that works on `share`: its process id, and the pipe that its results come through."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    try:
        os.close(reader)
        done: Any = [work(each) for each in share]
        with open(writer, "wb") as file:
            file.write(marshal.dumps(done, 2))
    finally:
        os._exit(0)


def _collect(pid: int, pipe: int, count: int) -> list[Any] | None:
    with open(pipe, "rb") as file:
        data = file.read()
    os.waitpid(pid, 0)
    try:
        done = marshal.loads(data)
    except (ValueError, EOFError, TypeError):
        return None
    return done if type(done) is list and len(done) == count else None
