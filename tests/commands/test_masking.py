"""Secrets are masked wherever pyst prints or logs: in what is wrong, in talk, in what it shows of a script."""

from __future__ import annotations

import pytest

from pyst.commands import which
from tests.conftest import Home, Pyst

SECRET = "https://me:hunter2pw@127.0.0.1:1"
BLOCK = f"# /// script\n# dependencies = ['idna @ {SECRET}/idna-1-py3-none-any.whl']\n# ///\nprint(1)\n"


@pytest.mark.parametrize(
    "words",
    [
        ("info", "s"),
        ("check", "s"),
        ("run", "--offline", "s"),
        ("run", "--dry-run", "s"),
        ("lock", "--offline", "s"),
        ("add", "--script", "s", f"six @ {SECRET}/six-1-py3-none-any.whl"),
        ("remove", "--script", "s", "idna"),
        ("config", "set", "core.uv.flags", f"--index-url={SECRET}"),
        ("run", f"{SECRET}/x"),
        ("list", f"--token={SECRET}"),
        ("which", "sesame-open"),
    ],
)
@pytest.mark.parametrize("form", ["human", "json"])
def test_nothing_secret_is_shown(words: tuple[str, ...], form: str, home: Home, pyst: Pyst) -> None:
    home.script("s", BLOCK)
    ended = pyst("--format", form, *words, DOOR_KEY="sesame-open")
    assert ended.out + ended.err
    assert "hunter2pw" not in ended.out + ended.err
    assert "sesame-open" not in ended.out + ended.err


def test_a_variable_that_is_wrong_is_told_without_what_is_secret_in_it(pyst: Pyst) -> None:
    ended = pyst("list", PYST_UV_FLAGS=f"--index-url {SECRET} '")
    assert ended.code != 0
    assert "PYST_UV_FLAGS" in ended.err
    assert "hunter2pw" not in ended.err


def test_the_traceback_of_a_bug_is_kept_without_secrets(
    home: Home, pyst: Pyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("sesame-open")

    monkeypatch.setattr(which, "run", fails)
    ended = pyst("which", "x", DOOR_KEY="sesame-open")
    assert (ended.code, "internal error: RuntimeError" in ended.err) == (1, True)
    logs = list((home.path / ".local" / "state" / "pyst" / "errors").iterdir())
    assert len(logs) == 1
    assert "RuntimeError" in logs[0].read_text()
    assert "sesame-open" not in ended.err + logs[0].read_text()


@pytest.mark.parametrize("form", ["human", "json", "markdown"])
def test_defaults_of_secret_parameters_are_not_shown(form: str, home: Home, pyst: Pyst) -> None:
    home.script("s", 'def main(api_token: str = "ghp_sesame-open", sort_key: str = "name") -> None:\n    """Say."""\n')
    ended = pyst("info", "s", "--format", form)
    assert ended.code == 0
    assert "sesame-open" not in ended.out
    assert "name" in ended.out
