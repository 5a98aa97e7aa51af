"""The filter of system calls, run by a small machine of our own against both tables."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement.linux import seccomp
from pyst.confinement.linux.assembled import CALLS
from pyst.confinement.linux.filter import NOTHING_MORE, Refusals, code_of
from pyst.confinement.linux.seccomp import assemble, encode
from pyst.confinement.linux.tables import AUDIT_ARCH, NEWEST, NUMBERS

ALL_REFUSED = Refusals(internet=True, local=True, foreign_files=True)
EVERY = [(processor, refusals) for processor in NUMBERS for refusals in (Refusals(), ALL_REFUSED)]


def judge(program: list[seccomp.Instruction], arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the program returns for a call, as the kernel's machine would: little-endian words of 32 bits."""
    words = {seccomp.NUMBER_AT: number, seccomp.ARCH_AT: arch}
    for index in range(6):
        value = arguments[index] if index < len(arguments) else 0
        words[seccomp.ARGUMENTS_AT + 8 * index] = value & 0xFFFFFFFF
        words[seccomp.ARGUMENTS_AT + 8 * index + 4] = value >> 32 & 0xFFFFFFFF
    held = at = 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == seccomp.RETURN:
            return operand
        if code == seccomp.LOAD:
            held = words[operand]
        elif code == seccomp.AND:
            held &= operand
        else:
            holds = {
                seccomp.JUMP_EQUAL: held == operand,
                seccomp.JUMP_GREATER: held > operand,
                seccomp.JUMP_GREATER_OR_EQUAL: held >= operand,
                seccomp.JUMP_IF_SET: bool(held & operand),
            }[code]
            at += if_true if holds else if_false


def errno_of(processor: str, name: str, *arguments: int, refusals: Refusals = NOTHING_MORE) -> int:
    """The errno that the filter gives for a call; 0 where the call goes through."""
    result = judge(assemble(processor, refusals), AUDIT_ARCH[processor], NUMBERS[processor][name], arguments)
    assert result == seccomp.ALLOW or result & 0xFFFF0000 == seccomp.ERRNO
    return 0 if result == seccomp.ALLOW else result & 0xFFFF


@pytest.mark.parametrize(("processor", "refusals"), EVERY)
def test_what_is_refused_is_refused_whatever_its_arguments(processor: str, refusals: Refusals) -> None:
    for name in seccomp.REFUSED:
        if name in NUMBERS[processor]:
            assert errno_of(processor, name, refusals=refusals) == seccomp.EPERM
            assert errno_of(processor, name, *[2**64 - 1] * 6, refusals=refusals) == seccomp.EPERM
    for name in (*seccomp.MISSING, *seccomp.QUEUES):
        assert errno_of(processor, name, refusals=refusals) == seccomp.ENOSYS


@pytest.mark.parametrize(("processor", "refusals"), EVERY)
def test_no_other_number_is_refused(processor: str, refusals: Refusals) -> None:
    program = assemble(processor, refusals)
    named = {*seccomp.REFUSED, *seccomp.MISSING, *seccomp.QUEUES, *seccomp.XATTRS, *seccomp.WATCHES}
    judged = {"socket", "socketpair", "ioctl", "prctl", "clone", "unshare", "personality"}
    numbers = {number for name, number in NUMBERS[processor].items() if name in named | judged}
    for number in set(range(NEWEST + 1)) - numbers:
        assert judge(program, AUDIT_ARCH[processor], number) == seccomp.ALLOW


@pytest.mark.parametrize("processor", NUMBERS)
def test_every_refused_call_is_known_on_this_processor_or_was_never_on_it(processor: str) -> None:
    only_x86 = {"create_module", "query_module", "get_kernel_syms", "ioperm", "iopl", "modify_ldt", "uselib", "ustat"}
    only_x86 |= {"sysfs", "_sysctl", "afs_syscall", "tuxcall", "security", "vserver", "getpmsg", "putpmsg"}
    only_x86 |= {"inotify_init"}
    unknown = {*seccomp.REFUSED, *seccomp.MISSING, *seccomp.XATTRS, *seccomp.WATCHES} - set(NUMBERS[processor])
    assert unknown <= (only_x86 if processor == "aarch64" else set())


@pytest.mark.parametrize("processor", NUMBERS)
def test_calls_of_another_machine_end_the_process(processor: str) -> None:
    program = assemble(processor)
    for arch in (0x40000003, 0x40000028, 0, *(each for each in AUDIT_ARCH.values() if each != AUDIT_ARCH[processor])):
        assert judge(program, arch, 20) == seccomp.KILL


def test_calls_of_x32_are_refused() -> None:
    program = assemble("x86_64")
    for number in (0, 39, 512, NEWEST):
        assert judge(program, AUDIT_ARCH["x86_64"], seccomp.X32_BIT | number) == seccomp.ERRNO | seccomp.ENOSYS
    assert judge(program, AUDIT_ARCH["x86_64"], 0xFFFFFFFF) == seccomp.ERRNO | seccomp.ENOSYS


@pytest.mark.parametrize("processor", NUMBERS)
def test_calls_from_after_the_tables_are_refused(processor: str) -> None:
    program = assemble(processor)
    for number in (NEWEST + 1, NEWEST + 100, 0x3FFFFFFF):
        assert judge(program, AUDIT_ARCH[processor], number) == seccomp.ERRNO | seccomp.ENOSYS


