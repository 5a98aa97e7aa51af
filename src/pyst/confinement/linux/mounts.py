"""A private view of the files: a new root in memory, onto which only what may be seen is mounted.

What is to be seen says a `View`, a pure value; `build` makes it so, in a mount namespace of its own. The calls are
those of Linux 5.12 (open_tree, mount_setattr, fsopen, move_mount): attributes then hold for mounts below mounts too.
"""

from __future__ import annotations

import os

from pyst.confinement.contents import verified
from pyst.confinement.linux.calls import open_exactly, syscall, word
from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, EMPTY_PATH, RECURSIVE, NO_FOLLOW = -100, 0x1000, 0x8000, 0x100
CLONE, CLOEXEC = 1, 0o2000000
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC = 1, 2, 4, 8
PRIVATE = 1 << 18
SET_FLAG, SET_STRING, CREATE = 0, 1, 6
FROM_EMPTY_PATH = 4
DETACH = 2
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = (
    ("fd", "/proc/self/fd"),
    ("stdin", "fd/0"),
    ("stdout", "fd/1"),
    ("stderr", "fd/2"),
    ("ptmx", "pts/ptmx"),
)
MOST_COPIED_BYTES = 4 << 20
PLATFORM = "/tmp"
"""Where the new root is put together; in the namespace of its own, so that nobody else sees it."""


class Mount(NamedTuple):
    """What lies at `source` outside is seen at `target` inside, with all that is mounted below it.

    A `source` of "" is what nobody may reach: an empty folder (or file), without rights. On the way to one that is
    `exact` there must be no link; one that `is_link` is a link itself.
    A file with a `sha256` is seen as a copy of the content that has this hash.
    """

    source: str
    target: str
    is_folder: bool
    writable: bool = False
    executes: bool = False
    exact: bool = False
    is_link: bool = False
    sha256: str = ""


class View(NamedTuple):
    """All that is seen. `mounts` are sorted, parents first; `links` are symbolic links and what they say.

    `copies` are small files of the system, `folders` empty folders. `private` is where the private folder of
    temporary files lies, `most_bytes` what may be written there and in `/dev/shm` together. `executes`: programs that
    were written there may be executed.
    """

    mounts: tuple[Mount, ...]
    links: tuple[tuple[str, str], ...]
    copies: tuple[str, ...]
    folders: tuple[str, ...]
    private: str
    most_bytes: int
    executes: bool


def build(view: View) -> int:
    """Make `view` all that this process sees; it has to be in namespaces of mounts and processes of its own.

    Gives a descriptor of the private folder, which tells how full it is. Raises `Wall`, `OSError`.
    """
    _set(HERE, b"/", 0, RECURSIVE, propagation=PRIVATE)
    contents = {mount: verified(mount.source, mount.sha256) for mount in view.mounts if mount.sha256}
    held = {mount: _copy_of(mount) for mount in view.mounts if mount.source and mount not in contents}
    most_bytes = view.most_bytes + sum(map(len, contents.values()))
    devices = [(name, _device(name)) for name in DEVICES]
    files = [(path, data) for path in view.copies if (data := _content(path)) is not None]
    processes = _processes()
    terminals = _filesystem(b"devpts", (b"newinstance", None), (b"ptmxmode", b"0666"), (b"mode", b"0620"))
    memory = _filesystem(b"tmpfs", (b"mode", b"0755"), (b"size", b"%d" % most_bytes), (b"nr_inodes", b"1048576"))
    private, shared, nothing, no_file = _platform(memory, view.executes)
    held.update({mount: _shown(data, f"{PLATFORM}/{mount.sha256}") for mount, data in contents.items()})
    _enter(f"{PLATFORM}/root")
    _furnish(view, files)
    _put(private, view.private)
    _devices(devices, terminals, shared)
    os.makedirs("/proc", exist_ok=True)
    if processes is not None:
        _put(processes, "/proc")
    for mount in view.mounts:
        if mount.source:
            _put_at(held[mount], mount)
        elif os.path.lexists(mount.target):
            _put(_again(nothing if os.path.isdir(mount.target) else no_file), mount.target)
    for path, target in view.links:
        _link(path, target)
    for path in view.folders:
        _make_folder(path)
    _set(HERE, b"/", READ_ONLY | NO_SUID | NO_DEVICES, 0)
    return os.open(view.private, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _set(fd: int, path: bytes, attributes: int, flags: int, *, propagation: int = 0) -> None:
    syscall("mount_setattr", fd, path, flags, word(attributes, 0, propagation, 0), 32)


def _clone(path: str) -> int:
    return syscall("open_tree", HERE, os.fsencode(path), CLONE | CLOEXEC | RECURSIVE)


def _clone_exactly(path: str) -> int:
    fd = open_exactly(path)
    try:
        return syscall("open_tree", fd, b"", CLONE | CLOEXEC | RECURSIVE | EMPTY_PATH)
    finally:
        os.close(fd)


def _clone_link(path: str) -> int:
    above, name = os.path.split(path)
    fd = open_exactly(above)
    try:
        return syscall("open_tree", fd, os.fsencode(name), CLONE | CLOEXEC | NO_FOLLOW)
    finally:
        os.close(fd)


def _copy_of(mount: Mount) -> int:
    """A mount of the source that hangs nowhere yet; -1 where this process can't get at it."""
    clone = _clone_link if mount.is_link else _clone_exactly if mount.exact else _clone
    try:
        fd = clone(mount.source)
    except OSError as error:
        if error.errno in (2, 13, 20):
            return -1
        raise
    attributes = NO_SUID | NO_DEVICES | (0 if mount.writable else READ_ONLY) | (0 if mount.executes else NO_EXEC)
    _set(fd, b"", attributes, EMPTY_PATH | RECURSIVE, propagation=PRIVATE)
    return fd


def _device(name: str) -> int:
    try:
        fd = _clone(f"/dev/{name}")
    except OSError:
        return -1
    _set(fd, b"", NO_SUID | NO_EXEC, EMPTY_PATH, propagation=PRIVATE)
    return fd


def _content(path: str) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, min(os.fstat(fd).st_size, MOST_COPIED_BYTES))
    finally:
        os.close(fd)


