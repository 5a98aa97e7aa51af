"""Skills and logs, killed at each step: a folder holds the old package or the new one, a log has whole blocks."""

from shutil import rmtree

import pytest

from pyst.agents.skills.builtin import builtin_skill
from pyst.agents.skills.saving import save_package, standing_of
from pyst.agents.skills.skill import MAIN, files_of, read_seal, seal_of
from tests.conftest import Home
from tests.support.faults import CHANGES, STRACE, breaking, points, start, was_killed
from tests.support.recorded import a_record, put_record

WORDS = ["skills", "--skill", "summary", "-o", "skills"]


@pytest.mark.sweep
@pytest.mark.skipif(STRACE is None, reason="needs strace")
@pytest.mark.parametrize("before", ["nothing", "an older one"])
def test_a_kill_leaves_a_whole_package(home: Home, before: str) -> None:
    folder = home.project / "skills" / "summary"
    killed = whole = 0
    if before == "an older one":
        make_older(home)
    for at in points(WORDS, home.environ, home.project, CHANGES, home.path / "strace.log"):
        remove(home)
        if before == "an older one":
            make_older(home)
            (folder / "mine.txt").write_text("mine\n")
        ended = start(WORDS, home.environ, home.project, breaking(at, "signal=KILL"))
        if folder.exists():
            main = (folder / MAIN).read_bytes()
            seal = read_seal(main)
            assert seal is not None, at
            assert seal_of({path: (folder / path).read_bytes() for path in seal.files}) == seal.sha256, at
            whole += 1
        assert (before == "nothing") or (folder / "mine.txt").read_text() == "mine\n", at
        killed += was_killed(ended)
        mended = start(WORDS, home.environ, home.project)
        assert mended.code == 0, (at, mended.err)
    assert killed > 5
    assert whole


def make_older(home: Home) -> None:
    """Put a package of another version there."""
    remove(home)
    folder = str(home.project / "skills" / "summary")
    files = files_of(builtin_skill("summary"), "0.0.1")
    save_package(folder, files, standing_of(folder, files))


def remove(home: Home) -> None:
    rmtree(home.project / "skills", ignore_errors=True)


@pytest.mark.sweep
@pytest.mark.skipif(STRACE is None, reason="needs strace")
def test_a_kill_leaves_no_half_log(home: Home) -> None:
    folder = home.project / "temp"
    put_record(home.path / ".local" / "state" / "pyst", a_record(1))
    whole = begun = 0
    words = ["inspect", "topic", "--append", "last"]
    found = points(words, home.environ, home.project, CHANGES, home.path / "strace.log")
    for at in found:
        rmtree(folder, ignore_errors=True)
        start(words, home.environ, home.project, breaking(at, "signal=KILL"))
        for log in folder.glob("*.inspect.md"):
            text = log.read_text()
            head, _, block = text.partition("\n### E1")
            assert head.rstrip().endswith("adds a recorded run below."), at
            assert not block or block.endswith("Shows:\n"), at
            begun += 1
            whole += bool(block)
    assert 1 < whole < begun < len(found)
