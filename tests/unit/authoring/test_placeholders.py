"""`{{name}}` in a prompt: what is taken for a parameter, what is text, what is refused."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.authoring.placeholders import (
    Placeholder,
    described,
    find_placeholders,
    plain_prompt,
    problems_with,
)
from pyst.errors import ExitCode, Failure
from pyst.scripts.introspect import read_interface


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("no placeholders", ()),
        ("with {{prefix}}", (Placeholder("prefix"),)),
        ("with {{ prefix }}", (Placeholder("prefix"),)),
        ("{{count:int=3}} times", (Placeholder("count", "int", "3"),)),
        ("{{count: INT}}", (Placeholder("count", "int"),)),
        ("{{name=world}}", (Placeholder("name", None, "world"),)),
        ("{{name=}}", (Placeholder("name", None, ""),)),
        ("{{mode:fast|slow=slow}}", (Placeholder("mode", "choice", "slow", ("fast", "slow")),)),
        ("{{loud:bool=no}}", (Placeholder("loud", "bool", "no"),)),
        ("{{a}} and {{b}} and {{a}}", (Placeholder("a"), Placeholder("b"))),
        ("{{a}} then {{a:int}}", (Placeholder("a", "int"),)),
        ("{{a:int}} then {{a}}", (Placeholder("a", "int"),)),
        ("{{größe:float=1.5}}", (Placeholder("größe", "float", "1.5"),)),
        ("{{}} {{ }} {{a.b}} {{1a}} {a} {{a b}} {{{x}} }", (Placeholder("x"),)),
    ],
)
def test_what_is_found(prompt: str, expected: tuple[Placeholder, ...]) -> None:
    assert find_placeholders(prompt) == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "{{class}}",
        "{{count:integer}}",
        "{{count:int=many}}",
        "{{size:float=big}}",
        "{{loud:bool=perhaps}}",
        "{{mode:fast|slow=middle}}",
        "{{mode:fast|}}",
        "{{mode:fast|fast}}",
        "{{a:int}} {{a:str}}",
        "{{a=1}} {{a=2}}",
        "{{" + "a" * 300 + "}}",
        " ".join(f"{{{{a{number}}}}}" for number in range(40)),
    ],
)
def test_what_is_refused(prompt: str) -> None:
    with pytest.raises(Failure) as raised:
        find_placeholders(prompt)
    assert (raised.value.code, raised.value.exit) == ("E_PLACEHOLDER", ExitCode.USAGE)


@given(st.text(alphabet="{}:=| aé1_\n-", max_size=60))
def test_any_text_is_read_or_refused(prompt: str) -> None:
    try:
        found = find_placeholders(prompt)
    except Failure:
        return
    assert all(each.name.isidentifier() and not keyword.iskeyword(each.name) for each in found)
    plain = plain_prompt(prompt)
    assert all(f"`{each.name}`" in plain for each in found)


@given(st.integers(1, 50_000))
def test_long_hostile_text_takes_linear_time(count: int) -> None:
    assert find_placeholders("{{a" + ":" * count) == ()
    assert find_placeholders("{{a:" + " " * count) == ()
    assert find_placeholders("{{ " * count) == ()


def test_prompts_name_the_parameters() -> None:
    assert plain_prompt("rename to {{prefix:str=x}}-{{n}}") == "rename to `prefix`-`n`"
    assert described(Placeholder("mode", "choice", "a", ("a", "b"))) == "`mode`: one of 'a', 'b', by default 'a'"
    assert described(Placeholder("n")) == "`n`: the fitting type, required"


CODE = '''
from pathlib import Path
from typing import Literal


Mode = Literal["fast", "slow"]


def main(name: str, count: int = 3, mode: Mode = "fast", where: Path = Path("."), loud: bool = False):
    """Do it."""
'''


@pytest.mark.parametrize(
    ("prompt", "problems"),
    [
        ("{{name}} {{count:int=3}} {{mode:fast|slow}} {{where:path}} {{loud:bool=no}}", 0),
        ("{{other}}", 1),
        ("{{count:float}}", 1),
        ("{{mode:fast|slower}}", 1),
        ("{{name=x}}", 1),
        ("{{name:str}} {{count}}", 0),
    ],
)
def test_parameters_are_held_against_the_wish(prompt: str, problems: int) -> None:
    parameters = read_interface(CODE.encode(), "x.py").parameters
    assert len(problems_with(find_placeholders(prompt), parameters)) == problems
