"""`pyst document` killed at any instant, or out of disk at any write: the old or the new script, and nothing else."""

from __future__ import annotations

import pytest

from tests.commands.test_document import STALE
from tests.conftest import Home
from tests.support.faults import NAMES, STRACE, SYNCS, WRITES, breaking, points, start

pytestmark = [pytest.mark.sweep, pytest.mark.skipif(STRACE is None, reason="strace is not installed")]

WORDS = ["document", "stale", "--write", "--yes"]
NEW = '"""Say it."""\n\n\ndef helper(a):\n    """Help.\n    """\n'


@pytest.mark.parametrize("fault", ["signal=KILL", "error=ENOSPC"])
def test_broken_at_each_change_it_leaves_the_old_or_the_new(home: Home, fault: str) -> None:
    path = home.script("stale", STALE)
    calls = f"{NAMES},{SYNCS},{WRITES}" if fault == "signal=KILL" else f"{NAMES},{SYNCS},pwrite64"
    seen = set()
    for at in points(WORDS, home.environ, home.project, calls, home.path / "strace.log"):
        path.write_text(STALE)
        ended = start(WORDS, home.environ, home.project, breaking(at, fault, onwards="error" in fault))
        found = path.read_text()
        seen.add(found)
        assert found in (STALE, NEW), (fault, at)
        assert "Traceback" not in ended.err
        if "error" in fault:
            assert (found == NEW) == (ended.code == 0), (fault, at, ended)
    assert seen == {STALE, NEW}
    assert start(WORDS, home.environ, home.project).code == 0
    assert path.read_text() == NEW
