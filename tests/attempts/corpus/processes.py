"""Acting on processes outside, and staying when the run is over."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.attempts.attempt import NotHere, Stage, attempt
from tests.attempts.inside import hold, libc, syscall
from tests.attempts.scene import Scene, Victim
from tests.attempts.settings import (
    as_root,
    inherits,
    kills_victim,
    leaks_from_victim,
    seen_in_tree,
    survives,
    with_victim,
)


@attempt(with_victim(kills_victim))
def kill_foreign_process(a):
    """Kill a process outside."""
    os.kill(a.pid, signal.SIGKILL)


@attempt(with_victim(kills_victim))
def kill_foreign_group(a):
    """Kill a process group outside."""
    os.killpg(a.pid, signal.SIGKILL)


@attempt(with_victim(kills_victim))
def kill_by_pidfd(a):
    """Kill a process outside by a descriptor of it."""
    syscall("pidfd_send_signal", syscall("pidfd_open", a.pid, 0), signal.SIGKILL, None, 0)


@attempt(with_victim(kills_victim))
def queue_signal(a):
    """Queue a signal with data to a process outside."""
    info = ctypes.create_string_buffer(struct.pack("iiiii", signal.SIGUSR1, 0, -1, os.getpid(), os.getuid()), 128)
    syscall("rt_sigqueueinfo", a.pid, signal.SIGUSR1, info)


@attempt(with_victim(kills_victim))
def signal_by_file_owner(a):
    """Have the kernel send SIGIO to a process outside, as the owner of a socket."""
    ours, other = socket.socketpair()
    fcntl.fcntl(ours, fcntl.F_SETOWN, a.pid)
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    other.send(b"x")
    hold(0.2)


def is_stopped(scene: Scene, victim: Victim) -> bool:
    return victim.state() == "T"


@attempt(with_victim(is_stopped))
def stop_foreign_process(a):
    """Stop a process outside."""
    os.kill(a.pid, signal.SIGSTOP)


@attempt(with_victim(leaks_from_victim))
def read_foreign_memory(a):
    """Read the memory of a process outside by process_vm_readv."""
    taken = ctypes.create_string_buffer(64)
    mine = struct.pack("LL", ctypes.addressof(taken), 64)
    syscall("process_vm_readv", a.pid, mine, 1, struct.pack("LL", a.address, 64), 1, 0)
    print(taken.value)


@attempt(with_victim(leaks_from_victim))
def read_foreign_memory_file(a):
    """Read the memory of a process outside by /proc/PID/mem."""
    with open("/proc/%d/mem" % a.pid, "rb", 0) as memory:
        memory.seek(a.address)
        print(memory.read(64))


def overwritten(scene: Scene, victim: Victim) -> bool:
    return victim.memory() == scene.mark


@attempt(with_victim(overwritten))
def write_foreign_memory(a):
    """Write into the memory of a process outside by process_vm_writev."""
    text = ctypes.create_string_buffer(a.mark.encode())
    mine = struct.pack("LL", ctypes.addressof(text), len(text))
    syscall("process_vm_writev", a.pid, mine, 1, struct.pack("LL", a.address, len(text)), 1, 0)


@attempt(with_victim(overwritten))
def write_foreign_memory_file(a):
    """Write into the memory of a process outside by /proc/PID/mem."""
    with open("/proc/%d/mem" % a.pid, "r+b", 0) as memory:
        memory.seek(a.address)
        memory.write(a.mark.encode() + b"\0")


def is_traced(scene: Scene, victim: Victim) -> bool:
    return not victim.is_dead() and victim.status("TracerPid") not in ("", "0")


@attempt(with_victim(is_traced, live=True))
def trace_foreign_process(a):
    """Trace a process outside."""
    syscall("ptrace", 0x4206, a.pid, 0, 0)
    hold()


@attempt(with_victim(leaks_from_victim))
def take_foreign_descriptor(a):
    """Take an open file from a process outside by pidfd_getfd."""
    fd = syscall("pidfd_getfd", syscall("pidfd_open", a.pid, 0), a.held, 0)
    print(os.pread(fd, 100, 0))


def is_nicer(scene: Scene, victim: Victim) -> bool:
    return os.getpriority(os.PRIO_PROCESS, victim.pid) != os.getpriority(os.PRIO_PROCESS, 0)


@attempt(with_victim(is_nicer))
def change_foreign_priority(a):
    """Change the priority of a process outside."""
    os.setpriority(os.PRIO_PROCESS, a.pid, 15)


def is_limited(scene: Scene, victim: Victim) -> bool:
    with open(f"/proc/{victim.pid}/limits", encoding="utf-8") as file:
        return any(line.startswith("Max open files") and line.split()[3] == "17" for line in file)


@attempt(with_victim(is_limited))
def change_foreign_limit(a):
    """Change a resource limit of a process outside."""
    syscall("prlimit64", a.pid, 7, struct.pack("QQ", 17, 17), None)


def is_pinned(scene: Scene, victim: Victim) -> bool:
    return len(os.sched_getaffinity(victim.pid)) == 1


def with_processors(scene: Scene) -> Iterator[Stage]:
    if len(os.sched_getaffinity(0)) < 2:
        raise NotHere("there is one processor")
    yield from with_victim(is_pinned)(scene)


@attempt(with_processors)
def pin_foreign_process(a):
    """Bind a process outside to one processor."""
    os.sched_setaffinity(a.pid, {min(os.sched_getaffinity(0))})


def is_offered(scene: Scene, victim: Victim) -> bool:
    with open(f"/proc/{victim.pid}/oom_score_adj", encoding="utf-8") as file:
        return file.read().strip() == "777"


@attempt(with_victim(is_offered))
def offer_foreign_process_to_the_killer(a):
    """Have the kernel kill a process outside first when memory runs out."""
    with open("/proc/%d/oom_score_adj" % a.pid, "w") as file:
        file.write("777")


@attempt(survives)
def stay_as_daemon(a):
    """Fork twice, with a session of one's own, and stay."""
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        for fd in range(3):
            os.close(fd)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(20)
        os._exit(0)
    time.sleep(0.2)


