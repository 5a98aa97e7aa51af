"""How each framework takes the values of its parameters: one level of a command line as words. Pure.

What is here was read in the parsers of argparse, Click, Typer (which carries a Click of its own), Cyclopts, Fire and
pyst's own (`pyst.inside._words`), and is tried on them in `tests/unit/agents/test_round_trip.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pyst.agents.fields import Field, Level, longest_flag
from pyst.agents.writing import Unwritable, Writer

_NEGATIVE = re.compile(r"-\d+$|-\d*\.\d+$")
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERALS = frozenset({"None", "True", "False"})


def level_words(level: Level, values: Mapping[str, Any], *, is_last: bool) -> list[str]:
    """The words of one level: its options, then its arguments. Raises `Unwritable`."""
    writer = _WRITERS.get(level.framework or "", Writer)(level, is_last)
    return writer.words({each.key: values[each.key] for each in level.fields if each.key in values})


def command_words(level: Level) -> list[str]:
    """The words that choose a command, after those of the level above. Raises `Unwritable`."""
    name = level.path[-1]
    if name[:1] != "-":
        return [name]
    if level.framework in ("click", "typer"):
        return ["--", name]
    raise Unwritable(level.key, "is a command that looks like an option")


class _Argparse(Writer):
    """argparse: `--name=value` for short flags too; words after an option end where a dash begins one."""

    def text(self, field: Field, value: Any) -> str:
        if value is False and field.parameter.type == "bool":
            return ""  # `type=bool` calls `bool` with the word
        word = super().text(field, value)
        if word == "--":  # dropped by Python before 3.13 even in `--name=--`
            raise Unwritable(field.key, "can't be `--`, which argparse drops")
        return word

    def joined(self, field: Field, word: str) -> list[str]:
        return [f"{self.name(field)}={word}"]

    def check_open(self, field: Field, values: list[Any]) -> None:
        """A value that is joined to its option is a value."""

    def option(self, field: Field, value: Any) -> list[str]:
        if field.form == "open" and isinstance(value, list) and len(value) != 1:
            raise Unwritable(field.key, "can't be a list here: how it takes several values is not known")
        return super().option(field, value)

    def count(self, field: Field, value: int) -> list[str]:
        start = field.parameter.default or 0
        if not isinstance(start, int) or value < start:
            raise Unwritable(field.key, f"can't be less than {start}")
        return [self.name(field)] * (value - start)

    def spread(self, field: Field, words: list[str]) -> list[str]:
        flag = self.name(field)
        if len(words) == 1 and field.parameter.width is None:
            return [f"{flag}={words[0]}"]
        self._refuse_options(field, words)
        return [flag, *words]

    def _refuse_options(self, field: Field, words: list[str]) -> None:
        negative = any(_NEGATIVE.fullmatch(flag) for each in self.level.fields for flag in each.parameter.flags)
        for word in words:
            if word[:1] in self.prefixes() and (negative or not _NEGATIVE.fullmatch(word)):
                raise Unwritable(field.key, f"has a value that would be taken for an option: `{word[:60]}`")

    def words(self, values: dict[str, Any]) -> list[str]:
        """Options that take all words up to the next one come first, so that they take none of the arguments."""
        fields = [each for each in self.level.fields if each.key in values and self.is_option(each)]
        greedy = [each for each in fields if self._is_greedy(each, values[each.key])]
        fields = [*greedy, *(each for each in fields if each not in greedy)]
        options = [word for each in fields for word in self.option(each, values[each.key])]
        arguments = self.arguments(values)
        open_ended = fields == greedy
        if greedy and open_ended and not self.is_last and not arguments:
            raise Unwritable(greedy[-1].key, "would take the command for one more of its values")
        return [*options, *self.separated(arguments, options if open_ended else [])]

    def _is_greedy(self, field: Field, value: Any) -> bool:
        """Whether the words of an option end in some that more words would be added to."""
        if field.parameter.width is not None or not isinstance(value, list) or not value:
            return False
        last = value[-1] if field.form == "lists" else value
        return isinstance(last, list) and len(last) != 1

    def separated(self, arguments: list[str], options: list[str]) -> list[str]:
        """`--` only where it is needed: older Pythons hand it on to commands and remainders."""
        needed = options or any(each[:1] in self.prefixes() for each in arguments)
        if needed and not self.is_last:
            key = next((each.key for each in self.level.fields if not self.is_option(each)), "")
            raise Unwritable(key, "would be taken for an option, and nothing may stand between it and the command")
        return ["--", *arguments] if arguments and needed else arguments

    def fills(self, field: Field, later: list[Field]) -> bool:
        return super().fills(field, [each for each in later if not each.parameter.required])


class _Cyclopts(Writer):
    """Cyclopts: as Click, but several values of one option may not look like options."""

    def text(self, field: Field, value: Any) -> str:
        """One word; in a list of anything but text, one that looks like JSON is read as a list of its own."""
        word = super().text(field, value)
        may_be_json = field.form not in ("one", "flag") or "type" in field.parameter.unknown
        if may_be_json and field.parameter.type != "str" and word.strip()[:1] in ("[", "{"):
            raise Unwritable(field.key, f"has a value that would be read as JSON: `{word[:60]}`")
        return word

    def joined(self, field: Field, word: str) -> list[str]:
        return [f"{self.name(field)}={word}"]

    def check_open(self, field: Field, values: list[Any]) -> None:
        """A value that is joined to its option is a value."""

    def flag(self, field: Field, value: Any) -> list[str]:
        words = super().flag(field, value)
        return words or [f"{self.name(field)}={'true' if value else 'false'}"]

    def spread(self, field: Field, words: list[str]) -> list[str]:
        for word in words:
            if word[:1] == "-" and not _NEGATIVE.fullmatch(word):
                raise Unwritable(field.key, f"has a value that would be taken for an option: `{word[:60]}`")
        return [self.name(field), *words]

    def empty(self, field: Field) -> list[str]:
        off = longest_flag(field.parameter.off_flags)
        return [off] if off else super().empty(field)

    def arguments(self, values: dict[str, Any]) -> list[str]:
        """Words that are left also fill parameters with a default, so these must be given by name then."""
        words = super().arguments(values)
        rest = next((e for e in self.level.fields if not self.is_option(e) and not e.parameter.required), None)
        if rest is not None and values.get(rest.key) and rest.parameter.width is None:
            for each in self.level.fields:
                if each is rest:
                    break
                if self.is_option(each) and each.key not in values:
                    raise Unwritable(each.key, f"must be given, since `{rest.key}` after it is")
        return words


class _Fire(Writer):
    """Fire: every word is read as a literal of Python, so text is quoted where it could be anything else."""

    def text(self, field: Field, value: Any) -> str:
        if isinstance(value, str) and _BARE.fullmatch(value) and value not in _LITERALS:
            return value
        return repr(value)

    def is_option(self, field: Field) -> bool:
        """Everything has a name, but for `*args`; before these, all must be given by their place."""
        return field.form != "many" or field.parameter.kind == "option"

    def joined(self, field: Field, word: str) -> list[str]:
        return [f"--{field.parameter.name}={word}"]

    def option(self, field: Field, value: Any) -> list[str]:
        return self.pairs(field, value) if field.form == "pairs" else self.joined(field, self.text(field, value))

    def arguments(self, values: dict[str, Any]) -> list[str]:
        words = super().arguments(values)
        for each in self.level.fields if words else ():
            if self.is_option(each) and each.key not in values and each.form == "one":
                raise Unwritable(each.key, "must be given, since further arguments are")
        return words

    def separated(self, arguments: list[str], options: list[str]) -> list[str]:
        """`-` ends what one component takes, so that the next one's options are its own."""
        return [*arguments, *(["-"] if not self.is_last and self.level.fields else [])]


