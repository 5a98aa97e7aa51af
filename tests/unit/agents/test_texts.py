"""Texts on their way to an agent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.agents.texts import bounded, cleaned, line

SEEN = ["plain", "grüße, 日本語", "👩\u200d💻", "می\u200cخواهم", "a\tb\nc"]


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "hidden",
    ["\x00", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\U000e0041", "\U000e0100"],
)
def test_what_is_not_seen_is_made_visible(hidden: str) -> None:
    assert cleaned(f"a{hidden}b") == "a\ufffdb"


def test_line_breaks_are_line_breaks() -> None:
    assert cleaned("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert line(" a\n\n b\t\tc ", 80) == "a b c"
    assert cleaned("a\xa0b") == "a b"


@given(st.text(st.characters(), max_size=300), st.integers(2, 100))
def test_texts_are_bounded(text: str, most: int) -> None:
    for found in (bounded(text, most), line(text, most)):
        assert len(found) <= most
        found.encode()
    assert "\n" not in line(text, most)
    assert bounded(text, 1000) == cleaned(text)
    if len(text) > most:
        assert bounded(text, most).endswith("…")
