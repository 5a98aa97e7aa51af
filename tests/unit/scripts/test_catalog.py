"""What a name means, and that the quick answer (`resolve`) and the whole catalog agree."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.scripts.catalog import SELECTORS, Place, read_catalog, resolve, split_selector
from pyst.scripts.script import Script
from pyst.system.witness import Witness

PYTHON = "#!/usr/bin/env python3\n"


class Ground:
    """Three script folders and a current folder."""

    def __init__(self, root: Path, order: tuple[str, ...] = SELECTORS) -> None:
        self.root = root
        self.cwd = root / "here"
        self.cwd.mkdir()
        self.places = tuple(Place(origin, str(root / origin)) for origin in order)
        self.witness = Witness()

    def write(self, *names: str, text: str = "") -> None:
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def resolve(self, word: str) -> Script:
        return resolve(word, self.places, str(self.cwd), self.witness)

    def path(self, word: str) -> str:
        """Where the word leads, below the root."""
        return os.path.relpath(self.resolve(word).path, self.root)

    def failure(self, word: str) -> Failure:
        with pytest.raises(Failure) as caught:
            self.resolve(word)
        return caught.value


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_the_nearest_folder_has_the_name_and_selectors_reach_the_others(ground: Ground) -> None:
    ground.write("project/x.py", "global/x.py", "installed/x.py", "installed/y.py")
    assert ground.path("x") == "project/x.py"
    assert ground.path("global:x") == "global/x.py"
    assert ground.path("installed:x") == "installed/x.py"
    assert ground.path("y") == "installed/y.py"
    assert ground.resolve("y") == Script(
        "y", str(ground.root / "installed/y.py"), "installed", str(ground.root / "installed")
    )
    assert ground.failure("project:y").code == "E_NOT_FOUND"


def test_global_may_come_first(tmp_path: Path) -> None:
    ground = Ground(tmp_path, ("global", "project", "installed"))
    ground.write("project/x.py", "global/x.py")
    assert ground.path("x") == "global/x.py"


def test_groups_and_suffixes(ground: Ground) -> None:
    ground.write("project/db/backup.py", "project/x.py.py", "project/deploy.py")
    ground.write("project/tool", text=PYTHON)
    assert ground.resolve("db/backup").name == "db/backup"
    assert ground.path("deploy.py") == "project/deploy.py"
    assert ground.resolve("deploy.py").name == "deploy"
    assert ground.resolve("x.py").name == "x.py"
    assert ground.resolve("tool").name == "tool"


def test_paths_mean_files(ground: Ground) -> None:
    ground.write("here/x.py", "here/dir/y.py", "project/x.py", "project/dir/y.py", "up.py", "here/z.pyw")
    ground.write("here/tool", "here/dir/tool", text=PYTHON)
    assert ground.path("./x.py") == "here/x.py"
    assert ground.path("x.py") == "here/x.py"
    assert ground.path("x") == "project/x.py"
    assert ground.path("dir/y.py") == "here/dir/y.py"
    assert ground.path("dir/y") == "project/dir/y.py"
    assert ground.path("dir/tool") == "here/dir/tool"
    assert ground.path("./tool") == "here/tool"
    assert ground.path("./z.pyw") == "here/z.pyw"
    assert ground.path(str(ground.cwd / "x.py")) == "here/x.py"
    assert os.path.samefile(ground.resolve("../up.py").path, ground.root / "up.py")
    found = ground.resolve("./dir/../x.py")
    assert (found.name, found.origin, found.selector) == ("x", "path", found.path)


def test_dots_across_a_link_mean_what_the_system_means(ground: Ground) -> None:
    ground.write("elsewhere/deep/x.py", "elsewhere/y.py", "here/y.py")
    (ground.cwd / "link").symlink_to(ground.root / "elsewhere" / "deep")
    assert os.path.samefile(ground.resolve("link/../y.py").path, ground.root / "elsewhere/y.py")


@pytest.mark.parametrize(
    "word", ["", "a\0b", "..", ".", "../x", "db/../../secret", "/", "db//x", "db/./x", "/nowhere/x.py"]
)
def test_a_name_never_leaves_its_folder(ground: Ground, word: str) -> None:
    ground.write("secret.py", "project/x.py", "project/db/x.py")
    assert ground.failure(word).exit in (126, 127)


def test_a_path_and_a_folder_that_are_not_scripts(ground: Ground) -> None:
    ground.write("here/data.txt", "here/package/__main__.py", "project/group/x.py")
    ground.write("here/shell", text="#!/bin/sh\n")
    (ground.cwd / "gone.py").symlink_to("nowhere")
    os.mkfifo(ground.cwd / "pipe.py")
    told = {
        word: (ground.failure(word).code, ground.failure(word).exit)
        for word in (
            "./data.txt",
            "./shell",
            "./package",
            "./gone.py",
            "./pipe.py",
            "./none.py",
            "none.py",
            "no/ne",
            "group",
        )
    }
    assert told == {
        "./data.txt": ("E_NOT_PYTHON", 126),
        "./shell": ("E_NOT_PYTHON", 126),
        "./package": ("E_NOT_A_FILE", 126),
        "./gone.py": ("E_UNREADABLE", 126),
        "./pipe.py": ("E_NOT_A_FILE", 126),
        "./none.py": ("E_NOT_FOUND", 127),
        "none.py": ("E_NOT_FOUND", 127),
        "no/ne": ("E_NOT_FOUND", 127),
        "group": ("E_NOT_FOUND", 127),
    }
    assert "__main__.py" in ground.failure("./package").hint


def test_a_file_that_is_no_script_does_not_hide_a_script(ground: Ground) -> None:
    ground.write("project/x", text="#!/bin/sh\n")
    assert ground.failure("x").code == "E_NOT_PYTHON"
    ground.write("global/x.py")
    ground.witness = Witness()
    assert ground.path("x") == "global/x.py"


def test_what_is_ignored_has_no_name(ground: Ground) -> None:
    ground.write("project/_x.py", "project/.x.py", "project/_g/x.py", "project/venv/pyvenv.cfg", "project/venv/x.py")
    for word in ("_x", ".x", "_g/x", "venv/x", "project:_x"):
        assert ground.failure(word).exit == 127


def test_near_misses_are_named(ground: Ground) -> None:
    ground.write("project/deploy.py", "project/db/backup.py")
    assert "did you mean `deploy`?" in ground.failure("deplyo").hint
    assert "did you mean `db/backup`?" in ground.failure("backup").hint
    assert ground.failure("zzz").hint == "`pyst list` shows all scripts"


def test_an_odd_name_in_a_hint_stays_on_its_line(ground: Ground) -> None:
    ground.write("project/deploy\n\x1b[31m.py")
    assert "deploy\\n\\x1b[31m" in ground.failure("deploy").hint


def test_odd_names_are_found(ground: Ground) -> None:
    for name in ("-rf", "new\nline", "\udcff", "a b", "project:x"):
        (ground.root / "global").mkdir(exist_ok=True)
        (ground.root / "global" / f"{name}.py").write_text("")
        assert ground.resolve(f"global:{name}").name == name


def test_every_nearer_candidate_was_looked_at(ground: Ground) -> None:
    ground.write("global/x.py")
    ground.resolve("x")
    absent = [path for path, stamp in ground.witness.stamps.items() if stamp is None]
    assert sorted(os.path.relpath(path, ground.root) for path in absent) == ["project/x", "project/x.py"]


def test_the_other_files_of_a_name_are_told(ground: Ground) -> None:
    ground.write("project/x.py", "global/x.py")
    ground.write("project/x", text=PYTHON)
    catalog = read_catalog(ground.places)
    twins = catalog.twins_of(ground.resolve("x"))
    assert [os.path.relpath(each.script.path, ground.root) for each in twins] == ["project/x", "global/x.py"]
    assert {each.shadowed_by for each in twins} == {str(ground.root / "project/x.py")}


def test_an_answer_of_a_catalog_rests_on_its_folders(ground: Ground) -> None:
    ground.write("project/x.py")
    fresh = read_catalog(ground.places)
    assert fresh.rests_on is None  # the file was written a moment ago
    later = fresh._replace(began_ns=fresh.began_ns + 10**9)
    assert later.rests_on is not None
    assert [root for root, _ in later.rests_on] == [place.root for place in ground.places]


LAYERS = st.sets(
    st.tuples(
        st.sampled_from(SELECTORS),
        st.sampled_from(["a", "b", "g/a", "_a", "g/.b", "venv/a"]),
        st.sampled_from([".py", "", ".txt", "/"]),
        st.sampled_from([PYTHON, ""]),
    ),
    max_size=8,
)
WORDS = st.tuples(
    st.sampled_from(["", *(f"{each}:" for each in SELECTORS)]),
    st.sampled_from(["a", "b", "g/a", "_a", "g/.b", "venv/a", "g"]),
)


@settings(max_examples=150, deadline=None)
@given(LAYERS, WORDS, st.permutations(SELECTORS))
def test_the_catalog_and_the_quick_way_agree(
    layers: set[tuple[str, ...]], word: tuple[str, str], order: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        ground = Ground(Path(folder), tuple(order))
        ground.write("project/venv/pyvenv.cfg")
        for origin, name, suffix, text in sorted(layers):
            path = ground.root / origin / (name + suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            if suffix == "/" and not path.exists():
                path.mkdir()
            elif not path.exists():
                path.write_text(text)
        catalog = read_catalog(ground.places)
        listed = catalog.find("".join(word))
        try:
            quick = ground.resolve("".join(word)).path
        except Failure:
            quick = None
        assert quick == (listed.script.path if listed else None)
        names = [each.script.name for each in catalog.entries]
        assert names == sorted(set(names))


def test_selectors_are_told_from_names() -> None:
    assert split_selector("global:x:y") == ("global", "x:y")
    assert split_selector("path:x") == ("", "path:x")
    assert split_selector("x") == ("", "x")


def test_what_is_listed_as_broken_is_told_so_by_its_name(ground: Ground) -> None:
    ground.write("global/keep.py")
    (ground.root / "global" / "lost.py").symlink_to("nowhere.py")
    (ground.root / "global" / "loop.py").symlink_to("loop.py")
    for word in ("lost", "global:lost"):
        failure = ground.failure(word)
        assert (failure.code, failure.exit) == ("E_UNREADABLE", 126)
        assert "leads nowhere" in failure.message
    assert ground.failure("project:lost").code == "E_NOT_FOUND"
    assert ground.failure("loop").exit == 126