class _Function(Writer):
    """pyst's own convention: everything but `*args` can be given by its name."""

    def is_option(self, field: Field) -> bool:
        return field.parameter.kind == "option" or field.parameter.width is not None

    def name(self, field: Field) -> str:
        name = field.parameter.name
        return "--" + (name.strip("_") or name).replace("_", "-")

    def check_open(self, field: Field, values: list[Any]) -> None:
        """A value that is joined to its option is a value."""

    def flag(self, field: Field, value: Any) -> list[str]:
        return [f"{self.name(field)}={'true' if value else 'false'}"]

    def joined(self, field: Field, word: str) -> list[str]:
        return [f"{self.name(field)}={word}"]

    def option(self, field: Field, value: Any) -> list[str]:
        if field.form == "open" and isinstance(value, bool | dict):
            return self.joined(field, self.text(field, value))
        return super().option(field, value)

    def text(self, field: Field, value: Any) -> str:
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, list):
            words = self.texts(field, value)
            if any("," in each for each in words):
                raise Unwritable(field.key, "has a list in a list, of which no item may have a comma")
            return ",".join(words)
        return super().text(field, value)

    def spread(self, field: Field, words: list[str]) -> list[str]:
        if not any("," in each for each in words):
            return [f"{self.name(field)}={','.join(words)}"]
        if any(each[:2] == "--" for each in words):
            raise Unwritable(field.key, "has both a comma and a value that would be taken for an option")
        return [self.name(field), *words]

    def object(self, field: Field, value: dict[str, Any]) -> list[str]:
        return self.joined(field, json.dumps(value, ensure_ascii=False)) if value else self.empty(field)


_WRITERS: dict[str, type[Writer]] = {
    "argparse": _Argparse,
    "click": Writer,
    "typer": Writer,
    "cyclopts": _Cyclopts,
    "fire": _Fire,
    "function": _Function,
}
