"""The command line of a function, in-process: values that go out as words come back as the same values."""

from __future__ import annotations

import enum
import importlib.util
import keyword
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

CALL = Path(__file__).parents[3] / "src" / "pyst" / "inside" / "call.py"


def _call() -> ModuleType:
    spec = importlib.util.spec_from_file_location("call", CALL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


load = _call().load
words = load("_words")
types = load("_types")
result = load("_result")
help_ = load("_help")


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


def bound(main: Callable[..., Any], *given_words: str) -> Any:
    """What `main` returns when it is called with these words."""
    _, parameters = words.signature(main, types)
    arguments, options = words.parse(parameters, list(given_words))
    return main(*arguments, **options)


def integer(value: int) -> Any:
    return value


def number(value: float) -> Any:
    return value


def text(value: str) -> Any:
    return value


def size(value: Size) -> Any:
    return value


def option(*, value: int | float | Size | str = "") -> Any:
    return value


def many(*values: int) -> Any:
    return values


def listed(first: str, values: list[int], last: str) -> Any:
    return first, values, last


@given(st.integers())
def test_integers_come_back(value: int) -> None:
    for given_words in ([str(value)], ["--value", str(value)], [f"--value={value}"], [f"value={value}"]):
        assert bound(integer, *given_words) == value
    assert bound(integer, f"value={value:_}") == value
    assert bound(integer, f"{value:#x}") == value
    assert type(bound(option, f"--value={value}")) is int


@given(st.floats())
def test_floats_come_back(value: float) -> None:
    for given_words in ([repr(value)], ["--value", repr(value)], [f"value={value!r}"]):
        got = bound(number, *given_words)
        assert got == value or (math.isnan(got) and math.isnan(value))


@given(st.text())
def test_any_text_comes_back_when_it_can_not_be_taken_for_an_option(value: str) -> None:
    assert bound(text, "--", value) == value
    assert bound(text, f"--value={value}") == value
    assert bound(text, f"value={value}") == value


@given(st.text().filter(lambda value: value[:1] != "-" and value.partition("=")[0] != "value"))
def test_plain_text_comes_back(value: str) -> None:
    assert bound(text, value) == value


@given(st.sampled_from(Size), st.sampled_from(["name", "value"]), st.booleans())
def test_enums_come_back_by_name_and_value(member: Size, by: str, is_upper: bool) -> None:
    word = str(getattr(member, by))
    assert bound(size, word.upper() if is_upper else word.lower()) is member


@given(st.lists(st.integers(), min_size=1))
def test_collections_come_back_by_position_and_by_repetition(values: list[int]) -> None:
    as_words = [str(each) for each in values]
    assert bound(many, *as_words) == tuple(values)
    assert bound(listed, "a", *as_words, "z") == ("a", values, "z")
    repeated = [f"--values={each}" for each in values]
    assert bound(listed, "a", *repeated, "z") == ("a", values, "z")


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_words_give_a_value_or_a_usage_error(given_words: list[str]) -> None:
    def main(a: int, b: Literal["x", "y"] = "x", *c: str, d: bool = False, e: list[float] = [], **f: str) -> None:  # noqa: B006
        assert isinstance(a, int)
        assert b in ("x", "y")
        assert all(isinstance(each, str) for each in c)
        assert isinstance(d, bool)
        assert all(isinstance(each, float) for each in e)
        assert all(name.isidentifier() or keyword.iskeyword(name) for name in f)

    _, parameters = words.signature(main, types)
    try:
        bound(main, *given_words)
    except (words.Misuse, types.Unfit) as error:
        said = help_.misuse(error, "main.py", parameters)
        assert said.startswith("error: ")
        assert "\nusage: main A " in said
        assert all(each == "\n" or each.isprintable() for each in said)
    except words.HelpWanted:
        assert {"-h", "--help"} & set(given_words)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN, st.sampled_from(["", "  "]))
def test_json_is_what_the_standard_library_writes(value: Any, indent: str) -> None:
    import json

    written = result.to_json(value, indent)
    assert written == json.dumps(value, ensure_ascii=False, indent=len(indent) or None)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int | None", (7, "int")),
        ("list[int]", ([7], "int")),
        ("Optional[int]", (7, "int")),
        ("typing.Union[int, None]", (7, "int")),
        ("'int'", (7, "int")),
        ("dict[str, int] | None", ({"a": 7}, "str=int")),
        ("Literal[7, 'b'] | None", (7, "choice")),
        ("Annotated[int, 'help']", (7, "int")),
        ("Path", (Path("7"), "path")),
        ("Unknown[int]", ("7", "str")),
        ("1 +", ("7", "str")),
    ],
)
def test_annotations_that_python_can_not_evaluate_are_read(annotation: str, expected: tuple[Any, str]) -> None:
    read = load("_annotations").evaluate(annotation, {})
    kind = types.type_of(read, None, {})
    word = "a=7" if isinstance(expected[0], dict) else "7"
    assert (kind.value([[word]], "x"), kind.word) == expected
