"""Tokens: which counts, when `gh` is asked, and that none shows itself."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pyst.errors import Failure
from pyst.sharing.tokens import Token, find_token, gh_host, require_token
from pyst.system.process import Finished, Runner

PUBLIC = "https://api.github.com"
CANARY = "ghp_" + "canary" * 6


class Recording(Runner):
    """Remembers what was started, and answers as it is told."""

    def __init__(self, ended: Finished | Failure) -> None:
        self.ended = ended
        self.started: list[tuple[Sequence[str], dict[str, Any]]] = []

    def run(self, argv: Sequence[str], **given: Any) -> Finished:
        self.started.append((argv, given))
        if isinstance(self.ended, Failure):
            raise self.ended
        return self.ended


def says(text: bytes, exit_code: int = 0, *, timed_out: bool = False) -> Recording:
    return Recording(Finished((), exit_code, text, b"", timed_out))


@pytest.fixture
def with_gh(tmp_path: Path) -> dict[str, str]:
    program = tmp_path / "gh"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    return {"PATH": str(tmp_path)}


def test_the_first_variable_that_is_set_counts(with_gh: dict[str, str]) -> None:
    gh = says(b"from-the-program\n")
    both = {**with_gh, "GITHUB_PAT": "one-token", "GITHUB_TOKEN": "two-token"}
    for environ, expected in (
        (both, ("one-token", "GITHUB_PAT")),
        ({**both, "GITHUB_PAT": ""}, ("two-token", "GITHUB_TOKEN")),
        ({**both, "GITHUB_PAT": " \n"}, ("two-token", "GITHUB_TOKEN")),
        ({"GITHUB_TOKEN": "two-token\n"}, ("two-token", "GITHUB_TOKEN")),
    ):
        found = find_token(environ, gh, PUBLIC)
        assert found
        assert (found.value, found.origin) == expected
    assert gh.started == []


@pytest.mark.parametrize(
    "value", ["brief", "two words", "a\nb-other: x", "tökens-and-more", "x" * 1025, "abcdefgh\x00"]
)
def test_what_can_be_no_token_is_told_and_not_shown(value: str) -> None:
    with pytest.raises(Failure) as caught:
        find_token({"GITHUB_TOKEN": value}, says(b""), PUBLIC)
    assert caught.value.code == "E_TOKEN"
    assert "`GITHUB_TOKEN`" in caught.value.message
    assert value not in caught.value.message + caught.value.hint


def test_gh_is_asked_last_and_within_bounds(with_gh: dict[str, str]) -> None:
    gh = says(f"{CANARY}\n".encode())
    found = find_token(with_gh, gh, PUBLIC)
    assert found
    assert (found.value, found.origin) == (CANARY, "gh auth token")
    [(argv, given)] = gh.started
    assert list(argv) == ["gh", "auth", "token", "--hostname", "github.com"]
    assert given["timeout_seconds"] <= 10
    assert given["most_bytes"] <= 1 << 16
    assert given["environ"]["GH_PROMPT_DISABLED"] == "1"


@pytest.mark.parametrize(
    "gh",
    [
        says(b"", 1),
        says(b"no oauth token\n", 1),
        says(b"\n"),
        says(b"two words\n"),
        says(b"\xff" * 40),
        says(CANARY.encode(), timed_out=True),
        Recording(Failure("E_HELPER", "no")),
    ],
)
def test_a_gh_that_has_none_is_no_failure(gh: Recording, with_gh: dict[str, str]) -> None:
    assert find_token(with_gh, gh, PUBLIC) is None
    assert len(gh.started) == 1


def test_gh_is_not_asked_where_it_is_not() -> None:
    gh = says(CANARY.encode())
    assert find_token({"PATH": "/nowhere"}, gh, PUBLIC) is None
    assert gh.started == []


@pytest.mark.parametrize(
    ("api_base", "host"),
    [
        (PUBLIC, "github.com"),
        ("https://api.example.ghe.com", "example.ghe.com"),
        ("https://github.example.org/api/v3", "github.example.org"),
        ("https://example.org", None),
        ("https://example.org:8443/api/v3", None),
        ("http://127.0.0.1:8000", None),
        ("http://localhost/api/v3", None),
    ],
)
def test_gh_is_asked_of_its_own_hosts_alone(api_base: str, host: str | None, with_gh: dict[str, str]) -> None:
    gh = says(CANARY.encode())
    assert gh_host(api_base) == host
    assert (find_token(with_gh, gh, api_base) is None) == (host is None)
    assert [argv[-1] for argv, _ in gh.started] == ([host] if host else [])


def test_a_token_does_not_show_itself() -> None:
    token = Token(CANARY, "GITHUB_TOKEN")
    for shown in (repr(token), str(token), f"{token}", f"{[token]}", f"{token!r:>20}"):
        assert CANARY not in shown
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            way(token)


def test_what_can_not_be_done_without_says_how_to_get_one() -> None:
    token = Token(CANARY, "GITHUB_TOKEN")
    assert require_token(token, "sharing") is token
    with pytest.raises(Failure, match="sharing needs a token") as caught:
        require_token(None, "sharing")
    assert caught.value.code == "E_TOKEN"
    assert "`GITHUB_TOKEN`" in caught.value.hint
    assert "`gh auth login" in caught.value.hint
