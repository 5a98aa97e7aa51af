"""Scripts that take all they can get, as fast as they can: what the bounds of a confined run have to hold. Pure text.

Each begins to take at once, and would take many times its bound if nobody ended it; the folder of its script is
where it may write.
"""

from __future__ import annotations

ONE_BLOCK = "held = bytearray(3 << 30)\n"
SHARED_MAPPING = """\
import mmap
held = mmap.mmap(-1, 3 << 30)
block = b"x" * (8 << 20)
while True:
    held.write(block)
"""
MANY_PROCESSES = """\
import os, time
for _ in range(24):
    if os.fork() == 0:
        held = []
        while True:
            held.append(b"x" * (1 << 20))
time.sleep(30)
"""
TWELVE_TIMES_FIFTY = """\
import os, time
for _ in range(12):
    if os.fork() == 0:
        held = b"x" * (50 << 20)
        time.sleep(30)
        os._exit(0)
time.sleep(30)
"""
FILE_IN_MEMORY = """\
import os
fd = os.memfd_create("held", 8)
block = b"x" * (8 << 20)
while True:
    os.write(fd, block)
"""
TEMPORARY_FILE = """\
import os, sys
block = b"x" * (8 << 20)
with open((sys.argv[1:] or ["/dev/shm"])[0] + f"/held-{os.getpid()}", "wb", 0) as file:
    while True:
        file.write(block)
"""
SYSTEM_V = """\
import ctypes, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for _ in range(48):
    segment = libc.shmget(0, 64 << 20, 0o1600)
    if segment < 0:
        raise SystemExit(0)
    address = libc.shmat(segment, None, 0)
    ctypes.memset(address, 1, 64 << 20)
    libc.shmdt(ctypes.c_void_p(address))
time.sleep(30)
"""
PAGE_TABLES = """\
import mmap
held = []
while True:
    area = mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ)
    for at in range(0, len(area), 2 << 20):
        area[at]
    held.append(area)
"""
MEMORY = {
    "one block": ONE_BLOCK,
    "a shared mapping": SHARED_MAPPING,
    "24 processes at once": MANY_PROCESSES,
    "12 processes of 50 MiB": TWELVE_TIMES_FIFTY,
    "a file in memory": FILE_IN_MEMORY,
    "a file in /dev/shm": TEMPORARY_FILE,
    "System V shared memory": SYSTEM_V,
    "page tables": PAGE_TABLES,
}

ONE_FILE = """\
import os
block = b"x" * (8 << 20)
fd = os.open("big", os.O_WRONLY | os.O_CREAT)
while True:
    os.write(fd, block)
"""
MANY_FILES = """\
import os
block = b"x" * (8 << 20)
for process in range(4):
    if os.fork() == 0:
        break
number = 0
while True:
    number += 1
    with open(f"big-{os.getpid()}-{number}", "wb", 0) as file:
        for _ in range(4):
            file.write(block)
"""
RESERVED = """\
import os
number = 0
while True:
    number += 1
    fd = os.open(f"big-{number}", os.O_WRONLY | os.O_CREAT)
    os.posix_fallocate(fd, 0, 64 << 20)
"""
MAPPED = """\
import mmap, os
number = 0
block = b"x" * (8 << 20)
while True:
    number += 1
    fd = os.open(f"big-{number}", os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 64 << 20)
    area = mmap.mmap(fd, 64 << 20)
    for _ in range(8):
        area.write(block)
"""
DISK = {"one file": ONE_FILE, "many files": MANY_FILES, "reserved space": RESERVED, "mapped files": MAPPED}

FORK_BOMB = """\
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
"""
