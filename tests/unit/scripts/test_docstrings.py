"""Docstrings: summary, prose, parameters and exit codes, in the three ways in which they are written."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.scripts.introspect.docstrings import clean, read_docstring

GOOGLE = """Copy a file.

    Keeps its times.

    Args:
        source (Path): what to copy,
            a file or a link: not a folder
        target: where to
        *rest: more
        **extra (str): anything

    Returns:
        The number of bytes.

    Exit codes:
        0: copied
        2: no such file,
           or not readable

    Note:
        Slow.
    """
NUMPY = """Copy a file.

    Keeps its times.

    Parameters
    ----------
    source : Path
        what to copy,
        a file or a link: not a folder
    target: str
        where to
    rest, extra
        more

    Returns
    -------
    int
        bytes

    Exit status
    -----------
    0  copied
    2  no such file
    """
REST = """Copy a file.

    Keeps its times.

    :param Path source: what to copy,
        a file or a link: not a folder
    :param target: where to
    :type target: str
    :keyword rest: more
    :returns: bytes
    :raises OSError: if not
    """


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_parameter_sections(text: str) -> None:
    found = read_docstring(text)
    assert found.summary == "Copy a file."
    assert found.description.split("\n")[0] == "Keeps its times."
    assert found.parameters["source"] == "what to copy, a file or a link: not a folder"
    assert found.parameters["target"] == "where to"
    assert found.parameters["rest"] == "more"
    assert "where to" not in found.description


def test_exit_codes() -> None:
    assert read_docstring(GOOGLE).exit_notes == ("0: copied", "2: no such file, or not readable")
    assert read_docstring(NUMPY).exit_notes == ("0  copied", "2  no such file")
    assert read_docstring("Do.\n\n## Exit codes\n\n- 0: fine\n- 3: not").exit_notes == ("0: fine", "3: not")


def test_other_sections_are_prose() -> None:
    found = read_docstring("Do.\n\nExamples:\n    do it\n\nMore prose.")
    assert found.description == "Examples:\n    do it\n\nMore prose."


@pytest.mark.parametrize("text", [None, "", "   \n  "])
def test_nothing_is_nothing(text: str | None) -> None:
    assert read_docstring(text) == ("", "", {}, ())


def test_a_section_alone_is_no_summary_of_another() -> None:
    one, other = read_docstring("Args:\n    x: first"), read_docstring("Do.")
    assert one.parameters == {"x": "first"}
    assert other.parameters == {}


@given(st.text(alphabet="a \n\t:-", max_size=80))
def test_cleaning_is_that_of_the_standard_library(text: str) -> None:
    assert clean(text) == inspect.cleandoc(text)


@given(st.text(alphabet="Args:\n exit codes-x0(),*`", max_size=120))
def test_any_text_is_read(text: str) -> None:
    read_docstring(text)
