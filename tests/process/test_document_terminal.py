"""`pyst document` at a terminal: each script is shown and asked about; one that is ended changed nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import threading

import pexpect
import pytest

from tests.commands.test_document import BARE, MODEL, TOLD, helpful
from tests.conftest import Home
from tests.support.faults import PYST
from tests.support.model_server import ModelServer, waits_for

SECONDS = 60


def test_each_script_is_asked_about(home: Home, server: ModelServer) -> None:
    server.says(helpful)
    first, second = home.script("first", BARE), home.script("second", BARE)
    environ = {**home.environ, **server.environ, "TERM": "dumb"}
    child = pexpect.spawn(
        PYST[0],
        [*PYST[1:], "document", *MODEL, "first", "second"],
        env=environ,
        cwd=str(home.project),
        encoding="utf-8",
        timeout=SECONDS,
    )
    try:
        child.expect_exact('+"""Do the thing."""')
        child.expect_exact(f"Write this into `{first}`? [yes/no] ")
        child.sendline("y")
        child.expect_exact("+        name: The name.")
        child.expect_exact(f"Write this into `{second}`? [yes/no] ")
        child.sendline("")
        child.expect_exact("written")
        child.expect_exact("not written")
        child.expect_exact("2 requests")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 1
    assert (first.read_text(), second.read_text()) == (TOLD, BARE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_while_the_model_thinks_it_can_be_ended(home: Home, server: ModelServer, number: int) -> None:
    asked, never = threading.Event(), threading.Event()

    def thinks(talk: object) -> None:
        asked.set()
        waits_for(never, helpful)(talk)  # type: ignore[arg-type]

    server.says(thinks)
    path = home.script("bare", BARE)
    words = [*PYST, "document", *MODEL, "bare", "--write", "--yes"]
    environ = {**home.environ, **server.environ}
    child = subprocess.Popen(words, env=environ, cwd=home.project, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert asked.wait(SECONDS)
        child.send_signal(number)
        _, said = child.communicate(timeout=SECONDS)
    finally:
        never.set()
        child.kill()
        child.wait()
    assert child.returncode in {signal.SIGINT: (130, -2), signal.SIGKILL: (-9,)}[number]
    assert b"Traceback" not in said
    assert path.read_text() == BARE
    assert os.listdir(path.parent) == ["bare.py"]
