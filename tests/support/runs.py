"""Starting the driver of supervised runs, and looking at processes: with deadlines, never with guesses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0


def command(**asked: Any) -> list[str]:
    """The command line of the driver; `script` is Python code to run, else `argv`."""
    if "script" in asked:
        asked["argv"] = [sys.executable, "-c", asked.pop("script")]
    asked.setdefault("cwd", os.getcwd())
    code = "import json, sys; sys.path[:0] = sys.argv[2:]; from tests.support.supervised import main"
    code += "; sys.exit(main(json.loads(sys.argv[1])))"
    return [sys.executable, "-c", code, json.dumps(asked), str(ROOT), str(ROOT / "src")]


def start(**asked: Any) -> subprocess.Popen[bytes]:
    """The driver, started, with pipes for all three streams and no core files."""
    argv = ["/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh", *command(**asked)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(given: bytes = b"", **asked: Any) -> subprocess.CompletedProcess[bytes]:
    """The driver, run to its end."""
    with start(**asked) as process:
        try:
            out, err = process.communicate(given, timeout=PATIENCE_SECONDS)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Wait until `holds()` is true, or fail saying `what` did not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


def stat_of(pid: int) -> tuple[str, int] | None:
    """The state letter and the parent of a process, or None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, parent = text[text.rindex(")") + 2 :].split()[:2]
    return state, int(parent)


def is_alive(pid: int) -> bool:
    """Whether the process runs (zombies don't)."""
    found = stat_of(pid)
    return found is not None and found[0] not in "ZX"


def pids_in(path: Path, count: int) -> list[int]:
    """The process numbers that a script notes in a file, once there are `count` lines."""
    wait_until(lambda: path.exists() and path.read_text().count("\n") >= count, f"{count} processes in {path}")
    return [int(line) for line in path.read_text().split()]
