"""The filter of system calls: classic BPF, assembled as a pure value.

A list of what is refused, since a Python and its libraries call what they please; what came into the kernel after
these tables were written is refused too. Nothing is told apart by what a pointer leads to, which a filter can't see.
The layout is that of seccomp(2) and Documentation/userspace-api/seccomp_filter.rst.

No run assembles anything: `python -m pyst.confinement.linux.seccomp` writes `assembled.py`, which `filter` lays.
"""

from __future__ import annotations

import struct

from pyst.confinement.linux.filter import NOTHING_MORE, Refusals, parts
from pyst.confinement.linux.tables import AUDIT_ARCH, MADE, NEWEST, NUMBERS

LOAD, JUMP_EQUAL, JUMP_GREATER, JUMP_GREATER_OR_EQUAL, JUMP_IF_SET, AND, RETURN = (
    0x20,
    0x15,
    0x25,
    0x35,
    0x45,
    0x54,
    0x06,
)
NUMBER_AT, ARCH_AT, ARGUMENTS_AT = 0, 4, 16
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, EACCES, ENOSYS, ENOTSUP, EPROTONOSUPPORT, EAFNOSUPPORT = 1, 13, 38, 95, 93, 97
X32_BIT = 0x40000000

NEW_NAMESPACES = 0x7E020080
"""The flags of clone(2) and unshare(2) for namespaces: time, mnt, cgroup, uts, ipc, user, pid and net."""
CLONE_NAMESPACES = NEW_NAMESPACES & ~0x80
"""Of clone(2): there the bit of the time namespace belongs to the signal of the child's death."""
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_RAW, SOCK_PACKET = 3, 10
IPPROTO_MPTCP = 262
MFD_NOEXEC_SEAL = 8
TIOCSETD, TIOCSTI, TIOCLINUX = 0x5423, 0x5412, 0x541C
PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
"""Linux, 32-bit names, an old version number, both, and the question which it is; none turns a protection off."""
PR_SET_DUMPABLE, PR_SET_MM = 4, 35
S_ISUID = 0o4000
MODES = (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("creat", 1), ("mknod", 1), ("mknodat", 2))
"""The calls that give a file its mode, and which of their arguments it is."""
OPENS, MAKING = (("open", 1), ("openat", 2)), 0x400040
"""The same of the calls that may make a file: their flags, behind which the mode is; O_CREAT and O_TMPFILE."""
TARGETS = (
    ("prlimit64", 0),
    ("sched_setscheduler", 0),
    ("sched_setparam", 0),
    ("sched_setattr", 0),
    ("sched_setaffinity", 0),
    ("setpriority", 1),
    ("ioprio_set", 1),
)
"""The calls that change another process, and which argument says whom; 0 is the caller."""
OF_A_USER = {"setpriority": 2, "ioprio_set": 3}
"""What their first argument is where they mean all processes of a user."""

REFUSED = tuple(
    """
    mount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick pivot_root chroot
    statmount listmount setns
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd
    bpf perf_event_open lookup_dcookie fanotify_init fanotify_mark userfaultfd lsm_set_self_attr
    add_key request_key keyctl
    kexec_load kexec_file_load init_module finit_module delete_module create_module query_module get_kernel_syms
    open_by_handle_at name_to_handle_at
    swapon swapoff reboot acct quotactl quotactl_fd syslog vhangup nfsservctl
    settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname
    ioperm iopl modify_ldt uselib ustat sysfs _sysctl migrate_pages move_pages
    afs_syscall tuxcall security vserver getpmsg putpmsg
    """.split()  # noqa: SIM905
)
"""What no script needs: the mounts, other processes' memory, the kernel's own surface, the machine's settings."""
MISSING = ("clone3", "openat2", "io_uring_setup", "io_uring_enter", "io_uring_register")
"""Refused as if the kernel were older: callers have a way without them. The arguments of clone3 and of openat2 lie
behind a pointer."""
XATTRS = (
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "setxattrat",
    "removexattrat",
    "getxattr",
    "lgetxattr",
    "fgetxattr",
    "getxattrat",
    "listxattr",
    "llistxattr",
    "flistxattr",
    "listxattrat",
)
QUEUES = ("shmget", "msgget", "semget", "mq_open", "mq_unlink")
"""System V's shared memory, queues and semaphores, which are found by a number that all processes of a host share; and
queues of POSIX, whose names Landlock does not keep from being made and removed."""
WATCHES = ("inotify_init", "inotify_init1", "inotify_add_watch")


Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


