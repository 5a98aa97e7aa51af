"""Packages into their folders: our own work is known again, nothing of a person is lost."""

import os
import time
from pathlib import Path

import pytest

from pyst.agents.skills import saving
from pyst.agents.skills.saving import Standing, difference, save_package, standing_of
from pyst.agents.skills.skill import MAIN, Skill, files_of, read_seal
from pyst.errors import Failure

SKILL = Skill("one", "The first.", "# One\n", (("references/a.md", "a\n"), ("references/b.md", "b\n")))
FIRST = files_of(SKILL, "1")
SECOND = files_of(SKILL._replace(body="# One, again\n", references=(("references/a.md", "A\n"),)), "2")


def save(folder: Path, files: dict[str, str]) -> Standing:
    standing = standing_of(str(folder), files)
    save_package(str(folder), files, standing)
    return standing


def content(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


@pytest.fixture
def one(tmp_path: Path) -> Path:
    folder = tmp_path / "skills" / "one"
    assert save(folder, FIRST).state == "new"
    assert content(folder) == FIRST
    return folder


@pytest.fixture(params=[True, False], ids=["exchange", "one by one"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the system call that lets folders change places, and without."""
    if not request.param:
        monkeypatch.setattr(saving, "exchange", lambda one, other: False)


def test_a_new_one_and_the_same(one: Path) -> None:
    assert standing_of(str(one), FIRST).state == "same"
    assert [path.name for path in one.parent.iterdir()] == ["one"]


@pytest.mark.usefixtures("either")
def test_our_own_work_is_replaced(one: Path) -> None:
    assert save(one, SECOND).state == "ours"
    assert content(one) == SECOND
    assert [path.name for path in one.parent.iterdir()] == ["one"]


@pytest.mark.usefixtures("either")
def test_what_else_lies_there_stays(one: Path) -> None:
    (one / "references" / "mine.md").write_text("mine\n")
    (one / "scripts").mkdir(mode=0o700)
    (one / "scripts" / "run.sh").write_text("#!/bin/sh\n")
    (one / "scripts" / "run.sh").chmod(0o755)
    (one / "link").symlink_to("nowhere")
    (one / "empty").mkdir()
    os.mkfifo(one / "pipe")
    one.chmod(0o750)
    assert save(one, SECOND).state == "ours"
    assert content(one) == {**SECOND, "references/mine.md": "mine\n", "scripts/run.sh": "#!/bin/sh\n"}
    assert os.access(one / "scripts" / "run.sh", os.X_OK)
    assert os.readlink(one / "link") == "nowhere"
    assert (one / "pipe").is_fifo()
    assert (one / "empty").is_dir()
    assert one.stat().st_mode & 0o777 == 0o750
    assert (one / "scripts").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("path", FIRST)
def test_a_change_is_seen(one: Path, path: str) -> None:
    (one / path).write_text((one / path).read_text() + "my own words\n")
    standing = standing_of(str(one), SECOND)
    assert standing.state == "changed"
    assert standing.needs_consent
    if path in SECOND:
        assert any("-my own words" in line for line in difference(standing, SECOND, "one"))


def test_a_missing_file_is_a_change(one: Path) -> None:
    (one / "references" / "b.md").unlink()
    assert standing_of(str(one), SECOND).state == "changed"


def test_a_new_file_in_the_way_is_a_change(one: Path) -> None:
    third = files_of(SKILL._replace(references=(*SKILL.references, ("references/c.md", "c\n"))), "3")
    (one / "references" / "c.md").write_text("mine\n")
    assert standing_of(str(one), third).state == "changed"


@pytest.mark.parametrize(
    "text", ["# mine\n", "", "---\nname: one\n---\n", FIRST[MAIN].replace("generator: pyst", "generator: x")]
)
def test_what_pyst_did_not_write_is_foreign(tmp_path: Path, text: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / MAIN).write_text(text)
    assert standing_of(str(tmp_path / "one"), FIRST).state == "foreign"


def test_a_forged_seal_names_no_other_files(tmp_path: Path) -> None:
    for files in ("SKILL.md ../../x", "SKILL.md /etc/passwd", "references/a.md", ""):
        text = FIRST[MAIN].replace("files: SKILL.md references/a.md references/b.md", f'files: "{files}"')
        assert read_seal(text.encode()) is None


def test_an_empty_folder_or_other_files_are_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "notes.txt").write_text("mine\n")
    assert save(tmp_path / "one", FIRST).state == "new"
    assert content(tmp_path / "one") == {**FIRST, "notes.txt": "mine\n"}


@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "huge"])
def test_what_is_no_file_is_foreign_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "one" / MAIN
    place.parent.mkdir()
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "link":
        place.symlink_to("/dev/zero")
    elif kind == "folder":
        place.mkdir()
    else:
        place.write_bytes(b"x" * (saving.MOST_BYTES + 1))
    standing = standing_of(str(place.parent), FIRST)
    assert standing.state == "foreign"
    assert "no file that can be shown" in "".join(difference(standing, FIRST, "one"))


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("mine")
    with pytest.raises(Failure, match="is no folder"):
        standing_of(str(tmp_path / "one"), FIRST)


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "one").symlink_to("real")
    save(tmp_path / "one", FIRST)
    assert (tmp_path / "one").is_symlink()
    assert content(tmp_path / "real") == FIRST


@pytest.mark.usefixtures("either")
def test_a_change_in_between_is_kept(one: Path) -> None:
    standing = standing_of(str(one), SECOND)
    (one / "references" / "a.md").write_text("written meanwhile\n")
    with pytest.raises(Failure, match="was changed meanwhile"):
        save_package(str(one), SECOND, standing)
    assert content(one) == {**FIRST, "references/a.md": "written meanwhile\n"}
    assert [path.name for path in one.parent.iterdir()] == ["one"]


def test_leftovers_of_the_dead_go_after_an_hour(one: Path) -> None:
    old, fresh, other = (
        one.parent / name for name in (".one.1.0123abcd.tmp", ".one.2.0123abcd.tmp", ".two.1.0123abcd.tmp")
    )
    for each in (old, fresh, other):
        (each / "references").mkdir(parents=True)
    long_ago = time.time() - 4000
    os.utime(old, (long_ago, long_ago))
    os.utime(other, (long_ago, long_ago))
    save(one, SECOND)
    assert {path.name for path in one.parent.iterdir()} == {"one", fresh.name, other.name}


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="can't be written") as caught:
        save_package(str(tmp_path / "file" / "one"), FIRST, Standing("new", {}))
    assert caught.value.code == "E_WRITE"


def test_a_folder_in_place_of_a_file_is_not_lost(tmp_path: Path) -> None:
    place = tmp_path / "one" / MAIN
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("mine")
    with pytest.raises(Failure, match="can't be written"):
        save(tmp_path / "one", FIRST)
    assert (place / "mine.txt").read_text() == "mine"
    assert not list(tmp_path.glob(".one*"))


def test_one_that_comes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    standing = standing_of(str(tmp_path / "one"), FIRST)
    save(tmp_path / "one", SECOND)
    with pytest.raises(Failure, match="was changed meanwhile"):
        save_package(str(tmp_path / "one"), FIRST, standing)
    assert content(tmp_path / "one") == SECOND
