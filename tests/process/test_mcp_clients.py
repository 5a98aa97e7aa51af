"""`pyst mcp config --write` on a terminal: the difference is shown, and the answer counts."""

from __future__ import annotations

import json
import signal

import pexpect
import pytest

from tests.conftest import Home
from tests.support.faults import PYST


@pytest.mark.parametrize(("answer", "is_written"), [("y", True), ("n", False), ("", False)])
def test_the_person_is_asked(home: Home, answer: str, is_written: bool) -> None:
    path = home.project / ".mcp.json"
    path.write_text('{"mcpServers": {"mine": {"command": "x"}}}\n')
    words = [*PYST[1:], "mcp", "config", "claude-code", "--write"]
    child = pexpect.spawn(
        PYST[0], words, cwd=str(home.project), env={**home.environ, "TERM": "dumb"}, encoding="utf-8", timeout=60
    )
    try:
        child.expect_exact('-{"mcpServers": {"mine": {"command": "x"}}}')
        child.expect_exact('+  "pyst": {')
        child.expect_exact(f"Write this to {path}? [y/N] ")
        child.sendline(answer)
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0
    assert list(json.loads(path.read_text())["mcpServers"]) == ["mine", *(["pyst"] if is_written else [])]


def test_a_person_who_starts_the_server_is_told_what_it_waits_for(home: Home) -> None:
    child = pexpect.spawn(
        PYST[0], [*PYST[1:], "mcp"], cwd=str(home.project), env=home.environ, encoding="utf-8", timeout=60
    )
    try:
        child.expect_exact("a client of the protocol is awaited on standard input")
        child.expect_exact("Ctrl-C ends this")
        child.sendintr()
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert "Traceback" not in child.before  # wherever in its start it was interrupted
    assert child.exitstatus == 0 or child.signalstatus == signal.SIGINT


def test_a_change_meanwhile_is_not_overwritten(home: Home) -> None:
    path = home.project / ".mcp.json"
    path.write_text("{}")
    words = [*PYST[1:], "mcp", "config", "claude-code", "--write"]
    child = pexpect.spawn(
        PYST[0], words, cwd=str(home.project), env={**home.environ, "TERM": "dumb"}, encoding="utf-8", timeout=60
    )
    try:
        child.expect_exact("[y/N] ")
        path.write_text('{"other": 1}')
        child.sendline("y")
        child.expect_exact("was changed by another program meanwhile")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 1
    assert path.read_text() == '{"other": 1}'
