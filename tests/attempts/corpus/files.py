"""Reading and changing files that are not the run's own."""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.attempts.attempt import NotHere, Stage, attempt
from tests.attempts.inside import hold, libc, syscall
from tests.attempts.scene import Scene, put_back
from tests.attempts.settings import (
    appears,
    as_root,
    changes,
    inherits,
    leaks,
    leaks_from_victim,
    outside_file,
    outside_secret,
    with_victim,
)


@attempt(leaks(outside_secret))
def read_foreign_file(a):
    """Read a file of the user's."""
    print(open(a.path).read())


@attempt(leaks(lambda scene: scene.home / ".ssh" / "id_canary"))
def read_key_in_home(a):
    """Read a private key in the home."""
    print(open(a.path).read())


@attempt(leaks(lambda scene: scene.project / "settings.env"))
def read_beside_the_script(a):
    """Read a file beside the script by a relative path."""
    print(open("../settings.env").read())


@attempt(leaks(lambda scene: Path("/tmp") / f"pyst-canary-{scene.mark}"))
def read_foreign_file_in_tmp(a):
    """Read another program's file in /tmp."""
    print(open(a.path).read())


@attempt(leaks(lambda scene: Path("/dev/shm") / f"pyst-canary-{scene.mark}"))
def read_shared_memory_file(a):
    """Read another program's shared memory in /dev/shm."""
    print(open(a.path).read())


@attempt(leaks(outside_secret))
def read_through_symlink(a):
    """Read through a symbolic link made in the work folder."""
    os.symlink(a.path, a.work + "/link")
    print(open(a.work + "/link").read())


@attempt(leaks(outside_secret))
def read_through_hard_link(a):
    """Read through a hard link made in the work folder."""
    os.link(a.path, a.work + "/linked")
    print(open(a.work + "/linked").read())


@attempt(leaks(outside_secret))
def move_foreign_file_here(a):
    """Move a foreign file into the work folder and read it there."""
    os.rename(a.path, a.work + "/moved")
    print(open(a.work + "/moved").read())


@attempt(leaks(outside_secret))
def read_by_own_root(a):
    """Read by the path /proc/self/root."""
    print(open("/proc/self/root" + a.path).read())


@attempt(leaks(outside_secret))
def read_by_child_program(a):
    """Have a child process read."""
    print(subprocess.run([sys.executable, "-c", f"print(open({a.path!r}).read())"], capture_output=True).stdout)


@attempt(leaks(lambda scene: scene.outside / f"name-{scene.secret}"))
def list_foreign_folder(a):
    """List the names in a foreign folder."""
    print(os.listdir(os.path.dirname(a.path)))


def told_times(scene: Scene) -> Iterator[Stage]:
    path = scene.plant(scene.outside / "dated.txt", "x")
    stamp = random.randrange(10**17, 10**18)
    os.utime(path, ns=(stamp, stamp))
    scene.secret = str(stamp)
    yield Stage({"path": str(path)}, scene.leaked)


@attempt(told_times)
def stat_foreign_file(a):
    """Tell the times of a foreign file."""
    print(os.stat(a.path).st_mtime_ns)


def linked_name(scene: Scene) -> Iterator[Stage]:
    path = scene.outside / "link"
    path.symlink_to("/nowhere/" + scene.secret)
    yield Stage({"path": str(path)}, scene.leaked)


@attempt(linked_name)
def read_foreign_link(a):
    """Tell where a foreign symbolic link leads."""
    print(os.readlink(a.path))


def attributed(scene: Scene) -> Iterator[Stage]:
    path = scene.plant(scene.outside / "attributed.txt", "x")
    try:
        os.setxattr(path, "user.canary", scene.secret.encode())
    except OSError as error:
        raise NotHere("the file system keeps no extended attributes") from error
    yield Stage({"path": str(path)}, scene.leaked)


@attempt(attributed)
def read_foreign_attribute(a):
    """Read an extended attribute of a foreign file."""
    print(os.getxattr(a.path, "user.canary"))


def busy_folder(scene: Scene) -> Iterator[Stage]:
    folder = scene.outside / "busy"
    folder.mkdir()
    scene.user.own(folder)

    def touch() -> bool:
        path = folder / f"{scene.secret}-{time.monotonic_ns()}"
        path.touch()
        path.unlink()
        return False

    yield Stage({"path": str(folder)}, scene.leaked, touch)


