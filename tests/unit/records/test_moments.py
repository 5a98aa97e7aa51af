"""Moments as people write them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from pyst.records.moments import parse_moment, seconds_of, shown_age, shown_duration

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


@pytest.fixture(autouse=True)
def _a_zone() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "XXX-02"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0s", "2027-01-15T08:00:00.000Z"),
        ("90s", "2027-01-15T07:58:30.000Z"),
        ("2d", "2027-01-13T08:00:00.000Z"),
        ("1w", "2027-01-08T08:00:00.000Z"),
        ("99999999999w", "1970-01-01T00:00:00.000Z"),
        ("2027-01-15", "2027-01-14T22:00:00.000Z"),
        ("2027-01-15T12:00", "2027-01-15T10:00:00.000Z"),
        ("2027-01-15 12:00:01", "2027-01-15T10:00:01.000Z"),
        ("2027-01-15T12:00:00Z", "2027-01-15T12:00:00.000Z"),
        ("1960-01-01", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_what_a_moment_means(text: str, moment: str) -> None:
    assert parse_moment(text, NOW) == moment


def test_a_date_as_an_end_is_its_last_moment() -> None:
    assert parse_moment("2027-01-15", NOW, is_end=True) == "2027-01-15T21:59:59.999Z"
    assert parse_moment("2027-01-15T12:00", NOW, is_end=True) == "2027-01-15T10:00:00.000Z"


@pytest.mark.parametrize("text", ["", "d", "-1d", "1y", "yesterday", "2027-13-01", "²d", "1.5h", "0001-01-01T00:00-1"])
def test_what_is_no_moment(text: str) -> None:
    assert parse_moment(text, NOW) is None


def test_moments_are_read_back() -> None:
    assert seconds_of("2027-01-15T08:00:00.123Z") == NOW
    assert [seconds_of(each) for each in ("", "now", "2027-01-15", "2027-99-15T08:00:00Z")][:3] == [None] * 3


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (172_800, "2 d"), (1e9, "11574 d")],
)
def test_ages(seconds: float, shown: str) -> None:
    assert shown_age(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (0.123, "0.12 s"), (3.44, "3.4 s"), (125, "2 min 5 s"), (3725, "1 h 2 min"), (99.99, "100.0 s")],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert shown_duration(seconds) == shown
