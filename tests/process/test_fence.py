"""The fence around tests whose children multiply: it holds, and nothing is left in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import fence as fences
from tests.support.fence import fence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cgroups are Linux's")
MOST = 60
FORKING = f"""
import os, signal, sys, time
children = []
try:
    for _ in range({MOST} + 10):
        pid = os.fork()
        if pid == 0:
            os.close(1)
            time.sleep(60)
            os._exit(0)
        children.append(pid)
except BlockingIOError:
    pass
print(len(children))
if sys.argv[1:] != ["stay"]:
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
"""
needs_group = pytest.mark.skipif(
    os.geteuid() != 0 or not os.access("/sys/fs/cgroup", os.W_OK), reason="cgroups are root's"
)


def groups() -> set[Path]:
    return {each for parent in fences._parents() for each in parent.glob("pyst-tests-*")}


@needs_group
@pytest.mark.parametrize("how", ["leave", "stay"])
def test_a_cgroup_bounds_all_below_and_is_emptied(how: str) -> None:
    before = groups()
    with fence(MOST) as enter:
        if groups() == before:
            pytest.skip("there can be no pids cgroup here")
        ended = subprocess.run(
            [sys.executable, "-I", "-c", FORKING, how],
            stdout=subprocess.PIPE,
            preexec_fn=enter,
            timeout=60,
        )
        assert 0 < int(ended.stdout) < MOST
    assert groups() == before


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="takes root to be another user")
def test_without_a_cgroup_the_users_processes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fences, "_make_group", lambda most: None)
    python = shutil.which("python3", path="/usr/bin") or pytest.skip("there is no Python that everybody may read")
    user = ["setpriv", "--reuid=61234", "--regid=61234", "--clear-groups", "--"]
    with fence(MOST) as enter:
        ended = subprocess.run(
            [*user, python, "-I", "-c", FORKING], stdout=subprocess.PIPE, preexec_fn=enter, timeout=60, cwd="/"
        )
    assert 0 < int(ended.stdout) < MOST
