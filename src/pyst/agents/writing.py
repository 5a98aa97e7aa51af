"""One level of a command line as words: what the frameworks have in common, and `Unwritable`. Pure.

What each framework does in its own way is `dialects`' business.
"""

from __future__ import annotations

from typing import Any

from pyst.agents.fields import Field, Level, longest_flag


class Unwritable(Exception):
    """A value that can't be put into words that surely mean it. `key` is its field's."""

    def __init__(self, key: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.hint = hint


class Writer:
    """The common way, which Click and Typer have: `--name=value`, and arguments after `--`."""

    def __init__(self, level: Level, is_last: bool) -> None:
        self.level = level
        self.is_last = is_last

    def words(self, values: dict[str, Any]) -> list[str]:
        options: list[str] = []
        for each in self.level.fields:
            if each.key in values and self.is_option(each):
                options += self.option(each, values[each.key])
        arguments = self.arguments(values)
        return [*options, *self.separated(arguments, options)]

    def is_option(self, field: Field) -> bool:
        return field.parameter.kind == "option"

    def separated(self, arguments: list[str], options: list[str]) -> list[str]:
        """The arguments so that none of them is taken for an option."""
        return ["--", *arguments] if arguments else []

    # values

    def text(self, field: Field, value: Any) -> str:
        """One value as one word."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            whole = value.is_integer() and field.parameter.type not in ("float", "decimal") and abs(value) < 1e16
            return str(int(value)) if whole else repr(value)
        if isinstance(value, int | str):
            return str(value)
        raise Unwritable(field.key, "must be a text, a number, true or false")

    def texts(self, field: Field, values: list[Any]) -> list[str]:
        return [self.text(field, each) for each in values]

    # options

    def option(self, field: Field, value: Any) -> list[str]:
        """The words of one option."""
        form, parameter = field.form, field.parameter
        if form == "open":
            self.check_open(field, value if isinstance(value, list) else [value])
            bare = value is True and "is_flag" in parameter.unknown
            form = "flag" if bare else "many" if isinstance(value, list) else "one"
        if form == "flag":
            return self.flag(field, value)
        if form == "count":
            return self.count(field, int(value))
        if form == "one":
            return self.joined(field, self.text(field, value))
        if form == "pairs":
            return self.pairs(field, value)
        if form == "object":
            return self.object(field, value)
        if form == "group":
            return self.spread(field, self.texts(field, value))
        if not value:
            return self.empty(field)
        if form == "many" and parameter.width is None:
            return self.spread(field, self.texts(field, value))
        if form == "many":
            return [word for each in value for word in self.joined(field, self.text(field, each))]
        return [word for each in value for word in self.spread(field, self.texts(field, each))]

    def check_open(self, field: Field, values: list[Any]) -> None:
        """Click takes even `--name=-x` for two options where `--name` may stand alone."""
        prefixes = self.prefixes()
        for each in values:
            if self.text(field, each)[:1] in prefixes:
                raise Unwritable(field.key, f"has a value that may be taken for an option: `{str(each)[:60]}`")

    def prefixes(self) -> set[str]:
        """What options of this level begin with."""
        return {"-"} | {flag[:1] for each in self.level.fields for flag in each.parameter.flags}

    def name(self, field: Field) -> str:
        """The flag that is used: the longest that does not say no."""
        parameter = field.parameter
        usable = [each for each in parameter.flags if each not in parameter.off_flags]
        return longest_flag(usable or parameter.flags)

    def flag(self, field: Field, value: Any) -> list[str]:
        parameter = field.parameter
        on = longest_flag(each for each in parameter.flags if each not in parameter.off_flags)
        off = longest_flag(parameter.off_flags)
        chosen, otherwise = (on, off) if value else (off, on)
        if chosen:
            return [chosen]
        default = None if "default" in parameter.unknown else parameter.default
        known = isinstance(default, bool) and bool(otherwise)
        if known and default != value:
            raise Unwritable(field.key, f"can't be {'true' if value else 'false'}: no flag says so")
        return []

    def count(self, field: Field, value: int) -> list[str]:
        default = field.parameter.default
        if value == 0 and default:
            raise Unwritable(field.key, f"can't be 0: it is {default} where it is not given")
        return [self.name(field)] * value

    def joined(self, field: Field, word: str) -> list[str]:
        """One option with one value, so that the value is a value whatever it looks like."""
        flag = self.name(field)
        if len(flag) > 2:
            return [f"{flag}={word}"]
        return [flag + word] if word else [flag, word]

    def spread(self, field: Field, words: list[str]) -> list[str]:
        """One option with several values: here the framework takes as many words as it needs, whatever they are."""
        return [self.name(field), *words]

    def empty(self, field: Field) -> list[str]:
        """A list of nothing: the option is left out, which is only the same where its default is no list either."""
        if field.parameter.default or "default" in field.parameter.unknown or field.parameter.required:
            raise Unwritable(field.key, "can't be empty")
        return []

    def pairs(self, field: Field, values: dict[str, Any]) -> list[str]:
        """Options that the signature does not name."""
        known = {each.parameter.name.strip("_").replace("-", "_") for each in self.level.fields}
        words = []
        for name, value in values.items():
            plain = name.replace("-", "_")
            if not plain.isidentifier() or not plain.isascii():
                raise Unwritable(field.key, f"has a name that can't be an option: `{name[:60]}`")
            if plain.strip("_") in known or plain.removeprefix("no_") in known or plain in ("help", "h", "version"):
                raise Unwritable(field.key, f"has the name of another parameter: `{name[:60]}`")
            words.append(f"--{name}={self.text(field, value)}")
        return words

    def object(self, field: Field, value: dict[str, Any]) -> list[str]:
        raise Unwritable(field.key, "can't be written on this command line")

    # arguments

    def arguments(self, values: dict[str, Any]) -> list[str]:
        """The words of all arguments, in order. A gap before one that is given is filled with its default."""
        words: list[str] = []
        fields = [each for each in self.level.fields if not self.is_option(each)]
        for at, each in enumerate(fields):
            if each.key in values:
                words += self.argument(each, values[each.key])
            elif self.fills(each, [later for later in fields[at + 1 :] if later.key in values]):
                words += self.default(each)
        return words

    def fills(self, field: Field, later: list[Field]) -> bool:
        """Whether the words of `later` would be taken for this one, which is not given."""
        return bool(later) and field.form == "one"

    def default(self, field: Field) -> list[str]:
        parameter = field.parameter
        if parameter.default is None or "default" in parameter.unknown:
            message = "must be given, since an argument after it is"
            raise Unwritable(field.key, message)
        return self.argument(field, parameter.default)

    def argument(self, field: Field, value: Any) -> list[str]:
        if value == []:
            return Writer.empty(self, field)
        return self.texts(field, value) if isinstance(value, list) else [self.text(field, value)]
