"""`pyst skills` with a person at the terminal: what is asked, what an answer leads to."""

import subprocess
from collections.abc import Callable, Iterator

import pexpect
import pytest

from pyst.agents.skills.builtin import NAMES
from tests.conftest import Home
from tests.support.faults import PYST
from tests.support.recorded import a_record, put_record

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


def test_many_at_once_save_it_once(home: Home) -> None:
    words = [*PYST, "skills", "--skill", "all", "-o", "skills"]
    started = [
        subprocess.Popen(words, cwd=home.project, env=home.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    for each in started:
        _, err = each.communicate(timeout=SECONDS)
        assert (each.returncode, err) == (0, b"")
    assert {path.name for path in (home.project / "skills").iterdir()} == set(NAMES)
    assert ended_of([*PYST, "skills", "--skill", "all", "-o", "skills"], home) == ["unchanged"] * 5


def ended_of(words: list[str], home: Home) -> list[str]:
    """The first word of each line that a command says."""
    said = subprocess.run(words, cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 0, said.stderr
    return [line.split()[0] for line in said.stdout.splitlines()]


@pytest.mark.parametrize(("answer", "state"), [("yes", "new"), ("no", "not saved")])
def test_learning_shows_and_asks(start: Start, home: Home, answer: str, state: str) -> None:
    put_record(home.path / ".local" / "state" / "pyst", a_record(1))
    child = start("learn", "--from", "last")
    child.expect("# hello")
    child.expect(r"Create `skills/hello`\? .yes/no. ")
    child.sendline(answer)
    if answer == "yes":
        child.expect(r"Where to\? .1. ")
        child.sendline("3")
    child.expect(state)
    assert ended(child) == 0
    assert (home.project / ".claude" / "skills" / "hello" / "SKILL.md").exists() is (answer == "yes")


def test_learning_again_shows_the_difference(start: Start, home: Home) -> None:
    put_record(home.path / ".local" / "state" / "pyst", a_record(1))
    assert ended(start("learn", "--from", "last", "-o", "skills", "--yes")) == 0
    main = home.project / "skills" / "hello" / "SKILL.md"
    main.write_text(main.read_text() + "Words of my own.\n")
    put_record(home.path / ".local" / "state" / "pyst", a_record(2, argv=["--loud"]))
    child = start("learn", "--from", "last")
    child.expect(r"\+pyst run --output-dir temp hello --loud")
    child.expect(r"Merge into `skills/hello`\? ")
    child.sendline("yes")
    child.expect("merged  skills/hello")
    assert ended(child) == 0
    assert main.read_text().endswith("Words of my own.\n")


def test_overwriting_is_asked_about(start: Start, home: Home) -> None:
    put_record(home.path / ".local" / "state" / "pyst", a_record(1))
    main = home.project / "skills" / "hello" / "SKILL.md"
    main.parent.mkdir(parents=True)
    main.write_text("# Mine\n")
    child = start("learn", "--from", "last", "--overwrite")
    child.expect("-# Mine")
    child.expect(r"Overwrite `skills/hello`\? ")
    child.sendline("no")
    assert ended(child) == 0
    assert main.read_text() == "# Mine\n"