@attempt(busy_folder)
def watch_foreign_folder(a):
    """Watch by inotify what happens in a foreign folder."""
    fd = syscall("inotify_init1", 0)
    syscall("inotify_add_watch", fd, a.path.encode(), 0x100)
    print(os.read(fd, 4096))


@attempt(as_root(busy_folder))
def watch_foreign_folder_by_fanotify(a):
    """Watch by fanotify what happens in a foreign folder."""
    fd = syscall("fanotify_init", 0x0C00, os.O_RDONLY)
    syscall("fanotify_mark", fd, 1, ctypes.c_uint64(0x100 | 0x40000000 | 0x08000000), -100, a.path.encode())
    print(os.read(fd, 4096))


@attempt(with_victim(leaks_from_victim))
def read_open_file_of_another(a):
    """Read by /proc/PID/fd what a process outside has open."""
    print(open("/proc/%d/fd/%d" % (a.pid, a.held)).read())


@attempt(inherits(lambda scene: os.open(scene.plant(outside_secret(scene)), os.O_RDONLY), lambda scene: scene.leaked()))
def read_inherited_descriptor(a):
    """Read a descriptor that the caller forgot to close."""
    print(os.pread(a.fd, 100, 0))


@attempt(
    inherits(
        lambda scene: os.open(scene.plant(outside_secret(scene)).parent, os.O_RDONLY), lambda scene: scene.leaked()
    )
)
def open_below_inherited_folder(a):
    """Open a file below an inherited descriptor of a folder."""
    print(os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=a.fd), 100))


def handled(scene: Scene) -> Iterator[Stage]:
    path = scene.plant(outside_secret(scene))
    libc = ctypes.CDLL(None, use_errno=True)
    handle = ctypes.create_string_buffer((128).to_bytes(4, "little"), 136)
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, str(path).encode(), handle, ctypes.byref(mount), 0):
        raise NotHere("the file system gives no handles")
    yield Stage({"handle": handle.raw.hex(), "work": str(scene.work)}, scene.leaked)


@attempt(as_root(handled))
def open_by_handle(a):
    """Open a foreign file by its handle, past all folders."""
    mount = os.open(a.work, os.O_RDONLY)
    handle = ctypes.create_string_buffer(bytes.fromhex(a.handle), 136)
    print(os.read(syscall("open_by_handle_at", mount, handle, os.O_RDONLY), 100))


def locked_away(scene: Scene) -> Iterator[Stage]:
    path = scene.plant(scene.work / "locked.txt")
    os.chown(path, 12345, 12345)
    path.chmod(0)
    scene.environ["NOTHING"] = "x"
    copy = scene.work / "copy.txt"
    yield Stage({"path": str(path), "copy": str(copy)}, lambda: copy.exists() and scene.secret in copy.read_text())


@attempt(as_root(locked_away))
def pass_over_modes(a):
    """Use root's capability to pass over the modes of another user's file."""
    open(a.copy, "w").write(open(a.path).read())


@attempt(changes(outside_file))
def write_foreign_file(a):
    """Write into a file of the user's."""
    open(a.path, "a").write(a.mark)


@attempt(changes(outside_file))
def truncate_foreign_file(a):
    """Cut a foreign file short by its path."""
    os.truncate(a.path, 0)


@attempt(changes(outside_file))
def delete_foreign_file(a):
    """Delete a foreign file."""
    os.unlink(a.path)


@attempt(changes(outside_file))
def replace_foreign_file(a):
    """Move a file of one's own over a foreign one."""
    open(a.work + "/new", "w").write(a.mark)
    os.rename(a.work + "/new", a.path)


@attempt(changes(outside_file))
def exchange_with_foreign_file(a):
    """Exchange a file of one's own and a foreign one."""
    open(a.work + "/new", "w").write(a.mark)
    syscall("renameat2", -100, (a.work + "/new").encode(), -100, a.path.encode(), 2)


@attempt(appears(lambda scene: scene.outside / "new.txt"))
def create_foreign_file(a):
    """Make a file in a foreign folder."""
    open(a.path, "w").write(a.mark)


