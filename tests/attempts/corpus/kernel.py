"""Widening what the kernel can be asked for: new namespaces, mounts, other roots, and its rarely used parts."""

from __future__ import annotations

import ctypes
import fcntl
import functools
import mmap
import os
import platform
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

from tests.attempts.attempt import NotHere, Stage, attempt
from tests.attempts.inside import NUMBERS, child, hold, syscall
from tests.attempts.scene import Scene, link, links_of, stat_of
from tests.attempts.settings import as_root, holds_descriptor, leaks_from_victim, seen_in_tree, unless, with_victim


def in_other_namespace(kind: str):
    """A process of the run is in another namespace than its parent, which is the attempt itself."""

    def look(scene: Scene, pid: int) -> bool:
        parent = stat_of(pid)[1]
        ours, theirs = link(f"/proc/{pid}/ns/{kind}"), link(f"/proc/{parent}/ns/{kind}")
        return bool(ours and theirs) and ours != theirs and holds_beacon(scene, parent) and holds_beacon(scene, pid)

    return seen_in_tree(look)


def holds_beacon(scene: Scene, pid: int) -> bool:
    """Whether a process has the beacon of the attempt open: its runner does not."""
    return any(each.endswith("/beacon") for each in links_of(pid))


@attempt(in_other_namespace("user"))
def unshare_user_namespace(a):
    """Make a user namespace, in which one is root."""
    beacon = open(a.work + "/beacon", "w")
    child(lambda: (syscall("unshare", 0x10000000), hold()))
    beacon.close()


@attempt(as_root(in_other_namespace("mnt")))
def unshare_mount_namespace(a):
    """Make a mount namespace."""
    beacon = open(a.work + "/beacon", "w")
    child(lambda: (syscall("unshare", 0x00020000), hold()))
    beacon.close()


