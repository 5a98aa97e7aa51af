"""From files, variables and flags to one value per key: parsed, checked, merged, each with its origin.

Pure: text in, values out. Who reads the files is `workspace`; what an untrusted project may do is `narrowing`; the
typed view of the result is `values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pyst.errors import Failure, Where, did_you_mean
from pyst.settings.convert import Base, Wrong, expected_of, from_text, from_toml
from pyst.settings.fields import BY_KEY, FIELDS, NAMED, TABLES, Field, find_field, generic, keys_below, places_of
from pyst.settings.narrowing import narrowed
from pyst.settings.origins import DEFAULT, Ignored, Origin

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_TOML_WORDS = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    dict: "a table",
}
_EXPECTED = {
    "contexts": ("context", "`enabled` or `extends`"),
    "profiles": ("profile", "a setting such as `sandbox.mode`"),
}


class Given(NamedTuple):
    """A value and where it was given."""

    value: Any
    origin: Origin


class Layer(NamedTuple):
    """The values that one source gives, by dotted key. What is not trusted may only narrow."""

    kind: str
    values: Mapping[str, Given]
    trusted: bool = True


class Merged(NamedTuple):
    """The outcome of a merge. `vouched` is what holds without the layers that are not trusted."""

    values: dict[str, Given]
    vouched: dict[str, Given]
    ignored: tuple[Ignored, ...]


def may_hold_settings(pyproject: bytes) -> bool:
    """Whether a `pyproject.toml` can have a `tool.pyst` table at all, told without parsing it.

    Sound: TOML can only spell the key out, or write it with an escape in quotes.
    """
    return b"pyst" in pyproject or any(mark in pyproject for mark in (b"\\u", b"\\U", b"\\x"))


def parse_layer(data: bytes, kind: str, path: str, home: str, *, trusted: bool = True) -> Layer:
    """The layer that a settings file gives. Of kind `pyproject` only its `tool.pyst` table counts.

    Raises `Failure` (E_CONFIG) with file, line, key and what was expected.
    """
    text = _decoded(data, path)
    body: Any = _loaded(text, path)
    prefix: tuple[str, ...] = ()
    if kind == "pyproject":
        for part in ("tool", "pyst"):
            body = body.get(part, {}) if isinstance(body, dict) else body
            prefix = (*prefix, part)
        if not isinstance(body, dict):
            raise _wrong(Origin(kind, path, text, prefix), "a table", body)
    base = Base(_folder_of(path), home)
    given = {
        ".".join(key): _checked(key, value, Origin(kind, path, text, prefix + key), base)
        for key, value in _leaves(body, (), Origin(kind, path, text, prefix))
    }
    return Layer(kind, given, trusted)


def variables_layer(environ: Mapping[str, str], base: Base) -> Layer:
    """The layer of the `PYST_*` variables; an empty one counts as unset. Raises `Failure` (E_CONFIG)."""
    given = {}
    for field in FIELDS:
        name = field.variable
        if not name or not environ.get(name):
            continue
        try:
            given[field.key] = Given(from_text(field, environ[name], base), Origin("variable", name))
        except Wrong as error:
            message = f"the variable `{name}` is `{environ[name]}`; expected {error.expected}"
            raise Failure("E_CONFIG", message, where=Where(name, 0, field.key)) from error
    return Layer("variable", given)


def flags_layer(flags: Mapping[str, Any], base: Base) -> Layer:
    """The layer of the settings that were given as flags, by dotted key. Raises `Failure` (E_USAGE)."""
    from pyst.errors import ExitCode

    given = {}
    for key, value in flags.items():
        field = BY_KEY[key]
        if field.type == "cwd" and isinstance(value, str) and value not in ("project", "script", "current"):
            value = f"./{value}" if value and not value.startswith(("/", "~")) else value
        try:
            given[key] = Given(
                from_toml(field, value, base), Origin("flag", "--" + key.split(".", 1)[1].replace(".", "-"))
            )
        except Wrong as error:
            message = f"`{value}` is no value for `{key}`; expected {error.expected}"
            raise Failure("E_USAGE", message, exit=ExitCode.USAGE) from error
    return Layer("flag", given)


def defaults(base: Base, data: str) -> dict[str, Given]:
    """What holds where nobody said anything. `data` is the folder of pyst's data."""
    given = {}
    for field in FIELDS:
        if "*" not in field.key:
            value = field.default
            if field.type == "paths":
                value = tuple(each.format(data=data) for each in value)
            elif field.type == "path" and value is not None:
                value = from_toml(field, value, base)
            given[field.key] = Given(value, DEFAULT)
    return given


