"""Namespaces: a fork into a world with processes, network, mounts, names and users of its own (namespaces(7))."""

from __future__ import annotations

import os

from pyst.confinement.linux.calls import Memory, syscall

NEW_MOUNTS, NEW_CGROUPS, NEW_NAMES, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USERS, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
SIGCHLD = 17
SIOCSIFFLAGS, IS_UP = 0x8914, 1


def fork_apart(*, network: bool) -> int:
    """fork(2) into new namespaces, of the network too if `network`; the child is process 1 of its own.

    For a process with one thread, of which nothing else in Python has to know. Raises `OSError`: the host refuses.
    """
    flags = NEW_USERS | NEW_MOUNTS | NEW_CGROUPS | NEW_NAMES | NEW_IPC | NEW_PROCESSES | SIGCHLD
    return syscall("clone", flags | (NEW_NETWORK if network else 0), None, None, None, 0)


def map_self(user: int, group: int) -> None:
    """In the child: be to the namespace whom it was before, the only user and group in it. Raises `OSError`."""
    for name, line in (("setgroups", "deny"), ("gid_map", f"{group} {group} 1"), ("uid_map", f"{user} {user} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, line.encode())
        finally:
            os.close(fd)


def name_host(name: bytes) -> None:
    """Give the namespace a host name of its own, so that the machine's is not told."""
    syscall("sethostname", name, len(name))


def raise_loopback() -> None:
    """Turn on the loopback device of a new network namespace. Raises `OSError`."""
    sock = syscall("socket", 2, 2 | 0o2000000, 0)
    try:
        request = Memory(b"lo" + bytes(14) + IS_UP.to_bytes(2, "little") + bytes(22))
        syscall("ioctl", sock, SIOCSIFFLAGS, request.address)
    finally:
        os.close(sock)