@attempt(in_other_namespace("user"))
def clone_into_user_namespace(a):
    """Start a process in a new user namespace by clone3."""
    beacon = open(a.work + "/beacon", "w")
    pid = syscall("clone3", struct.pack("11Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0), 88)
    hold()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    beacon.close()


@attempt(in_other_namespace("net"))
def own_network_stack(a):
    """Make a network namespace in a user namespace: much of the kernel opens to its root."""
    beacon = open(a.work + "/beacon", "w")
    child(lambda: (syscall("unshare", 0x10000000 | 0x40000000), hold()))
    beacon.close()


def foreign_namespace(scene: Scene) -> Iterator[Stage]:
    libc = ctypes.CDLL(None, use_errno=True)
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(told, b"y" if libc.unshare(0x04000000) == 0 else b"n")
        signal.pause()
        os._exit(0)
    scene.helpers.add(pid)
    try:
        if os.read(ready, 1) != b"y":
            raise NotHere("no namespace could be made")
        wanted = link(f"/proc/{pid}/ns/uts")
        yield from seen_in_tree(lambda _, each: link(f"/proc/{each}/ns/uts") == wanted, pid=pid)(scene)
    finally:
        os.close(ready)
        os.close(told)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        scene.helpers.discard(pid)


@attempt(as_root(foreign_namespace))
def join_foreign_namespace(a):
    """Join a namespace of a process outside."""
    syscall("setns", os.open("/proc/%d/ns/uts" % a.pid, os.O_RDONLY), 0)
    hold()


def has_mount(scene: Scene, pid: int) -> bool:
    try:
        return scene.mark in Path(f"/proc/{pid}/mountinfo").read_text()
    except OSError:
        return False


def mounted(scene: Scene) -> Iterator[Stage]:
    target = scene.work / scene.mark
    target.mkdir()
    scene.user.own(target)
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        yield from seen_in_tree(has_mount, target=str(target))(scene)
    finally:
        libc.umount2(str(target).encode(), 2)


@attempt(as_root(mounted))
def mount_file_system(a):
    """Mount a file system."""
    syscall("mount", b"none", a.target.encode(), b"tmpfs", 0, None)
    hold()


@attempt(as_root(mounted))
def mount_by_new_calls(a):
    """Mount a file system by the newer system calls."""
    made = syscall("fsopen", b"tmpfs", 0)
    syscall("fsconfig", made, 6, None, None, 0)
    ready = syscall("fsmount", made, 0, 0)
    syscall("move_mount", ready, b"", -100, a.target.encode(), 4)
    hold()


@attempt(mounted)
def mount_in_user_namespace(a):
    """Mount a file system in namespaces of one's own."""
    syscall("unshare", 0x10000000 | 0x00020000)
    syscall("mount", b"none", a.target.encode(), b"tmpfs", 0, None)
    hold()


def has_other_root(scene: Scene, pid: int) -> bool:
    return link(f"/proc/{pid}/root").endswith("/jail")


@attempt(as_root(seen_in_tree(has_other_root)))
def change_root(a):
    """Change the root folder."""
    os.mkdir(a.work + "/jail")
    os.chroot(a.work + "/jail")
    hold()


without_rings = ("/proc/sys/kernel/io_uring_disabled", lambda found, user: found[0] > (1 if user == 0 else 0))


@attempt(unless(*without_rings, holds_descriptor("io_uring")), breach=False)
def use_io_uring(a):
    """Set up io_uring, whose operations no filter of system calls sees."""
    syscall("io_uring_setup", 8, ctypes.create_string_buffer(120))
    hold()


@attempt(holds_descriptor("userfaultfd"), breach=False)
def use_userfaultfd(a):
    """Handle page faults oneself, which helps to win races in the kernel."""
    syscall("userfaultfd", 1)
    hold()


without_counters = ("/proc/sys/kernel/perf_event_paranoid", lambda found, user: user != 0 and found[0] > 2)


@attempt(unless(*without_counters, holds_descriptor("perf_event")), breach=False)
def use_perf_events(a):
    """Open a performance counter."""
    wanted = struct.pack("IIQQQQQ", 1, 120, 1, 0, 0, 0, 0x60).ljust(120, b"\0")
    syscall("perf_event_open", ctypes.create_string_buffer(wanted, 120), 0, -1, -1, 0)
    hold()


without_bpf = ("/proc/sys/kernel/unprivileged_bpf_disabled", lambda found, user: user != 0 and found[0] > 0)


@attempt(unless(*without_bpf, holds_descriptor("bpf")), breach=False)
def use_bpf(a):
    """Make a BPF map."""
    wanted = struct.pack("IIIII", 2, 4, 8, 1, 0).ljust(120, b"\0")
    syscall("bpf", 0, ctypes.create_string_buffer(wanted, 120), 120)
    hold()


def key_of(scene: Scene) -> Iterator[Stage]:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = NUMBERS["keyctl"][platform.machine() == "aarch64"]

    def is_there() -> bool:
        return bool(libc.syscall(number, 10, -3, b"user", scene.mark.encode(), 0) > 0)

    yield Stage({"mark": scene.mark}, is_there)


def planted_key(scene: Scene) -> Iterator[Stage]:
    name = f"pyst-canary-{scene.mark}"
    key = syscall("add_key", b"user", name.encode(), scene.secret.encode(), len(scene.secret), -3)
    try:
        syscall("keyctl", 5, key, 0x3F3F3F3F, 0, 0)
        yield Stage({"name": name}, scene.leaked)
    finally:
        syscall("keyctl", 9, key, -3, 0, 0)


@attempt(key_of)
def leave_key(a):
    """Leave a key in the kernel's keyring of the session."""
    syscall("add_key", b"user", a.mark.encode(), b"x", 1, -3)


@attempt(planted_key)
def read_foreign_key(a):
    """Read a key from the kernel's keyring of the session."""
    key = syscall("keyctl", 10, -3, b"user", a.name.encode(), 0)
    taken = ctypes.create_string_buffer(100)
    syscall("keyctl", 11, key, taken, 100, 0)
    print(taken.value)


def has_personality(scene: Scene, pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/personality").read_text().strip().endswith("40000")
    except OSError:
        return False


@attempt(seen_in_tree(has_personality), breach=False)
def change_personality(a):
    """Switch off the randomness of addresses for the programs that it starts."""
    syscall("personality", 0x0040000)
    hold()


def typed(scene: Scene) -> Iterator[Stage]:
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[3] &= ~(termios.ICANON | termios.ECHO)
    attributes[6][termios.VMIN] = 0
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    os.fchmod(theirs, 0o666)
    scene.terminal = theirs

    def waits() -> bool:
        found = fcntl.ioctl(theirs, termios.FIONREAD, b"\0\0\0\0")
        return struct.unpack("i", found)[0] > 0

    try:
        yield Stage({}, waits)
    finally:
        os.close(ours)
        os.close(theirs)


@attempt(typed)
def type_into_terminal(a):
    """Type a command into the terminal that the command was started from."""
    for each in b"x\n":
        fcntl.ioctl(0, termios.TIOCSTI, bytes([each]))


def setting_of_kernel(path: str, values: tuple[str, str]):
    def stage(scene: Scene) -> Iterator[Stage]:
        try:
            before = Path(path).read_text().strip()
        except OSError as error:
            raise NotHere(f"there is no `{path}`") from error
        other = values[before == values[0]]
        try:
            yield Stage({"path": path, "value": other}, lambda: Path(path).read_text().strip() == other)
        finally:
            if Path(path).read_text().strip() != before:
                Path(path).write_text(before + "\n")

    return stage


@attempt(as_root(setting_of_kernel("/proc/sys/kernel/core_uses_pid", ("0", "1"))))
def change_kernel_setting(a):
    """Change a setting of the kernel below /proc/sys."""
    open(a.path, "w").write(a.value)


@attempt(as_root(setting_of_kernel("/proc/sys/kernel/ctrl-alt-del", ("0", "1"))))
def ask_for_reboot_keys(a):
    """Change by the system call `reboot` what Ctrl-Alt-Del does."""
    syscall("reboot", 0xFEE1DEAD, 0x28121969, 0x89ABCDEF if a.value == "1" else 0, None)


def domain(scene: Scene) -> Iterator[Stage]:
    yield from setting_of_kernel("/proc/sys/kernel/domainname", (scene.mark, scene.mark))(scene)


@attempt(as_root(domain))
def rename_the_machine(a):
    """Change the machine's domain name."""
    syscall("setdomainname", a.value.encode(), len(a.value))


def kernel_log(scene: Scene) -> Iterator[Stage]:
    with open("/dev/kmsg", "w", encoding="utf-8") as log:
        log.write(f"pyst-canary {scene.secret}\n")
    yield Stage({}, scene.leaked)


@attempt(as_root(kernel_log))
def read_kernel_log(a):
    """Read the kernel's log."""
    taken = ctypes.create_string_buffer(1 << 18)
    syscall("syslog", 3, taken, 1 << 18)
    print(b"\n".join(each for each in taken.value.splitlines() if b"pyst-canary" in each))


def logged(scene: Scene) -> Iterator[Stage]:
    fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    os.lseek(fd, 0, os.SEEK_END)

    def is_there() -> bool:
        while True:
            try:
                if scene.mark.encode() in os.read(fd, 8192):
                    return True
            except BlockingIOError:
                return False

    try:
        yield Stage({"mark": scene.mark}, is_there)
    finally:
        os.close(fd)


@attempt(as_root(logged))
def write_kernel_log(a):
    """Write into the kernel's log."""
    open("/dev/kmsg", "w").write(a.mark + "\n")


def disk_device(scene: Scene) -> Iterator[Stage]:
    device = next((str(each) for each in sorted(Path("/dev").glob("loop[0-9]"))), "")
    if not device:
        raise NotHere("there is no block device to try")
    yield from seen_in_tree(lambda _, pid: device in links_of(pid), path=device)(scene)


@attempt(as_root(disk_device))
def open_block_device(a):
    """Open a block device."""
    held = os.open(a.path, os.O_RDONLY)
    hold()
    os.close(held)


def shared_segment(scene: Scene) -> Iterator[Stage]:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    key = int(scene.mark[:6], 16) + 1
    number = libc.shmget(key, 4096, 0o1666)
    if number < 0:
        raise NotHere("there is no System V shared memory")
    address = libc.shmat(number, None, 0)
    try:
        ctypes.memmove(address, scene.secret.encode(), len(scene.secret))
        yield Stage({"key": key}, scene.leaked)
    finally:
        libc.shmdt(ctypes.c_void_p(address))
        libc.shmctl(number, 0, None)


@attempt(shared_segment)
def read_shared_segment(a):
    """Read another program's System V shared memory."""
    address = syscall("shmat", syscall("shmget", a.key, 0, 0), 0, 0o10000)
    print(ctypes.string_at(address, 64))


def message_queue(scene: Scene) -> Iterator[Stage]:
    libc = ctypes.CDLL(None, use_errno=True)
    key = int(scene.mark[:6], 16) + 2
    number = libc.msgget(key, 0o1666)
    if number < 0:
        raise NotHere("there are no System V queues")
    message = struct.pack("l", 1) + scene.secret.encode()
    try:
        libc.msgsnd(number, message, len(scene.secret), 0)
        yield Stage({"key": key}, scene.leaked)
    finally:
        libc.msgctl(number, 0, None)


@attempt(message_queue)
def take_queued_message(a):
    """Take a message from another program's System V queue."""
    taken = ctypes.create_string_buffer(200)
    syscall("msgrcv", syscall("msgget", a.key, 0), taken, 100, 0, 0o4000)
    print(taken.raw[8:])


def posix_queue(scene: Scene) -> Iterator[Stage]:
    libc = ctypes.CDLL(None, use_errno=True)
    name = f"/pyst-canary-{scene.mark}".encode()
    try:
        old = os.umask(0)
        queue = libc.mq_open(name, os.O_RDWR | os.O_CREAT, 0o666, struct.pack("8l", 0, 4, 64, 0, 0, 0, 0, 0))
        os.umask(old)
    except AttributeError as error:
        raise NotHere("the C library has no POSIX queues") from error
    if queue < 0:
        raise NotHere("there are no POSIX queues")
    try:
        libc.mq_send(queue, scene.secret.encode(), len(scene.secret), 0)
        yield Stage({"name": name.decode()}, scene.leaked)
    finally:
        os.close(queue)
        libc.mq_unlink(name)


@attempt(posix_queue)
def take_from_posix_queue(a):
    """Take a message from another program's POSIX queue."""
    taken = ctypes.create_string_buffer(64)
    queue = syscall("mq_open", a.name[1:].encode(), os.O_RDONLY | os.O_NONBLOCK, 0, None)
    syscall("mq_timedreceive", queue, taken, 64, None, None)
    print(taken.value)


def queue_lives(scene: Scene) -> Iterator[Stage]:
    for stage in posix_queue(scene):
        yield stage._replace(succeeded=functools.partial(is_no_queue, stage.given["name"].encode()))


def is_no_queue(name: bytes) -> bool:
    queue = ctypes.CDLL(None).mq_open(name, os.O_RDONLY)
    if queue >= 0:
        os.close(queue)
    return bool(queue < 0)


@attempt(as_root(queue_lives))
def remove_posix_queue(a):
    """Remove another program's POSIX queue."""
    syscall("mq_unlink", a.name[1:].encode())


def queue_is_left(scene: Scene) -> Iterator[Stage]:
    libc, name = ctypes.CDLL(None), f"/pyst-left-{scene.mark}".encode()
    if not hasattr(libc, "mq_unlink"):
        raise NotHere("the C library has no POSIX queues")
    yield Stage({"name": name.decode()}, lambda: bool(libc.mq_unlink(name) == 0))
    libc.mq_unlink(name)


@attempt(queue_is_left)
def leave_posix_queue(a):
    """Leave a POSIX queue behind, which takes memory of the kernel."""
    syscall("mq_open", a.name[1:].encode(), os.O_RDWR | os.O_CREAT, 0o600, None)


def compat(scene: Scene) -> Iterator[Stage]:
    if platform.machine() != "x86_64":
        raise NotHere("there is no second way into the kernel on this machine")
    yield from key_of(scene)


@attempt(compat)
def call_as_32_bit_program(a):
    """Make a system call by its 32-bit number (a key is left), past a filter that forgets the architecture."""
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, 7)
    base = ctypes.addressof(ctypes.c_char.from_buffer(page))
    page[1024:1029] = b"user\0"
    page[2048 : 2048 + len(a.mark)] = a.mark.encode()
    page[3072:3073] = b"x"
    load = [(0xB8, 286), (0xBB, base + 1024), (0xB9, base + 2048), (0xBA, base + 3072), (0xBE, 1), (0xBF, 0xFFFFFFFD)]
    code = b"\x53\x56\x57" + b"".join(struct.pack("<BI", *each) for each in load) + b"\xcd\x80\x5f\x5e\x5b\xc3"
    page[: len(code)] = code
    ctypes.CFUNCTYPE(ctypes.c_int)(base)()


@attempt(with_victim(leaks_from_victim))
def read_by_foreign_root(a):
    """Read by /proc/PID/root, the file system of a process outside."""
    print(open("/proc/%d/root/proc/%d/fd/%d" % (a.pid, a.pid, a.held)).read())


def own_program(scene: Scene) -> Iterator[Stage]:
    yield Stage({"work": str(scene.work)}, (scene.work / "ran").exists)


@attempt(own_program, breach=False)
def start_forbidden_program(a):
    """Start a program that was not granted."""
    subprocess.run(["/bin/sh", "-c", "echo x > %s/ran" % a.work])


def has_memory_program(scene: Scene, pid: int) -> bool:
    return link(f"/proc/{pid}/exe").startswith("/memfd:")


@attempt(seen_in_tree(has_memory_program), breach=False)
def start_program_from_memory(a):
    """Start a program that no file system has."""
    held = syscall("memfd_create", b"program", 0)
    os.write(held, open("/bin/sleep", "rb").read())
    os.execve("/proc/self/fd/%d" % held, ["sleep", "1"], {})


def has_name(scene: Scene, pid: int) -> bool:
    return link(f"/proc/{pid}/exe").endswith("/brought")


@attempt(seen_in_tree(has_name), breach=False)
def start_brought_program(a):
    """Start a program that it wrote into the work folder."""
    with open(a.work + "/brought", "wb") as file:
        file.write(open("/bin/sleep", "rb").read())
    os.chmod(a.work + "/brought", 0o755)
    os.execve(a.work + "/brought", ["brought", "1"], {})


@attempt(own_program, breach=False)
def start_by_the_loader(a):
    """Start a program that it wrote into the work folder by the dynamic loader, which may be executed."""
    import glob
    import shutil

    shutil.copy(os.path.realpath(sys.executable), a.work + "/program")
    loader = (glob.glob("/lib64/ld-linux-*") + glob.glob("/lib/ld-linux-*"))[0]
    code = "open(%r, 'w').close()" % (a.work + "/ran")
    words = [loader, a.work + "/program", "-S", "-c", code]
    subprocess.run(words, env={"PYTHONHOME": sys.base_prefix}, stderr=sys.stderr)
