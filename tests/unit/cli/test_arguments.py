"""The grammar of the command line: where the script's own words begin, and what is global."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.cli.arguments import build_parser, parse, split_script, wants_json
from pyst.cli.table import COMMANDS, find_command
from pyst.errors import Failure

RUN = find_command("run")
assert RUN is not None
PARSER, _ = build_parser(RUN)

OPTIONS = st.sampled_from(
    [
        ["--force"],
        ["--dry-run"],
        ["--with", "rich"],
        ["--with=rich>=13"],
        ["--timeout", "-3"],
        ["-q"],
        ["-v"],
        ["--offline"],
        ["--context", "ci"],
        ["--python", "3.12"],
        ["--format", "json"],
    ]
)
WORDS = st.lists(st.text(max_size=8) | st.sampled_from(["-h", "--help", "--format", "--", "-", "--with", "-c"]))


@given(st.lists(OPTIONS, max_size=4), WORDS)
def test_all_after_the_script_is_the_scripts(options: list[list[str]], rest: list[str]) -> None:
    before = [word for group in options for word in group] + ["hello"]
    ours, theirs = split_script(PARSER, before + rest)
    assert ours == before
    assert theirs == (rest[1:] if rest[:1] == ["--"] else rest)


@given(WORDS)
def test_code_takes_the_place_of_the_script(rest: list[str]) -> None:
    for before in (["-c", "print(1)"], ["-cprint(1)"], ["--base64", "cHJpbnQ="], ["--base64=cHJpbnQ="], ["-"]):
        ours, theirs = split_script(PARSER, ["-q", *before, *rest])
        assert ours == ["-q", *before]
        assert theirs == (rest[1:] if rest[:1] == ["--"] else rest)


def test_a_script_whose_name_looks_like_an_option_comes_after_two_dashes() -> None:
    assert split_script(PARSER, ["--force", "--", "-odd", "x"]) == (["--force", "--", "-odd"], ["x"])


def test_global_options_stand_before_and_after_the_command() -> None:
    before = parse(["--format", "json", "-v", "list"]).options
    after = parse(["list", "--format=json", "-v"]).options
    assert before == after
    assert (before.format, before.verbosity) == ("json", 1)
    assert parse(["-v", "list", "-vv"]).options.verbosity == 3
    assert parse(["--no-color", "list"]).options.color == "never"
    assert parse(["list", "--color", "always"]).options.color == "always"
    assert parse(["--uv-flags", "--no-build --index 'a b'", "list"]).options.uv_flags == (
        "--no-build",
        "--index",
        "a b",
    )


def test_without_a_command_the_scripts_are_listed() -> None:
    for words in ([], ["--all"], ["-q", "--format", "json", "--disabled-only"]):
        request = parse(words)
        assert request.command is not None
        assert request.command.name == "list"
    assert parse(["--all"]).arguments.all is True


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["lst"], "`lst`", "`list`"),
        (["run", "--forse", "x"], "--forse", "pyst run --help"),
        (["run", "--format", "xml", "x"], "xml", "pyst run --help"),
        (["--uv-flags", "'", "list"], "--uv-flags", ""),
        (["--nope"], "--nope", "pyst list --help"),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(Failure) as caught:
        parse(words)
    assert caught.value.exit == 64
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_json_is_wanted_even_where_the_rest_is_wrong() -> None:
    assert wants_json(["run", "--nope", "--format", "json"])
    assert wants_json(["--format=json", "nope"])
    assert not wants_json(["run", "--", "x", "--format", "json"])


def test_help_names_every_command_and_needs_no_command_to_be_imported() -> None:
    text = parse(["--help"]).help
    assert text is not None
    assert "run" in text
    assert "--offline" in text
    shown = parse(["help", "run"]).help
    assert shown is not None
    assert shown == parse(["run", "--help"]).help
    assert "--timeout" in shown


def test_an_alias_means_the_command_and_no_other() -> None:
    words = [word for each in COMMANDS for word in (each.name, *each.aliases)]
    assert len(words) == len(set(words))
    assert find_command("gs") == find_command("skills")
    request = parse(["gs", "--print"])
    assert request.command is not None
    assert request.command.name == "skills"
