"""Landlock: rules on files, ports and scopes that a process lays on itself and all below it (landlock(7)).

The rights that the running kernel doesn't know are left out; `abi` says which it has.
"""

from __future__ import annotations

import os

from pyst.confinement.linux.calls import ELOOP, open_exactly, syscall, word
from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights on files that a kernel knows, from this ABI on."""
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""The rights that a rule on a file, not on a folder, may hold."""
READ = READ_FILE | READ_DIR
WRITE = RIGHTS[3] & ~EXECUTE
"""Reading, writing and the making, removing and moving of all that isn't a device (see `NODES`)."""
NODES = (1 << 6) | (1 << 11)
"""Making character and block devices."""
TCP = 0b11
"""bind(2) and connect(2) of TCP, from ABI 4."""
SCOPES = 0b11
"""Abstract Unix sockets and signals, from ABI 6: not to what is outside."""


class Rule(NamedTuple):
    """The `rights` on what lies at and below `path`, which links may lead to unless it is `exact`."""

    path: str
    rights: int
    exact: bool = False


def abi() -> int:
    """The version of Landlock that this kernel has; 0 where it has none, or none that is turned on."""
    try:
        return syscall("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def restrict(rules: Iterable[Rule], *, no_tcp: bool, version: int) -> None:
    """Allow this process, and all below it, what the rules say and nothing else. Raises `OSError`.

    Rules on what doesn't exist are left out. NO_NEW_PRIVS has to be set. `no_tcp`: no connection, no server.
    """
    handled = RIGHTS[max(each for each in RIGHTS if each <= version)]
    attributes = word(handled)
    if version >= 4:
        attributes += word(TCP if no_tcp else 0)
    if version >= 6:
        attributes += word(SCOPES)
    ruleset = syscall("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for rule in rules:
            _add(ruleset, rule, handled)
        syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _add(ruleset: int, rule: Rule, handled: int) -> None:
    try:
        fd = open_exactly(rule.path) if rule.exact else os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == ELOOP and rule.exact:
            raise
        return
    try:
        rights = rule.rights & handled
        if rights & ~OF_FILES and os.fstat(fd).st_mode & 0o170000 != 0o040000:
            rights &= OF_FILES
        if rights:
            syscall("landlock_add_rule", ruleset, 1, word(rights, fd), 0)
    finally:
        os.close(fd)
