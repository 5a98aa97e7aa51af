"""What is said of confined runs that failed: what they were not granted where that is sure, and nothing that is not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pexpect
import pytest

from tests.conftest import Home
from tests.support.faults import PYST, start

landlock = pytest.importorskip("pyst.confinement.linux.landlock", reason="the walls are those of Linux")
pytestmark = pytest.mark.skipif(landlock.abi() == 0, reason="this kernel has no Landlock")

SCRIPT = """
import os, subprocess, sys
def go(what, given):
    if what == "read":
        open(given)
    if what == "write":
        open(given, "w")
    if what == "env":
        os.environ[given]
    if what == "key":
        {}[given]
    if what == "run":
        subprocess.run([given])
    if what == "net":
        import socket
        socket.create_connection((given, 80))
    if what == "exit":
        sys.exit(int(given))
    if what == "say":
        sys.exit(given)
go(*sys.argv[1:])
"""


@pytest.fixture
def ground(home: Home) -> Path:
    home.script("try", SCRIPT)
    (home.project / "there.txt").write_text("x")
    (home.project / "in").mkdir()
    (home.project / "in" / "kept").write_text("x")
    return home.project


def told(home: Home, *words: str, options: tuple[str, ...] = (), **variables: str) -> list[dict[str, str]]:
    given = ["run", "--format", "json", "--sandbox=basic", *options, "try", *words]
    ended = start(given, {**home.environ, **variables}, home.project)
    assert ended.code != 0, ended
    body = json.loads(ended.out)
    assert body["detail"]["outcome"] is not None, ended
    return [each for each in body["diagnostics"] if each["code"] == "I_CONFINED"]


@pytest.mark.parametrize(
    ("words", "options", "option"),
    [
        (("read", "there.txt"), (), "--allow-read={cwd}/there.txt"),
        (("read", "in/../there.txt"), (), "--allow-read={cwd}/there.txt"),
        (("read", "{cwd}/in/kept"), (), "--allow-read={cwd}/in/kept"),
        (("write", "in/kept"), ("--allow-read=in",), "--allow-write={cwd}/in/kept"),
        (("env", "API_KEY"), (), "--allow-env=API_KEY"),
        (("run", "git"), (), "--allow-run=git"),
        (("net", "example.org"), (), "--allow-net=HOST:PORT"),
    ],
)
def test_what_was_not_granted_is_named(
    home: Home, ground: Path, words: tuple[str, str], options: tuple[str, ...], option: str
) -> None:
    found = told(home, *(each.format(cwd=ground) for each in words), options=options, API_KEY="1")
    assert len(found) == 1
    assert f"`{option.format(cwd=ground)}` grants it" in found[0]["hint"]
    assert "`pyst explain try`" in found[0]["hint"]
    assert "which it was not granted" in found[0]["message"]


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("read", "absent.txt"), ("--allow-read=.",)),
        (("read", "in/absent"), ("--allow-read=in/absent",)),
        (("read", "/nowhere/x"), ("--allow-read",)),
        (("read", "/etc/absent"), ()),
        (("read", "there.txt"), ("--deny-read=there.txt",)),
        (("write", "absent/x"), ("--allow-write=.",)),
        (("env", "UNSET"), ()),
        (("env", "SET"), ("--deny-env=SET",)),
        (("key", "SET"), ()),
        (("run", "no-such-program"), ("--allow-run",)),
        (("run", "git"), ("--deny-run=git",)),
        (("exit", "3"), ()),
        (("say", "PermissionError: [Errno 13] Permission denied: '/home/x'"), ()),
    ],
)
def test_nothing_is_said_that_is_not_sure(
    home: Home, ground: Path, words: tuple[str, str], options: tuple[str, ...]
) -> None:
    assert told(home, *words, options=options, SET="1") == []


def test_a_hint_does_not_tell_what_is_there(home: Home, ground: Path) -> None:
    """Whoever reads a report learns nothing of what is beyond the walls."""
    (here,) = told(home, "read", f"{home.project}/there.txt")
    (gone,) = told(home, "read", f"{home.project}/their.txt")
    assert here["message"].replace("there.txt", "X") == gone["message"].replace("their.txt", "X")


def test_what_the_basic_tier_has_not_is_said(home: Home, ground: Path) -> None:
    home.script(
        "try",
        "import multiprocessing\nif __name__ == '__main__':\n    multiprocessing.get_context('fork').Manager()\n",
    )
    (found,) = told(home)
    assert "no Unix sockets with a name" in found["message"]
    assert "`--sandbox=strict`" in found["hint"]
    ended = start(["run", "-v", "--sandbox=basic", "-c", "print(1)"], home.environ, home.project)
    assert "not there in this tier: Unix sockets with a name (`multiprocessing.Manager`)" in ended.err


def test_an_unconfined_run_has_no_hint(home: Home, ground: Path) -> None:
    ended = start(["run", "--format", "json", "try", "read", "absent"], home.environ, home.project)
    assert [each["code"] for each in json.loads(ended.out)["diagnostics"]] == []


@pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")
def test_on_a_terminal_a_failed_run_is_said_to_have_been_confined(home: Home, ground: Path) -> None:
    """Each time: when the plan is worked out, and when it is replayed. Not where nobody looks, nor with `-q`."""

    def on_terminal(*words: str) -> str:
        given = [*PYST, "run", "--sandbox=basic", *words]
        text, code = pexpect.run(
            " ".join(given), cwd=str(home.project), env=home.environ, withexitstatus=True, timeout=60
        )
        assert code == 3, text
        return str(text.decode())

    line = "it ran confined (basic): `pyst explain try` shows what it may reach"
    for _ in range(3):
        assert on_terminal("try", "exit", "3").count(line) == 1
    assert line not in on_terminal("-q", "try", "exit", "3")
    piped = start(["run", "--sandbox=basic", "try", "exit", "3"], home.environ, home.project)
    assert (piped.code, piped.err) == (3, "")
