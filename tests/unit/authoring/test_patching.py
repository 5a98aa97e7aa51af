"""Help put into scripts: nothing else of them changes, by a byte."""

from __future__ import annotations

import ast
import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.authoring.docstring_text import Words
from pyst.authoring.examining import examine
from pyst.authoring.finding import Examined, Place
from pyst.authoring.marks import find_comments, find_marks
from pyst.authoring.patching import patch
from pyst.errors import Failure
from pyst.scripts.block import read_text
from pyst.scripts.introspect import read_interface
from pyst.scripts.introspect.parsing import Unparsable, parse_text
from pyst.scripts.metadata import find_blocks

CORPUS = Path(__file__).parents[2] / "corpus"


def read(text: str) -> tuple[ast.Module, Examined]:
    tree = parse_text(text)
    interface = read_interface(text.encode(), "x.py")
    return tree, examine(text, tree, interface, find_marks(text, tree, find_comments(text)))


def words_for(place: Place) -> Words:
    return Words("Say it, 100 %.", "Loudly.", tuple((name, f"The {name}.") for name in place.parameters))


def patched(text: str, words: Words | None = None) -> str:
    tree, examined = read(text)
    done = patch(text, tree, examined.places, {each.key: words or words_for(each) for each in examined.places}, "x.py")
    assert done.left == ()
    return done.text


def added(text: str, **more: Words) -> list[str]:
    """The lines that came, and (with a `-`) those that went."""
    lines = difflib.ndiff(text.split("\n"), patched(text, **more).split("\n"))
    return [line[2:] if line[0] == "+" else f"-{line[2:]}" for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("print(1)\n", '"""Say it, 100 %.\n\nLoudly.\n"""\n\nprint(1)\n'),
        ("", '"""Say it, 100 %.\n\nLoudly.\n"""\n'),
        (
            "#!/usr/bin/env python\nprint(1)\n",
            '#!/usr/bin/env python\n\n"""Say it, 100 %.\n\nLoudly.\n"""\n\nprint(1)\n',
        ),
        ("#!/bin/x\n# coding: utf-8\nx = 1", '#!/bin/x\n# coding: utf-8\n\n"""Say it, 100 %.\n\nLoudly.\n"""\n\nx = 1'),
        ("#!/bin/x", '#!/bin/x\n\n"""Say it, 100 %.\n\nLoudly.\n"""\n'),
        (
            "# Mine.\n\n# /// script\n# dependencies = []\n# ///\nimport os\n",
            '# Mine.\n\n# /// script\n# dependencies = []\n# ///\n\n"""Say it, 100 %.\n\nLoudly.\n"""\n\nimport os\n',
        ),
        ("# about os\nimport os\n", '"""Say it, 100 %.\n\nLoudly.\n"""\n\n# about os\nimport os\n'),
        (
            "# pyst: nodoc\n\nx = 1\n",
            '"""Say it, 100 %.\n\nLoudly.\n"""\n\n# pyst: nodoc\n\nx = 1\n',
        ),
        ('"""TODO"""  # kept\nx = 1\n', '"""Say it, 100 %.\n\nLoudly.\n"""  # kept\nx = 1\n'),
    ],
)
def test_where_the_docstring_of_the_file_goes(text: str, wanted: str) -> None:
    assert patched(text) == wanted


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("def helper(a):", "    return a"),
        ("async def helper(a):  # about it", "    return a"),
        ("def helper(\n    a=lambda: {1: 2},\n) -> dict[str, int]:", "    # first\n    return a"),
        ("@deco(\n    1)\ndef helper(a):", "\n    @inner\n    def b():\n        pass\n    return b"),
        ("def helper(a):", "\treturn a"),
        ("class A:\n  def helper(self):", "      return 1"),
    ],
)
def test_where_the_docstring_of_a_function_goes(header: str, body: str) -> None:
    text = f'"""Say it."""\n\n{header}\n{body}\n'
    first = next(line for line in body.split("\n") if line.strip() and not line.strip().startswith("#"))
    indent = first[: len(first) - len(first.lstrip())]
    wanted = f'"""Say it."""\n\n{header}\n{indent}"""Do."""\n{body}\n'
    assert patched(text, Words("Do.")) == wanted