def merge(base: Mapping[str, Given], layers: list[Layer], root: str) -> Merged:
    """Lay `layers`, weakest first, over `base`. Tables merge key by key; an array replaces an array."""
    values, vouched = dict(base), dict(base)
    trusted = {key: given for layer in layers if layer.trusted for key, given in layer.values.items()}
    ignored: list[Ignored] = []
    for layer in layers:
        if layer.trusted:
            values.update(layer.values)
            vouched.update(layer.values)
            continue
        for key, given in layer.values.items():
            field = find_field(key)
            assert field is not None
            below = _without(key, {**vouched, **trusted} if key.startswith("profiles.") else vouched, field)
            ruling = narrowed(field, given.value, below, root)
            if ruling.reason:
                ignored.append(Ignored(key, given.origin, ruling.reason))
            else:
                values[key] = Given(ruling.value, given.origin)
    return Merged(values, vouched, tuple(ignored))


def _without(key: str, vouched: Mapping[str, Given], field: Field) -> Any:
    """What holds without the value that an untrusted layer gives for `key`.

    A profile beats the settings, whatever their layer: what it may not loosen is what it, or else the setting of the
    same name, comes to among all layers that are trusted.
    """
    if key in vouched:
        return vouched[key].value
    setting = key.split(".", 2)[2] if key.startswith("profiles.") else ""
    return vouched[setting].value if setting in vouched and field.untrusted != "adds" else field.default


def bad_toml(path: str, message: str, line: int) -> Failure:
    return Failure("E_CONFIG", f"`{path}` is not valid TOML: {message}", where=Where(path, line))


def _folder_of(path: str) -> str:
    import os

    return os.path.dirname(path) or "."


def _decoded(data: bytes, path: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"`{path}` is not UTF-8: byte 0x{data[error.start]:02x}"
        raise Failure("E_CONFIG", message, hint="save it as UTF-8", where=Where(path, line)) from error
    return text.removeprefix("\ufeff")


def _loaded(text: str, path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        number = place.removeprefix("line ").partition(",")[0]
        line = int(number) if number.isdecimal() else text.count("\n") + 1
        raise bad_toml(path, message or str(error), line) from error
    except RecursionError as error:
        raise bad_toml(path, "it is nested too deep", 0) from error
    except ValueError as error:  # a number with more digits than Python converts
        raise bad_toml(path, str(error), 0) from error


def _leaves(table: dict[str, Any], above: tuple[str, ...], origin: Origin) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every key with a value that is a setting. Raises `Failure` for what is none."""
    for name, value in table.items():
        key = (*above, name)
        here = origin._replace(key=(*origin.key, name))
        if above and above[0] in NAMED and len(above) == 1:
            if not name or not _NAME_CHARACTERS.issuperset(name):
                raise _failure(here, f"`{name}` is no name", "letters, digits, `-` and `_`")
            if not value:
                kind, expected = _EXPECTED[above[0]]
                raise _failure(here, f"the {kind} `{name}` says nothing", expected)
        dotted = generic(".".join(key)) if all("." not in part for part in key) else ""
        if dotted in BY_KEY:
            yield key, value
        elif dotted in TABLES - {""}:
            if not isinstance(value, dict):
                raise _wrong(here, "a table", value)
            yield from _leaves(value, key, here)
        else:
            known = keys_below(generic(".".join(above)))
            hint = did_you_mean(name, known)
            if not hint and (elsewhere := places_of(name)):
                hint = f"did you mean `{elsewhere[0]}`?"
            hint = hint or "known here: " + ", ".join(f"`{each}`" for each in known)
            shown = ".".join((*origin.key, name))
            raise Failure("E_CONFIG", f"unknown key `{shown}`", hint=hint, where=here.where())


def _checked(key: tuple[str, ...], value: Any, origin: Origin, base: Base) -> Given:
    field = find_field(".".join(key))
    assert field is not None
    try:
        return Given(from_toml(field, value, base), origin)
    except Wrong as error:
        if error.item is not None and isinstance(value, list):  # one text stands for a list of one
            found = value[error.item]
            raise _wrong(origin, error.expected, found, error.item) from error
        near = ""
        if isinstance(value, str) and field.type in ("choice", "cwd"):
            near = did_you_mean(value, [*map(str, field.choices)] or ["project", "script", "current"])
        raise _wrong(origin, expected_of(field), value, hint=near) from error


def _wrong(origin: Origin, expected: str, value: Any, *item: int, hint: str = "") -> Failure:
    shown = f"`{value}`" if isinstance(value, str | int | float) else _TOML_WORDS.get(type(value), "a date or time")
    shown = shown.lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else shown
    key = ".".join(origin.key) + "".join(f"[{at}]" for at in item)
    message = f"`{key}` is {shown[:200]}; expected {expected}"
    return Failure("E_CONFIG", message, hint=hint, where=origin.where(*item))


def _failure(origin: Origin, message: str, expected: str) -> Failure:
    return Failure("E_CONFIG", f"{message}; expected {expected}", where=origin.where())
