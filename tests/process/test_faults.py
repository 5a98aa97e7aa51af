"""Killed at any instant, or out of disk at any write: the old or the new state, and a plain rerun heals."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pyst.environments.marker import USED
from pyst.system.uv import find_uv
from tests.conftest import Home
from tests.support.faults import (
    CHANGES,
    NAMES,
    PYST,
    STRACE,
    SYNCS,
    WRITES,
    Point,
    breaking,
    injecting,
    points,
    start,
    uv_behind_strace,
)

pytestmark = [
    pytest.mark.sweep,
    pytest.mark.uv,
    pytest.mark.skipif(STRACE is None, reason="strace is not installed"),
]

NEEDS = "# /// script\n# dependencies = ['six']\n# ///\nimport six\nprint('ran', six.__name__)\n"


class Machine:
    """A home whose state can be made anew for every point of a sweep; uv's own cache stays warm."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.environ = home.environ
        self.count = 0
        home.script("needs", NEEDS)

    def fresh(self) -> dict[str, str]:
        """Variables for a home without cache, data and state."""
        self.count += 1
        base = self.home.path / f"state-{self.count}"
        folders = {"XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state"}
        return {**self.environ, **{name: str(base / each) for name, each in folders.items()}}

    def start(self, words: list[str], environ: dict[str, str], prefix: tuple[str, ...] = ()) -> tuple[int, str, str]:
        return start(words, environ, self.home.project, prefix)

    def must_run(self, environ: dict[str, str], told: object) -> None:
        """A plain rerun heals, and so does the one after it."""
        for _ in range(2):
            ended = self.start(["run", "needs"], environ)
            assert ended[:2] == (0, "ran six\n"), (told, ended)

    def points(self, words: list[str], environ: dict[str, str], calls: str) -> list[Point]:
        return points(words, environ, self.home.project, calls, self.home.path / "strace.log")


@pytest.fixture
def machine(home: Home) -> Machine:
    made = Machine(home)
    made.must_run(made.fresh(), "warm uv's cache")
    return made


def test_run_killed_at_each_change_heals(machine: Machine) -> None:
    for at in machine.points(["run", "needs"], machine.fresh(), CHANGES):
        environ = machine.fresh()
        machine.start(["run", "needs"], environ, breaking(at, "signal=KILL"))
        machine.must_run(environ, at)


def test_run_with_uv_killed_at_each_change_heals(machine: Machine) -> None:
    uv = find_uv(machine.environ)
    log = machine.home.path / "uv.log"
    counter = uv_behind_strace(machine.home.path, uv, (str(STRACE), "-f", "-A", "-o", str(log), "-e", f"trace={NAMES}"))
    environ = machine.fresh()
    machine.start(["run", "needs"], {**environ, "PYST_UV": str(counter)})
    count = log.read_text().count("(")
    assert count > 10
    for at in range(1, count + 1, 3):
        environ = machine.fresh()
        broken = uv_behind_strace(machine.home.path, uv, (*injecting(NAMES, "signal=KILL", at), "-f"))
        machine.start(["run", "needs"], {**environ, "PYST_UV": str(broken)})
        machine.must_run(environ, f"uv killed at change {at}")


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_run_with_a_failing_disk_is_told_and_heals(machine: Machine, fault: str) -> None:
    calls = f"{NAMES},{SYNCS}"
    for at in machine.points(["run", "needs"], machine.fresh(), calls):
        environ = machine.fresh()
        code, _, err = machine.start(["run", "needs"], environ, breaking(at, f"error={fault}", onwards=True))
        assert "Traceback" not in err, (at, err)
        assert code == 0 or "error:" in err, (at, code, err)
        machine.must_run(environ, (fault, at))


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_uv_with_a_failing_disk_is_told_and_heals(machine: Machine, fault: str) -> None:
    uv = find_uv(machine.environ)
    for at in range(1, 60, 4):
        environ = machine.fresh()
        broken = uv_behind_strace(machine.home.path, uv, (*injecting(NAMES, f"error={fault}", at, onwards=True), "-f"))
        code, _, err = machine.start(["run", "needs"], {**environ, "PYST_UV": str(broken)})
        assert "Traceback" not in err, (at, err)
        assert code == 0 or "error:" in err, (at, code, err)
        machine.must_run(environ, f"uv: {fault} from change {at} on")


def _trust(machine: Machine, environ: dict[str, str]) -> set[str]:
    path = Path(environ["XDG_DATA_HOME"], "pyst", "trust.json")
    return set(json.loads(path.read_text())["entries"]) if path.exists() else set()