HELP = 'help="100 %% \\"it\'s\\"."'
CALLS = {
    "p.add_argument('-c')": f"p.add_argument('-c', {HELP})",
    "p.add_argument('-c', type=int,)": f"p.add_argument('-c', type=int, {HELP})",
    "p.add_argument('-c', type=int, )": f"p.add_argument('-c', type=int, {HELP})",
    "p.add_argument(\n    '-c',  # a, b\n    type=int,\n)": (
        f"p.add_argument(\n    '-c',  # a, b\n    type=int,\n    {HELP},\n)"
    ),
    "p.add_argument('-c',\n               type=int  # a number\n               )": (
        f"p.add_argument('-c',\n               type=int,  # a number\n                   {HELP},\n               )"
    ),
    "p.add_argument('-c', type=(int))": f"p.add_argument('-c', type=(int), {HELP})",
    "p.add_argument('-c', help='TODO', type=int)": f"p.add_argument('-c', {HELP}, type=int)",
    "p.add_argument('-é', help='')": f"p.add_argument('-é', {HELP})",
}
"""Calls before and after."""


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_where_the_help_of_an_option_goes(call: str) -> None:
    frame = '"""Say it."""\nimport argparse\np = argparse.ArgumentParser()\n{}\np.parse_args()\n'
    assert patched(frame.format(call), Words('100 % "it\'s".')) == frame.format(CALLS[call])


def test_what_can_not_be_written_is_left() -> None:
    text = (
        '"""Say it."""\nimport argparse\np = argparse.ArgumentParser()\np.add_argument("-c",\n  type=int); x = (1\n)\n'
    )
    text = text.replace("type=int); x", "type=int\n, ); x")
    tree, examined = read(text)
    done = patch(text, tree, examined.places, {each.key: words_for(each) for each in examined.places}, "x.py")
    assert (done.text == text) == bool(done.left)


@pytest.mark.parametrize(
    "words",
    [
        Words("# /// script"),
        Words("Say it.", "# /// script\n# dependencies = ['evil']\n# ///"),
        Words("Say it.", "- one\n# /// script\n# dependencies = ['evil']\n# ///\n"),
    ],
)
def test_words_become_no_block(words: Words) -> None:
    try:
        text = patched("print(1)\n", words)
    except Failure:
        return  # rather nothing
    assert find_blocks(text) == []


NASTY = st.text(st.sampled_from("a \"'\\\n\t{}%#/:-—é\r\x00\u202e") | st.characters(), max_size=60)


@given(NASTY, NASTY, NASTY)
def test_no_words_at_all_change_the_code(summary: str, details: str, help: str) -> None:
    text = '#!/bin/x\n"""TODO"""\n\n\ndef main(a: int, b: str = ""):  # kept\n    return a  # pyst: nodoc\n'
    tree, examined = read(text)
    words = Words(summary, details, (("a", help), ("b", help)))
    try:
        done = patch(text, tree, examined.places, {each.key: words for each in examined.places}, "x.py").text
    except Failure:
        return  # rather nothing
    new = parse_text(done)
    assert [ast.dump(each) for each in new.body[1].args.args] == [ast.dump(each) for each in tree.body[1].args.args]  # type: ignore[attr-defined]
    assert ast.dump(new.body[1].body[-1]) == ast.dump(tree.body[1].body[-1])  # type: ignore[attr-defined]
    assert [each.text for each in find_comments(done)] == ["#!/bin/x", "# kept", "# pyst: nodoc"]


def bare(text: str) -> str:
    """The code without any docstring and any `help=`, made another way than `patching` does it."""

    class Bare(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
            self.generic_visit(node)
            return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node

        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            node.keywords = [each for each in node.keywords if each.arg != "help"]
            return node

    return ast.dump(Bare().visit(ast.parse(text)))


@pytest.mark.parametrize("folder", sorted(each.name for each in CORPUS.iterdir() if each.is_dir()))
def test_scripts_as_people_write_them_keep_their_code_and_get_their_help(folder: str) -> None:
    count = 0
    for path in sorted((CORPUS / folder).glob("*.py")):
        source = path.read_bytes()
        try:
            told = read_text(source, str(path))
            tree, examined = read(told.text)
        except (Unparsable, Failure):
            continue
        done = patch(told.text, tree, examined.places, {each.key: words_for(each) for each in examined.places}, "x.py")
        assert done.left == (), path
        assert bare(done.text) == bare(told.text), path
        kept = [line for line in difflib.ndiff(told.text.split("\n"), done.text.split("\n")) if line.startswith("- ")]
        assert all(any(mark in line for mark in ('"', "'", "help", "#", "=")) for line in kept), (path, kept)
        assert told._replace(text=told.text).encode(str(path)) == source, path
        assert [each for each in read(done.text)[1].findings if each.is_writable] == [], path
        count += len(examined.places)
    assert count
