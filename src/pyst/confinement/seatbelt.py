"""The walls as a seatbelt profile for macOS' `sandbox-exec`. Pure text; written from the documented language, untested.

Nothing here has met a Mac: until it has, a confined run on macOS is refused like on any host whose walls can't be
proven. Profiles are S-expressions (SBPL); the last rule that matches decides, so denials stand at the end. Strings
are quoted as Scheme does it. What the profile can't hold: limits of the tree (memory, disk), names of hosts (only
addresses and ports are matched), and processes that other daemons start on the script's behalf. Terminals can be read
and written but not asked (no `file-ioctl`: TIOCSTI types into them), so that a script takes them for files; semaphores
and shared memory with names (`multiprocessing`) are not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyst.confinement.walls import ALL, HOSTS, LOOPBACK, OFF, Walls
from pyst.errors import ExitCode, Failure

PROGRAM = "/usr/bin/sandbox-exec"
SYSTEM_READ = (
    "/System",
    "/usr/lib",
    "/usr/share",
    "/Library/Apple",
    "/Library/Preferences/Logging",
    "/private/etc/hosts",
    "/private/etc/localtime",
    "/private/etc/passwd",
    "/private/etc/protocols",
    "/private/etc/services",
    "/private/etc/ssl",
    "/private/var/db/timezone",
    "/private/var/db/dyld",
)
"""What any program needs to start: the system's libraries, time zones, locales, certificates."""
DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
)
LOOKUPS = (
    "com.apple.system.logger",
    "com.apple.system.notification_center",
    "com.apple.system.opendirectoryd.libinfo",
)
"""The services of launchd that libc asks: the log, notifications, users' names. No others: they act for callers."""
SYSCTLS = ("kern.argmax", "kern.hostname", "kern.maxfilesperproc", "kern.secure_kernel", "kern.version", "vm.loadavg")
SYSCTL_PREFIXES = ("hw.", "kern.os", "machdep.cpu.")
"""What a Python asks of the kernel. Not all: `kern.procargs2` tells the variables of the user's other processes."""
RESOLVER = "/private/var/run/mDNSResponder"
"""The one Unix socket that the whole network brings: names are asked for there. Others lead to the user's agents."""
NOT_STOPPED = (
    "what launchd's services do when they are asked to",
    "memory and disk that the whole tree uses",
    "reading the names and times of files",
)


def profile(walls: Walls, *, needed: tuple[str, ...], temporary: str, proxy_port: int | None = None) -> str:
    """The text of the profile. `needed` may be read (the interpreter, the environment), `temporary` is the run's own
    folder, and `proxy_port` is where on loopback the filtering proxy listens, for named hosts.

    Raises `Failure` (E_WALL) where the walls ask for what a profile can't hold.
    """
    if walls.net.mode == HOSTS and proxy_port is None:
        message = "a seatbelt profile can't tell hosts by their names, and there is no proxy to do so"
        raise Failure("E_WALL", message, hint="`--deny-net` runs it without a network", exit=ExitCode.BLOCKED)
    return "\n".join(_rules(walls, needed, temporary, proxy_port)) + "\n"


def command(text: str, argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line that runs `argv` under the profile `text`."""
    return (PROGRAM, "-p", text, *argv)


def _rules(walls: Walls, needed: tuple[str, ...], temporary: str, proxy_port: int | None) -> Iterator[str]:
    yield "(version 1)"
    yield "(deny default)"
    yield "(allow process-fork)"
    yield "(allow signal (target same-sandbox))"
    yield "(allow process-info* (target same-sandbox))"
    yield f"(allow sysctl-read {_sysctls()})"
    yield f"(allow mach-lookup {' '.join(f'(global-name {_quoted(each)})' for each in LOOKUPS)})"
    yield "(allow file-read-metadata)"
    yield _paths("file-read*", (*SYSTEM_READ, *needed, *walls.read, *walls.write, temporary))
    yield f"(allow file-read* file-write* {' '.join(f'(literal {_quoted(each)})' for each in DEVICES)})"
    yield _paths("file-write*", (*walls.write, temporary))
    yield "(deny file-write-setugid)"
    programs = needed if walls.run is not None else ()
    yield _paths("process-exec*", (*programs, *(walls.run or ()))) if walls.run is not None else "(allow process-exec*)"
    yield from _network(walls, proxy_port)
    if walls.denied:
        yield f"(deny file-read* file-write* process-exec* {_subpaths(walls.denied)})"


def _network(walls: Walls, proxy_port: int | None) -> Iterator[str]:
    mode = walls.net.mode
    if mode == OFF:
        yield "(deny network*)"
    elif mode == LOOPBACK:
        yield '(allow network-bind network-inbound (local ip "localhost:*"))'
        yield '(allow network-outbound (remote ip "localhost:*"))'
    elif mode == HOSTS:
        yield f'(allow network-outbound (remote ip "localhost:{proxy_port}"))'
    elif mode == ALL:
        yield '(allow network-bind network-inbound (local ip "*:*"))'
        yield f'(allow network-outbound (remote ip "*:*") (literal {_quoted(RESOLVER)}))'
        yield '(allow mach-lookup (global-name "com.apple.dnssd.service") (global-name "com.apple.trustd"))'


def _sysctls() -> str:
    names = " ".join(f"(sysctl-name {_quoted(each)})" for each in SYSCTLS)
    return f"{names} " + " ".join(f"(sysctl-name-prefix {_quoted(each)})" for each in SYSCTL_PREFIXES)


def _paths(operation: str, paths: tuple[str, ...]) -> str:
    return f"(allow {operation} {_subpaths(paths)})"


def _subpaths(paths: tuple[str, ...]) -> str:
    return " ".join(f"(subpath {_quoted(each)})" for each in dict.fromkeys(paths))


def _quoted(text: str) -> str:
    """A string of the profile language. Raises `Failure` (E_WALL) for a path that it can't hold."""
    if "\0" in text or "\n" in text or not text.isprintable():
        message = f"the path `{text}` can't stand in a seatbelt profile"
        raise Failure("E_WALL", message, exit=ExitCode.BLOCKED)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
