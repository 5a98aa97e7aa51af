"""The warden: what is left of a server's children ends when the server is gone, and nobody else does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pyst.agents import warden
from tests.support.runs import wait_until

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('there', flush=True); time.sleep(600)"
)
MEEK = "import time; print('there', flush=True); time.sleep(600)"


@contextmanager
def children(*codes: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Children in sessions of their own, which have said that they are there."""
    found = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) for code in codes
    ]
    try:
        for each in found:
            assert each.stdout is not None
            assert each.stdout.readline() == b"there\n"
        yield found
    finally:
        for each in found:
            each.kill()
            each.wait()
            assert each.stdout is not None
            each.stdout.close()


def guarded(words: str) -> None:
    """Have a warden hear these words and the end of its server, and wait until it has gone."""
    argv = [sys.executable, "-I", "-S", warden.__file__]
    subprocess.run(argv, input=words.encode(), timeout=60, check=True)


def test_what_is_left_ends_the_stubborn_too() -> None:
    with children(MEEK, STUBBORN, MEEK) as (meek, stubborn, finished):
        guarded(f"+{meek.pid}\n+{stubborn.pid}\n+{finished.pid}\n-{finished.pid}\n")
        assert (meek.wait(10), stubborn.wait(10)) == (-15, -9)
        assert finished.poll() is None


def test_without_children_it_just_goes() -> None:
    guarded("")


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the system doesn't tell when a process was started")
def test_a_number_that_is_another_process_by_now_is_let_alone() -> None:
    with children(MEEK) as (other,):
        assert warden.lives(other.pid, warden.started(other.pid))
        assert not warden.lives(other.pid, "1")
        warden.send({other.pid: "1"}, 9)
        warden.send({2**22 + 1: ""}, 9)
        assert other.poll() is None


def test_a_child_that_has_ended_does_not_live() -> None:
    with children(MEEK) as (child,):
        since = warden.started(child.pid)
        child.kill()
        wait_until(lambda: not warden.lives(child.pid, since), "its end")