@attempt(survives)
def stay_under_a_collector(a):
    """Stay below a process that collects orphans itself."""
    if os.fork() == 0:
        libc.prctl(36, 1, 0, 0, 0)
        os.setsid()
        code = "import os, signal, time; signal.signal(15, 1); os.fork(); os.fork(); time.sleep(20)"
        subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        time.sleep(20)
    time.sleep(0.3)


@attempt(survives)
def kill_the_keeper_and_stay(a):
    """Kill the processes above, as far as they belong to the run, and stay."""
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(20)
        os._exit(0)
    try:
        os.kill(os.getppid(), signal.SIGKILL)
    except OSError:
        pass
    time.sleep(0.3)


def arrives(scene: Scene) -> bool:
    return scene.was_marked()


def socket_with_reader(scene: Scene) -> Iterator[Stage]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    def take() -> bool:
        try:
            scene.received.append(ours.recv(4096))
        except OSError:
            pass
        return scene.was_marked()

    with ours, theirs:
        for stage in inherits(lambda _: os.dup(theirs.fileno()), arrives)(scene):
            yield stage._replace(succeeded=take, look=take)


@attempt(socket_with_reader)
def speak_by_inherited_socket(a):
    """Speak to a process outside by an inherited socket."""
    socket.socket(fileno=a.fd).send(a.mark.encode())


def is_other_user(scene: Scene, pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return any(line.startswith("Uid:") and "12345" in line.split() for line in file)
    except OSError:
        return False


@attempt(as_root(seen_in_tree(is_other_user)))
def become_another_user(a):
    """Become another user."""
    os.setuid(12345)
    hold()


def setuid_program(scene: Scene) -> Iterator[Stage]:
    if scene.user.number == 0:
        raise NotHere("root needs no setuid program")
    if os.geteuid() != 0:
        raise NotHere("only root can plant a setuid program")
    with open("/bin/sleep", "rb") as file:
        program = scene.project / "privileged"
        program.write_bytes(file.read())
    program.chmod(0o4755)

    def is_root(scene: Scene, pid: int) -> bool:
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                return any(line.startswith("Uid:") and line.split()[2] == "0" for line in file)
        except OSError:
            return False

    yield from seen_in_tree(is_root, path=str(program))(scene)


@attempt(setuid_program)
def gain_rights_by_setuid(a):
    """Start a setuid program of root's."""
    subprocess.run([a.path, "1"])
