"""A cell for one process and all below it, made of control groups: what it took of memory at most, and a hard end.

The kernel counts every page, exactly and at all times; needs root and a memory group that can be made. The cell's own
limits are there for the machine: an attacker that nobody stops must not take all of it.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from measure import Command

ROOTS = (
    (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/pids"), "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
    (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup"), "memory.max", "memory.peak"),
)
MOST_BYTES = 6 << 30
MOST_PROCESSES = 2000
INTO = 'for each in $1; do echo $$ > "$each/cgroup.procs"; done; shift; exec "$@"'


class Cell:
    """One cell; `folders` are its control groups."""

    def __init__(self) -> None:
        name = f"pyst-bench-{secrets.token_hex(4)}"
        for memory, pids, limit, peak in ROOTS:
            folders = [*dict.fromkeys((memory / name, pids / name))]
            try:
                for each in folders:
                    each.mkdir()
                (memory / name / limit).write_text(str(MOST_BYTES))
                (pids / name / "pids.max").write_text(str(MOST_PROCESSES))
                self._peak = memory / name / peak
                self._peak.read_text()
            except OSError:
                for each in folders:
                    if each.is_dir():
                        each.rmdir()
                continue
            self.folders = folders
            return
        raise OSError("no control groups can be made here")

    def around(self, command: Command) -> Command:
        """The command that runs `command` in the cell."""
        groups = " ".join(map(str, self.folders))
        return command._replace(argv=("/bin/sh", "-c", INTO, "sh", groups, *command.argv))

    def peak_bytes(self) -> int:
        """The most memory that there was in the cell at once."""
        return int(self._peak.read_text())

    def left(self) -> list[int]:
        """The processes that are in the cell."""
        return [int(each) for each in (self.folders[-1] / "cgroup.procs").read_text().split()]

    def close(self) -> None:
        """End what is left, and take the cell away."""
        for pid in self.left():
            os.kill(pid, 9)
        deadline = time.monotonic() + 10
        for each in self.folders:
            while each.is_dir() and time.monotonic() < deadline:
                try:
                    each.rmdir()
                except OSError:
                    time.sleep(0.01)  # what was killed is still going
