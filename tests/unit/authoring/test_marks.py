"""`# pyst: nodoc`: which lines stay on the machine."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pyst.authoring.marks import MOST_MARKS, Hidden, find_comments, find_marks
from pyst.scripts.introspect.parsing import parse_text

TEXT = '''\
"""Do a thing."""
import os

CONFIG = {
    "a": 1,
    "b": 2,
}


@decorate
@again
def first(a, b):
    """Say it."""
    x = 1
    if a:
        y = 2
    else:
        y = 3
    return x


class Thing:
    value = 1

    def method(self):
        return 2


total = (1 +
         2)
'''


def hidden_by(text: str) -> tuple[Hidden, ...]:
    return find_marks(text, parse_text(text), find_comments(text)).hidden


def marked(line: int, mark: str = "# pyst: nodoc") -> str:
    lines = TEXT.split("\n")
    lines[line - 1] += f"  {mark}"
    return "\n".join(lines)


def above(line: int, mark: str = "# pyst: nodoc") -> str:
    lines = TEXT.split("\n")
    lines.insert(line - 1, mark)
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        (2, 2, 2),  # a statement
        (4, 4, 7),  # one of several lines, wherever the mark is
        (5, 4, 7),
        (7, 4, 7),
        (10, 10, 19),  # a decorator stands for what it decorates
        (11, 10, 19),
        (12, 10, 19),
        (13, 13, 13),
        (14, 14, 14),
        (15, 15, 18),  # a block with all its branches
        (16, 16, 16),
        (17, 15, 18),
        (18, 18, 18),
        (22, 22, 26),
        (23, 23, 23),
        (25, 25, 26),
        (29, 29, 30),
        (30, 29, 30),
    ],
)
def test_a_mark_at_the_end_of_a_line(line: int, first: int, last: int) -> None:
    assert hidden_by(marked(line)) == (Hidden(first, last),)


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        (2, 2, 3),
        (3, 3, 8),  # with nothing but empty lines between
        (5, 4, 8),  # inside of a statement
        (9, 9, 20),
        (11, 10, 20),  # among decorators
        (12, 10, 20),
        (13, 13, 14),  # the first thing in a body: the docstring
        (15, 15, 19),
        (22, 22, 27),
        (25, 25, 27),
        (30, 29, 31),
        (31, 31, 31),  # nothing below
    ],
)
def test_a_mark_on_a_line_of_its_own(line: int, first: int, last: int) -> None:
    assert hidden_by(above(line)) == (Hidden(first, last),)


def test_statements_that_share_a_line_share_the_mark() -> None:
    assert hidden_by("a = 1; b = (\n2)  # pyst: nodoc\n") == (Hidden(1, 2),)
    assert hidden_by("if a: b = 1  # pyst: nodoc\n") == (Hidden(1, 1),)


def test_a_comment_that_ends_with_the_mark_hides_itself() -> None:
    assert hidden_by("# the password is x  # pyst: nodoc\na = 1\n") == (Hidden(1, 1),)


def test_lines_can_be_enclosed() -> None:
    text = "a = 1\n# pyst: nodoc-begin\nb = 2\n\n# pyst: nodoc-end\nc = 3\n"
    assert hidden_by(text) == (Hidden(2, 5),)


def test_what_is_begun_and_not_ended_goes_to_the_end() -> None:
    text = "a = 1\n# pyst: nodoc-begin\nb = 2\n"
    marks = find_marks(text, parse_text(text), find_comments(text))
    assert marks.hides(3)
    assert not marks.hides(1)
    assert marks.problems == ((2, "`nodoc-begin` is never ended"),)


def test_the_whole_file() -> None:
    text = "a = 1\n# pyst: nodoc-file\n"
    marks = find_marks(text, parse_text(text), find_comments(text))
    assert marks.file_line == 2
    assert marks.hides(1)


@pytest.mark.parametrize(
    "mark", ["#pyst:nodoc", "# PYST: NoDoc", "#  pyst : nodoc because", "# noqa  # pyst: nodoc", "# pyst: no-doc"]
)
def test_spelling_is_no_trap(mark: str) -> None:
    assert hidden_by(f"a = 1  {mark}\n") == (Hidden(1, 1),)


@pytest.mark.parametrize("mark", ["# pyst: nodco", "# pyst: nodocument", "# pyst: undoc", "# pyst: nodocs_please"])
def test_what_nearly_is_a_mark_is_a_problem(mark: str) -> None:
    text = f"a = 1  {mark}\n"
    marks = find_marks(text, parse_text(text), find_comments(text))
    assert marks.hidden or marks.problems


@pytest.mark.parametrize("text", ['a = "# pyst: nodoc"\n', "# pyst: ignore[C001]\na = 1\n", "a = 1  # pyst rocks\n"])
def test_what_is_none_hides_nothing(text: str) -> None:
    assert find_marks(text, parse_text(text), find_comments(text)) == ((), 0, ())


def test_a_file_that_is_all_marks_is_kept_back_whole() -> None:
    text = "a = 1  # pyst: nodoc\n" * (MOST_MARKS + 1)
    assert find_marks(text, parse_text(text), find_comments(text)).file_line


CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.mark.parametrize("folder", ["argparse", "click", "function", "typer"])
def test_in_scripts_as_people_write_them_a_marked_statement_is_hidden_to_its_end(folder: str) -> None:
    count = 0
    for path in sorted((CORPUS / folder).glob("*.py")):
        text = path.read_text()
        lines = text.split("\n")
        statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
        for statement in statements[::7]:
            first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
            indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
            (hidden,) = hidden_by("\n".join([*lines[: first - 1], f"{indent}# pyst: nodoc", *lines[first - 1 :]]))
            assert hidden.first <= first, (path, first)
            assert hidden.last >= (statement.end_lineno or 0) + 1, (path, first)
            count += 1
    assert count > 10
