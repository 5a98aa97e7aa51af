"""Breaking pyst on purpose: a kill or an error at the Nth system call that changes something, by strace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyst

BOOT = str(Path(pyst.__file__).with_name("boot.py"))
PYST = [sys.executable, "-I", "-S", BOOT]
STRACE = shutil.which("strace")

NAMES = "rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat"
SYNCS = "fsync,fdatasync,ftruncate,fchmod,fchmodat,chmod,utimensat"
WRITES = "write,pwrite64,copy_file_range,sendfile"
STARTS = "execve,fork,vfork,clone,clone3"
CHANGES = f"{NAMES},{SYNCS},{WRITES},{STARTS}"
"""The system calls after each of which the world is another one."""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def start(words: list[str], environ: Mapping[str, str], cwd: Path, prefix: tuple[str, ...] = ()) -> Ended:
    """Start pyst as the launcher does, behind `prefix`."""
    ended = subprocess.run(
        [*prefix, *PYST, *words],
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


class Point(NamedTuple):
    """One system call of a run that changes something, told as strace finds it: it counts each kind by itself."""

    number: int
    call: str
    before: dict[str, int]
    """How many of each kind came before it; also of those that never came."""


def points(words: list[str], environ: Mapping[str, str], cwd: Path, calls: str, log: Path) -> list[Point]:
    """Every one of `calls` that the first process makes in an undisturbed run; in the whole check, of many every
    second (PYST_TEST_ALL takes all)."""
    assert STRACE is not None
    start(words, environ, cwd, (STRACE, "-o", str(log), "-e", f"trace={calls}"))
    before = dict.fromkeys(calls.split(","), 0)
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if (call := re.match(r"(\w+)\(", line)) and call[1] in before:
            found.append(Point(len(found) + 1, call[1], dict(before)))
            before[call[1]] += 1
    assert len(found) > 3, "the sweep sees nothing: it would prove nothing"
    sampled = os.environ.get("PYST_TEST_CHECK") and not os.environ.get("PYST_TEST_ALL") and len(found) > 24
    return found[::2] if sampled else found


def breaking(point: Point, fault: str, *, onwards: bool = False) -> tuple[str, ...]:
    """The words of strace that let this call fail by `fault`, and `onwards` every later one of its set too."""
    assert STRACE is not None
    names = point.before if onwards else [point.call]
    words = [STRACE, "-o", "/dev/null", "-e", f"trace={','.join(names)}"]
    for name in names:
        words += ["-e", f"inject={name}:{fault}:when={point.before[name] + 1}{'+' if onwards else ''}"]
    return tuple(words)


def injecting(calls: str, fault: str, at: int, *, onwards: bool = False) -> tuple[str, ...]:
    """The words of strace that let the `at`-th call of each kind in `calls` fail by `fault`, in each process by itself:
    for programs of others, whose calls come in no certain order."""
    assert STRACE is not None
    when = f"{at}+" if onwards else f"{at}"
    return (STRACE, "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}:when={when}")


def uv_behind_strace(folder: Path, uv: str, prefix: tuple[str, ...]) -> Path:
    """A program that is uv under strace, for `PYST_UV`."""
    path = folder / "uv-behind-strace"
    path.write_text(f'#!/bin/sh\nexec {" ".join(prefix)} {uv} "$@"\n')
    path.chmod(0o755)
    return path


def was_killed(ended: Ended) -> bool:
    """Whether the traced process died by the injected SIGKILL (strace ends as its tracee did)."""
    return ended.code in (-signal.SIGKILL, 128 + signal.SIGKILL)


def leftovers(folder: Path) -> Iterator[Path]:
    """Temporary files that a killed writer left."""
    for root, _, files in os.walk(folder):
        yield from (Path(root, each) for each in files if each.endswith(".tmp"))
