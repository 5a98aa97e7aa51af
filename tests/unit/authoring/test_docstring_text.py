"""Docstrings as text: written anew, and edited without losing a word that a person wrote."""

from __future__ import annotations

import ast
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.authoring.docstring_text import (
    GOOGLE,
    NUMPY,
    REST,
    Layout,
    Words,
    edit_docstring,
    style_of,
    write_docstring,
)
from pyst.scripts.introspect.docstrings import read_docstring

STYLES = (GOOGLE, NUMPY, REST)


def test_a_line() -> None:
    assert write_docstring(Words("Say it."), Layout()) == '"""Say it."""'
    assert write_docstring(Words('Say "it"'), Layout()) == '"""Say "it\\""""'


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        (GOOGLE, '"""Say it.\n\n    Loudly.\n\n    Args:\n        a: The a.\n\n    Returns:\n        One.\n    """'),
        (
            NUMPY,
            '"""Say it.\n\n    Loudly.\n\n    Parameters\n    ----------\n    a\n        The a.\n\n    Returns\n'
            '    -------\n        One.\n    """',
        ),
        (REST, '"""Say it.\n\n    Loudly.\n\n    :param a: The a.\n\n    :returns: One.\n    """'),
    ],
)
def test_each_way_to_write(style: str, wanted: str) -> None:
    words = Words("Say it.", "Loudly.", (("a", "The a."),), "One.")
    assert write_docstring(words, Layout("    ", 88, style)) == wanted


def test_lines_are_broken_at_the_width() -> None:
    words = Words("Say it.", "word " * 60, (("a", "word " * 30),))
    literal = write_docstring(words, Layout("        ", 79))
    assert literal is not None
    assert max(len(line) for line in literal.split("\n")) <= 79


TEXTS = st.text(string.ascii_letters + string.digits + " .,\"'\\%{}[]éß→", min_size=1, max_size=200).map(
    lambda text: "It " + " ".join(text.split())
)
NAMES = st.lists(st.sampled_from(["a", "name", "count_of", "verbose"]), unique=True, max_size=4)


@given(TEXTS, TEXTS, NAMES, st.data(), st.sampled_from(STYLES), st.sampled_from(["", "    ", "\t\t"]))
def test_what_is_written_is_what_is_read(
    summary: str, details: str, names: list[str], data: st.DataObject, style: str, indent: str
) -> None:
    words = Words(summary, details, tuple((name, data.draw(TEXTS)) for name in names))
    literal = write_docstring(words, Layout(indent, 88, style))
    if literal is None:
        return  # rather none than a wrong one; that there is one for plain words is shown above
    value = ast.literal_eval(literal)
    told = read_docstring(value)
    assert " ".join(told.summary.split()) == " ".join(summary.split())
    assert told.parameters == {name: " ".join(text.split()) for name, text in words.parameters}


GOOGLE_ONE = '''"""Say it.

    There is more to it,
      oddly indented.

    Args:
        a (int, optional): The a.
        gone: Not there
            any more.

        *rest: The rest.

    Returns:
        Nothing: of use.

    Raises:
        ValueError: Never.
    """'''
NUMPY_ONE = '''"""Say it.

    Parameters
    ----------
    a : int
        The a.
    gone
        Not there any more.

    Returns
    -------
    int
        One.
    """'''
REST_ONE = '''"""Say it.

    :param a: The a.
    :type a: int
    :param gone: Not there
        any more.
    :type gone: str
    :returns: One.
    """'''


