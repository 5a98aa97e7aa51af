"""What may come next among a script's own arguments."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.completion.answers import FILES, FOLDERS, Answer, Candidate, is_safe, narrowed
from pyst.completion.arguments import complete_arguments
from pyst.completion.options import complete_options, forms_of, walk
from pyst.scripts.script import Interface, Parameter

PUSH = Interface(
    "framework",
    "click",
    "Push it.",
    parameters=(
        Parameter("to", "option", ("--to",), choices=("here", "there")),
        Parameter("force", "option", ("--force", "--no-force", "-f"), is_flag=True),
    ),
)
SCRIPT = Interface(
    "framework",
    "click",
    parameters=(
        Parameter("mode", "option", ("--mode", "-m"), choices=("fast", 3), help="how"),
        Parameter("out", "option", ("--out",), type="path"),
        Parameter("folder", "option", ("--folder",), type="dir"),
        Parameter("count", "option", ("--count",), type="int"),
        Parameter("word", "option", ("--word",)),
        Parameter("sure", "option", ("--sure",), type="bool"),
        Parameter("guess", "option", ("--guess",), choices=("a",), type=None, unknown=("choices", "type")),
        Parameter("quick", "option", ("--quick",), is_flag=True),
        Parameter("color", "argument", choices=("red", "blue")),
        Parameter("rest", "argument", choices=("x", "y"), multiple=True),
    ),
    commands=(("push", PUSH),),
)


def values(answer: Answer) -> list[str]:
    return [each.value for each in answer.candidates]


@pytest.mark.parametrize(
    ("words", "current", "expected"),
    [
        ([], "", ["push", "red", "blue"]),
        (["red"], "", ["x", "y"]),
        (["red", "x", "y", "x"], "", ["x", "y"]),
        (["--quick"], "", ["push", "red", "blue"]),
        (["-m"], "", ["fast", "3"]),
        (["--mode", "fast"], "", ["push", "red", "blue"]),
        (["--mode=fast"], "", ["push", "red", "blue"]),
        ([], "--mode=", ["--mode=fast", "--mode=3"]),
        ([], "--quick=", []),
        ([], "--nothing=", []),
        (["--sure"], "", ["true", "false"]),
        (["--count"], "", []),
        (["--mode"], "-", ["fast", "3"]),
        (["push", "--to"], "", ["here", "there"]),
        (["push"], "", []),
        (["--count", "push"], "", ["push", "red", "blue"]),
        (["--", "push"], "", ["x", "y"]),
        (["--"], "-", ["push", "red", "blue"]),
        (["-"], "", ["x", "y"]),
    ],
)
def test_what_may_come_next(words: list[str], current: str, expected: list[str]) -> None:
    assert values(complete_arguments(SCRIPT, words, current)) == expected


def test_flags_with_their_help() -> None:
    answer = complete_arguments(SCRIPT, [], "-")
    assert Candidate("--mode", "how") in answer.candidates
    assert values(answer)[-1] == "--help"
    assert "--help" not in values(complete_arguments(Interface("none"), [], "-"))


def test_files_where_they_may_stand() -> None:
    assert complete_arguments(SCRIPT, ["--out"], "") == FILES
    assert complete_arguments(SCRIPT, ["--folder"], "") == FOLDERS
    assert complete_arguments(SCRIPT, ["--word"], "") == FILES
    assert complete_arguments(SCRIPT, ["--guess"], "") == FILES
    assert complete_arguments(Interface("none", unknown=("parameters",)), [], "") == FILES
    assert complete_arguments(Interface("main", "function"), [], "") == Answer()


def test_nested_parsers_of_pyst_itself() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    commands = parser.add_subparsers()
    get = commands.add_parser("get", help="get it", add_help=False)
    get.add_argument("key", choices=("a", "b"))
    get.add_argument("--secret", help=argparse.SUPPRESS)

    def ask(words: list[str], current: str = "") -> Answer:
        return complete_options(walk(parser, words, stops=False), current, lambda action: Answer())

    assert ask([]).candidates == (Candidate("get", "get it"),)
    assert values(ask(["get"])) == ["a", "b"]
    assert values(ask(["get"], "-")) == []
    assert values(ask(["get", "a"])) == []


@given(st.text())
def test_a_word_that_passes_is_one_line_without_a_tab(text: str) -> None:
    answer = narrowed(Answer((Candidate(text, text),)), "")
    for each in answer.candidates:
        assert is_safe(each.value)
        assert each.value.splitlines() == [each.value]
        assert "\t" not in each.value + each.description
        assert each.description.isprintable()


def test_what_was_typed_narrows_and_nothing_comes_twice() -> None:
    answer = Answer(tuple(map(Candidate, ("ab", "ac", "b", "ab"))), "files")
    assert narrowed(answer, "a") == Answer((Candidate("ab"), Candidate("ac")), "files")


@pytest.mark.parametrize(
    ("metavar", "forms"),
    [
        ("list | show NAME | set KEY VALUE...", {"list": [], "show": ["NAME"], "set": ["KEY", "VALUE..."]}),
        ("SCRIPT|DIR", {}),
        ("list", {}),
        ("list | …", {}),
        ("list | | show", {}),
        (None, {}),
    ],
)
def test_the_forms_of_a_place(metavar: str | None, forms: dict[str, list[str]]) -> None:
    assert forms_of(argparse.Action([], "words", metavar=metavar)) == forms
