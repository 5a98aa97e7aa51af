"""A memo of an unconfined run never answers for a run that is to be confined now."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Home
from tests.process.test_hot_path import heat, start, write

PROBE = "print(open('/proc/self/status').read().partition('Seccomp:')[2].split()[0])\n"
SANDBOX = "[sandbox]\nmode = 'best-effort'\n"
SWITCHES: dict[str, tuple[Callable[[Home], object], tuple[str, ...], dict[str, str]]] = {
    "the user's settings": (lambda h: write(h.path / ".config/pyst/pyst.toml", SANDBOX), (), {}),
    "the project's settings": (lambda h: write(h.project / ".pyst.toml", SANDBOX), (), {}),
    "a variable": (lambda h: None, (), {"PYST_SANDBOX_MODE": "best-effort"}),
    "an option": (lambda h: None, ("--sandbox=best-effort",), {}),
    "a denial alone": (lambda h: None, ("--deny-read=/srv",), {}),
}


@pytest.mark.parametrize("switch", list(SWITCHES))
def test_a_memo_is_not_replayed_where_a_wall_is_asked_for(home: Home, switch: str) -> None:
    home.script("probe", "import sys\nprint(*sys.argv[1:])\n")
    assert heat(home, "run", "probe", "a")[1] == "a\n"
    change, words, variables = SWITCHES[switch]
    change(home)
    code, out, _, hot = start(home, "run", "--dry-run", *words, "probe", cwd=None, **variables)
    assert (code, hot) == (0, False)
    assert "walls" in out
    home.script("probe", PROBE)
    for result in (start, heat, start):  # what the confined run leaves behind is a memo of a confined run
        assert result(home, "run", *words, "probe", "a", cwd=None, **variables)[:2] == (0, "2\n")
    assert heat(home, "run", "--no-sandbox", "probe", "a", cwd=None, **variables)[:2] == (0, "0\n")
