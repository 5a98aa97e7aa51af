"""Requirements in one form: what is equal there is equal by the standard, and what is none is left alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from pyst.scripts.requirements import is_plain, is_plain_specifier, normalized_requirement, split_requirement

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?", fullmatch=True)
CLAUSES = st.from_regex(r"(==|>=|<=|!=|~=|<|>) ?[0-9]\.[0-9]{1,2}(\.0)?", fullmatch=True)
MARKERS = st.sampled_from(["", "python_version < '3.9'", 'sys_platform  ==  "win32"', "python_version<'3.9'"])
SPACES = st.sampled_from(["", " ", "  ", "\t"])


@st.composite
def requirements(draw: st.DrawFn) -> str:
    """The text of a requirement, spaced and ordered as people do."""
    gap = SPACES
    name = draw(NAMES)
    extras = draw(st.lists(NAMES, max_size=3))
    clauses = draw(st.lists(CLAUSES, max_size=3))
    marker = draw(MARKERS)
    text = draw(gap) + name
    if extras:
        text += draw(gap) + "[" + ",".join(draw(gap) + each + draw(gap) for each in extras) + "]"
    listed = (draw(gap) + "," + draw(gap)).join(clauses)
    text += draw(gap) + (f"({listed})" if listed and draw(st.booleans()) else listed)
    return text + (draw(gap) + ";" + draw(gap) + marker if marker else "") + draw(gap)


@given(requirements())
def test_the_form_means_what_was_written(text: str) -> None:
    assert Requirement(normalized_requirement(text)) == Requirement(text)


@given(requirements())
def test_the_form_is_stable(text: str) -> None:
    form = normalized_requirement(text)
    assert normalized_requirement(form) == form


@given(requirements(), requirements())
def test_different_needs_never_have_one_form(one: str, other: str) -> None:
    if normalized_requirement(one) == normalized_requirement(other):
        assert Requirement(one) == Requirement(other)


@given(st.text("six= >0.;@[],()x\t'\"/:-", max_size=14))
@example("0;")
@example("six @ x ;")
def test_what_is_no_requirement_does_not_become_one(text: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement:
        with pytest.raises(InvalidRequirement):
            Requirement(normalized_requirement(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Foo.Bar_baz", "foo-bar-baz"),
        ("six>=1,<2", "six < 2 , >= 1"),
        ("six (>=1)", "six>=1"),
        ("x[B,a]", "x[a, b]"),
        ("x;python_version<'3'", "x ; python_version<'3'"),
        ("x @ https://h/p.whl", "X@https://h/p.whl"),
    ],
)
def test_spellings_of_one_need(one: str, other: str) -> None:
    assert normalized_requirement(one) == normalized_requirement(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("six", "six[a]"),
        ("six==1.0", "six===1.0"),
        ("sixfoo", "six foo"),
        ("six>=10", "six>=1 0"),
        ("x @ https://h/p;a=1", "x @ https://h/p ;a=1"),
        ("x @ https://h/p", "x @ https://h/P"),
        ("x; extra == 'a b'", "x; extra == 'a  b'"),
    ],
)
def test_different_needs_stay_different(one: str, other: str) -> None:
    assert normalized_requirement(one) != normalized_requirement(other)


def test_a_direct_reference_is_told() -> None:
    assert split_requirement("X_y[e] @ git+https://h/r@v1 ; os_name == 'nt'") == (
        "x-y",
        "e",
        "@git+https://h/r@v1",
        "os_name == 'nt'",
    )


BOUND_PARTS = [
    "==",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
    "~=",
    "===",
    "1",
    "1.2",
    "0",
    ".",
    "*",
    ".*",
    ",",
    " ",
    "a",
    "!",
    "+",
    "\n",
    "٣",
]
BOUNDS = st.lists(st.sampled_from(BOUND_PARTS), max_size=7).map("".join)
BEGINNINGS = st.sampled_from(
    ["six", "a-b.c", "-x", "x-", "six[a]", "six[a,b-c]", "six[]", "six[", "six [a] ", "é", "a b", ""]
)


@given(BOUNDS)
@example(">=3.9,<4")
@example("~=1")
@example("==1.2.*")
@example(">=1.*")
def test_a_plain_specifier_is_one(text: str) -> None:
    if is_plain_specifier(text):
        SpecifierSet(text)


@given(BEGINNINGS, BOUNDS)
@example("six", ">=1\n")
@example("six\n", ">=1")
@example("six", " >= 1 , < 2 ")
def test_a_plain_requirement_is_one(name: str, bounds: str) -> None:
    if is_plain(name + bounds):
        Requirement(name + bounds)


@pytest.mark.parametrize("text", ["six", "six>=1.2", "six >=1, <2", "a[b,c]==1.2.*", "x~=1.4", "x!=3.3.7"])
def test_what_most_scripts_write_is_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize(
    "text", ["six; python_version<'3'", "six @ https://x/y.whl", "six>=1.0rc1", "six(>=1)", "six>1,"]
)
def test_what_is_not_so_plain_is_left_to_the_library(text: str) -> None:
    assert not is_plain(text)
