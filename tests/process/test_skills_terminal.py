"""`pyst skills` with a person at the terminal: what is asked, what an answer leads to."""

from collections.abc import Callable, Iterator

import pexpect
import pytest

from tests.conftest import Home
from tests.support.faults import PYST

SECONDS = 60
Start = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def start(home: Home) -> Iterator[Start]:
    """Starts pyst on a terminal, in the project."""
    spawned = []

    def call(*words: str) -> "pexpect.spawn[str]":
        environ = {**home.environ, "TERM": "dumb"}
        child = pexpect.spawn(
            PYST[0], [*PYST[1:], *words], env=environ, cwd=str(home.project), encoding="utf-8", timeout=SECONDS
        )
        spawned.append(child)
        return child

    yield call
    for child in spawned:
        child.close(force=True)


def ended(child: "pexpect.spawn[str]") -> int:
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return int(child.exitstatus)


def to_the_end(child: "pexpect.spawn[str]", *, privacy: str = "", where: str = "") -> None:
    """Answer all questions, saving it."""
    child.expect("Which privacy, public or local. .public. ")
    child.sendline(privacy)
    child.expect("==> pyst/SKILL.md <==")
    child.expect(r"Save it\? .yes/no. ")
    child.sendline("yes")
    child.expect(r"Where to\? .1. ")
    child.sendline(where)


@pytest.mark.parametrize(
    ("answer", "folder"),
    [("", "project/skills"), ("2", "home/.claude/skills"), ("3", "project/.claude/skills"), ("~/mine", "home/mine")],
)
def test_it_is_shown_and_saved_where_it_is_wished(start: Start, home: Home, answer: str, folder: str) -> None:
    child = start("gs")
    to_the_end(child, where=answer)
    child.expect("new  ")
    assert ended(child) == 0
    saved = home.path.parent / folder / "pyst" / "SKILL.md"
    assert "privacy: public" in saved.read_text()


def test_local_on_wish_after_an_answer_that_is_none(start: Start, home: Home) -> None:
    child = start("skills")
    child.expect("Which privacy")
    child.sendline("what")
    to_the_end(child, privacy="local")
    assert ended(child) == 0
    assert "privacy: local" in (home.project / "skills" / "pyst" / "SKILL.md").read_text()


@pytest.mark.parametrize("answer", ["no", "", "what"])
def test_without_a_yes_nothing_is_saved(start: Start, home: Home, answer: str) -> None:
    child = start("skills", "--privacy", "public", "--skill", "summary")
    child.expect(r"Save it\? ")
    child.sendline(answer)
    child.expect("not saved  summary")
    assert ended(child) == 0
    assert sorted(path.name for path in home.project.iterdir()) == [".git"]


@pytest.mark.parametrize(("answer", "state"), [("overwrite", "overwritten"), ("keep", "kept"), ("", "kept")])
def test_what_would_be_lost_is_shown_and_asked_about(start: Start, home: Home, answer: str, state: str) -> None:
    assert ended(start("skills", "-o", "skills")) == 0
    main = home.project / "skills" / "pyst" / "SKILL.md"
    mine = main.read_text() + "Words of my own.\n"
    main.write_text(mine)
    child = start("skills")
    to_the_end(child)
    child.expect("-Words of my own.")
    child.expect(r"Overwrite it\? .overwrite/keep. ")
    child.sendline(answer)
    child.expect(f"{state}  skills/pyst")
    assert ended(child) == 0
    assert (main.read_text() == mine) is (state == "kept")


def test_flags_answer_before_they_are_asked(start: Start, home: Home) -> None:
    child = start("skills", "--privacy", "public", "--skill", "all", "-o", "out")
    assert ended(child) == 0
    assert len(list((home.project / "out").iterdir())) == 5
    child = start("skills", "-y")
    child.expect("new  skills/pyst")
    assert ended(child) == 0


def test_ctrl_c_saves_nothing(start: Start, home: Home) -> None:
    child = start("skills")
    child.expect("Which privacy")
    child.sendintr()
    assert ended(child) == 130
    assert sorted(path.name for path in home.project.iterdir()) == [".git"]
