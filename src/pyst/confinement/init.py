"""Process 1 of a confined run: builds the view from within, forks the script, reaps, and tells how the script fares.

It has the powers of root in its namespaces while it builds, and gives them up before it waits. Nothing can look into
it from within (it is not dumpable, and hidden), though it holds a copy of pyst's memory. With its keeper it dies, and
with it everything in the namespaces. All that it needs is imported before: nothing of pyst is seen in the view.
"""

from __future__ import annotations

import os
import select

from pyst.confinement.inner import be_script
from pyst.confinement.linux import capabilities, filter, namespaces
from pyst.confinement.linux.calls import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, prctl, syscall
from pyst.confinement.linux.mounts import build
from pyst.confinement.variables import scrubbed
from pyst.confinement.view import rules_of_strict, view_of
from pyst.confinement.walls import HOSTS, LOOPBACK, STRICT, Wall, Walls
from pyst.running.plan import Plan
from pyst.system.process_tree import told

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import NoReturn

    from pyst.running.keeper import Start

READY, FAILED = b"+", b"-"
STARTED, STOPPED, EXITED, EXITED_LAST = b"pzxq"
"""What process 1 tells: the script's process (its own number for it), what stopped it, its wait status, and the same
where it left nothing behind: then process 1 ends by itself."""
SIGKILL = 9


def be_init(
    start: Start,
    plan: Plan,
    walls: Walls,
    version: int,
    *,
    speak: int,
    alive: int,
    owner: tuple[int, int],
    no_sockets: bool,
) -> NoReturn:
    """In a child of `fork_apart`: build, start the script, and stay until nothing is left.

    `speak` is a pipe to the keeper, or a socket where it wants to look at the store; `alive` a pipe that ends with it,
    `owner` the user and group that it was outside. `no_sockets`: the script has no Unix sockets with a name.
    """
    code = 70
    if walls.net.mode == HOSTS:
        from pyst.confinement import proxy
    name = "namespaces"
    try:
        try:
            home = start.environ.get("HOME")
            namespaces.map_self(*owner)
            namespaces.name_host(b"pyst")
            name = "private view of files"
            view = view_of(walls, plan, home)
            rules = rules_of_strict(walls, plan, view, home)
            variables = scrubbed(start.environ, plan, walls, private=view.private)
            store = build(view)
            os.mkdir(view.private + "/home", 0o700)
            name = "network"
            if walls.net.mode in (LOOPBACK, HOSTS):
                namespaces.raise_loopback()
            if walls.net.mode == HOSTS:
                proxy.hand_over(start.hand)
            name = "processes"
            prctl(PR_SET_DUMPABLE, 0)
            prctl(PR_SET_PDEATHSIG, SIGKILL)
        except OSError as error:
            raise Wall(name, error.strerror or str(error)) from error
        _say_ready(speak, store if wants_store(walls) else -1)
        script = os.fork()
        if script == 0:
            be_script(start, plan, walls, STRICT, rules, version, variables=variables, keeper=0, no_sockets=no_sockets)
        _let_go({speak, alive})
        _tell(speak, STARTED, script)
        _lock_self(alive)
        _reap(script, speak)
        code = 0
    except Wall as wall:
        os.write(speak, FAILED + f"{wall.name}\x1f{wall.why}".encode("utf-8", "replace")[:4000])
    except BaseException as error:  # noqa: BLE001  this process has no one above to raise it to
        os.write(speak, FAILED + f"{name}\x1f{type(error).__name__}: {error}".encode("utf-8", "replace")[:4000])
    finally:
        os._exit(code)


def _let_go(needed: set[int]) -> None:
    nothing = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    for fd in range(3):
        os.dup2(nothing, fd)
    at = 3
    for fd in (*sorted(needed), 1 << 20):
        os.closerange(at, fd) if fd - at < 4096 else _close_from(at)
        at = fd + 1


def _close_from(first: int) -> None:
    syscall("close_range", first, 0xFFFFFFFF, 0)


