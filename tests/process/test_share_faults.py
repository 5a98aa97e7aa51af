"""Sharing, and bringing a shared script to its newest: killed or without room at every step, the mapping and the file
are the old or the new ones, whole, and doing it again ends as if nothing had been. Many at once share it once."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from pyst.sharing.mapping import read_mapping
from tests.conftest import Home
from tests.github.home import data_folder, entry, put_mapping
from tests.github.server import GitHub
from tests.github.state import Gist
from tests.support import faults
from tests.support.faults import NAMES, PYST, STRACE, SYNCS, Ended, breaking, start, was_killed
from tests.support.privileges import obeying_permissions

ONE, TWO = 'print("one")\n', 'print("two")\n'

sweep = [pytest.mark.sweep, pytest.mark.skipif(STRACE is None, reason="strace is not installed")]


class Scene(NamedTuple):
    """What is done, and whether the newer text is here or there."""

    words: tuple[str, ...]
    newer: str
    is_mapped: bool = True


SCENES = {
    "share": Scene(("--yes", "share", "hello"), "here", is_mapped=False),
    "share again": Scene(("--yes", "share", "hello"), "here"),
    "run --latest": Scene(("--yes", "run", "--latest", "hello"), "there"),
    "run": Scene(("run", "hello"), "missing"),
}


class Stage:
    """A home and a GitHub in which a scene can be played again and again from its beginning."""

    def __init__(self, home: Home, hub: GitHub, name: str) -> None:
        self.home, self.hub, self.scene = home, hub, SCENES[name]
        self.file = data_folder(home) / "scripts" / "hello.py"
        self.file.parent.mkdir(parents=True)
        self.gist: Gist | None = None
        self.again()
        assert self.play().code == 0  # so that caches are there
        self.is_done("undisturbed")

    def again(self) -> None:
        """Back to the beginning."""
        self.hub.gists.clear()
        self.file.write_text(TWO if self.scene.newer == "here" else ONE)
        (data_folder(self.home) / "mapping.json").unlink(missing_ok=True)
        if self.scene.is_mapped:
            self.gist = self.hub.add_gist({"hello.py": ONE})
            put_mapping(self.home, hello=entry(self.gist))
        if self.scene.newer == "there":
            assert self.gist is not None
            self.hub.edit_gist(self.gist.id, {"hello.py": TWO})
        if self.scene.newer == "missing":
            self.file.unlink()

    def play(self, prefix: tuple[str, ...] = ()) -> Ended:
        return start([*self.scene.words], self.home.environ, self.home.project, prefix)

    def points(self, calls: str) -> list[faults.Point]:
        self.again()
        log = self.home.path / "strace.log"
        found = faults.points([*self.scene.words], self.home.environ, self.home.project, calls, log)
        step = 1 if os.environ.get("PYST_TEST_ALL") else 4 if os.environ.get("PYST_TEST_CHECK") else 2
        return found[::step]

    def is_killed_at(self, point: faults.Point) -> bool:
        """Play the scene with a kill at `point`. A plan is only remembered where the files were old enough when they
        were looked at, so its points may not come: then once more, and in the end all has to be done."""
        for _ in range(5):
            self.again()
            ended = self.play(breaking(point, "signal=KILL"))
            if was_killed(ended):
                return True
            assert ended.code == 0, (point, ended)
            self.is_done(point)
        return False

    def is_sound(self, told: object) -> None:
        """Nothing is half: the mapping names a revision that is there, the file is one of the two."""
        found = read_mapping(str(data_folder(self.home) / "mapping.json")).scripts
        assert set(found) <= {"hello"}, told
        for each in found.values():
            revisions = self.hub.gists[each.gist].revisions
            [revision] = [one for one in revisions if one.version == each.version]
            assert entry(self.hub.gists[each.gist])["sha256"] == each.sha256 or revision is not revisions[-1], told
        assert not self.file.exists() or self.file.read_text() in (ONE, TWO), told

    def is_done(self, told: object) -> None:
        found = read_mapping(str(data_folder(self.home) / "mapping.json")).scripts["hello"]
        gist = self.hub.gists[found.gist]
        text = ONE if self.scene.newer == "missing" else TWO
        assert (found.version, gist.text, self.file.read_text()) == (gist.version, {"hello.py": text}, text), told
        assert len(gist.revisions) <= 2, told

    def heals(self, told: object) -> None:
        ended = self.play()
        assert ended.code == 0, (told, ended)
        self.is_done(told)
        limit = 1 if self.scene.is_mapped else 2  # one that was made, and that nobody could be told of
        assert len(self.hub.gists) <= limit, told


@pytest.mark.parametrize("name", [pytest.param(each, marks=sweep) for each in SCENES])
def test_killed_at_each_change_the_old_or_the_new_stands(home: Home, hub: GitHub, name: str) -> None:
    stage = Stage(home, hub, name)
    found, killed = stage.points(f"{NAMES},{SYNCS},write,sendto"), 0
    for point in found:
        killed += stage.is_killed_at(point)
        stage.is_sound(point)
        stage.heals(point)
    assert killed * 4 >= len(found) * 3, "most points come in each run"


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("name", [pytest.param(each, marks=sweep) for each in SCENES])
def test_with_a_failing_disk_it_is_told(home: Home, hub: GitHub, name: str, fault: str) -> None:
    stage = Stage(home, hub, name)
    for point in stage.points(f"{NAMES},{SYNCS},write"):
        stage.again()
        ended = stage.play(breaking(point, f"error={fault}"))
        told = (point, ended)
        assert "Traceback" not in ended.err + ended.out, told
        assert "internal error" not in ended.err, told
        assert ended.code == 0 or "error:" in ended.err, told
        stage.is_sound(told)
        stage.heals(told)


MANY = 12


def test_of_many_who_share_one_name_one_makes_the_gist(home: Home, hub: GitHub) -> None:
    home.script("hello", ONE)
    children = [
        subprocess.Popen(
            [*PYST, "--yes", "--format", "json", "share", "hello"],
            cwd=home.project,
            env=home.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(MANY)
    ]
    answers = [json.loads(child.communicate(timeout=120)[0]) for child in children]
    done = [each["detail"]["action"] for each in answers if each["exit_code"] == 0]
    assert done.count("created") == 1
    assert set(done) <= {"created", "unchanged"}
    codes = {each["diagnostics"][0]["code"] for each in answers if each["exit_code"]}
    assert codes <= {"E_CHANGED_MEANWHILE"}
    assert len(hub.gists) == 1
    start(["--yes", "share", "hello"], home.environ, home.project)
    assert len(hub.gists) == 1


def test_without_permission_to_write(home: Home, hub: GitHub, tmp_path: Path) -> None:
    gist = hub.add_gist({"hello.py": ONE})
    put_mapping(home, hello=entry(gist))
    data = data_folder(home)
    data.chmod(0o500)
    try:
        ended = start(["run", "hello"], home.environ, home.project, obeying_permissions())
    finally:
        data.chmod(0o700)
    assert (ended.code, "can't be written" in ended.err) == (1, True), ended
    assert [each.name for each in data.iterdir()] == ["mapping.json"]