def _filesystem(kind: bytes, *options: tuple[bytes, bytes | None]) -> int:
    """A file system of its own that hangs nowhere yet."""
    context = syscall("fsopen", kind, 1)
    try:
        for name, value in options:
            syscall("fsconfig", context, SET_FLAG if value is None else SET_STRING, name, value, 0)
        syscall("fsconfig", context, CREATE, None, None, 0)
        attributes = NO_SUID | NO_EXEC | (0 if kind == b"devpts" else NO_DEVICES)
        return syscall("fsmount", context, 1, attributes if kind != b"tmpfs" else NO_SUID | NO_DEVICES)
    finally:
        os.close(context)


def _processes() -> int | None:
    """/proc with the namespace's own processes alone; None where the host refuses it (a container that masks its)."""
    try:
        return _filesystem(b"proc", (b"hidepid", b"ptraceable"), (b"subset", b"pid"))
    except OSError as error:
        if error.errno != 1:
            raise
        return None


def _platform(memory: int, executes: bool) -> tuple[int, int, int, int]:
    """Make the parts of the new root out of one file system in memory: what is private, shared, and nothing."""
    _put(memory, PLATFORM)
    for name, mode in (("root", 0o755), ("private", 0o1777), ("shared", 0o1777), ("nothing", 0)):
        os.mkdir(f"{PLATFORM}/{name}")
        os.chmod(f"{PLATFORM}/{name}", mode)
    os.close(os.open(f"{PLATFORM}/no-file", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0))
    open_folders = NO_SUID | NO_DEVICES | (0 if executes else NO_EXEC)
    shut = NO_SUID | NO_DEVICES | NO_EXEC | READ_ONLY
    made = []
    for name, attributes in (("private", open_folders), ("shared", open_folders), ("nothing", shut), ("no-file", shut)):
        fd = _clone(f"{PLATFORM}/{name}")
        _set(fd, b"", attributes, EMPTY_PATH)
        made.append(fd)
    _put(_clone(f"{PLATFORM}/root"), f"{PLATFORM}/root")
    return made[0], made[1], made[2], made[3]


def _shown(data: bytes, path: str) -> int:
    """A mount of a new file that holds `data`."""
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o555)
    with open(fd, "wb") as file:
        file.write(data)
    fd = _clone(path)
    _set(fd, b"", NO_SUID | NO_DEVICES | READ_ONLY, EMPTY_PATH)
    return fd


def _enter(folder: str) -> None:
    """Make `folder` the root, and let go of the one before."""
    os.chdir(folder)
    syscall("pivot_root", b".", b".")
    syscall("umount2", b".", DETACH)
    os.chdir("/")


def _furnish(view: View, files: list[tuple[str, bytes]]) -> None:
    os.makedirs(view.private, exist_ok=True)
    made: set[str] = set()
    for path, data in files:
        folder = os.path.dirname(path)
        if folder not in made:
            _make_folder(folder)
            made.add(folder)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o444)
        os.write(fd, data)
        os.close(fd)


def _devices(devices: list[tuple[str, int]], terminals: int, shared: int) -> None:
    os.makedirs("/dev/shm")
    os.mkdir("/dev/pts")
    for name, fd in devices:
        if fd != -1:
            os.close(os.open(f"/dev/{name}", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o666))
            _put(fd, f"/dev/{name}")
    for name, target in DEVICE_LINKS:
        os.symlink(target, f"/dev/{name}")
    _put(terminals, "/dev/pts")
    _put(shared, "/dev/shm")


def _put(fd: int, target: str) -> None:
    """Hang a mount where it belongs."""
    syscall("move_mount", fd, b"", HERE, os.fsencode(target), FROM_EMPTY_PATH)
    os.close(fd)


def _put_at(fd: int, mount: Mount) -> None:
    if fd == -1:
        return
    if mount.is_folder:
        _make_folder(mount.target)
    elif not os.path.lexists(mount.target):
        _make_folder(os.path.dirname(mount.target))
        os.close(os.open(mount.target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    _put(fd, mount.target)


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path, 0o755)
        return
    except OSError as error:
        if error.errno == 17:
            return
    for each in (*reversed(list(_above(path))), path):
        try:
            os.mkdir(each, 0o755)
        except OSError as error:
            if error.errno not in (17, 30, 13):  # it is there; or what it lies in is, with what it has
                raise


def _above(path: str) -> Iterator[str]:
    while (path := os.path.dirname(path)) != "/":
        yield path


def _again(fd: int) -> int:
    """Another mount of what `fd` is."""
    return syscall("open_tree", fd, b"", CLONE | CLOEXEC | EMPTY_PATH)


def _link(path: str, target: str) -> None:
    try:
        _make_folder(os.path.dirname(path))
        os.symlink(target, path)
    except OSError as error:
        if error.errno not in (17, 30, 13, 20):
            raise