@pytest.mark.parametrize("processor", NUMBERS)
@given(family=st.integers(0, 2**64 - 1), kind=st.integers(0, 2**64 - 1), protocol=st.integers(0, 2**64 - 1))
def test_sockets_are_of_known_families_and_harmless_kinds(
    processor: str, family: int, kind: int, protocol: int
) -> None:
    seen = (family & 0xFFFFFFFF, kind & 0xF, protocol & 0xFFFFFFFF)
    goes = seen[0] in (1, 2, 10) and seen[1] not in (3, 10) and seen[2] != 262
    assert (errno_of(processor, "socket", family, kind, protocol) == 0) == goes
    assert errno_of(processor, "socket", family, kind, protocol, refusals=ALL_REFUSED) != 0


@pytest.mark.parametrize("processor", NUMBERS)
@pytest.mark.parametrize("high", [0, 1 << 32, 0xFFFFFFFF << 32])
def test_ioctl_is_judged_by_the_bits_that_the_kernel_takes(processor: str, high: int) -> None:
    for request in (seccomp.TIOCSTI, seccomp.TIOCLINUX, seccomp.TIOCSETD):
        assert errno_of(processor, "ioctl", 0, high | request) == seccomp.EPERM
    for request in (0x5401, 0x5413, 0x541B):
        assert errno_of(processor, "ioctl", 0, high | request) == 0


@pytest.mark.parametrize("processor", NUMBERS)
def test_no_new_namespaces(processor: str) -> None:
    for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert errno_of(processor, "clone", bit | 17) == seccomp.EPERM
        assert errno_of(processor, "unshare", bit) == seccomp.EPERM
    assert errno_of(processor, "unshare", 0x80) == seccomp.EPERM
    assert errno_of(processor, "clone", 17) == 0
    assert errno_of(processor, "clone", 0x3D0F00) == 0  # a thread
    assert errno_of(processor, "unshare", 0x400) == 0  # descriptors


@pytest.mark.parametrize("processor", NUMBERS)
def test_more_is_refused_without_a_view_of_its_own(processor: str) -> None:
    for name in ("setxattr", "fsetxattr", "removexattrat"):
        assert errno_of(processor, name) == 0
        assert errno_of(processor, name, refusals=ALL_REFUSED) == seccomp.ENOTSUP
    assert errno_of(processor, "inotify_add_watch", refusals=ALL_REFUSED) == seccomp.EACCES
    assert errno_of(processor, "socketpair", 1, refusals=ALL_REFUSED) == 0
    assert errno_of(processor, "socketpair", 2) == seccomp.EAFNOSUPPORT
    assert errno_of(processor, "prctl", 4, 0) == seccomp.EPERM
    assert errno_of(processor, "prctl", 15) == 0
    assert errno_of(processor, "personality", 0xFFFFFFFF) == 0
    assert errno_of(processor, "personality", 0x40000) == seccomp.EPERM


@pytest.mark.parametrize(("processor", "refusals"), EVERY)
def test_it_is_a_program_that_the_kernel_takes(processor: str, refusals: Refusals) -> None:
    program = assemble(processor, refusals)
    assert len(encode(program)) == 8 * len(program)
    assert len(program) <= 4096
    for at, (code, if_true, if_false, _) in enumerate(program):
        assert 0 <= if_true < 256
        assert 0 <= if_false < 256
        if code in (seccomp.RETURN, seccomp.LOAD, seccomp.AND):
            assert (if_true, if_false) == (0, 0)
        assert at + 1 + max(if_true, if_false) < len(program) or code == seccomp.RETURN
    assert program[-1][0] == seccomp.RETURN


@pytest.mark.parametrize("processor", NUMBERS)
def test_files_in_memory_are_not_programs(processor: str) -> None:
    refusals = Refusals(programs_in_memory=True)
    assert errno_of(processor, "memfd_create", 0, 1) == 0
    for flags in (0, 1, 1 | 16, 1 << 35):
        assert errno_of(processor, "memfd_create", 0, flags, refusals=refusals) == seccomp.EACCES
    assert errno_of(processor, "memfd_create", 0, 1 | seccomp.MFD_NOEXEC_SEAL, refusals=refusals) == 0


@given(st.builds(Refusals, *[st.booleans()] * 6), st.sampled_from(list(NUMBERS)))
def test_what_is_laid_is_what_is_assembled(refusals: Refusals, processor: str) -> None:
    assert code_of(processor, refusals) == encode(assemble(processor, refusals))


def test_the_assembled_parts_are_current() -> None:
    path = Path(seccomp.__file__).with_name("assembled.py")
    assert path.read_text() == seccomp.module_text(), "run `python -m pyst.confinement.linux.seccomp`"


def test_every_call_that_is_made_has_its_number() -> None:
    folder = Path(seccomp.__file__).parents[2]
    made = {name for path in folder.rglob("*.py") for name in re.findall(r'syscall\("(\w+)"', path.read_text())}
    for processor, numbers in CALLS.items():
        assert made <= set(numbers)
        assert all(numbers[name] == NUMBERS[processor][name] for name in numbers)


def test_a_processor_without_a_table_has_no_filter() -> None:
    with pytest.raises(OSError, match="no table"):
        code_of("m68k", NOTHING_MORE)
