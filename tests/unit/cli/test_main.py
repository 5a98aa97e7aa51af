"""The command line as a whole: what is refused is refused before anything happens, and named rightly."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Home, Pyst


def test_a_form_that_a_command_lacks_is_refused_before_it_works(home: Home, pyst: Pyst) -> None:
    home.script("hello", "print('hello')\n")
    refused = pyst("--format", "markdown", "trust", "hello")
    assert (refused.code, refused.out) == (64, "")
    assert "`trust` has no Markdown form" in refused.err
    assert pyst("trust", "--list", "--format", "json").detail["entries"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--format", "json", "--bogus"),
        ("--format", "json", "list", "--bogus"),
        ("--format=json", "-v", "list", "too", "many"),
        ("--format=json", "--context", "default", "list", "x"),
    ],
)
def test_a_usage_error_in_json_names_its_command(words: tuple[str, ...], pyst: Pyst) -> None:
    refused = pyst(*words)
    assert (refused.code, refused.json["command"]) == (64, "list")


@pytest.mark.parametrize("words", [("--bogus", "list", "--format", "json"), ("lsit", "--format", "json")])
def test_a_usage_error_of_no_command_is_pysts(words: tuple[str, ...], pyst: Pyst) -> None:
    refused = pyst(*words)
    assert (refused.code, refused.json["status"]) == (64, "error")
    assert refused.json["command"] in ("pyst", "list")


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("run", "--frce", "hello"), "--force"),
        (("run", "--dryrun", "hello"), "--dry-run"),
        (("list", "--al"), "--all"),
        (("--ofline", "list"), "--offline"),
        (("run", "--tiemout=3", "hello"), "--timeout"),
    ],
)
def test_an_unknown_option_is_named_with_what_was_meant(words: tuple[str, ...], near: str, pyst: Pyst) -> None:
    refused = pyst(*words)
    wrong = next(each for each in words if each.startswith("--")).partition("=")[0]
    assert refused.code == 64
    assert f"unknown option `{wrong}`" in refused.err
    assert f"did you mean `{near}`" in refused.err


def test_a_word_too_many_is_named(pyst: Pyst) -> None:
    refused = pyst("list", "hello")
    assert refused.code == 64
    assert "`hello`" in refused.err


def test_the_help_says_where_the_arguments_of_a_script_stand(pyst: Pyst) -> None:
    assert pyst("run", "--help").out.startswith("usage: pyst run [options] SCRIPT [ARGS…]\n")


def test_the_version(pyst: Pyst) -> None:
    assert pyst("-V").out == pyst("--version").out != ""
    assert "--version" in pyst("--help").out


def test_a_stream_of_events_ends_even_where_the_command_fails(home: Home, pyst: Pyst) -> None:
    pyst("which", "nope", "--events", "events.jsonl")
    told = [json.loads(line) for line in (home.project / "events.jsonl").read_text().splitlines()]
    assert [each["type"] for each in told] == ["command_start", "command_end"]
    assert (told[-1]["command"], told[-1]["exit_code"]) == ("which", 127)
    ended = pyst("which", "nope", "--events", "events.jsonl", "--format", "json")
    assert ended.json["events"][-1]["type"] == "command_end"
    assert pyst("which", "nope", "--events", "no/where").code == 64
