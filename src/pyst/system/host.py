"""The machine as the system tells of it: distribution, processors, memory, container, and which shell is running.

Reads small files and starts nothing. What can't be known is None.
"""

from __future__ import annotations

import os

SHELLS = ("bash", "zsh", "fish", "powershell", "cmd")
"""The shells whose syntax is known, by the names that are used for them."""
_OTHER_NAMES = {"pwsh": "powershell", "dash": "sh", "sh": "sh", "ash": "sh", "ksh": "ksh", "tcsh": "tcsh", "csh": "csh"}
MOST_ANCESTORS = 12


def distribution(path: str = "/etc/os-release") -> str | None:
    """The name that the system gives itself (os-release(5), `PRETTY_NAME`)."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(8192).splitlines()
    except OSError:
        return None
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and name == "PRETTY_NAME":
            return value.strip().strip("\"'")[:200] or None
    return None


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def memory_bytes() -> int | None:
    """How much memory the machine has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def container(root: str = "/") -> str | None:
    """The kind of container that this is, by the marks that they leave."""
    for path, kind in ((".dockerenv", "docker"), ("run/.containerenv", "podman")):
        if os.path.exists(os.path.join(root, path)):
            return kind
    return None


def shell_name(word: str) -> str | None:
    """`bash` for `/bin/bash`, `-bash` and `bash.exe`; None for what is no shell that is known by name."""
    name = word.rpartition("/")[2].rpartition("\\")[2].lstrip("-").lower().removesuffix(".exe")
    return name if name in SHELLS else _OTHER_NAMES.get(name)


def running_shell(proc: str = "/proc", pid: int | None = None) -> str | None:
    """The shell that this process descends from, the nearest one; None where `/proc` doesn't tell."""
    pid = os.getppid() if pid is None else pid
    for _ in range(MOST_ANCESTORS):
        try:
            with open(f"{proc}/{pid}/stat", "rb") as file:
                text = file.read(4096).decode("utf-8", "replace")
        except OSError:
            return None
        name, _, rest = text.partition("(")[2].rpartition(")")
        found = shell_name(name)
        if found is not None:
            return found
        words = rest.split()
        if len(words) < 2 or not words[1].isdecimal() or int(words[1]) <= 1:
            return None
        pid = int(words[1])
    return None
