"""`pyst config edit` in a real terminal: the editor has it, and so has the question afterwards."""

from __future__ import annotations

import pexpect

from tests.conftest import Home
from tests.support.faults import PYST

EDITOR = """#!/bin/sh
[ -t 0 ] && [ -t 1 ] && [ -t 2 ] || exit 9
printf 'value: '
read value
echo "test.jobs = $value" > "$1"
"""


def test_the_editor_has_the_terminal(home: Home) -> None:
    editor = home.path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    environ = {**home.environ, "VISUAL": str(editor), "TERM": "dumb"}
    child = pexpect.spawn(
        PYST[0], [*PYST[1:], "config", "edit"], env=environ, cwd=str(home.project), timeout=60, encoding="utf-8"
    )
    try:
        child.expect("value: ")
        child.sendline('"many"')
        child.expect("expected an integer")
        child.expect("Edit again")
        child.sendline("y")
        child.expect("value: ")
        child.sendline("4")
        child.expect("changed: ")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
    finally:
        child.close(force=True)
    assert (home.path / ".config/pyst/pyst.toml").read_text() == "test.jobs = 4\n"