def assemble(processor: str, refusals: Refusals = NOTHING_MORE) -> list[Instruction]:
    """The program of the filter for a processor (`x86_64` or `aarch64`)."""
    return [step for name in parts(refusals) for step in _part(processor, name)]


def _part(processor: str, name: str) -> list[Instruction]:
    """One part of a program; each jumps within itself alone."""
    numbers = NUMBERS[processor]
    if name == "begin":
        return _begin(processor)
    if name.startswith("sockets"):
        return _when(numbers["socket"], _sockets(internet="internet" in name, local="local" in name))
    if name == "arguments":
        return _by_arguments(numbers)
    if name == "foreign processes":
        return _of_others(numbers)
    if name == "programs in memory":
        return _when(numbers["memfd_create"], _lacks(1, MFD_NOEXEC_SEAL, EACCES))
    if name == "foreign files":
        return _refuse(numbers, XATTRS, ENOTSUP) + _refuse(numbers, WATCHES, EACCES)
    if name == "reserved space":
        return _refuse(numbers, ("fallocate",), ENOTSUP)
    assert name == "end"
    missing = _refuse(numbers, MISSING, ENOSYS) + _refuse(numbers, QUEUES, ENOSYS)
    return [*missing, *_refuse(numbers, REFUSED, EPERM), (RETURN, 0, 0, ALLOW)]


def _begin(processor: str) -> list[Instruction]:
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCH_AT),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCH[processor]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
    ]
    if processor == "x86_64":
        program += [(JUMP_GREATER_OR_EQUAL, 0, 1, X32_BIT), (RETURN, 0, 0, ERRNO | ENOSYS)]
    return [*program, (JUMP_GREATER, 0, 1, NEWEST), (RETURN, 0, 0, ERRNO | ENOSYS)]


def _refuse(numbers: dict[str, int], names: tuple[str, ...], errno: int) -> list[Instruction]:
    known = [numbers[name] for name in names if name in numbers]
    count = len(known)
    tests: list[Instruction] = [(JUMP_EQUAL, count - at, 0, number) for at, number in enumerate(known[:-1], 1)]
    return [*tests, (JUMP_EQUAL, 0, 1, known[-1]), (RETURN, 0, 0, ERRNO | errno)] if known else []


def _sockets(*, internet: bool, local: bool) -> list[Instruction]:
    """Of which kinds sockets may be. All is judged by the low 32 bits, which are all that the kernel looks at."""
    families = [*((AF_UNIX,) if not local else ()), *((AF_INET, AF_INET6) if not internet else ())]
    program: list[Instruction] = []
    if local:
        program += _is(0, AF_UNIX, EACCES)
    if internet:
        program += _is(0, AF_INET, EACCES) + _is(0, AF_INET6, EACCES)
    program += _is_none_of(0, families, EAFNOSUPPORT)
    program += _is(2, IPPROTO_MPTCP, EPROTONOSUPPORT)
    program += [(LOAD, 0, 0, _argument(1)), (AND, 0, 0, 0xF)]
    return [*program, (JUMP_EQUAL, 1, 0, SOCK_RAW), (JUMP_EQUAL, 0, 1, SOCK_PACKET), (RETURN, 0, 0, ERRNO | EPERM)]


def _by_arguments(numbers: dict[str, int]) -> list[Instruction]:
    terminal = [step for request in (TIOCSTI, TIOCLINUX, TIOCSETD) for step in _is(1, request, EPERM)]
    private = [step for option in (PR_SET_DUMPABLE, PR_SET_MM) for step in _is(0, option, EPERM)]
    return [
        *_when(numbers["socketpair"], _is_none_of(0, [AF_UNIX], EAFNOSUPPORT)),
        *_when(numbers["ioctl"], terminal),
        *_when(numbers["prctl"], private),
        *_when(numbers["clone"], _has(0, CLONE_NAMESPACES, EPERM)),
        *_when(numbers["unshare"], _has(0, NEW_NAMESPACES, EPERM)),
        *_when(numbers["personality"], _is_none_of(0, list(PERSONALITIES), EPERM)),
        *_set_user_id(numbers),
    ]


