"""Installing, updating, uninstalling: killed or without room at every step, the old or the new version stands, whole;
and of many who install one name at once, one does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pyst.sharing.journal import JOURNAL, STAGED
from pyst.sharing.manifest import read_manifest
from pyst.system.digest import sha256
from tests.conftest import Home
from tests.support import faults
from tests.support.faults import CHANGES, NAMES, PYST, STRACE, SYNCS, Ended, breaking, start

pytestmark = [
    pytest.mark.sweep,
    pytest.mark.uv,
    pytest.mark.skipif(STRACE is None, reason="strace is not installed"),
]

OLD = """\
# /// script
# requires-python = ">=3.9"
# dependencies = ['six']
# ///
import six
print('old', six.__name__)
"""
NEW = OLD.replace("['six']", "['six', 'idna']").replace("'old', six", "'new', __import__('idna')")
SAID = {"old": "old six\n", "new": "new idna\n", None: ""}


class Scene(NamedTuple):
    """A change of an installed script: the words, the version that is there before, the one that is after."""

    words: tuple[str, ...]
    before: str | None
    after: str | None


SCENES = {
    "install": Scene(("install", "--yes", "--as", "it", "./source.py"), None, "new"),
    "update": Scene(("update", "--yes", "it"), "old", "new"),
    "update a direct one": Scene(("update", "--yes", "it"), "old", "new"),
    "uninstall": Scene(("uninstall", "--yes", "it"), "old", None),
}


class Stage:
    """A home in which a scene can be played again and again from its beginning; caches stay."""

    def __init__(self, home: Home, name: str) -> None:
        self.home, self.scene = home, SCENES[name]
        self.data = home.path / "data" / "pyst"
        self.began = home.path / "began"
        self.environ = {**home.environ, "XDG_DATA_HOME": str(self.data.parent)}
        self.source = home.project / "source.py"
        self.direct = "direct" in name
        more = ("--direct",) if self.direct else ()
        if self.scene.before:
            self.source.write_text(OLD)
            self.must("install", "--yes", "--as", "it", *more, "./source.py")
            assert self.runs() == "old"
        self.data.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.data, self.began)
        if self.scene.after:
            self.source.write_text(NEW)
        self.must(*self.scene.words)
        assert self.runs() == self.scene.after

    def again(self) -> None:
        """Back to the beginning."""
        shutil.rmtree(self.data)
        shutil.copytree(self.began, self.data, symlinks=True)

    def play(self, prefix: tuple[str, ...] = ()) -> Ended:
        return start([*self.scene.words], self.environ, self.home.project, prefix)

    def must(self, *words: str) -> None:
        ended = start([*words], self.environ, self.home.project)
        assert ended.code == 0, ended

    def points(self, calls: str) -> list[faults.Point]:
        self.again()
        words = [*self.scene.words]
        found = faults.points(words, self.environ, self.home.project, calls, self.home.path / "strace.log")
        if os.environ.get("PYST_TEST_ALL"):
            return found
        few = 3 if os.environ.get("PYST_TEST_CHECK") else 8
        late = found[-24:]  # from staging on; what comes before, and each step of it, is for the tests of `transaction`
        return [*found[:-24][:: len(found) // few or 1][: few // 2], *late[:: len(late) // few or 1]]

    def runs(self) -> str | None:
        """Which version runs, by pyst and by its command; fails for anything else than a whole one."""
        if self.direct:
            command = self.command()  # first: it must not need the help of what the others do
        ended = start(["run", "installed:it"], self.environ, self.home.project)
        version = next(
            (each for each, said in SAID.items() if (ended.out, ended.code) == (said, 0 if each else 127)), ""
        )
        assert version != "", ended
        if self.direct:
            assert command in (self.scene.before, version)
        assert self.command() == version
        self.is_whole(version)
        return version

    def command(self) -> str | None:
        shim = self.data / "bin" / "it"
        if not shim.exists():
            return None
        ended = subprocess.run([shim], env=self.environ, cwd=self.home.project, capture_output=True, text=True)
        assert ended.returncode == 0, ended
        return next(each for each, said in SAID.items() if said == ended.stdout)

    def is_whole(self, version: str | None) -> None:
        entry = read_manifest(str(self.data / "manifest.json")).scripts.get("it")
        script, lock = (self.data / "installed" / each for each in ("it.py", "it.py.lock"))
        assert not (self.data / JOURNAL).exists()
        if version is None:
            assert (entry, script.exists(), lock.exists()) == (None, False, False)
            return
        assert entry is not None
        assert script.read_text() == {"old": OLD, "new": NEW}[version]
        assert (sha256(script.read_bytes()), sha256(lock.read_bytes())) == (entry.sha256, entry.lock_sha256)

    def heals(self, told: object) -> None:
        """A plain rerun, and nothing is left of what was cut off."""
        ended = self.play()
        assert ended.code == 0 or (self.scene.after is None and ended.code == 127), (told, ended)
        assert self.runs() == self.scene.after, told
        left = [each.name for each in self.data.rglob("*") if each.name.endswith(STAGED)]
        assert left == [] or self.scene.after is None, told


@pytest.mark.parametrize("name", SCENES)
def test_killed_at_each_change_the_old_or_the_new_stands(home: Home, name: str) -> None:
    stage = Stage(home, name)
    for point in stage.points(CHANGES):
        stage.again()
        stage.play(breaking(point, "signal=KILL"))
        assert stage.runs() in stage.scene[1:], point
        stage.heals(point)


@pytest.mark.parametrize("onwards", [False, True], ids=["once", "onwards"])
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("name", SCENES)
def test_with_a_failing_disk_the_old_or_the_new_stands_as_was_told(
    home: Home, name: str, fault: str, onwards: bool
) -> None:
    stage = Stage(home, name)
    for point in stage.points(f"{NAMES},{SYNCS},write"):
        stage.again()
        ended = stage.play(breaking(point, f"error={fault}", onwards=onwards))
        told = (point, ended)
        assert "Traceback" not in ended.err + ended.out, told
        assert "internal error" not in ended.err, told
        runs = stage.runs()
        if ended.code == 0:
            assert runs == stage.scene.after, told
        elif "error:" not in ended.err:
            assert onwards, told  # where nothing at all can be written, nothing can be told
        elif not any(each in ended.err for each in ("the next pyst finishes it", "standard output can't be written")):
            assert runs == stage.scene.before, told
        stage.heals(told)


MANY = 50


def installing(home: Home, sources: list[str]) -> list[dict[str, Any]]:
    """The answers of as many who install these as one name, all at once."""
    words = [*PYST, "install", "--yes", "--format", "json", "--as", "it"]
    children = [
        subprocess.Popen(
            [*words, source],
            cwd=home.project,
            env=home.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for source in sources
    ]
    return [json.loads(child.communicate(timeout=120)[0]) for child in children]


def test_of_many_who_install_one_name_one_does(home: Home) -> None:
    for number in range(MANY):
        (home.project / f"source-{number}.py").write_text(f"print({number})\n")
    answers = installing(home, [f"./source-{number}.py" for number in range(MANY)])
    winners = [number for number, each in enumerate(answers) if each["exit_code"] == 0]
    assert len(winners) == 1, answers
    losers = [each for each in answers if each["exit_code"] != 0]
    assert {each["diagnostics"][0]["code"] for each in losers} <= {"E_INSTALLED", "E_INSTALL_RACE"}
    assert all(each["exit_code"] == 1 for each in losers)
    ended = start(["run", "it"], home.environ, home.project)
    assert (ended.code, ended.out) == (0, f"{winners[0]}\n"), ended
    data = Path(home.path, ".local", "share", "pyst")
    assert sorted(each.name for each in (data / "installed").iterdir()) == ["it.py"]
    assert [each.name for each in (data / "bin").iterdir()] == ["it"]


def test_many_who_install_the_same_agree(home: Home) -> None:
    (home.project / "source.py").write_text("print('same')\n")
    answers = installing(home, ["./source.py"] * 10)
    assert {each["exit_code"] for each in answers} == {0}, answers
    assert start(["run", "it"], home.environ, home.project).out == "same\n"


def test_who_runs_while_it_is_updated_gets_a_whole_version(home: Home) -> None:
    source = home.project / "source.py"
    texts = ["print('one')\n", "print('two')\n"]
    source.write_text(texts[0])
    assert start(["install", "--yes", "--as", "it", "./source.py"], home.environ, home.project).code == 0
    script = (
        "import subprocess, sys, pathlib\n"
        "for number in range(12):\n"
        f"    pathlib.Path('source.py').write_text({texts!r}[number % 2 - 1])\n"
        "    subprocess.run([*sys.argv[1:], 'update', '--yes', '-q', 'it'], check=True, stdout=subprocess.DEVNULL)\n"
    )
    said = set()
    with subprocess.Popen([PYST[0], "-c", script, *PYST], env=home.environ, cwd=home.project) as updating:
        while updating.poll() is None:
            ended = start(["run", "installed:it"], home.environ, home.project)
            assert ended.code == 0, ended
            said.add(ended.out)
    assert updating.returncode == 0
    assert said == {"one\n", "two\n"}