def changes(before: str, after: str | None) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new."""
    assert after is not None
    old, new = before.split("\n"), after.split("\n")
    return [each for each in old if each not in new], [each for each in new if each not in old]


@pytest.mark.parametrize(
    ("literal", "gone", "new"),
    [
        (GOOGLE_ONE, ["        gone: Not there", "            any more."], ["        b: The b."]),
        (NUMPY_ONE, ["    gone", "        Not there any more."], ["    b", "        The b."]),
        (
            REST_ONE,
            ["    :param gone: Not there", "        any more.", "    :type gone: str"],
            ["    :param b: The b."],
        ),
    ],
)
def test_an_edit_touches_its_entries_alone(literal: str, gone: list[str], new: list[str]) -> None:
    edited = edit_docstring(literal, Layout("    "), gone=["gone"], added=[("b", "The b.")], order=["a", "b", "rest"])
    assert changes(literal, edited) == (gone, new)
    assert edited is not None
    assert list(read_docstring(ast.literal_eval(edited)).parameters)[:2] == ["a", "b"]


def test_entries_stand_as_in_the_signature() -> None:
    edited = edit_docstring(
        '"""Say it.\n\n    Args:\n        b: The b.\n    """',
        Layout("    "),
        gone=[],
        added=[("a", "The a."), ("c", "The c.")],
        order=["a", "b", "c"],
    )
    assert edited == '"""Say it.\n\n    Args:\n        a: The a.\n        b: The b.\n        c: The c.\n    """'


@pytest.mark.parametrize(
    ("literal", "wanted"),
    [
        ('"""Say it."""', '"""Say it.\n\n    Args:\n        a: The a.\n    """'),
        ("'Say it.'", '"""Say it.\n\n    Args:\n        a: The a.\n    """'),
        ('r"""Say \\d."""', 'r"""Say \\d.\n\n    Args:\n        a: The a.\n    """'),
        (
            '"""Say it.\n\n    Returns:\n        One.\n    """',
            '"""Say it.\n\n    Args:\n        a: The a.\n\n    Returns:\n        One.\n    """',
        ),
        (
            '"""\n    Say it.\n\n    More."""',
            '"""\n    Say it.\n\n    More.\n\n    Args:\n        a: The a.\n    """',
        ),
    ],
)
def test_a_first_parameter_gets_a_section(literal: str, wanted: str) -> None:
    assert edit_docstring(literal, Layout("    "), gone=[], added=[("a", "The a.")], order=["a"]) == wanted


def test_a_section_goes_with_its_last_entry() -> None:
    literal = '"""Say it.\n\n    Args:\n        gone: Not there.\n\n    Returns:\n        One.\n    """'
    edited = edit_docstring(literal, Layout("    "), gone=["gone"], added=[], order=[])
    assert edited == '"""Say it.\n\n    Returns:\n        One.\n    """'


@pytest.mark.parametrize(
    ("literal", "gone", "help"),
    [
        ('"""Say it.\n\n    Args:\n        a, gone: Both.\n    """', ["gone"], "The b."),  # one entry for two
        ('r"""Say \\d."""', [], "A \\ in it."),  # a raw string can't have it escaped
        ('"""Say it.""" "More."', [], "The b."),  # two literals
        ('b"""Say it."""', [], "The b."),
    ],
)
def test_what_can_not_be_done_without_harm_is_not_done(literal: str, gone: list[str], help: str) -> None:
    assert edit_docstring(literal, Layout("    "), gone=gone, added=[("b", help)], order=["a", "b"]) is None


@given(
    st.sampled_from([GOOGLE_ONE, NUMPY_ONE, REST_ONE, '"""Say it."""']),
    st.booleans(),
    st.lists(st.sampled_from(["b", "c"]), unique=True),
    TEXTS,
)
def test_what_a_person_wrote_stays(literal: str, drops: bool, names: list[str], help: str) -> None:
    before = read_docstring(ast.literal_eval(literal))
    gone = ["gone"] if drops and "gone" in before.parameters else []
    added = [(name, help) for name in names]
    edited = edit_docstring(literal, Layout("    "), gone=gone, added=added, order=["a", "b", "c"])
    if edited is None:
        return
    after = read_docstring(ast.literal_eval(edited))
    assert (after.summary, after.description) == (before.summary, before.description)
    kept = {name: text for name, text in before.parameters.items() if name not in gone}
    assert after.parameters == kept | {name: " ".join(help.split()) for name in names}


def test_the_way_of_the_file_is_taken() -> None:
    values = [ast.literal_eval(each) for each in (NUMPY_ONE, REST_ONE, REST_ONE, '"""Say it."""')]
    assert style_of(values) == REST
    assert style_of(["Say it."]) == GOOGLE
