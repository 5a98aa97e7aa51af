"""Names of installed scripts: one file and one command everywhere, or none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.names import check_name, folded, suggest_name


def nowhere(_: str) -> None:
    """No command has the name."""


def code_of(name: str, existing: tuple[str, ...] = (), *, force: bool = True) -> str:
    failure: Failure | None = None
    try:
        check_name(name, existing, lambda found: f"/bin/{found}" if found == "ls" else None, force)
    except Failure as raised:
        failure = raised
    assert failure is None or (failure.hint and failure.message.isprintable())
    return failure.code if failure else ""


@pytest.mark.parametrize(
    "name", ["hello", "hello-world", "g++", "a.b", "2fa", "x" * 100, "größe", "名前", "a_b", "com10", "console", "नमस्ते"]
)
def test_names_that_fit(name: str) -> None:
    assert check_name(name, (), nowhere) == name


BAD = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "/etc/passwd",
    "C:x",
    "~x",
    ".hidden",
    "_private",
    "-rf",
    "+x",
    "x.",
    "a b",
    "x ",
    "a\0b",
    "a\nb",
    "\x1b[31m",
    "a\u202eb",
    "a\u200bb",
    "a\ufeff",
    "\u0301a",
    "x\udc80",
    "a*b",
    "a?b",
    'a"b',
    "a|b",
    "a;b",
    "$x",
    "`x`",
    "con",
    "CON",
    "nul.tar",
    "Aux.x.y",
    "com1",
    "lpt9",
    "COM¹",
    "ﬁle",
    "ｌｓ",
    "x.py",
    "x.PY",
    "x.py.lock",
    "pyst",
    "PYST",
    "x" * 101,
    "ä" * 51,
    "😀",
    "hello\ufe00",
    "hello\ufe0f",
    "hel\u034flo",
    "hello\u115f",
    "hello\U000e0100",
]


@pytest.mark.parametrize("name", BAD)
def test_names_that_do_not(name: str) -> None:
    assert code_of(name) == "E_NAME"


def test_twins() -> None:
    assert code_of("Hello", ("hello",)) == "E_NAME_TWIN"
    assert code_of("straße", ("STRASSE",)) == "E_NAME_TWIN"
    assert code_of("hello", ("hello", "other")) == ""
    composed, apart = unicodedata.normalize("NFC", "gr\u00f6sse"), unicodedata.normalize("NFD", "gr\u00f6sse")
    assert composed != apart
    assert check_name(apart, (), nowhere) == composed
    assert code_of(composed, (apart,)) == "E_NAME_TWIN"


def test_commands_are_not_shadowed() -> None:
    assert code_of("ls", force=False) == "E_SHADOWS"
    assert code_of("ls", force=True) == ""
    assert code_of("LS", ("ls",), force=True) == "E_NAME_TWIN"


@given(st.text(max_size=30))
def test_what_fits_is_a_plain_file_everywhere(name: str) -> None:
    if code_of(name):
        return
    given_name = check_name(name, (), nowhere, True)
    assert not set(given_name) & set('/\\:*?"<>|\0 ')
    assert given_name[0] not in ".-_~"
    assert given_name == unicodedata.normalize("NFC", name)
    assert code_of(given_name.swapcase(), (given_name,)) in (
        ("E_NAME_TWIN", "E_NAME") if given_name.swapcase() != given_name else ("",)
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_twins_are_twins_both_ways(one: str, other: str) -> None:
    assert (folded(one) == folded(other)) == (folded(other) == folded(one))
    assert folded(folded(one)) == folded(one)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("hello.py", "hello"),
        ("d/hello world.py", "hello-world"),
        ("__init__.py", "init"),
        (".py", "script"),
        ("", "script"),
        ("con.py", "script"),
        ("../../x.py", "x"),
        ("tool", "tool"),
        ("a\x1b[0m.py", "a--0m"),
        ("ﬁle.py", "file"),
    ],
)
def test_suggestions(file: str, name: str) -> None:
    assert suggest_name(file) == name


@given(st.text(max_size=200))
def test_every_suggestion_fits(file: str) -> None:
    assert code_of(suggest_name(file)) == ""