def _lock_self(alive: int) -> None:
    """Give up all powers; and end at once if the keeper was gone before this process asked to die with it."""
    capabilities.drop_all()
    filter.refuse_privileges()
    filter.lay(filter.Refusals(internet=True, local=True, foreign_files=True))
    poller = select.poll()
    poller.register(alive, select.POLLIN)
    if poller.poll(0):
        os._exit(70)


def _reap(script: int, speak: int) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WUNTRACED)
        except ChildProcessError:
            return
        if pid != script:
            continue
        if os.WIFSTOPPED(status):
            _tell(speak, STOPPED, os.WSTOPSIG(status))
        else:
            _tell(speak, EXITED if _any_left() else EXITED_LAST, status)
            script = 0


def _any_left() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _tell(speak: int, letter: int, number: int) -> None:
    try:
        os.write(speak, bytes((letter,)) + number.to_bytes(4, "little", signed=True))
    except OSError:
        pass  # the keeper is gone, and this process with it


def wants_store(walls: Walls) -> bool:
    """Whether the keeper has to see how full the private folder is, to hold a bound."""
    return walls.bounds.memory_bytes is not None or walls.bounds.disk_bytes is not None


def channel(walls: Walls) -> tuple[int, int]:
    """The keeper's end, and that of process 1, of what the latter tells: only a socket carries a descriptor too."""
    if not wants_store(walls):
        return os.pipe()
    from _socket import AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM, socketpair

    mine, theirs = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC)
    return mine.detach(), theirs.detach()


def _say_ready(speak: int, store: int) -> None:
    """Say that the view stands, with a descriptor of where temporary files go (-1: without)."""
    if store < 0:
        os.write(speak, READY)
        return
    from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

    sock = socket(AF_UNIX, SOCK_STREAM, 0, fileno=speak)
    try:
        sock.sendmsg([READY], [(SOL_SOCKET, SCM_RIGHTS, store.to_bytes(4, "little"))])
    finally:
        sock.detach()


def hear_ready(mine: int, walls: Walls) -> int:
    """In the keeper: wait until the view stands; gives the descriptor that came with it (-1: none). Raises `Wall`."""
    if not wants_store(walls):
        data = os.read(mine, 1)
        ancillary: list[tuple[int, int, bytes]] = []
    else:
        from _socket import AF_UNIX, CMSG_SPACE, MSG_CMSG_CLOEXEC, SOCK_STREAM, socket

        sock = socket(AF_UNIX, SOCK_STREAM, 0, fileno=mine)
        try:
            data, ancillary, _, _ = sock.recvmsg(1, CMSG_SPACE(4), MSG_CMSG_CLOEXEC)
        finally:
            sock.detach()
    if data != READY:
        raise _failed(mine, data)
    return int.from_bytes(ancillary[0][2][:4], "little") if ancillary else -1


def hear_script(mine: int, child: int) -> int:
    """In the keeper: wait until process 1 has forked the script; gives its process as it is seen here."""
    letter = os.read(mine, 1)
    if letter != bytes((STARTED,)):
        raise _failed(mine, letter)
    inside = int.from_bytes(os.read(mine, 4), "little")
    listed = told(f"/proc/{child}/task/{child}/children")
    if listed is None:  # a kernel without these lists
        from pyst.system.process_tree import children

        found = list(children(child, with_dead=True))
    else:
        found = [int(each) for each in listed.split()]
    for pid in found:
        text = told(f"/proc/{pid}/status") or b""
        line = text[text.find(b"\nNSpid:") + 1 :].split(b"\n", 1)[0].split()
        if line and line[-1] == b"%d" % inside:
            return pid
    return child


def _failed(mine: int, letter: bytes) -> Wall:
    if letter == FAILED:
        name, _, why = os.read(mine, 4096).decode("utf-8", "replace").partition("\x1f")
        return Wall(name, why)
    return Wall("namespaces", "the process that builds them was killed")
