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


@pytest.mark.parametrize("words", [(), ("--sandbox=basic",), ("--profile", "tight"), ("--profile=dev",)])
def test_what_does_not_count_is_told_until_a_memo_answers(home: Home, words: tuple[str, ...]) -> None:
    """Settings of an untrusted project that would loosen keep no run from the hot path, nor are they told there."""
    home.script("probe", PROBE)
    loose = '[core.uv]\nflags = ["-v"]\n[profiles.tight.sandbox]\nmode = "basic"\n'
    write(home.project / ".pyst.toml", loose)
    said = "not trusted, so without effect: `core.uv.flags`"
    first = start(home, "run", *words, "probe")
    assert said in first[2]
    code, out, err, _ = heat(home, "run", *words, "probe")
    assert (code, err) == (0, "")
    assert out == first[1] == ("2\n" if words and words[-1] != "--profile=dev" else "0\n")
    write(home.project / ".pyst.toml", loose + "[sandbox.allow]\nrun = ['*']\n")
    assert "`sandbox.allow.run`" in start(home, "run", *words, "probe")[2]


def test_a_memo_of_one_profile_does_not_answer_for_another(home: Home) -> None:
    home.script("probe", PROBE)
    write(home.path / ".config/pyst/pyst.toml", '[profiles.ci.sandbox]\nmode = "basic"\n')
    assert heat(home, "run", "--profile", "dev", "probe")[1] == "0\n"
    assert heat(home, "run", "--profile", "ci", "probe")[1] == "2\n"
    assert heat(home, "run", "probe", PYST_PROFILE="ci")[1] == "2\n"
    assert start(home, "run", "probe")[1] == "0\n"
    assert start(home, "run", "probe", PYST_PROFILE="cii")[0] == 64
    write(home.path / ".config/pyst/pyst.toml", '[profiles.dev.sandbox]\nmode = "basic"\n')
    assert start(home, "run", "--profile", "dev", "probe")[1] == "2\n"
