"""Sizes, durations and paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.settings.convert import TYPES, Base, parse_duration, parse_size, resolved
from pyst.settings.fields import BY_KEY, FIELDS, TABLES, find_field, generic, settings_table


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("512", 512), ("1k", 1024), ("2G", 2 << 30), ("1.5 GiB", 1536 << 20), ("3 MB", 3 << 20), ("7b", 7),
        ("", None), ("G", None), ("-1", None), ("1X", None), ("1.2.3", None), ("1e3", None), ("²", None), ("1 2", None),
    ],
)  # fmt: skip
def test_sizes(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), ("30m", 1800), ("12 hours", 43200), ("7 days", 604800), ("1 day", 86400), ("2w", 1209600),
        ("1 week", 604800), ("0.5h", 1800), ("10 s", 10),
        ("1min", 60), ("45sec", 45), ("2 hrs", 7200), ("5 mins", 300), ("5ms", None),
        ("soon", None), ("", None), ("7 dayz", None), ("1y", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds


@given(st.text(max_size=30))
def test_any_text_is_survived(text: str) -> None:
    for found in (parse_size(text), parse_duration(text)):
        assert found is None or found >= 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [("~", "/home/u"), ("~/x", "/home/u/x"), ("~x", "/here/~x"), ("x/../y", "/here/y"), ("/z/", "/z"), ("..", "/")],
)
def test_paths(path: str, expected: str) -> None:
    assert resolved(path, Base("/here", "/home/u")) == expected


def test_the_table_of_settings_is_in_order() -> None:
    assert len(BY_KEY) == len(FIELDS)
    assert all(field.type in TYPES for field in FIELDS)
    variables = [field.variable for field in FIELDS if field.variable]
    assert len(set(variables)) == len(variables)
    assert not {"PYST_HOME", "PYST_ENV", "PYST_CONTEXT", "PYST_TRACE"} & set(variables)
    assert find_field("contexts.ci.enabled") is BY_KEY["contexts.*.enabled"]
    assert find_field("contexts.ci") is None
    assert generic("profiles.x.warm") == "profiles.*.warm"
    assert {"", "core", "core.uv", "contexts", "contexts.*"} <= TABLES


def test_the_reference_has_every_setting() -> None:
    lines = settings_table().splitlines()
    assert len(lines) == len(FIELDS) + 2
    assert all(line.count(" | ") == 5 for line in lines)
