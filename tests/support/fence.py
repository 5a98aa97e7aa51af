"""A bound on the number of processes below a child, for tests whose children multiply on purpose."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MOST_PROCESSES = 600
PATIENCE_SECONDS = 20.0


@contextlib.contextmanager
def fence(most: int = MOST_PROCESSES) -> Iterator[Callable[[], None]]:
    """What a child is to call before it becomes another program: it and all below are then `most` processes at most.

    By a pids cgroup where one can be made; what is left in it at the end is killed. Else by RLIMIT_NPROC, which holds
    everybody but root.
    """
    group = _make_group(most)
    if group is None:
        yield lambda: _limit(most)
        return
    try:
        yield lambda: _enter(group)
    finally:
        _empty(group)
        with contextlib.suppress(OSError):
            group.rmdir()


def _make_group(most: int) -> Path | None:
    """A new cgroup below this process's own, or below the root of version 2; None where there can be none."""
    name = f"pyst-tests-{os.getpid()}-{os.urandom(4).hex()}"
    for parent in _parents():
        group = parent / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / "pids.max").write_text(f"{most}\n")
        except OSError:
            group.rmdir()
        else:
            return group
    return None


def _parents() -> Iterator[Path]:
    base = Path("/sys/fs/cgroup")
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "pids":
            yield base / "pids" / path.lstrip("/")
            yield base / "pids"
        elif not controllers:
            yield base / path.lstrip("/")
            yield base


def _enter(group: Path) -> None:
    (group / "cgroup.procs").write_text("0\n")


def _limit(most: int) -> None:
    """Root is not held itself, but those are that its children become."""
    me = os.geteuid()
    mine = 0 if me == 0 else sum(1 for name in os.listdir("/proc") if name.isdecimal() and _owner(name) == me)
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    value = mine + most if hard == resource.RLIM_INFINITY else min(hard, mine + most)
    resource.setrlimit(resource.RLIMIT_NPROC, (value, value))


def _owner(pid: str) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1


def _empty(group: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            left = (group / "cgroup.procs").read_text().split()
        except OSError:
            return
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.02)
