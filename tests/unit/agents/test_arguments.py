"""From a tool call to a command line: what is refused, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pyst.agents.arguments import argv_from
from pyst.agents.checking import problems
from pyst.errors import Failure
from pyst.scripts.introspect import read_interface
from pyst.scripts.script import Interface


def interface_of(text: str) -> Interface:
    return read_interface(text.encode(), "x.py")


FUNCTION = interface_of(
    "from typing import Literal\n"
    "def main(target: str, *rest: str, count: int = 1, mode: Literal['fast', 'slow'] = 'fast', loud: bool = False,\n"
    "         size: tuple[int, str] = (1, 'a'), tags: list[str] = [], limit: int | None = None): ...\n"
)
COMMANDS = interface_of(
    "import argparse\np = argparse.ArgumentParser()\np.add_argument('--verbose', action='store_true')\n"
    "p.add_argument('--config')\n"
    "s = p.add_subparsers()\na = s.add_parser('add')\na.add_argument('title')\na.add_argument('--tags', nargs='+')\n"
    "a.add_argument('--config')\nl = s.add_parser('list')\nl.add_argument('-n', type=int)\np.parse_args()\n"
)


def refusal(interface: Interface, call: dict[str, Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        argv_from(interface, call)
    assert (caught.value.code, caught.value.exit) == ("E_ARGUMENTS", 64)
    return caught.value


def test_values_are_joined_to_their_names() -> None:
    call = {"target": "--help", "rest": ["-x", "--"], "loud": True, "size": [3, "b"], "tags": ["", "a=b"]}
    words = ("--target=--help", "--loud=true", "--size=3,b", "--tags=", "--tags=a=b", "--", "-x", "--")
    assert argv_from(FUNCTION, call) == words


@pytest.mark.parametrize(
    ("call", "pointer", "words"),
    [
        ({}, "/target", "is required"),
        ({"target": 1}, "/target", "must be a string, not 1"),
        ({"target": "x", "count": "3"}, "/count", "must be an integer, not `3`"),
        ({"target": "x", "count": True}, "/count", "must be an integer, not true"),
        ({"target": "x", "count": 1.5}, "/count", "must be an integer"),
        ({"target": "x", "count": float("nan")}, "/count", "is no number that JSON has"),
        ({"target": "x", "mode": "fats"}, "/mode", "must be one of `fast`, `slow`"),
        ({"target": "x", "loud": "yes"}, "/loud", "must be a boolean"),
        ({"target": "x", "size": [1]}, "/size", "must have 2 items, not 1"),
        ({"target": "x", "tags": ["a", 1]}, "/tags/1", "must be a string"),
        ({"target": "x", "cuont": 1}, "/cuont", "is not a parameter"),
        ({"target": "x", "a/b~c": 1}, "/a~1b~0c", "is not a parameter"),
        ({"target": "x", "count": None}, "/count", "can't be null"),
        ({"target": "x", "size": [1, "--b,c"]}, "/size", "comma"),
    ],
)
def test_what_does_not_fit_is_named(call: dict[str, Any], pointer: str, words: str) -> None:
    failure = refusal(FUNCTION, call)
    assert f"`{pointer}` " in failure.message
    assert words in failure.message
    assert failure.detail["problems"][0]["pointer"] == pointer


def test_near_misses_are_named() -> None:
    assert "did you mean `count`" in refusal(FUNCTION, {"target": "x", "cuont": 1}).hint
    assert "did you mean `fast`" in refusal(FUNCTION, {"target": "x", "mode": "fasd"}).hint


def test_null_is_nothing() -> None:
    assert argv_from(FUNCTION, {"target": "x", "limit": None, "rest": None}) == ("--target=x",)


def test_a_number_without_a_fraction_is_an_integer() -> None:
    assert argv_from(FUNCTION, {"target": "x", "count": 3.0}) == ("--target=x", "--count=3")


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * (128 << 10)])
def test_what_no_command_line_holds_is_refused(value: str) -> None:
    refusal(FUNCTION, {"target": value})


def test_a_command_line_that_is_too_long() -> None:
    refusal(FUNCTION, {"target": "x", "rest": ["y" * 1000] * 1100})


def test_commands_and_what_belongs_to_them() -> None:
    call = {"verbose": True, "command": "add", "add": {"title": "-x", "tags": ["a", "b"]}}
    assert argv_from(COMMANDS, call) == ("--verbose", "add", "--tags", "a", "b", "--", "-x")
    assert argv_from(COMMANDS, {"command": "list"}) == ("list",)
    assert argv_from(COMMANDS, {"command": "list", "list": {"n": -3}}) == ("list", "-n=-3")


@pytest.mark.parametrize(
    ("call", "pointer", "words"),
    [
        ({}, "/command", "is required"),
        ({"command": "ad"}, "/command", "must be one of `add`, `list`"),
        ({"command": "add"}, "/add/title", "is required"),
        ({"command": "add", "add": {}}, "/add/title", "is required"),
        ({"command": "list", "add": {"title": "x"}}, "/add", "belongs to `add`, but the command is `list`"),
        ({"command": "list", "list": {"title": "x"}}, "/list/title", "is not a parameter"),
        ({"command": "add", "config": "c", "add": {"title": "x"}}, "/config", "overwritten"),
        ({"command": "add", "add": {"title": "x", "tags": ["a", "-b"]}}, "/add/tags", "taken for an option"),
        ({"command": "add", "add": {"title": "--"}}, "/add/title", "argparse drops"),
    ],
)
def test_what_does_not_fit_a_command(call: dict[str, Any], pointer: str, words: str) -> None:
    failure = refusal(COMMANDS, call)
    assert failure.detail["problems"][0]["pointer"] == pointer
    assert words in failure.message


def test_words_as_they_are() -> None:
    unknown = interface_of("import sys\nprint(sys.argv)\n")
    assert argv_from(unknown, {"arguments": ["--", "-x", ""]}) == ("--", "-x", "")
    assert argv_from(unknown, {}) == ()
    refusal(unknown, {"arguments": "-x"})
    refusal(unknown, {"arguments": [1]})


def test_an_option_of_click_that_may_stand_alone() -> None:
    text = "import click\n@click.command()\n@click.option('--level', is_flag=False, flag_value='all')\n"
    text += "@click.option('--admin', is_flag=True)\ndef main(level, admin): ...\nmain()\n"
    interface = interface_of(text)
    assert argv_from(interface, {"level": "3"}) == ("--level=3",)
    assert "taken for an option" in refusal(interface, {"level": "--admin"}).message


def test_what_cyclopts_would_read_as_json() -> None:
    text = "import cyclopts, pathlib\napp = cyclopts.App()\n@app.default\n"
    text += "def main(paths: list[pathlib.Path], words: list[str] | None = None): ...\napp()\n"
    interface = interface_of(text)
    assert "read as JSON" in refusal(interface, {"paths": ["a", " [1]"]}).message
    assert argv_from(interface, {"paths": ["a"], "words": ["[1]"]}) == ("--words=[1]", "--", "a")


def test_text_for_fire_is_quoted_where_it_could_be_anything_else() -> None:
    interface = interface_of("import fire\ndef main(a, b=1): ...\nfire.Fire(main)\n")
    words = [
        argv_from(interface, {"a": each})[0] for each in ("plain", "plain\n", "None", "1", "-x", "", 1, True, [1, "a"])
    ]
    assert words == [
        "--a=plain",
        "--a='plain\\n'",
        "--a='None'",
        "--a='1'",
        "--a='-x'",
        "--a=''",
        "--a=1",
        "--a=True",
        "--a=[1, 'a']",
    ]


def test_a_gap_is_filled_or_refused() -> None:
    text = "import click\n@click.command()\n@click.argument('a', default='x')\n@click.argument('b', required=False)\n"
    text += "@click.argument('c', required=False)\ndef main(a, b, c): ...\nmain()\n"
    interface = interface_of(text)
    assert argv_from(interface, {"b": "2"}) == ("--", "x", "2")
    assert refusal(interface, {"c": "3"}).detail["problems"][0]["pointer"] == "/b"


def test_a_command_that_looks_like_an_option() -> None:
    text = "import typer\napp = typer.Typer()\n@app.command()\ndef _go(): ...\n@app.command()\ndef stop(): ...\napp()\n"
    assert argv_from(interface_of(text), {"command": "-go"}) == ("--", "-go")


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.floats(allow_nan=False, allow_infinity=False, width=16),
        st.text("ab-", max_size=3),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=6,
)
LEAF = st.sampled_from(
    [
        {},
        {"type": "string"},
        {"type": "integer", "minimum": -1},
        {"type": ["number", "null"], "maximum": 3},
        {"type": "boolean"},
        {"enum": ["a", 1, True, None, [1]]},
        {"type": "array", "minItems": 1, "maxItems": 2},
    ]
)
SCHEMAS = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds(lambda each: {"type": "array", "items": each}, inner),
        st.builds(lambda first, rest: {"type": "array", "prefixItems": [first], "items": rest}, inner, inner),
        st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner),
        st.builds(
            lambda a, b, others, required: {
                "type": "object",
                "properties": {"a": a, "b": b},
                "required": required,
                "additionalProperties": others,
            },
            inner,
            inner,
            st.booleans() | inner,
            st.sampled_from([[], ["a"], ["a", "b"]]),
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=400)
@given(JSON, SCHEMAS)
def test_the_checker_agrees_with_jsonschema(value: Any, schema: dict[str, Any]) -> None:
    assert (not problems(value, schema)) == Draft202012Validator(schema).is_valid(value)


@given(JSON)
def test_no_call_makes_it_stumble(call: Any) -> None:
    for interface in (FUNCTION, COMMANDS):
        try:
            argv_from(interface, call if isinstance(call, dict) else {"target": call, "command": call, "add": call})
        except Failure as failure:
            assert failure.code == "E_ARGUMENTS"  # noqa: PT017
