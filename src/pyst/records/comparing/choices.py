"""What a person chose to let pass, for all files of a comparison: tolerances, keys, and what is ignored where. Pure.

What is ignored is written as a place in every document (`/time`, `$..time`), as a file (`logs/*.txt`), or as a place in
a file (`report.json#/time`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pyst.patterns import matches
from pyst.records.comparing.numbers import parse_tolerance
from pyst.records.comparing.pointers import BadPattern, Pattern, parse_pattern
from pyst.records.comparing.values import ZERO, Rules

MOST_IGNORED = 200
LONGEST_GLOB = 1000


class BadChoice(ValueError):
    """A choice that can't be understood: `name` is that of the option, the message says what was expected."""

    def __init__(self, name: str, text: str, expected: str) -> None:
        super().__init__(f"`{text}`; expected {expected}")
        self.name = name


class Ignored(NamedTuple):
    """One thing that is left out: as it was written, the files that it speaks of, and the place in them, if it is
    not all of them."""

    text: str
    files: str
    pattern: Pattern | None


class Choices(NamedTuple):
    """What is let pass in a comparison of one or of many files."""

    absolute: Decimal = ZERO
    relative: Decimal = ZERO
    ignored: tuple[Ignored, ...] = ()
    keys: tuple[str, ...] = ()
    delimiter: str | None = None

    def rules_for(self, name: str) -> Rules | None:
        """The rules for the file of this name; None where it is left out."""
        meant = [each for each in self.ignored if matches(name, each.files)]
        if any(each.pattern is None for each in meant):
            return None
        patterns = tuple(each.pattern for each in meant if each.pattern is not None)
        return Rules(self.absolute, self.relative, patterns, self.keys, self.delimiter)

    def to_json(self) -> dict[str, Any]:
        """The choices as they were written."""
        return {
            "abs_tol": str(self.absolute),
            "rel_tol": str(self.relative),
            "ignore": [each.text for each in self.ignored],
            "key": list(self.keys),
            "delimiter": self.delimiter,
        }


def parse_choices(
    *,
    abs_tol: str | None = None,
    rel_tol: str | None = None,
    ignore: Sequence[str] = (),
    key: Sequence[str] = (),
    delimiter: str | None = None,
) -> Choices:
    """The choices that these texts mean. Raises `BadChoice`."""
    if len(ignore) > MOST_IGNORED:
        raise BadChoice("ignore", f"{len(ignore)} of them", f"at most {MOST_IGNORED}")
    if delimiter is not None:
        delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
        if len(delimiter) != 1 or delimiter in '\r\n"\0 ':
            raise BadChoice("delimiter", delimiter, "one character, or `tab`")
    return Choices(
        _tolerance("abs-tol", abs_tol),
        _tolerance("rel-tol", rel_tol),
        tuple(parse_ignored(each) for each in ignore),
        tuple(dict.fromkeys(each for each in key if each)),
        delimiter,
    )


def choices_from_json(data: Mapping[str, Any]) -> Choices:
    """The choices that `to_json` told. Raises `BadChoice` (also for data of another form)."""
    texts = {name: data.get(name) for name in ("abs_tol", "rel_tol", "delimiter")}
    lists = {name: data.get(name) for name in ("ignore", "key")}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise BadChoice(name, repr(value), "a text")
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise BadChoice(name, repr(value)[:80], "a list of texts")
    return parse_choices(**texts, **lists)  # type: ignore[arg-type]


def _tolerance(name: str, text: str | None) -> Decimal:
    if text is None:
        return ZERO
    found = parse_tolerance(text)
    if found is None:
        raise BadChoice(name, text, "a number, 0 or more")
    return found


def parse_ignored(text: str) -> Ignored:
    """What one text leaves out. Raises `BadChoice`."""
    files, place = "*", text
    if text[:1] not in ("/", "$"):
        cut = min((at for at in (text.find("#/"), text.find("#$")) if at >= 0), default=-1)
        files, place = (text[:cut], text[cut + 1 :]) if cut >= 0 else (text, "")
    if not files or len(files) > LONGEST_GLOB:
        raise BadChoice("ignore", text, "`/place`, `$.place`, `FILES`, or `FILES#/place`")
    try:
        return Ignored(text, files, parse_pattern(place) if place else None)
    except BadPattern as error:
        raise BadChoice("ignore", text, str(error)) from error
