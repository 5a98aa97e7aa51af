"""What every attempt has at hand: this file is put before its code. Standard library alone, Python 3.8 and later."""

from __future__ import annotations

import ctypes
import fcntl  # noqa: F401  the attempts have all of these at hand
import json
import mmap  # noqa: F401
import os
import platform
import signal  # noqa: F401
import socket  # noqa: F401
import struct  # noqa: F401
import subprocess  # noqa: F401
import sys
import termios  # noqa: F401
import time
from types import SimpleNamespace

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

NUMBERS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone3": (435, 435),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "inotify_add_watch": (254, 27),
    "inotify_init1": (294, 26),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "move_mount": (429, 429),
    "mq_open": (240, 180),
    "mq_timedreceive": (243, 183),
    "mq_unlink": (241, 181),
    "msgget": (68, 186),
    "msgrcv": (70, 188),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "prlimit64": (302, 261),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "reboot": (169, 142),
    "renameat2": (316, 276),
    "rt_sigqueueinfo": (129, 138),
    "setdomainname": (171, 162),
    "setns": (308, 268),
    "shmat": (30, 196),
    "shmget": (29, 194),
    "syslog": (103, 116),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
"""System calls by their numbers on x86_64 and aarch64."""


def syscall(name, *words):
    """Make a system call. Words are numbers, bytes, buffers or None. Raises `OSError`."""
    number = NUMBERS[name][platform.machine() == "aarch64"]
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in words]
    result = libc.syscall(ctypes.c_long(number), *given)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), name)
    return result


def hold(seconds=1.0):
    """Stay for a moment, so that what was reached can be seen from outside."""
    time.sleep(seconds)


def child(work):
    """Do `work()` in a forked child and wait for it; its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            sys.stderr.write("%s\n" % error)
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] >> 8


def given():
    """What the judge told the attempt: paths, ports, process numbers. Leaves a sign that the attempt was begun."""
    a = SimpleNamespace(**json.loads(sys.argv[1]))
    open(a.begun, "w").close()
    return a
