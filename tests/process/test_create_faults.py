"""Saving what a model wrote, killed and failing at each step: no script or a whole one, the old or the new."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import Home, Pyst
from tests.support import faults
from tests.support.faults import CHANGES, STRACE, breaking, injecting, leftovers, points, start, was_killed
from tests.support.model_scripts import CODE, script
from tests.support.model_server import ModelServer

pytestmark = [pytest.mark.sweep, pytest.mark.skipif(STRACE is None, reason="needs strace")]
SAVE = """
import sys
from pyst.authoring.saving import save_new
from pyst.errors import Failure
try:
    save_new(sys.argv[1], open(sys.argv[2], "rb").read())
except Failure as failure:
    sys.exit(f"{failure.code} {failure.message}")
"""
FAULTS = ["signal=KILL", "error=ENOSPC", "error=EIO"]


@pytest.fixture
def server(server: ModelServer) -> ModelServer:
    server.says(script())
    return server


@pytest.mark.parametrize("fault", FAULTS)
def test_a_new_script_is_whole_or_absent(home: Home, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(faults, "PYST", [sys.executable, "-B", "-c", SAVE])
    whole, path = home.project / "whole", home.project / "made" / "names.py"
    whole.write_text(CODE)
    words = [str(path), str(whole)]
    environ = {**home.environ, "PYTHONPATH": str(Path(faults.BOOT).parents[1])}
    found = points(words, environ, home.project, CHANGES, home.path / "strace.log")
    hit = absent = 0
    for at in found:
        shutil.rmtree(path.parent, ignore_errors=True)
        ended = start(words, environ, home.project, breaking(at, fault))
        assert not path.exists() or path.read_text() == CODE, at
        assert "Traceback" not in ended.err, (at, ended.err)
        absent += not path.exists()
        hit += was_killed(ended) or ended.code != 0
        assert ended.code != 0 or path.exists(), at
        if not was_killed(ended):
            assert list(leftovers(path.parent)) == [] or at.call.startswith("unlink"), at
        mended = start(words, environ, home.project)
        assert mended.code == 0 or (path.exists() and "E_EXISTS" in mended.err), (at, mended.err)
        assert path.read_text() == CODE
    assert hit > 3
    assert absent


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_script_is_the_old_or_the_new(home: Home, fault: str) -> None:
    """By `--undo`, which saves as a change does."""
    from pyst.authoring.saving import save_changed

    old, new = CODE, CODE + "# new\n"
    path, data = home.project / ".pyst" / "names.py", home.path / ".local" / "share" / "pyst"
    words = ["edit", "names", "--undo", "--yes"]

    def prepare() -> None:
        shutil.rmtree(data, ignore_errors=True)
        home.script("names", new)
        save_changed(str(path), new.encode(), old.encode(), str(data / "replaced"), 1_700_000_000)

    prepare()
    found = points(words, home.environ, home.project, CHANGES, home.path / "strace.log")
    states = set()
    for at in found:
        prepare()
        ended = start(words, home.environ, home.project, breaking(at, fault))
        assert path.read_text() in (old, new), at
        assert "Traceback" not in ended.err, (at, ended.err)
        states.add((path.read_text() == new, ended.code == 0))
        kept = [each.read_text() for each in data.rglob("*.py")]
        assert new in kept, at
        assert path.read_text() == old or old in kept, at
        if path.read_text() == old:
            mended = start(words, home.environ, home.project)
            assert (mended.code, path.read_text()) == (0, new), (at, mended.err)
    assert {new_is_there for new_is_there, _ in states} == {True, False}
    assert any(not went_well for _, went_well in states)


def test_the_whole_command_killed_where_it_saves(home: Home, server: ModelServer) -> None:
    """Once, at the step on which it hangs: each other step is swept above, without a model."""
    path = home.path / ".local" / "share" / "pyst" / "scripts" / "names.py"
    words = ["create", "--model", "openai-chat:gpt-5", "names", "names", "--yes", "--local"]
    environ = {**home.environ, **server.environ}
    ended = start(words, environ, home.project, injecting("link,linkat", "signal=KILL", 1))
    assert was_killed(ended)
    assert not path.exists() or path.read_text().endswith(CODE)
    path.unlink(missing_ok=True)
    assert start(words, environ, home.project).code == 0
    assert path.read_text().endswith(CODE)


def test_of_many_at_once_one_wins(home: Home) -> None:
    """At the level of the save: fifty models at once would measure only them."""
    path, environ = home.project / "names.py", {**home.environ, "PYTHONPATH": str(Path(faults.BOOT).parents[1])}

    def save(number: int) -> int:
        own = home.project / f"own{number}"
        own.write_text(f"NUMBER = {number}\n" * 1000)
        words = [sys.executable, "-B", "-c", SAVE, str(path), str(own)]
        return subprocess.run(words, env=environ, capture_output=True, timeout=60).returncode

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(save, range(20)))
    assert sorted(codes) == [0] + [1] * 19
    assert path.read_text() == f"NUMBER = {codes.index(0)}\n" * 1000
    assert [each.name for each in home.project.iterdir() if each.name.endswith(".tmp")] == []


def test_a_folder_that_can_not_be_written_is_told(pyst: Pyst, home: Home, server: ModelServer) -> None:
    """What was asked for, and paid, is shown all the same."""
    folder = home.path / ".local" / "share" / "pyst"
    folder.mkdir(parents=True)
    (folder / "scripts").write_text("in the way")
    done = pyst("create", "--model", "openai-chat:gpt-5", "names", "names", "--yes", **server.environ)
    assert done.code == 1
    assert "nothing was changed" in done.err
    assert "def main(prefix: str" in done.err
