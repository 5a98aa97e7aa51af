"""The bounds of a whole tree of processes: what it uses of memory, disk, CPU and processes, looked at while it runs.

The kernel's own limits hold single processes. The tree is looked at from outside, the more often the nearer it is to
a bound, and whoever watches ends it when one is passed. The counters are the kernel's.
"""

from __future__ import annotations

import os

from pyst.confinement.walls import Walls
from pyst.named import NamedTuple
from pyst.system.process_tree import descendants, send, told

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import

NAMES = ("memory", "disk", "processes", "cpu")
MEMORY, DISK, PROCESSES, CPU = range(4)
"""The bounds, as the keeper tells them: by their place in `NAMES`."""
MOST_WAIT_SECONDS = 0.02
LEAST_WAIT_SECONDS = 0.001
FILLED_BYTES_A_SECOND = 4 << 30
"""How fast memory can be taken, at most: what decides when to look again."""
FORKED_A_SECOND = 4000
"""How fast processes can be started, about."""
SLACK = 0.05
"""How much of a bound may be passed before the next look."""
WALK_SECONDS = 0.25
"""The least time between two walks through the folders that may be written."""
MOST_PASSES = 1000
SLICE_NS = 100_000
SHARED = "/dev/shm"
"""Where programs put shared memory by name; in the strict tier it is part of the store."""
STACK_BYTES = 16 << 10
"""What the kernel keeps for each thread."""
TICKS = os.sysconf("SC_CLK_TCK")


def come_first() -> None:
    """Have this process run before all that it watches, however many those are, as far as it may ask for that.

    Root gets a real-time priority. Anyone may ask for a short slice: a task that wants little is let in early
    (sched_setattr(2), Linux 6.12).
    """
    import struct

    from pyst.confinement.linux.calls import syscall

    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except (OSError, AttributeError):
        try:
            syscall("sched_setattr", 0, struct.pack("=IIQiIQQQ", 48, 0, 1, 0, 0, SLICE_NS, 0, 0), 0)
        except OSError:
            pass  # it then comes when it comes


class Watch:
    """Looks at all below a process. `store` is the file system of the private folders in memory (-1: none)."""

    def __init__(self, walls: Walls, root: int, store: int) -> None:
        self._bounds = walls.bounds
        self._root = root
        self._store = store
        self._folders = walls.write
        self._began = _now_on_disk()
        self._free = {each: free for each in walls.write if (free := _free_bytes(each)) is not None}
        self._before = self._counted = _written(root)
        self._lost = 0
        self._next_look = 0.0
        self._next_walk = 0.0
        self.wait_seconds = MOST_WAIT_SECONDS

    def look(self, now: float) -> int | None:
        """The bound that the tree has passed, or None. `now` is on the monotonic clock (seconds)."""
        if now < self._next_look:
            self.wait_seconds = self._next_look - now
            return None
        bounds = self._bounds
        pids = below(self._root)
        self.wait_seconds = MOST_WAIT_SECONDS
        if bounds.processes is not None:  # root's own limit of processes does not hold
            self._look_within((bounds.processes - len(pids)) / FORKED_A_SECOND)
        passed = None
        if bounds.processes is not None and len(pids) > bounds.processes + 1:  # with the namespace's process 1
            passed = PROCESSES
        elif bounds.memory_bytes is not None and self._takes_too_much(pids, bounds.memory_bytes):
            passed = MEMORY
        elif bounds.cpu_seconds is not None and sum(map(_ticks, pids)) > bounds.cpu_seconds * TICKS:
            passed = CPU
        elif bounds.disk_bytes is not None and self._wrote_too_much(pids, bounds.disk_bytes, now):
            passed = DISK
        self._next_look = now + self.wait_seconds
        return passed

    def _takes_too_much(self, pids: set[int], most: int) -> bool:
        files = self._stored() + self._in_files(pids)  # counted in full: whether they are mapped, too, is not told
        parts = {pid: _memory(pid) for pid in pids}
        used = files + sum(map(sum, parts.values()))
        if used > most:  # pages of files, code mostly, were counted more than once
            shared = max((each.of_files for each in parts.values()), default=0)
            used = files + sum(each.own + each.kernel for each in parts.values()) + shared
        if used > most:  # and what a fork shares is told by a slow look alone
            used = files + sum(each.kernel for each in parts.values())
            for pid in sorted(pids, key=lambda pid: parts[pid].own, reverse=True):
                used += _proportional(pid, sum(parts[pid][:2]))
                if used > most:
                    break
        self._look_within((most * (1 + SLACK) - used) / FILLED_BYTES_A_SECOND)
        return used > most

    def _look_within(self, seconds: float) -> None:
        self.wait_seconds = min(self.wait_seconds, max(LEAST_WAIT_SECONDS, seconds))

    def _stored(self) -> int:
        if self._store < 0:
            return 0
        about = os.fstatvfs(self._store)
        return (about.f_blocks - about.f_bfree) * about.f_frsize

    def _in_files(self, pids: set[int]) -> int:
        """What files in memory take (bytes) that are not in the store."""
        if self._store >= 0:
            return sum(_files_in_memory(pids, ("/memfd:",)).values())
        held = _files_in_memory(pids, ("/memfd:", SHARED + "/"))
        return sum({**_changed_files(SHARED, self._began, owner=os.geteuid()), **held}.values())

    def _wrote_too_much(self, pids: set[int], most: int, now: float) -> bool:
        if self._written_by(pids) > most and self._written_by(below(self._root)) > most:
            return True
        if now < self._next_walk or not self._shrinks(most):
            return False
        self._next_walk = now + WALK_SECONDS
        return sum(sum(_changed_files(each, self._began).values()) for each in self._folders) > most

    def _written_by(self, pids: set[int]) -> int:
        """What the tree has written so far (bytes). Who waits for a process takes over its count.

        A count that nobody took over (the parent ignores SIGCHLD) is kept as it was last seen.
        """
        counted = sum(map(_written, pids)) + _written(self._root)
        if counted < self._counted:
            counted = max(counted, sum(map(_written, below(self._root))) + _written(self._root))
        self._lost += max(0, self._counted - counted)
        self._counted = counted
        return counted + self._lost - self._before + self._stored()

    def _shrinks(self, most: int) -> bool:
        """Whether a file system has lost as much room as the bound: by the tree, perhaps, or by someone else."""
        return any(before - (_free_bytes(each) or before) > most for each, before in self._free.items())


