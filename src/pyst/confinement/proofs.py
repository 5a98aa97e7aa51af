"""Proving the walls from within, before the script is let in: what has to fail is tried, and has to fail.

Runs in the process that is about to become the script, with every wall in place.
"""

from __future__ import annotations

import os

from pyst.confinement.linux import capabilities
from pyst.confinement.linux.calls import (
    PR_CAPBSET_READ,
    PR_GET_NO_NEW_PRIVS,
    PR_GET_SECCOMP,
    prctl,
    syscall,
)
from pyst.confinement.view import covers
from pyst.confinement.walls import ALL, Wall, Walls

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable

EPERM, ENOENT, EACCES, EROFS, ENETUNREACH, EAFNOSUPPORT = 1, 2, 13, 30, 101, 97
NOT_REACHED = (EPERM, ENOENT, EACCES, 20)
NOT_WRITTEN = (*NOT_REACHED, EROFS)
FOREIGN = (
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/errors.py",
    "/etc/shadow",
    "/etc/fstab",
    "/sys/kernel",
)
"""What no Python needs: one of these that was not granted must be out of reach. The first is pyst's own."""
UNWRITTEN = ("/usr", "/etc", "/")
ADDRESS = b"\x02\x00\x00\x09\xc0\x00\x02\x01" + bytes(8)
"""192.0.2.1, port 9: an address that nobody has (RFC 5737)."""
AF_INET, AF_NETLINK, SOCK_DGRAM = 2, 16, 2


def prove(walls: Walls, tier: str, *, apart: bool) -> None:
    """Try to get through each wall. `apart`: the network is a namespace's own. Raises `Wall` for the one that gives."""
    _must("NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS) == 1, "privileges can be gained")
    _must("seccomp", prctl(PR_GET_SECCOMP) == 2, "no filter is in place")
    _must("capabilities", not any(capabilities.held()), "capabilities are left")
    _fails("seccomp", lambda: syscall("mount", b"none", b"/", b"tmpfs", 0, None), (EPERM,))
    _fails("seccomp", lambda: syscall("ptrace", 0, 0, 0, 0), (EPERM,))
    _fails("seccomp", lambda: syscall("unshare", 0x10000000), (EPERM,))
    _fails("seccomp", lambda: syscall("socket", AF_NETLINK, 3, 0), (EAFNOSUPPORT,))
    files = "private view of files" if tier == "strict" else "Landlock"
    reached = (*walls.read, *walls.write)
    for path in FOREIGN:
        if not any(covers(each, path) for each in reached):
            _fails(files, lambda path=path: os.open(path, os.O_RDONLY | os.O_CLOEXEC), NOT_REACHED)  # type: ignore[misc]
            break
    for path in UNWRITTEN:
        if not any(covers(each, path) or covers(path, each) for each in walls.write):
            name = f"{path.rstrip('/')}/.pyst-proof-{os.urandom(8).hex()}"
            _fails(files, lambda name=name: _make(name), NOT_WRITTEN)  # type: ignore[misc]
            break
    for path in walls.denied:
        _fails(files, lambda path=path: os.listdir(path), NOT_REACHED)  # type: ignore[misc]
    if tier == "strict":
        _must("processes", os.getppid() == 1 and os.getpid() < 10, "other processes are seen")
        _must("capabilities", prctl(PR_CAPBSET_READ, 21) == 0, "root would get its powers back")
    if apart:
        _fails("network", _send, (ENETUNREACH,))
    elif walls.net.mode != ALL:
        _fails("network", lambda: syscall("socket", AF_INET, SOCK_DGRAM, 0), (EACCES,))


def _must(name: str, holds: bool, why: str) -> None:
    if not holds:
        raise Wall(name, why)


def _fails(name: str, attempt: Callable[[], object], expected: tuple[int, ...]) -> None:
    try:
        attempt()
    except OSError as error:
        if error.errno in expected:
            return
        raise Wall(name, f"an attempt on it failed in another way than it has to ({error.strerror})") from error
    raise Wall(name, "it was built, and an attempt on it went through")


def _make(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    os.unlink(path)


def _send() -> None:
    fd = syscall("socket", AF_INET, SOCK_DGRAM | 0o2000000, 0)
    try:
        syscall("connect", fd, ADDRESS, len(ADDRESS))
    finally:
        os.close(fd)