def _set_user_id(numbers: dict[str, int]) -> list[Instruction]:
    """No file may be made a program that gives its starter the rights of its owner."""
    program: list[Instruction] = []
    for name, mode in MODES:
        if name in numbers:
            program += _when(numbers[name], _has(mode, S_ISUID, EPERM))
    for name, flags in OPENS:
        if name in numbers:  # without these flags there is no mode, and any value in its place
            body = _has(flags + 1, S_ISUID, EPERM)
            begin: list[Instruction] = [(LOAD, 0, 0, _argument(flags)), (JUMP_IF_SET, 0, len(body), MAKING)]
            program += _when(numbers[name], [*begin, *body])
    return program


def _of_others(numbers: dict[str, int]) -> list[Instruction]:
    program: list[Instruction] = []
    for name, whom in TARGETS:
        everybody = _is(0, OF_A_USER[name], EPERM) if name in OF_A_USER else []
        program += _when(numbers[name], [*everybody, *_is_none_of(whom, [0], EPERM)])
    return program


def _when(number: int, body: list[Instruction]) -> list[Instruction]:
    return [(JUMP_EQUAL, 0, len(body) + 1, number), *body, (RETURN, 0, 0, ALLOW)]


def _argument(index: int) -> int:
    return ARGUMENTS_AT + 8 * index


def _is(index: int, value: int, errno: int) -> list[Instruction]:
    return [(LOAD, 0, 0, _argument(index)), (JUMP_EQUAL, 0, 1, value), (RETURN, 0, 0, ERRNO | errno)]


def _has(index: int, bits: int, errno: int) -> list[Instruction]:
    return [(LOAD, 0, 0, _argument(index)), (JUMP_IF_SET, 0, 1, bits), (RETURN, 0, 0, ERRNO | errno)]


def _lacks(index: int, bits: int, errno: int) -> list[Instruction]:
    return [(LOAD, 0, 0, _argument(index)), (JUMP_IF_SET, 1, 0, bits), (RETURN, 0, 0, ERRNO | errno)]


def _is_none_of(index: int, values: list[int], errno: int) -> list[Instruction]:
    count = len(values)
    tests: list[Instruction] = [(JUMP_EQUAL, count - at, 0, value) for at, value in enumerate(values)]
    return [(LOAD, 0, 0, _argument(index)), *tests, (RETURN, 0, 0, ERRNO | errno)]


def encode(program: list[Instruction]) -> bytes:
    """The program as `struct sock_filter[]`."""
    return b"".join(struct.pack("=HBBI", *each) for each in program)


def module_text() -> str:
    """The text of `assembled.py`."""
    lines = [
        '"""The filter of `seccomp`, assembled in parts, and the numbers of the calls that pyst makes; by processor.',
        "",
        "Written by `python -m pyst.confinement.linux.seccomp`.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "CALLS: dict[str, dict[str, int]] = {",
    ]
    for processor, numbers in NUMBERS.items():
        lines += [f'    "{processor}": {{', *(f'        "{each}": {numbers[each]},' for each in MADE), "    },"]
    lines += ["}", "FILTERS: dict[str, dict[str, str]] = {"]
    names = dict.fromkeys(
        name for n in range(64) for name in parts(Refusals(*(bool(n >> bit & 1) for bit in range(6))))
    )
    for processor in NUMBERS:
        lines.append(f'    "{processor}": {{')
        for name in names:
            code = encode(_part(processor, name)).hex()
            rows = [f'            "{code[at : at + 96]}"' for at in range(0, len(code), 96)]
            lines += (
                [f'        "{name}": (', *rows, "        ),"] if len(rows) > 1 else [f'        "{name}": "{code}",']
            )
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    from pathlib import Path

    Path(__file__).with_name("assembled.py").write_text(module_text(), encoding="utf-8")
