"""What a person chose to let pass: as texts, and for each file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pyst.records.comparing.choices import BadChoice, choices_from_json, parse_choices
from pyst.records.comparing.values import Rules


def test_what_is_ignored_may_be_a_place_a_file_or_a_place_in_files() -> None:
    choices = parse_choices(ignore=["/time", "$..at", "logs/*", "*.json#/id", "a.csv#$.x"])
    assert choices.rules_for("logs/one.txt") is None
    assert choices.rules_for("x.txt") == Rules(ignored=(("time",), ("**", "at")))
    assert choices.rules_for("d/x.json") == Rules(ignored=(("time",), ("**", "at"), ("id",)))
    assert choices.rules_for("a.csv") == Rules(ignored=(("time",), ("**", "at"), ("x",)))


def test_choices_survive_as_json() -> None:
    choices = parse_choices(
        abs_tol="1e-3", rel_tol="0.5", ignore=["/a", "b#/c"], key=["id", "id", "n"], delimiter="tab"
    )
    assert (choices.absolute, choices.keys, choices.delimiter) == (Decimal("0.001"), ("id", "n"), "\t")
    assert choices_from_json(choices.to_json()) == choices


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"abs_tol": "-1"}, "abs-tol"),
        ({"abs_tol": "nan"}, "abs-tol"),
        ({"rel_tol": "inf"}, "rel-tol"),
        ({"rel_tol": "1e9999999999999999999999"}, "rel-tol"),
        ({"rel_tol": "much"}, "rel-tol"),
        ({"delimiter": ""}, "delimiter"),
        ({"delimiter": ",,"}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"ignore": ["$a"]}, "ignore"),
        ({"ignore": [""]}, "ignore"),
        ({"ignore": ["#/a"]}, "ignore"),
        ({"ignore": ["/~9"]}, "ignore"),
        ({"ignore": ["/a"] * 201}, "ignore"),
    ],
)
def test_what_can_not_be_understood_names_the_option(given: dict[str, Any], name: str) -> None:
    with pytest.raises(BadChoice) as told:
        parse_choices(**given)
    assert told.value.name == name


@pytest.mark.parametrize(
    "data", [{}, {"ignore": [], "key": 5}, {"ignore": [5], "key": []}, {"ignore": [], "key": [], "abs_tol": 1}]
)
def test_data_of_another_form_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadChoice):
        choices_from_json(data)