def end_all_below(root: int) -> None:
    """Kill all below a process that multiplies: stop what is found, until nothing new is."""
    stopped: set[int] = set()
    for _ in range(MOST_PASSES):
        fresh = below(root) - stopped
        if not fresh:
            break
        send(fresh, signal.SIGSTOP)
        stopped |= fresh
    send(stopped, signal.SIGKILL)


def below(root: int) -> set[int]:
    """The processes below a process; by the kernel's lists of children where it has them."""
    found: set[int] = set()
    stack = [root]
    while stack:
        pid = stack.pop()
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        for thread in threads:
            data = told(f"/proc/{pid}/task/{thread}/children")
            if data is None:
                if pid == root:
                    return descendants(root)
                continue
            fresh = {int(each) for each in data.split()} - found
            found |= fresh
            stack.extend(fresh)
    return found


class _Memory(NamedTuple):
    """The memory of a process (bytes): what no file stands behind, swapped out or not; what files do (code, mostly);
    and what the kernel keeps for it: page tables, and the stacks of its threads."""

    own: int = 0
    of_files: int = 0
    kernel: int = 0


def _memory(pid: int) -> _Memory:
    data = told(f"/proc/{pid}/status") or b""
    all_of_it, of_files, swapped, tables = (
        _number(data, name) * 1024 for name in (b"\nVmRSS:", b"\nRssFile:", b"\nVmSwap:", b"\nVmPTE:")
    )
    return _Memory(all_of_it - of_files + swapped, of_files, tables + _number(data, b"\nThreads:") * STACK_BYTES)


def _number(data: bytes, name: bytes) -> int:
    at = data.find(name)
    return int(data[at + len(name) : at + 40].split()[0]) if at >= 0 else 0


def _proportional(pid: int, else_bytes: int) -> int:
    """The memory of a process (bytes), what is shared being shared out; `else_bytes` where that isn't told."""
    data = told(f"/proc/{pid}/smaps_rollup") or b""
    return _number(data, b"\nPss:") * 1024 + _number(data, b"\nSwapPss:") * 1024 if b"\nPss:" in data else else_bytes


def _files_in_memory(pids: set[int], beginnings: tuple[str, ...]) -> dict[int, int]:
    """What files in memory take (bytes, by inode) that processes hold open, mapped or not, with a name or without."""
    sizes: dict[int, int] = {}
    for pid in pids:
        try:
            names = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            continue  # it has gone
        for name in names:
            path = f"/proc/{pid}/fd/{name}"
            try:
                if os.readlink(path).startswith(beginnings):
                    about = os.stat(path)
                    sizes[about.st_ino] = about.st_blocks * 512
            except OSError:
                continue  # just closed
    return sizes


def _ticks(pid: int) -> int:
    """The CPU time of a process and of its children that have gone, in ticks of the clock."""
    data = told(f"/proc/{pid}/stat")
    return sum(map(int, data[data.rindex(b")") + 2 :].split()[11:15])) if data else 0


def _written(pid: int) -> int:
    """What a process, and those that it has waited for, have sent to storage (bytes)."""
    return _number(told(f"/proc/{pid}/io") or b"", b"\nwrite_bytes:")


def _free_bytes(folder: str) -> int | None:
    try:
        about = os.statvfs(folder)
    except OSError:
        return None
    return about.f_bfree * about.f_frsize


def _now_on_disk() -> float:
    """The time by the clock of file systems, which runs in coarse steps and behind."""
    import time

    return time.time() - 0.02


def _changed_files(folder: str, since: float, *, owner: int | None = None) -> dict[int, int]:
    """What the files below a folder hold (bytes, by inode) that were changed since, by the time no program can set.

    Those of one owner alone, if it is given.
    """
    sizes: dict[int, int] = {}
    stack = [folder]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                    else:
                        about = entry.stat(follow_symlinks=False)
                        if about.st_ctime >= since and owner in (None, about.st_uid):
                            sizes[about.st_ino] = about.st_blocks * 512
        except OSError:
            continue
    return sizes