FAULTS = ["signal=KILL", "error=ENOSPC", "error=EIO"]


@pytest.mark.parametrize("fault", FAULTS)
def test_trust_broken_at_each_change_keeps_the_old_or_has_the_new(machine: Machine, fault: str) -> None:
    project = machine.home.project
    machine.home.script("other", "print(1)\n")
    calls = f"{NAMES},{SYNCS},{WRITES}" if fault == "signal=KILL" else f"{NAMES},{SYNCS},pwrite64"
    before = machine.fresh()
    for at in machine.points(["trust", "needs"], before, calls):
        environ = machine.fresh()
        assert machine.start(["trust", "other"], environ)[0] == 0
        old = _trust(machine, environ)
        assert old == {str(project / ".pyst" / "other.py")}
        code, _, err = machine.start(["trust", "needs"], environ, breaking(at, fault, onwards="error" in fault))
        new = old | {str(project / ".pyst" / "needs.py")}
        assert _trust(machine, environ) in (old, new), (fault, at)
        if "error" in fault:
            assert "Traceback" not in err, err
            assert (_trust(machine, environ) == new) == (code == 0), (fault, at, code, err)
        assert machine.start(["trust", "needs"], environ)[0] == 0
        assert _trust(machine, environ) == new


@pytest.mark.parametrize("fault", FAULTS)
def test_lock_broken_at_each_change_keeps_the_old_or_has_the_new(machine: Machine, fault: str) -> None:
    script = machine.home.project / ".pyst" / "needs.py"
    lock = script.with_name("needs.py.lock")
    environ = machine.fresh()
    assert machine.start(["lock", "needs"], environ)[0] == 0
    new = lock.read_text()
    old = new + "# old\n"
    calls = f"{NAMES},{SYNCS},{WRITES}" if fault == "signal=KILL" else f"{NAMES},{SYNCS},pwrite64"
    for at in machine.points(["lock", "needs"], environ, calls):
        lock.write_text(old)
        code, _, err = machine.start(["lock", "needs"], environ, breaking(at, fault, onwards="error" in fault))
        assert lock.read_text() in (old, new), (fault, at)
        assert "Traceback" not in err, err
        assert code == 0 or "error" not in fault or "error:" in err
        assert machine.start(["lock", "needs"], environ)[0] == 0
        assert sorted(each.name for each in script.parent.iterdir() if not each.name.endswith(".tmp")) == [
            "needs.py",
            "needs.py.lock",
        ]


@pytest.mark.parametrize("fault", FAULTS)
def test_gc_broken_at_each_change_leaves_whole_environments_or_none(machine: Machine, fault: str) -> None:
    words = ["gc", "--older-than", "60s"]
    calls = f"{NAMES},{SYNCS}"
    environ = machine.fresh()
    script, kept = machine.home.project / ".pyst" / "needs.py", machine.home.project / "kept"

    def unused() -> None:
        """An environment that no script needs and that was not used for an hour: gc has something to do."""
        machine.must_run(environ, "built again")
        script.rename(kept)
        ago = time.time() - 3600
        for used in Path(environ["XDG_CACHE_HOME"], "pyst").glob(f"environments-v1/*/{USED}"):
            os.utime(used, (ago, ago))

    unused()
    for at in machine.points(words, environ, calls):
        kept.rename(script)
        unused()
        _, _, err = machine.start(words, environ, breaking(at, fault, onwards="error" in fault))
        assert "Traceback" not in err, err
        kept.rename(script)
        machine.must_run(environ, f"gc: {fault} at {at}")
        script.rename(kept)


def test_two_hundred_random_kills_break_nothing(machine: Machine) -> None:
    chance = random.Random(20261121)
    began = time.monotonic()
    machine.must_run(machine.fresh(), "measure")
    longest = time.monotonic() - began
    environ = machine.fresh()
    for number in range(200):
        if number % 8 == 0:
            environ = machine.fresh()
        child = subprocess.Popen(
            [*PYST, "run", "needs"],
            cwd=machine.home.project,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            child.wait(chance.uniform(0, longest))
        except subprocess.TimeoutExpired:
            kill: Callable[[int, int], None] = os.killpg if chance.random() < 0.5 else os.kill
            kill(child.pid, signal.SIGKILL)
            child.wait()
        if number % 8 == 7:
            machine.must_run(environ, f"kill {number}")
