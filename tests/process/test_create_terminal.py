"""`pyst create` and `pyst edit` with a person at the terminal: what is shown and asked, what an answer leads to."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.conftest import Home
from tests.support.faults import PYST
from tests.support.model_scripts import CODE, script
from tests.support.model_server import ModelServer, error, waits_for, words_of

SECONDS = 60
Child = pexpect.spawn
Start = Callable[..., "pexpect.spawn[str]"]
LOUD = CODE.replace('print(f"', 'print(f"LOUD ')
QUESTION = r"accept, diff, quit, or say what to change \(help\): "


@pytest.fixture
def start(home: Home, server: ModelServer) -> Iterator[Start]:
    """Starts pyst on a terminal, in the project, with a model to ask."""
    spawned = []

    def call(*words: str, **environ: str) -> pexpect.spawn[str]:
        given = {**home.environ, **server.environ, "TERM": "dumb", "PYST_CREATE_MODEL": "openai-chat:gpt-5", **environ}
        child = pexpect.spawn(
            PYST[0],
            [*PYST[1:], *words],
            env=given,
            cwd=str(home.project),
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(50, 120),
        )
        spawned.append(child)
        return child

    yield call
    for child in spawned:
        child.close(force=True)


def ended(child: pexpect.spawn[str]) -> int:
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return int(child.exitstatus)


def saved(home: Home, name: str = "names") -> Path:
    return home.path / ".local" / "share" / "pyst" / "scripts" / f"{name}.py"


def test_a_script_is_talked_over_until_it_is_accepted(start: Start, home: Home, server: ModelServer) -> None:
    server.says(script(), script(LOUD), error(429, "slow down", retry_after="3600"), script(LOUD + "# more\n"))
    child = start("create", "-p", "names", "names with {{prefix}}")
    child.logfile_read = said = io.StringIO()
    child.expect("def main")
    child.expect("Print names with a prefix.")
    child.expect(r"parameter   prefix: str")
    child.expect(r"version 1 of 1; so far 1 request, 1,000 tokens in, 100 out, about \$0.00")
    child.expect(QUESTION)
    child.sendline("be loud, please")
    child.expect(r"\+ +print\(f\"LOUD ")
    child.expect(r"version 2 of 2; so far 2 requests, 2,000 tokens in")
    child.expect(QUESTION)
    child.sendline("now with more")
    child.expect(r"error: the provider of `openai-chat:gpt-5` takes no more requests for now; try again in 3600 s")
    child.expect(QUESTION)
    child.sendline("now with more, again")
    child.expect(r"\+# more")
    child.expect(QUESTION)
    child.sendline("diff 1 2")
    child.expect(r"\+ +print\(f\"LOUD ")
    child.expect(QUESTION)
    child.sendline("diff 1 9")
    child.expect("there is no version 9")
    child.expect(QUESTION)
    child.sendline("help")
    child.expect("go back to version N")
    child.expect(QUESTION)
    child.sendline("")
    child.expect(QUESTION)
    child.sendline("put in sk-canary-0123456789abcdef")
    child.expect("error: what would be sent to the model holds a secret")
    child.expect(QUESTION)
    child.sendline("use 2")
    child.expect("version 2 of 3")
    child.expect(QUESTION)
    child.sendline("accept")
    child.expect("created")
    child.expect("pyst run names prefix=")
    assert ended(child) == 0
    assert "logfire" not in said.getvalue().lower()  # a library's advertisement of another product
    assert saved(home).read_text().endswith(LOUD)
    assert len(server.asked) == 4
    refined = server.asked[1]["messages"]
    assert [each["role"] for each in refined] == ["system", "user", "assistant", "user"]
    assert refined[-1]["content"] == "be loud, please"
    assert "be loud, please" in refined[-1]["content"]
    assert "Later wish: be loud, please" in words_of(server.asked[3])


@pytest.mark.parametrize("leave", ["EOF", "interrupt"])
def test_leaving_saves_nothing(start: Start, home: Home, server: ModelServer, leave: str) -> None:
    server.says(script())
    child = start("create", "-p", "names", "names")
    child.expect(QUESTION)
    if leave == "EOF":
        child.sendeof()
    else:
        child.sendintr()
    if leave != "interrupt":
        child.expect("not saved")
    assert ended(child) == (130 if leave == "interrupt" else 0)
    assert not saved(home).exists()


def test_an_interrupt_while_the_model_thinks(start: Start, home: Home, server: ModelServer) -> None:
    goes_on, asked = threading.Event(), threading.Event()

    def thinks(talk: object) -> None:
        asked.set()
        waits_for(goes_on, error(500))(talk)  # type: ignore[arg-type]

    server.says(thinks)
    child = start("create", "-p", "names", "names")
    assert asked.wait(SECONDS)
    child.sendintr()
    assert ended(child) == 130
    goes_on.set()
    assert "Traceback" not in (child.before or "")
    assert not saved(home).exists()


@pytest.mark.parametrize(("answer", "exists"), [("y", True), ("", False)])
def test_without_a_preview_it_is_asked_once(
    start: Start, home: Home, server: ModelServer, answer: str, exists: bool
) -> None:
    server.says(script())
    child = start("create", "--local", "names", "names")
    child.expect("Print names with a prefix.")
    child.expect(r"Save it as .*names.py` .*\? \[y/N\] ")
    child.sendline(answer)
    assert ended(child) == 0
    assert saved(home).exists() is exists


def test_what_does_not_pass_comes_to_the_person(start: Start, home: Home, server: ModelServer) -> None:
    bad = script(CODE + "\nimport nowhere_at_all\n")
    server.says(bad, bad, bad, bad, script())
    child = start("create", "names", "names")
    child.expect("does not pass: .*nowhere_at_all")
    child.expect(QUESTION)
    child.sendline("accept")
    child.expect("it does not pass; say what to change, or quit")
    child.expect(QUESTION)
    child.sendline("without that import")
    child.expect(QUESTION)
    assert "nowhere_at_all" in server.asked[4]["messages"][-1]["content"]
    child.sendline("a")
    assert ended(child) == 0
    assert saved(home).read_text().endswith(CODE)


def test_what_it_asks_for_is_granted_by_a_person_alone(start: Start, home: Home, server: ModelServer) -> None:
    server.says(script(permissions={"net": ["example.org:443"]}))
    child = start("create", "--local", "-p", "names", "names")
    child.expect("asks for    net   example.org:443")
    child.expect(QUESTION)
    child.sendline("accept")
    child.expect(r"Grant this, for as long as the script stays as it is\? \[yes/no\] ")
    child.sendline("yes")
    child.expect("created")
    assert ended(child) == 0
    grants = home.path / ".local" / "share" / "pyst" / "grants.json"
    assert "example.org:443" in grants.read_text()


def test_a_change_is_shown_as_a_difference_and_can_be_undone(start: Start, home: Home, server: ModelServer) -> None:
    path = home.script("names", CODE)
    server.says(script(LOUD))
    child = start("edit", "names", "be loud")
    child.expect(r"\+ +print\(f\"LOUD ")
    child.expect(QUESTION)
    child.sendline("diff")
    child.expect(r"\+ +print\(f\"LOUD ")
    child.expect(QUESTION)
    child.sendline("accept")
    child.expect("changed")
    assert ended(child) == 0
    assert path.read_text() == LOUD
    child = start("edit", "names", "--undo")
    child.expect(r"-        print\(f\"LOUD ")
    child.expect(r"Bring it back\? \[y/N\] ")
    child.sendline("y")
    child.expect("undone")
    assert ended(child) == 0
    assert path.read_text() == CODE


def test_colours_come_from_pyst_alone(start: Start, server: ModelServer) -> None:
    server.says(script(CODE, summary="Red \x1b[31m or not \u202e."))
    child = start("create", "-p", "names", "names", TERM="xterm-256color", PYST_CREATE_RETRIES="0")
    child.expect(QUESTION)
    said = child.before or ""
    assert "\x1b[" in said  # Rich's own
    assert "\x1b[31m or not" not in said
    assert "\u202e" not in said
    assert server.asked[0]["stream"] is True
    assert "Red \\x1b[31m or not \\u202e." in re.sub(r"\s+", " ", said)
    child.sendline("quit")
    assert ended(child) == 0
