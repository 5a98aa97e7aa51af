"""The filter of system calls, as it is laid on a process; what it refuses, and why, is told in `seccomp`."""

from __future__ import annotations

from pyst.confinement.linux.assembled import FILTERS
from pyst.confinement.linux.calls import PR_SET_NO_NEW_PRIVS, Memory, machine, prctl, syscall, word
from pyst.named import NamedTuple

ENOSYS = 38


class Refusals(NamedTuple):
    """What the filter refuses besides what it always does.

    `internet`: sockets of IP. `local`: Unix sockets with an address (socketpair stays). `foreign_files`: extended
    attributes and watches, which only a private view of the mounts would keep within bounds. `foreign_processes`: the
    limits and priorities of other processes, which only namespaces would. `programs_in_memory`: files in memory that
    could be executed, which no rule on files sees. `reserved_space`: room for files that nothing is written to, which
    is taken at once and counts as nobody's writing (libraries write zeros instead).
    """

    internet: bool = False
    local: bool = False
    foreign_files: bool = False
    foreign_processes: bool = False
    programs_in_memory: bool = False
    reserved_space: bool = False


NOTHING_MORE = Refusals()


def parts(refusals: Refusals) -> list[str]:
    """The names of the parts that make up a filter, in their order."""
    sockets = "sockets" + (" internet" if refusals.internet else "") + (" local" if refusals.local else "")
    return [
        "begin",
        sockets,
        "arguments",
        *(("foreign processes",) if refusals.foreign_processes else ()),
        *(("programs in memory",) if refusals.programs_in_memory else ()),
        *(("foreign files",) if refusals.foreign_files else ()),
        *(("reserved space",) if refusals.reserved_space else ()),
        "end",
    ]


def code_of(processor: str, refusals: Refusals) -> bytes:
    """The filter as `struct sock_filter[]`. Raises `OSError` (ENOSYS) for a processor that there is no table of."""
    known = FILTERS.get(processor)
    if known is None:
        raise OSError(ENOSYS, f"no table of system calls for the processor {processor}")
    return bytes.fromhex("".join([known[name] for name in parts(refusals)]))


def refuse_privileges() -> None:
    """Give up, for this process and all below it, that an exec could gain anything (PR_SET_NO_NEW_PRIVS)."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def lay(refusals: Refusals) -> None:
    """Lay the filter on this process and all below it; nothing takes it away again. Raises `OSError`."""
    code = code_of(machine(), refusals)
    held = Memory(code)
    syscall("seccomp", 1, 0, word(len(code) // 8, held.address))
