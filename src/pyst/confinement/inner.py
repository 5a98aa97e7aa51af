"""The last steps within: the process that is about to become a confined script shuts its walls, and proves them."""

from __future__ import annotations

import os

from pyst.confinement.contents import verified
from pyst.confinement.linux import capabilities, filter, landlock
from pyst.confinement.linux.calls import Memory, syscall, word
from pyst.confinement.proofs import prove
from pyst.confinement.walls import ALL, BASIC, STRICT, Bounds, Wall, Walls
from pyst.running.plan import Plan
from pyst.system.child import become
from pyst.system.process_tree import die_with_parent

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from pyst.running.keeper import Start

CPU_SECONDS, FILE_BYTES, DATA_BYTES, CORE, PROCESSES, FILES = 0, 1, 2, 4, 6, 7
"""The limits by their numbers, which both processors share (asm-generic/resource.h)."""
MOST_FILES = 65_536
BEHIND = 10
NEVER_WRITTEN_BY_OTHERS = 0o022


def be_script(
    start: Start,
    plan: Plan,
    walls: Walls,
    tier: str,
    rules: Sequence[landlock.Rule],
    version: int,
    *,
    variables: dict[str, str],
    keeper: int,
    no_sockets: bool = True,
) -> NoReturn:
    """In a forked child: shut the walls, prove them, become the program; or tell why not, and end (127).

    `variables` are those that the program sees. `no_sockets`: it has no Unix sockets with a name. Nothing is
    imported from here on: in a view there is nothing of pyst.
    """
    name, tell = "descriptors", start.tell
    try:
        _lead_group(start.terminal)
        tell = _keep_only(start.descriptors, start.tell)
        try:
            name = "rlimits"
            _limit(walls.bounds, tier)
            os.umask(_umask() | NEVER_WRITTEN_BY_OTHERS)
            name = "folder"
            _go_to(plan.cwd)
            name = "capabilities"
            capabilities.drop_all()
            if keeper:
                die_with_parent(keeper)
            name = "NO_NEW_PRIVS"
            filter.refuse_privileges()
            name = "Landlock"
            apart = tier == STRICT and walls.net.mode != ALL
            landlock.restrict(rules, no_tcp=walls.net.mode == "off" and not apart, version=version)
            name = "seccomp"
            shut = tier == BASIC
            no_net = shut and walls.net.mode != ALL
            filter.lay(
                filter.Refusals(
                    internet=no_net,
                    local=shut or no_sockets,
                    foreign_files=shut,
                    foreign_processes=shut,
                    programs_in_memory=walls.run is not None,
                    reserved_space=walls.bounds.disk_bytes is not None,
                )
            )
            prove(walls, tier, apart=apart)
            if tier == BASIC:  # in the strict tier the view shows what was compared
                for path, sha256 in walls.contents:
                    verified(path, sha256)
        except OSError as error:
            raise Wall(name, error.strerror or str(error)) from error
        become(start.argv, variables, cwd=plan.cwd, descriptors=(0, 1, 2), mask=start.mask, tell=tell)
    except Wall as wall:
        os.write(tell, f"wall\x000\0{wall.name}\x1f{wall.why}".encode("utf-8", "replace")[:4000])
    except BaseException as error:  # noqa: BLE001  this process has no one above to raise it to
        os.write(tell, f"wall\x000\0{name}\x1f{type(error).__name__}: {error}".encode("utf-8", "replace")[:4000])
    finally:
        os._exit(127)


def _lead_group(terminal: int | None) -> None:
    """Lead a process group, and have the terminal where it is handed over; as `keeper` does without walls."""
    try:
        os.setpgid(0, 0)
        if terminal is not None:
            os.tcsetpgrp(terminal, os.getpgrp())
    except OSError:
        pass  # it can still be handed over when the script asks for it


def _keep_only(descriptors: tuple[int, int, int], tell: int) -> int:
    """Have the standard streams at 0 to 2 and `tell` at 3, which is given back; close all else."""
    for target, fd in enumerate(descriptors):
        if fd != target:
            os.dup2(fd, target)
        os.set_inheritable(target, True)
    if tell != 3:
        os.dup2(tell, 3, inheritable=False)
    syscall("close_range", 4, 0xFFFFFFFF, 0)
    return 3


def lower(which: int, most: int) -> None:
    """Set a limit of this process, soft and hard, to `most`, or leave it where it is lower. Raises `OSError`."""
    found = Memory(bytes(16))
    syscall("prlimit64", 0, which, None, found.address)
    most = min(most, int.from_bytes(found.read()[8:], "little"))
    syscall("prlimit64", 0, which, word(most, most), None)


def _limit(bounds: Bounds, tier: str) -> None:
    lower(CORE, 0)
    lower(FILES, MOST_FILES)
    sizes = [each for each in (bounds.file_bytes, bounds.disk_bytes) if each is not None]
    if sizes:
        lower(FILE_BYTES, min(sizes))
    if bounds.cpu_seconds is not None:
        lower(CPU_SECONDS, bounds.cpu_seconds + 1)  # what one process takes; the keeper looks at the tree
    if bounds.memory_bytes is not None:
        lower(DATA_BYTES, bounds.memory_bytes)
    if os.geteuid() != 0 and (bounds.memory_bytes is not None or bounds.processes is not None):
        os.nice(BEHIND)  # the keeper must get to look, however busy the tree is; it can't be put before it
    if bounds.processes is not None:  # with process 1 where there is one: the namespace counts for itself
        others = 1 if tier == STRICT else _tasks_of_user()
        lower(PROCESSES, bounds.processes + others)


def _tasks_of_user() -> int:
    """How many threads the user has: the kernel counts them all against the limit."""
    me, count = os.getuid(), 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == me:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _go_to(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError:
        pass  # `become` says so with the words for it