@attempt(appears(lambda scene: scene.outside / "new-folder"))
def make_foreign_folder(a):
    """Make a folder in a foreign folder."""
    os.mkdir(a.path)


@attempt(appears(lambda scene: scene.outside / "new-link"))
def link_into_foreign_folder(a):
    """Make a symbolic link in a foreign folder."""
    os.symlink("/dev/null", a.path)


@attempt(appears(lambda scene: scene.outside / "unnamed"))
def name_unnamed_file_outside(a):
    """Give a file without a name (O_TMPFILE) one in a foreign folder."""
    fd = os.open(a.work, os.O_TMPFILE | os.O_RDWR, 0o644)
    libc.linkat(-100, b"/proc/self/fd/%d" % fd, -100, a.path.encode(), 0x400)


@attempt(changes(outside_file))
def write_by_own_root(a):
    """Write by the path /proc/self/root."""
    open("/proc/self/root" + a.path, "a").write(a.mark)


@attempt(changes(outside_file))
def write_through_symlink(a):
    """Write through a symbolic link made in the work folder."""
    os.symlink(a.path, a.work + "/link")
    open(a.work + "/link", "a").write(a.mark)


@attempt(changes(outside_file))
def change_foreign_mode(a):
    """Change the mode of a foreign file."""
    os.chmod(a.path, 0o777)


@attempt(as_root(changes(outside_file)))
def change_foreign_owner(a):
    """Give a foreign file to another user."""
    os.chown(a.path, a.uid, a.uid)


@attempt(changes(outside_file))
def change_foreign_times(a):
    """Change the times of a foreign file."""
    os.utime(a.path, (1, 1))


@attempt(changes(outside_file))
def set_foreign_attribute(a):
    """Set an extended attribute of a foreign file."""
    os.setxattr(a.path, "user.canary", b"x")


@attempt(changes(lambda scene: Path("/tmp") / f"pyst-canary-{scene.mark}"))
def write_foreign_file_in_tmp(a):
    """Write into another program's file in /tmp."""
    open(a.path, "a").write(a.mark)


@attempt(appears(lambda scene: Path("/var/tmp") / f"pyst-canary-{scene.mark}"))
def leave_file_in_var_tmp(a):
    """Leave a file in /var/tmp."""
    open(a.path, "w").write(a.mark)


@attempt(appears(lambda scene: Path("/dev/shm") / f"pyst-canary-{scene.mark}"))
def leave_file_in_shared_memory(a):
    """Leave a file in /dev/shm."""
    open(a.path, "w").write(a.mark)


def inherited_to_write(scene: Scene) -> Iterator[Stage]:
    path = scene.plant(scene.outside / "log.txt", "")
    yield from inherits(lambda _: os.open(path, os.O_WRONLY | os.O_APPEND), lambda _: path.stat().st_size > 0)(scene)


@attempt(inherited_to_write)
def write_inherited_descriptor(a):
    """Write to a descriptor that the caller forgot to close."""
    os.write(a.fd, b"x")


def device_node(scene: Scene) -> Iterator[Stage]:
    path = scene.work / "node"
    try:
        yield Stage({"path": str(path)}, path.is_block_device)
    finally:
        path.unlink(missing_ok=True)


@attempt(as_root(device_node))
def make_device(a):
    """Make the node of a block device in the work folder."""
    os.mknod(a.path, 0o060600, os.makedev(7, 99))


def set_user_id(scene: Scene) -> Iterator[Stage]:
    path = scene.work / "privileged"
    try:
        yield Stage({"path": str(path)}, lambda: path.exists() and bool(path.stat().st_mode & 0o4000))
    finally:
        put_back(path, None)


@attempt(as_root(set_user_id))
def leave_setuid_program(a):
    """Leave a program in the work folder that gives root's rights to whoever starts it."""
    open(a.path, "w").write("#!/bin/sh\n")
    os.chmod(a.path, 0o4755)


def given_away(scene: Scene) -> Iterator[Stage]:
    path = scene.work / "given"
    yield Stage({"path": str(path)}, lambda: path.exists() and path.stat().st_uid == 12345)


@attempt(as_root(given_away))
def give_file_away(a):
    """Make a file in the work folder another user's."""
    open(a.path, "w").close()
    os.chown(a.path, 12345, 12345)
    hold(0)
