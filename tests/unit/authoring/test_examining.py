"""What of a script's help is missing or stale, with its code and its line."""

from __future__ import annotations

import pytest

from pyst.authoring.examining import examine, is_placeholder
from pyst.authoring.finding import Examined
from pyst.authoring.marks import find_comments, find_marks
from pyst.scripts.introspect import read_interface
from pyst.scripts.introspect.parsing import parse_text


def examined(text: str) -> Examined:
    tree = parse_text(text)
    return examine(text, tree, read_interface(text.encode(), "x.py"), find_marks(text, tree, find_comments(text)))


def found(text: str) -> list[tuple[int, str]]:
    return [(each.line, each.rule.code) for each in examined(text).findings]


def keys(text: str) -> list[str]:
    return [each.key for each in examined(text).places]


FUNCTION = '"""Say it."""\n\n\ndef main(a: int, *, b: str = ""):\n    return a\n'
ARGPARSE = '''\
"""Say it."""
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("-c", "--count", type=int)
parser.add_argument("name", help="The name.")
parser.add_argument("--quiet", help=argparse.SUPPRESS)
parser.add_argument("--version", action="version", version="1")
parser.add_argument("--later", **more)
group = parser.add_argument_group("more")
group.add_argument("--deep", help="TODO")
args = parser.parse_args()
'''
CLICK = '''\
import click

@click.group()
def cli():
    pass

@cli.command()
@click.option("--count", type=int)
@click.option("--hid", hidden=True)
@click.argument("name")
def first(count, hid, name):
    """Do it."""

@cli.command(help="Told.")
@click.option("--count", help="The count.")
def second(count):
    pass

cli()
'''
TYPER = '''\
"""Say it."""
from typing import Annotated
import typer
app = typer.Typer()

@app.command()
def first(ctx: typer.Context, a: int, b: int = typer.Option(3), c: Annotated[str, typer.Option(help="The c.")] = ""):
    """Do it."""

@app.command()
def second(d: Annotated[int, typer.Argument()]):
    pass

app()
'''
CYCLOPTS = '''\
"""Say it."""
from typing import Annotated
from cyclopts import App, Parameter
app = App()

@app.command
def first(a: int, b: Annotated[int, Parameter(help="The b.")], c: int = 1):
    """Do it.

    Parameters
    ----------
    a
        The a.
    """

app()
'''
FIRE = '''\
"""Say it."""
import fire

class Tool:
    def first(self, a, b=1):
        """Do it.

        Args:
            a: The a.
        """

    def _own(self, c):
        pass

fire.Fire(Tool)
'''


@pytest.mark.parametrize(
    ("text", "wanted", "places"),
    [
        ("def main():\n    pass\n", [(1, "D101")], ["module"]),
        ("print(1)\n", [(1, "D101")], ["module"]),
        ("", [(1, "D101")], ["module"]),
        ('"""TODO."""\nprint(1)\n', [(1, "D203")], ["module"]),
        ('"""TODO.\n\nBut there is more.\n"""\nprint(1)\n', [(1, "D203")], []),
        ('"""Say it."""\nprint(1)\n', [], []),
        (FUNCTION, [(4, "D103"), (4, "D103")], ["function main"]),
        (FUNCTION.replace('Say it."""', 'Say it.\n\nArgs:\n    a: The a.\n    b: The b.\n"""'), [], []),
        (ARGPARSE, [(5, "D103"), (11, "D203")], ["option --count:5", "option --deep:11"]),
        (CLICK, [(4, "D102"), (8, "D103")], ["function cli", "option --count:8"]),
        (
            TYPER,
            [(7, "D103"), (7, "D103"), (11, "D102"), (11, "D103")],
            ["option b:7", "function second", "option d:11"],
        ),
        (CYCLOPTS, [(7, "D103")], ["function first"]),
        (FIRE, [(5, "D103")], ["function Tool.first"]),
        ('"""Say it."""\ndef helper():\n    return 1\n', [(2, "D104")], ["function helper"]),
        ('"""Say it."""\ndef _helper():\n    return 1\n', [], []),
        ('"""Say it."""\ndef helper(): return 1\n', [(2, "D104")], []),
    ],
)
def test_what_is_missing(text: str, wanted: list[tuple[int, str]], places: list[str]) -> None:
    assert (found(text), sorted(keys(text))) == (wanted, sorted(places))


STALE = '''\
"""Say it."""


def helper(a: int, b):
    """Help.

    Args:
        a (str): The a.
        gone: Not there.
        b: TODO
    """
'''


def test_what_is_stale() -> None:
    assert found(STALE) == [(8, "D202"), (9, "D201")]
    (place,) = examined(STALE).places
    assert (place.whole, place.parameters, place.gone) == (False, ("a",), ("gone", "a"))


@pytest.mark.parametrize(
    "text",
    [
        STALE.replace("(a: int, b)", "(a: str, b, **gone)"),  # they may be among the keywords
        STALE.replace("(a: int, b)", "(a, b, *gone)"),
        STALE.replace("(a: int, b)", "(a: 'str', b, gone)"),
        STALE.replace("def helper", "# pyst: nodoc\ndef helper"),
    ],
)
def test_what_is_not_certain_is_not_told(text: str) -> None:
    assert found(text) == []


def test_functions_in_functions_count_too_and_are_not_written() -> None:
    inner = "".join(f"    {line}\n" if line else "\n" for line in STALE.split("\n")[3:])
    text = f'"""Say it."""\n\ndef _outer():\n{inner}'
    assert [code for _, code in found(text)] == ["D202", "D201"]
    assert not any(each.is_writable for each in examined(text).findings)


def test_what_the_file_says_of_main_is_stale_as_well() -> None:
    text = FUNCTION.replace('Say it."""', 'Say it.\n\nArgs:\n    a: The a.\n    b: The b.\n    gone: No.\n"""')
    assert found(text) == [(6, "D201")]


def test_where_main_gets_a_docstring_it_tells_of_all_parameters() -> None:
    text = FUNCTION.replace('Say it."""', 'Say it.\n\nArgs:\n    a: The a.\n"""')
    (place,) = examined(text).places
    assert (place.key, place.whole, place.parameters) == ("function main", True, ("a", "b"))


@pytest.mark.parametrize("text", ["nodoc-file", "nodoc-begin"])
def test_what_is_kept_back_is_not_asked_for(text: str) -> None:
    codes = [code for _, code in found(f"# pyst: {text}\ndef main(a):\n    pass\n")]
    assert codes == ([] if text == "nodoc-file" else ["D101", "D301"])


def test_a_mark_that_is_none_is_told() -> None:
    assert (2, "D301") in found('"""Say it."""\nx = 1  # pyst: nodco\n')


@pytest.mark.parametrize(
    "text", ["TODO", "todo: write this", "...", "_summary_", "[summary]", "Docstring.", "", "FIXME!"]
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["Help.", "Todos of a day.", "Write documentation for it.", "::", "Summary of sales."])
def test_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    "docstring",
    [
        "Say it.\n" + "\n" * 50_000 + "Args:\n    a: The a.",
        "Say it.\n\nArgs:\n" + "".join(f"    a{n}: One.\n" for n in range(20_000)),
        "Say it.\n\nArgs:\n" + "    a (" * 40_000,
        ":param a: " * 40_000,
    ],
    ids=["empty lines", "entries", "brackets", "fields"],
)
def test_a_hostile_docstring_takes_no_time(docstring: str) -> None:
    """Time that grows with the square would take minutes here; the bound on a test's own time tells."""
    found(f'"""{docstring}"""\n\n\ndef main(a: int):\n    """{docstring}"""\n')
