"""Using more than the bounds of the run allow. Sizes are small: this machine is shared."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.attempts.attempt import Stage, attempt
from tests.attempts.inside import hold, syscall
from tests.attempts.scene import Scene, stat_of

MIB = 1 << 20
MEMORY, DISK, FILE, PROCESSES = 200 * MIB, 32 * MIB, 16 * MIB, 40
DISK_OVERSHOOT = 150 * MIB


def resident(pid: int) -> int:
    """The bytes of a process that are its own: its share of its memory."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def memory(scene: Scene) -> Iterator[Stage]:
    scene.bounds["memory_bytes"] = MEMORY
    yield Stage({}, look=lambda: sum(map(resident, scene.tree())) > MEMORY * 1.1)


@attempt(memory, breach=False)
def fill_memory(a):
    """Fill memory by one process."""
    taken = bytearray(b"x") * (420 << 20)
    hold(0.6)
    len(taken)


@attempt(memory, breach=False)
def fill_memory_by_many(a):
    """Fill memory by many processes, each with little."""
    code = "import time; taken = bytearray(b'x') * (50 << 20); time.sleep(1.5)"
    for each in [subprocess.Popen([sys.executable, "-c", code]) for _ in range(8)]:
        each.wait()


def memory_files(scene: Scene) -> Iterator[Stage]:
    scene.bounds["memory_bytes"] = MEMORY

    def held() -> bool:
        return sum(map(memory_file_bytes, scene.tree())) > MEMORY * 1.1

    yield Stage({}, look=held)


def memory_file_bytes(pid: int) -> int:
    total = 0
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            if os.readlink(path).startswith("/memfd:"):
                total += os.stat(path).st_blocks * 512
    except OSError:
        pass
    return total


@attempt(memory_files, breach=False)
def fill_memory_by_files(a):
    """Fill memory by a file without a name that is never mapped."""
    held = syscall("memfd_create", b"much", 0)
    for _ in range(420):
        os.write(held, b"x" * (1 << 20))
    hold(0.6)


def used(folder: str) -> int:
    total = 0
    for where, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
            except OSError:
                pass
    return total


def disk(scene: Scene) -> Iterator[Stage]:
    scene.bounds["disk_bytes"] = DISK
    full = DISK + DISK_OVERSHOOT
    yield Stage({"work": str(scene.work)}, *[lambda: used(str(scene.work)) > full] * 2)


@attempt(disk, breach=False)
def fill_disk(a):
    """Fill the disk by many files."""
    for number in range(60):
        with open(a.work + "/%d" % number, "wb") as file:
            file.write(b"x" * (4 << 20))
        time.sleep(0.02)


def temporary(scene: Scene) -> Iterator[Stage]:
    scene.bounds["disk_bytes"] = DISK
    full = DISK + DISK_OVERSHOOT

    def filled() -> bool:
        return any(used(f"/proc/{pid}/root/tmp/pyst-canary-{scene.mark}") > full for pid in scene.tree()[-1:])

    folder = Path("/tmp") / f"pyst-canary-{scene.mark}"
    try:
        yield Stage({"name": folder.name}, look=filled)
    finally:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


@attempt(temporary, breach=False)
def fill_temporary_folder(a):
    """Fill the temporary folder."""
    os.mkdir("/tmp/" + a.name)
    for number in range(60):
        with open("/tmp/%s/%d" % (a.name, number), "wb") as file:
            file.write(b"x" * (4 << 20))
        time.sleep(0.02)
    hold(0.5)


def one_file(scene: Scene) -> Iterator[Stage]:
    scene.bounds["file_bytes"] = FILE
    path = scene.work / "long"
    yield Stage({"path": str(path)}, lambda: path.exists() and path.stat().st_size > FILE * 1.1)


@attempt(one_file, breach=False)
def write_long_file(a):
    """Write one file that is too long."""
    with open(a.path, "wb") as file:
        for _ in range(40):
            file.write(b"x" * (1 << 20))


def processes(scene: Scene) -> Iterator[Stage]:
    scene.bounds["processes"] = PROCESSES
    yield Stage({}, look=lambda: len(scene.tree()) > PROCESSES * 1.5)


@attempt(processes, breach=False)
def fork_many(a):
    """Start too many processes."""
    for _ in range(120):
        if os.fork() == 0:
            time.sleep(1.5)
            os._exit(0)
    hold(1.5)


def cpu(scene: Scene) -> Iterator[Stage]:
    scene.bounds["cpu_seconds"] = 1
    ticks = os.sysconf("SC_CLK_TCK")

    def much() -> bool:
        fields = [stat_of(pid)[2] for pid in scene.tree()]
        return any(len(each) > 10 and (int(each[9]) + int(each[10])) / ticks > 2.2 for each in fields)

    yield Stage({}, look=much)


@attempt(cpu, breach=False)
def burn_processor(a):
    """Use more time of the processor."""
    end = time.process_time() + 3
    while time.process_time() < end:
        pass


def clock(scene: Scene) -> Iterator[Stage]:
    scene.bounds["timeout_seconds"] = 1
    yield Stage({"path": str(scene.work / "late")}, (scene.work / "late").exists)


@attempt(clock, breach=False)
def run_too_long(a):
    """Run longer, deaf to the request to end."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(4)
    open(a.path, "w").close()
