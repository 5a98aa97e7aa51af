"""What can't be known without running a script is named as unknown, and what is constant is known."""

from __future__ import annotations

import pytest

from pyst.scripts.introspect import read_interface
from pyst.scripts.script import Interface, Parameter


def read(source: str) -> Interface:
    return read_interface(source.encode(), "x.py")


def default_of(expression: str, before: str = "") -> Parameter:
    (found,) = read(f"{before}\ndef main(x: str = {expression}): pass\n").parameters
    return found


@pytest.mark.parametrize(
    ("expression", "before", "value"),
    [
        ("'a' + 'b'", "", "ab"),
        ("-1", "", -1),
        ("2 ** 10 * 3 // 2", "", 1536),
        ("f'{A}-{B}'", "A = 'a'\nB = 2", "a-2"),
        ("Path('a') / 'b' / 'c.txt'", "from pathlib import Path", "a/b/c.txt"),
        ("P.parent", "import pathlib\nP = pathlib.Path('a/b')", "a"),
        ("[*A, 'c']", "A = ('a', 'b')", ["a", "b", "c"]),
        ("{'a': 1}['a']", "", 1),
        ("C.RED", "import enum\nclass C(enum.Enum):\n    RED = 'r'", "r"),
        ("C.RED.value", "import enum\nclass C(enum.Enum):\n    RED = 'r'", "r"),
        ("[c.value for c in C]", "from enum import Enum\nclass C(Enum):\n    A = 1\n    B = 2", [1, 2]),
        ("S.PORT", "class S:\n    PORT = 80", 80),
        ("'a' if True else 'b'", "", "a"),
        ("A", "from typing import Final\nA: Final = 'x'", "x"),
        ("' a,b '.strip().split(',')", "", ["a", "b"]),
        ("None", "", None),
    ],
)
def test_constants_are_known(expression: str, before: str, value: object) -> None:
    found = default_of(expression, before)
    assert "default" not in found.unknown
    assert found.default == value


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("os.getcwd()", "import os"),
        ("os.environ['HOME']", "import os"),
        ("A", "A = 1\nA = 2"),
        ("A", "A = 1\nA += 1"),
        ("A", "A = 1\ndef change():\n    global A\n    A = 2"),
        ("A", "if x:\n    A = 1\nelse:\n    A = 2"),
        ("A", "A = ['a']\nA.append('b')"),
        ("A", "A = {}\nA['x'] = 1"),
        ("A", "for A in range(3): pass"),
        ("A", "with open('x') as A: pass"),
        ("A", "from elsewhere import A"),
        ("A", "from elsewhere import *"),
        ("A", "try:\n    A = 1\nexcept Exception:\n    A = 2"),
        ("(lambda: 1)()", ""),
        ("C.RED", "import enum\n@wrap\nclass C(enum.Enum):\n    RED = 'r'"),
        ("C.RED", "class C(Other):\n    RED = property(f)"),
        ("9 ** 9 ** 9", ""),
        ("'a' * 10 ** 9", ""),
        ("1 / 0", ""),
        ("[][1]", ""),
        ("float('nan')", ""),
        ("...", ""),
    ],
)
def test_the_rest_is_unknown(expression: str, before: str) -> None:
    found = default_of(expression, before)
    assert "default" in found.unknown
    assert found.default is None


@pytest.mark.parametrize(
    "source",
    [
        "import typer\napp = typer.Typer(**settings)\n@app.command()\ndef f(): pass\n",
        "import typer\ndef make():\n    return typer.Typer()\n",
        "import typer\na = typer.Typer()\nb = typer.Typer()\n",
        "import click\n@click.command()\n@mystery\ndef f(): pass\n",
        "import click\ncli = click.Group()\n",
        "import argparse\nfrom elsewhere import add\np = argparse.ArgumentParser()\nadd(p)\np.parse_args()\n",
        "import argparse\np = argparse.ArgumentParser(parents=[other()])\np.parse_args()\n",
        "import argparse\np = argparse.ArgumentParser(**given)\np.parse_args()\n",
        "import fire\nfire.Fire(elsewhere)\n",
        "import fire\nfire.Fire(a)\nfire.Fire(b)\n",
        "import cyclopts\napp = cyclopts.App(name_transform=str.upper)\n@app.command\ndef f(a: int): pass\napp()\n",
        "@mystery\ndef main(x): pass\n",
        "def main(argv): pass\n",
        "import sys\nprint(sys.argv)\n",
    ],
)
def test_uncertain_parameters_are_unknown(source: str) -> None:
    assert "parameters" in read(source).unknown


def test_conditional_commands_leave_the_known_ones_known() -> None:
    found = read(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--a')\n"
        "if x:\n    p.add_argument('--b')\np.parse_args()\n"
    )
    assert found.unknown == ("parameters",)
    assert [each.name for each in found.parameters] == ["a"]


def test_a_function_script_by_its_signature() -> None:
    found = read(
        "def main(a: int, /, b: str, c: bool, d=1.5, *rest: int, e: list[str], f_: bool = True, **more) -> int:\n"
        "    '''Do.'''\n"
    )
    kinds = [(each.name, each.kind, each.flags, each.required, each.multiple) for each in found.parameters]
    assert kinds == [
        ("a", "argument", (), True, False),
        ("b", "argument", (), True, False),
        ("c", "option", ("--c", "--no-c"), True, False),
        ("d", "option", ("--d",), False, False),
        ("rest", "argument", (), False, True),
        ("e", "option", ("--e",), True, True),
        ("f_", "option", ("--f", "--no-f"), False, False),
        ("more", "option", (), False, True),
    ]
    assert found.returns == "int"
    assert found.parameters[-1].unknown == ("flags",)
