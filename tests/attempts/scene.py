"""The ground of one attempt as seen from outside: its folders, its canaries, its processes, and the looks at them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

VICTIM = """
import ctypes, mmap, os, sys, time
memory = ctypes.create_string_buffer(sys.stdin.readline().strip().encode(), 64)
key, path = sys.stdin.readline().split()
held = os.open(path, os.O_RDONLY)
print(os.getpid(), ctypes.addressof(memory), held, flush=True)
for line in sys.stdin:
    print(memory.value.decode(), flush=True)
"""


class User(NamedTuple):
    """Who the attempts run as: None is the one who asks."""

    uid: int | None = None

    @property
    def prefix(self) -> tuple[str, ...]:
        """The words before a command that make it this user's."""
        if self.uid is None:
            return ()
        return ("setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--")

    @property
    def number(self) -> int:
        return os.geteuid() if self.uid is None else self.uid

    def own(self, *paths: Path) -> None:
        """Give these to the user, with all that lies in them."""
        for path in paths:
            if self.uid is not None:
                for folder, folders, files in os.walk(path):
                    for each in (folder, *(os.path.join(folder, name) for name in (*folders, *files))):
                        os.chown(each, self.uid, self.uid, follow_symlinks=False)
                os.chown(path, self.uid, self.uid, follow_symlinks=False)


class Scene:
    """Where one attempt happens: `work` may be written by it, all else is not its own.

    `secret` is known to the canaries alone: where it shows up, something was read. `mark` is told to the attempt, to
    be left where it may not leave anything.
    """

    def __init__(self, folder: Path, home: Path, user: User, environment: Path | None, python: str) -> None:
        self.folder, self.home, self.user, self.environment, self.python = folder, home, user, environment, python
        self.project = folder / "project"
        self.work = self.project / "work"
        self.outside = folder / "outside"
        for each in (self.work, self.outside, self.project / ".git" / "hooks"):
            each.mkdir(parents=True)
        self.script = self.project / "attempt.py"
        self.secret, self.mark = secrets.token_hex(12), secrets.token_hex(12)
        self.output = folder / "output"
        self.received: list[bytes] = []
        self.environ: dict[str, str] = {}
        self.hidden: tuple[str, ...] = ()
        """Variables that a run without confinement has from a parent, not itself."""
        self.bounds: dict[str, float] = {}
        self.descriptors: dict[int, int] = {}
        """What the command inherits: its number there, and the descriptor here."""
        self.terminal: int | None = None
        self.pid = 0
        self.helpers: set[int] = set()

    def plant(self, path: Path, text: str | None = None) -> Path:
        """A file of the user's with the secret, or with `text`."""
        new = path
        while not new.parent.exists():
            new = new.parent
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.secret + "\n" if text is None else text)
        self.user.own(new)
        return path

    def leaked(self) -> bool:
        """Whether the secret shows up in what the run left: its output, its work folder, what listeners got."""
        secret = self.secret.encode()
        if any(secret in each for each in [self._read(self.output), *self.received]):
            return True
        for folder, _, files in os.walk(self.work):
            for each in files:
                path = Path(folder, each)
                if not path.is_symlink() and path.is_file() and secret in self._read(path):
                    return True
        return False

    def was_marked(self) -> bool:
        """Whether a listener got the mark."""
        return any(self.mark.encode() in each for each in self.received)

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(1 << 20)
        except OSError:
            return b""

    def tree(self) -> list[int]:
        """The processes of the run."""
        return [pid for pid in below(self.pid or os.getpid()) if pid not in self.helpers]

    @contextlib.contextmanager
    def victim(self, *words: str, environ: dict[str, str] | None = None) -> Iterator[Victim]:
        """A process of the same user outside: it has the secret in its memory, and an open file with it."""
        path = self.plant(self.outside / "victim" / "held.txt")
        argv = [*self.user.prefix, "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else self.python]
        process = subprocess.Popen(
            [*argv, "-I", "-c", VICTIM, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", **(environ or {})},
            cwd=self.outside,
            start_new_session=True,
            text=True,
        )
        assert process.stdin
        assert process.stdout
        self.helpers.add(process.pid)
        process.stdin.write(f"{self.secret}\n0 {path}\n")
        process.stdin.flush()
        pid, address, held = map(int, process.stdout.readline().split())
        path.unlink()
        try:
            yield Victim(process, pid, address, held)
        finally:
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGCONT)
            process.kill()
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.stdout.close()
            process.wait()
            self.helpers.discard(process.pid)


class Victim(NamedTuple):
    """A process outside, the address of its secret, and the number of its open file."""

    process: subprocess.Popen[str]
    pid: int
    address: int
    held: int

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def state(self) -> str:
        return stat_of(self.pid)[0]

    def status(self, field: str) -> str:
        """A field of the process's status."""
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(field + ":")), "")

    def memory(self) -> str:
        """What its memory holds now, as it says itself."""
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write("?\n")
            self.process.stdin.flush()
            return self.process.stdout.readline().strip()
        except OSError:
            return ""


def stat_of(pid: int) -> tuple[str, int, list[str]]:
    """The state, the parent and the other fields of a process; state `X` where there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], int(fields[1]), fields[2:]
    except (OSError, IndexError):
        return "X", 0, []


def below(root: int) -> list[int]:
    """All living processes below a process."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            state, parent, _ = stat_of(int(name))
            if state not in "XZ":
                children.setdefault(parent, []).append(int(name))
    found, todo = [], [root]
    while todo:
        for pid in children.get(todo.pop(), []):
            found.append(pid)
            todo.append(pid)
    return found


def links_of(pid: int) -> list[str]:
    """Where the descriptors of a process lead."""
    found = []
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found


def link(path: str) -> str:
    """Where a link leads; empty where it can't be told."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def wait_for(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether something comes to hold within the time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def state_of(path: Path) -> Any:
    """All that can be told of a file or a folder from outside, except when it was read."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    attributes = [(name, os.getxattr(path, name)) for name in _attributes(path)]
    inner: Any = None
    if path.is_symlink():
        inner = os.readlink(path)
    elif path.is_dir():
        inner = [(name, state_of(path / name)) for name in sorted(os.listdir(path))]
    elif path.is_file():
        inner = path.read_bytes()
    who = found.st_mode, found.st_uid, found.st_gid, found.st_nlink, found.st_mtime_ns, found.st_ino
    return who, attributes, inner


def _attributes(path: Path) -> list[str]:
    try:
        return os.listxattr(path, follow_symlinks=False)
    except OSError:
        return []


def put_back(path: Path, content: bytes | None) -> None:
    """Make a file hold what it held, or be absent again."""
    if content is not None:
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
