"""Starting a script within its walls: which tier, in what order, and who tells what.

Runs in the keeper of a run (`running.keeper`). In the strict tier the keeper forks process 1 of new namespaces, which
builds the view, forks the script and stays to reap (`init`); in the basic tier the script is the keeper's own child.
The script proves its walls before it becomes the program (`inner`). What fails is told through the pipe of refusals.
"""

from __future__ import annotations

import os

from pyst.confinement.linux import landlock
from pyst.confinement.walls import ALL, BASIC, BEST_EFFORT, HOSTS, STRICT, Built, Wall, Walls
from pyst.named import NamedTuple
from pyst.running.plan import Plan
from pyst.system.child import fork

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from pyst.running.keeper import Start

SCOPES_FROM, TRUNCATE_FROM, IOCTL_FROM = 6, 3, 5
NOT_STOPPED_IN_BASIC = (
    "whether files exist, their sizes and times, where links lead (stat, readlink)",
    "changes to modes, owners and times of the user's own files (chmod, chown, utime)",
    "shared memory and semaphores of the user's other programs (`/dev/shm`)",
    "programs that may be read, where they are started through the dynamic loader (`ld.so`)",
)
BUILT, END_OF_WORD = "built", "\x1e"

NO_SOCKETS = "no Unix sockets with a name"
"""What is said of a run in the strict tier that those of other programs are in sight of."""


class Held(NamedTuple):
    """A confined script as its keeper sees it.

    `child` is whom the keeper waits for, `script` the script's process. `words` is where process 1 tells what became
    of the script (-1: `child` is the script). `keep` are descriptors that must stay open. `private` is a folder to be
    removed in the end, `store` a descriptor of the file system that temporary files are written to (-1: none).
    """

    child: int
    script: int
    words: int = -1
    keep: tuple[int, ...] = ()
    private: str | None = None
    store: int = -1


def load(walls: Walls) -> None:
    """In pyst: import all that will be needed, before processes are forked that would each have to copy it."""
    import gc

    from pyst.confinement import inner, variables, view  # noqa: F401

    if walls.tier == BASIC:
        from pyst.confinement import private  # noqa: F401
    else:
        from pyst.confinement import init, sockets  # noqa: F401

        if init.wants_store(walls):
            import _socket  # noqa: F401
    gc.freeze()  # a collection in a child would copy every page


def enter(start: Start, plan: Plan, walls: Walls) -> Held:
    """Build the walls of `walls` around a new process that becomes the program of `plan`.

    Raises `Wall` where one can't be built, and the user did not choose less.
    """
    version = landlock.abi()
    if version == 0:
        raise Wall("Landlock", "this kernel has none, or it is not turned on")
    if walls.tier in (STRICT, BEST_EFFORT):
        try:
            return _strict(start, plan, walls, version)
        except Wall as wall:
            if walls.tier == STRICT:
                raise
            if walls.net.mode not in ("off", ALL):
                why = f"{wall.why}, and without it nothing here keeps a script to `{walls.net.mode}`"
                raise Wall(wall.name, f"{why}: it has the network or it has none") from wall
            return _basic(start, plan, walls, version, instead=f"{wall.name} ({wall.why})")
    return _basic(start, plan, walls, version)


def _strict(start: Start, plan: Plan, walls: Walls, version: int) -> Held:
    from pyst.confinement import init
    from pyst.confinement.linux.namespaces import fork_apart
    from pyst.confinement.sockets import in_sight

    no_sockets = in_sight(walls, start.environ.get("HOME"))
    mine, theirs = init.channel(walls)
    alive, lifeline = os.pipe()
    owner = os.geteuid(), os.getegid()
    try:
        child = fork_apart(network=walls.net.mode != ALL)
    except OSError as error:
        raise Wall("namespaces", f"this host refuses them to this user ({error.strerror})") from error
    if child == 0:
        init.be_init(start, plan, walls, version, speak=theirs, alive=alive, owner=owner, no_sockets=no_sockets)
    os.close(theirs)
    os.close(alive)
    try:
        store = init.hear_ready(mine, walls)
        script = init.hear_script(mine, child)
    except Wall:
        os.waitpid(child, 0)
        raise
    layers = _layers(STRICT, walls, version)
    tell_built(start.tell, Built(STRICT, (*layers, NO_SOCKETS) if no_sockets else layers, ()))
    return Held(child, script, mine, (mine, lifeline, *((store,) if store >= 0 else ())), None, store)


def _basic(start: Start, plan: Plan, walls: Walls, version: int, *, instead: str | None = None) -> Held:
    from pyst.confinement import private
    from pyst.confinement.inner import be_script
    from pyst.confinement.variables import scrubbed
    from pyst.confinement.view import rules_of_basic

    if walls.net.mode not in ("off", ALL):
        why = f"the tier `basic` can't keep a script to `{walls.net.mode}`: it has the network or it has none"
        raise Wall("network", why)
    home = start.environ.get("HOME")
    try:
        path, lock = private.make(os.getppid())
    except OSError as error:
        raise Wall("private folder", f"none can be made in `{private.base()}` ({error.strerror})") from error
    try:
        rules = rules_of_basic(walls, plan, path, home)
    except Wall:
        private.remove(path)
        raise
    variables = scrubbed(start.environ, plan, walls, private=path)
    keeper = os.getpid()
    child = fork()
    if child == 0:
        be_script(start, plan, walls, BASIC, rules, version, variables=variables, keeper=keeper)
    missing = [] if instead is None else [f"what the tier `strict` stops: {instead}"]
    if version < SCOPES_FROM:
        missing.append("signals to the user's other processes")
    if version < TRUNCATE_FROM:
        missing.append("emptying the user's own files (truncate)")
    if version < IOCTL_FROM:
        missing.append("requests to the devices that may be opened (ioctl)")
    tell_built(start.tell, Built(BASIC, _layers(BASIC, walls, version), (*NOT_STOPPED_IN_BASIC, *missing)))
    return Held(child, child, keep=(lock,), private=path)


def _layers(tier: str, walls: Walls, version: int) -> tuple[str, ...]:
    apart = ("user, process, mount, IPC, host name and cgroup namespaces", "private view of files")
    network = ("network namespace",) if walls.net.mode != ALL else ()
    proxy = ("proxy",) if walls.net.mode == HOSTS else ()
    inner = (f"Landlock (ABI {version})", "seccomp", "capabilities", "rlimits", "environment", "descriptors")
    return (*apart, *network, *proxy, *inner) if tier == STRICT else inner


def tell_built(fd: int, built: Built) -> None:
    """Tell pyst, through the pipe of refusals, what was built."""
    text = "\0".join((BUILT, built.tier, "\x1f".join(built.layers), "\x1f".join(built.not_stopped)))
    os.write(fd, (text + END_OF_WORD).encode())


def tell_wall(fd: int, wall: Wall) -> None:
    """Tell pyst which wall is missing."""
    os.write(fd, f"wall\x000\0{wall.name}\x1f{wall.why}".encode("utf-8", "replace")[:4000])


def read_told(data: bytes) -> tuple[Built | None, bytes]:
    """What was told of the walls, and the rest of what came through the pipe: a refusal, or nothing.

    The keeper and the script tell in either order; each word is written in one piece.
    """
    before, mark, after = data.partition(BUILT.encode() + b"\0")
    if not mark:
        return None, data
    word, _, rest = after.partition(END_OF_WORD.encode())
    tier, layers, missing = word.decode().split("\0")
    built = Built(tier, tuple(layers.split("\x1f")), tuple(each for each in missing.split("\x1f") if each))
    return built, before + rest
