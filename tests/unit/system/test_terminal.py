"""Tables on a terminal: no line is wider than it, as far as the last column can give way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.system.terminal import Line, View, clean, render, table, width_of

ROWS = [["alias", "broken", "can't be read: the link leads nowhere"], ["db/query", "", "日本語テキスト日本語テキスト"]]


def lines(rows: list[list[str]], view: View) -> list[str]:
    told: list[Line] = table(rows, view)
    return render(told, view).splitlines()


@pytest.mark.parametrize("columns", [26, 30, 40, 60, 200])
def test_a_table_fits_its_terminal(columns: int) -> None:
    assert all(width_of(line) <= columns for line in lines(ROWS, View(width=columns, is_terminal=True)))


def test_what_is_piped_is_never_cut() -> None:
    assert all(row[-1] in line for row, line in zip(ROWS, lines(ROWS, View(width=10)), strict=True))


@pytest.mark.parametrize("char", "\u3164\u115f\uffa0\u034f\ufe00\U000e0100")
def test_what_has_no_shape_is_made_visible(char: str) -> None:
    """Some are letters to Python: `\\u3164 = 1` would be shown as nothing that is given a value."""
    assert clean(f"a{char}b").isascii()
    assert clean("❤️ für 日本語 é é") == "❤️ für 日本語 é é"


@given(st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=4), st.integers(1, 60))
def test_any_text_stays_on_its_line(rows: list[list[str]], columns: int) -> None:
    told = render(table(rows, View(width=columns, is_terminal=True)), View(width=columns, is_terminal=True))
    assert told.count("\n") == len(rows)
