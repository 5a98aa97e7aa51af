"""Values → words → the values that the script's own parser makes of the words: are these the same?

`python -m tests.support.round_trip FRAMEWORK [EXAMPLES]` tries it on every script of that part of the corpus with
values that fit the tool's schema, and prints what was tried, as JSON. It runs in a process of its own, since it
catches the calls by which scripts start, for good.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pyst.agents.arguments import argv_from
from pyst.agents.fields import Field, Level, layout
from pyst.agents.schemas import input_schema
from pyst.errors import Failure
from pyst.inside import _main as inside
from pyst.inside import describe
from pyst.scripts.introspect import read_interface
from pyst.scripts.script import Interface

CORPUS = Path(__file__).parent.parent / "corpus"
EXAMPLES = int(sys.argv[2]) if sys.argv[2:] else 60
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), max_size=8),
    st.sampled_from(
        ["-", "--", "-x", "--help", "--name=1", "-5", "=", "a=b", "", " ", "@file", "a,b", "None", "1", "/n/x"]
    ),
    st.sampled_from(["'q'", "[1]", "{}", "-1e5", "--no-x", "\n", "é", "a b", "-h", "+x", "true", "0x10"]),
)
FORMATS = {"date": st.dates().map(str), "uuid": st.uuids().map(str), "time": st.times().map(lambda t: t.isoformat())}


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([values(each) for each in schema["anyOf"]])
    kinds = schema.get("type", ["string", "integer", "boolean"])
    return st.one_of([_of_kind(each, schema) for each in ([kinds] if isinstance(kinds, str) else kinds)])


def _of_kind(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "string":
        form = schema.get("format")
        if form == "date-time":
            return st.datetimes().map(lambda each: each.isoformat())
        return FORMATS.get(form or "", TEXTS)
    if kind == "integer":
        return st.integers(schema.get("minimum", -(10**6)), min(schema.get("maximum", 10**6), 10**6))
    if kind == "number":
        return st.one_of(st.integers(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False, width=32))
    if kind == "boolean":
        return st.booleans()
    if kind == "array":
        least = schema.get("minItems", 0)
        return st.lists(values(schema.get("items", {})), min_size=least, max_size=schema.get("maxItems", 4))
    if kind == "object" and "properties" in schema:
        required = {key: values(schema["properties"][key]) for key in schema.get("required", ())}
        optional = {key: values(each) for key, each in schema["properties"].items() if key not in required}
        return st.fixed_dictionaries(required, optional=optional)
    names = st.sampled_from(["alpha", "beta", "gamma_delta"])
    return st.dictionaries(names, values({"type": ["string", "integer"]}), max_size=3)


def calls(interface: Interface) -> st.SearchStrategy[dict[str, Any]]:
    """Objects for a call: what the schema says, with no more than the chosen command's own objects."""
    schema = input_schema(interface)
    root = layout(interface)
    levels = {each.key: each for each in root.all_commands()}
    open_words = {"arguments": schema["properties"].pop("arguments")} if "arguments" in schema["properties"] else {}
    assert not open_words or "arguments" not in schema["properties"]
    for key in levels:
        inner = schema["properties"].get(key)
        if inner:
            inner["properties"].pop("arguments", None)
    own = {name: each for name, each in schema["properties"].items() if name not in levels}

    @st.composite
    def draw_call(draw: Callable[[Any], Any]) -> dict[str, Any]:
        chosen = {**schema, "properties": own}
        found: dict[str, Any] = draw(values(chosen))
        command = found.get("command")
        for key, level in levels.items():
            is_on_way = command is not None and levels[command].path[: len(level.path)] == level.path
            if is_on_way and key in schema["properties"] and not (level.own_only and key != command):
                found[key] = draw(values(schema["properties"][key]))
        if command is not None and root.own_only:
            found = {key: each for key, each in found.items() if key == "command" or key in levels}
        return found

    return draw_call()


Parsed = list[tuple[tuple[str, ...], dict[str, Any]]]
"""For each level that was run: the path of its command, and its parser's values by the name of the parameter."""


class Rejected(Exception):
    """The parser did not take the words."""


@contextlib.contextmanager
def silence() -> Iterator[io.StringIO]:
    out = io.StringIO()
    with contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
        yield out


def parse_argparse(parser: Any, words: list[str], originals: dict[str, Any]) -> Parsed:
    import argparse

    with silence() as out:
        try:
            found = originals["argparse"](parser, words)
        except SystemExit:
            raise Rejected(out.getvalue()) from None
        except Exception as error:  # noqa: BLE001 - a script's own type or action may raise anything
            raise Rejected(repr(error)) from None
    values = vars(found)
    parsed: Parsed = [((), values)]
    path: tuple[str, ...] = ()
    while True:
        action = next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)
        names = [word for word in words if action is not None and word in action.choices]
        if action is None or not names:
            return parsed
        name = names[0] if action.dest == argparse.SUPPRESS else values.get(action.dest) or names[0]
        parser, path = action.choices[name], (*path, name)
        parsed.append((path, values))


def parse_click(command: Any, words: list[str], originals: dict[str, Any]) -> Parsed:
    if hasattr(command, "registered_commands"):
        command = sys.modules["typer"].main.get_command(command)
    parsed: Parsed = []
    path: tuple[str, ...] = ()
    with silence():
        try:
            while True:
                context = command.make_context("script", list(words))
                parsed.append((path, dict(context.params)))
                rest = (
                    [*context._protected_args, *context.args] if hasattr(context, "_protected_args") else context.args
                )
                if not hasattr(command, "resolve_command") or not rest:
                    return parsed
                name, inner, words = command.resolve_command(context, rest)
                path, command = (*path, name), inner
        except Exception as error:  # noqa: BLE001 - a usage error, or whatever a script's own type raises
            raise Rejected(f"{type(error).__name__}: {error}") from None


def parse_cyclopts(app: Any, words: list[str], originals: dict[str, Any]) -> Parsed:
    with silence():
        try:
            chain, _, _ = app.parse_commands(words)
            _, bound, *_ = originals["cyclopts"](app, words, exit_on_error=False, print_error=False)
        except BaseException as error:  # noqa: BLE001
            raise Rejected(f"{type(error).__name__}: {error}") from None
    return [(tuple(chain), dict(bound.arguments))]


def parse_function(main: Any, words: list[str], originals: dict[str, Any]) -> Parsed:
    parser, types = inside.load("_words"), inside.load("_types")
    _, parameters = parser.signature(main, types)
    try:
        positional, named = parser.parse(parameters, words)
    except (parser.Misuse, types.Unfit, parser.HelpWanted) as error:
        raise Rejected(f"{type(error).__name__}: {error}") from None
    return [((), dict(inspect.signature(main).bind(*positional, **named).arguments))]


SEEN: list[tuple[str, dict[str, Any]]] = []


def parse_fire(component: Any, words: list[str], originals: dict[str, Any]) -> Parsed:
    seen = SEEN
    seen.clear()
    recorded = _recorded(component, seen)
    with silence() as out:
        try:
            originals["fire"](recorded, command=words, name="script")
        except BaseException as error:  # noqa: BLE001
            if not seen:
                raise Rejected(f"{type(error).__name__}: {error} {out.getvalue()}") from None
    return [(() if name == "__init__" else (name,), values) for name, values in seen]


def _recorded(component: Any, seen: list[tuple[str, dict[str, Any]]]) -> Any:
    """The component with every function replaced by one that only writes down what it is given."""
    import functools

    def replaced(function: Any, name: str, bound: bool) -> Any:
        @functools.wraps(function)
        def note(*given: Any, **named: Any) -> None:
            values = dict(inspect.signature(function).bind(*given, **named).arguments)
            if bound:
                values.pop(next(iter(values)))
            seen.append((name, values))

        return note

    if inspect.isfunction(component):
        return replaced(component, component.__name__, False)
    if isinstance(component, dict):
        found = {}
        for name, each in component.items():
            inner = replaced(each, str(name), False) if inspect.isfunction(each) else _recorded(each, seen)
            found[name] = inner
        return found
    kind = component if inspect.isclass(component) else type(component)
    if kind.__module__ in ("builtins", "__builtin__"):
        return component
    for name, each in [pair for base in kind.__mro__[:-1] for pair in vars(base).items()]:
        is_static = isinstance(each, staticmethod)
        inner = each.__func__ if isinstance(each, staticmethod | classmethod) else each
        if not inspect.isfunction(inner) or hasattr(inner, "__wrapped__"):
            continue
        if not name.startswith("_") or (name == "__init__" and inspect.isclass(component)):
            noted = replaced(inner, name, not is_static)
            setattr(kind, name, type(each)(noted) if inner is not each else noted)
    return component


PARSERS = {
    "argparse": parse_argparse,
    "click": parse_click,
    "typer": parse_click,
    "cyclopts": parse_cyclopts,
    "fire": parse_fire,
    "function": parse_function,
}


def plain(value: Any) -> Any:
    """A parser's value as JSON data, as far as it has to be for a comparison."""
    if hasattr(type(value), "__members__"):
        return value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(type(value), "read") or "File" in type(value).__name__:
        return str(getattr(value, "name", "-")).replace("<stdin>", "-")
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset) or type(value).__name__ in ("deque", "list_iterator"):
        return [plain(each) for each in value]
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def equal(sent: Any, got: Any) -> bool:
    """Whether a parser's value is the one that was sent; its own type may say it in other words."""
    if hasattr(type(got), "__members__"):
        return str(sent).lower().replace("_", "-") in (
            str(each).lower().replace("_", "-") for each in (got.name, got.value)
        )
    if isinstance(sent, list):
        if not isinstance(got, list) or len(sent) != len(got):
            return isinstance(got, list) and {str(each) for each in sent} == {str(each) for each in got}
        return all(map(equal, sent, got)) or sorted(map(str, sent)) == sorted(map(str, got))
    if isinstance(sent, dict):
        return isinstance(got, dict) and sent.keys() == got.keys() and all(equal(sent[key], got[key]) for key in sent)
    if isinstance(sent, bool) or isinstance(got, bool):
        return str(sent).lower() == str(got).lower()
    if sent == got or str(sent) == str(got):
        return True
    try:
        return abs(complex(sent) - complex(got)) < 1e-6  # a time span has whole microseconds
    except (TypeError, ValueError):
        return False


CHANGED = frozenset(
    {
        ("uuidgen", "number"),  # a range that clamps
        ("convert_units", "digits"),
        ("repo", "yes"),  # not handed to the function
        ("backup", "source"),  # resolved
        ("custom_action", "name"),  # in capitals
        ("invoices", "due"),  # a number is a time too
        ("invoices", "on"),
    }
)
"""Parameters whose values the scripts themselves change."""

NEVER = ("No such option", "no such option", "unrecognized arguments", "expected", "unexpected", "Unknown option")
"""What a parser says where a value was taken for an option, or not taken as one."""


class Tally:
    """What came of it: calls that were tried, that the parser took, and that were refused before; and what is wrong."""

    def __init__(self) -> None:
        self.tried = 0
        self.taken = 0
        self.refused = 0
        self.wrong: list[str] = []


def try_script(path: Path, framework: str, app: Any, originals: dict[str, Any], tally: Tally) -> None:
    """Try it on one script."""
    interface = read_interface(path.read_bytes(), str(path))
    root = layout(interface)
    if not root.fields and not root.commands:
        return
    levels = {(): root, **{each.path: each for each in root.all_commands()}}

    @seed(7)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(interface))
    def one(call: dict[str, Any]) -> None:
        tally.tried += 1
        try:
            words = argv_from(interface, call)
        except Failure as failure:
            tally.refused += 1
            if failure.code != "E_ARGUMENTS":
                raise
            return
        shown = f"{path.stem}: {call!r} → {words!r}"
        try:
            parsed = dict(PARSERS[framework](app, list(words), originals))
            if framework == "fire":
                path_of = {each.path[-1:]: each.path for each in levels.values() if each.key == call.get("command", "")}
                parsed = {path_of.get(name, ()): values for name, values in parsed.items()}
        except Rejected as rejected:
            if any(each in str(rejected) for each in NEVER) and len(tally.wrong) < 20:
                tally.wrong.append(f"{shown}: {rejected}")
            return
        tally.taken += 1
        for place, level in levels.items():
            for told in differences(
                path.stem, level, call if not place else call.get(level.key, {}), parsed.get(place)
            ):
                if len(tally.wrong) < 20:
                    tally.wrong.append(f"{shown}: {told}")

    one()


def differences(script: str, level: Level, sent: dict[str, Any], got: dict[str, Any] | None) -> Iterator[str]:
    """The values that the parser has otherwise than they were sent."""
    names = [each.parameter.name for each in level.fields]
    for each in level.fields:
        name = each.parameter.name
        if each.key not in sent or sent[each.key] is None or names.count(name) > 1:
            continue
        if got is None:
            yield f"`{each.key}` was not seen at all"
            continue
        value = sent[each.key]
        if each.form == "flag" and not value and "default" in each.parameter.unknown:
            continue
        if "type" in each.parameter.unknown and level.framework not in ("fire", "function"):
            continue
        if (script, each.key) in CHANGED or (each.form == "open" and not isinstance(value, str)):
            continue
        if name not in got:
            if value not in ([], {}, False, 0):
                yield f"`{each.key}` did not arrive"
        elif value in ([], {}) and not got[name]:
            continue
        elif each.form == "flag" and not isinstance(got[name], bool):
            if bool(got[name]) != value:
                yield f"`{each.key}` is {got[name]!r}"
        elif not any(equal(one, plain(got[name])) for one in (value, normal(value, each), [value])):
            yield f"`{each.key}` is {got[name]!r}"


def normal(value: Any, field: Field) -> Any:
    """A sent value as the type of its parameter writes it."""
    kind = field.parameter.type
    if isinstance(value, list):
        return [normal(each, field) for each in value]
    if kind == "path" and isinstance(value, str):
        return value if field.parameter.choices else str(Path(value))
    return value


def app_of(path: Path, number: int) -> Any:
    """The object with which the script starts."""
    try:
        namespace = describe.execute(str(path), f"round_trip_{number}")
        found = describe.find_app(namespace)
        if found is None:
            found = describe.find_app(describe.execute(str(path), "__main__"), usual=True)
        return found[1] if found else None
    except describe.Caught as caught:
        return caught.found


def main(framework: str) -> Tally:
    import argparse

    originals: dict[str, Any] = {"argparse": argparse.ArgumentParser.parse_args}
    with contextlib.suppress(ImportError):
        import cyclopts

        originals["cyclopts"] = cyclopts.App.parse_args
    with contextlib.suppress(ImportError):
        import fire  # type: ignore[import-untyped,unused-ignore]

        originals["fire"] = fire.Fire
    tally = Tally()
    kept = sys.modules["__main__"]
    for number, path in enumerate(sorted((CORPUS / framework).glob("*.py"))):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            if framework == "function":
                app = describe.execute(str(path), f"round_trip_{number}").get("main")
            else:
                app = app_of(path, number)
        sys.modules["__main__"] = kept
        argparse.ArgumentParser.parse_known_args = ORIGINAL_KNOWN  # type: ignore[method-assign]
        if app is not None:
            try_script(path, framework, app, originals, tally)
    return tally


import argparse as _argparse  # noqa: E402

ORIGINAL_KNOWN = _argparse.ArgumentParser.parse_known_args


def words_of(framework: str) -> Iterator[dict[str, Any]]:
    """The words of many calls of each script, as `elsewhere` takes them."""
    for path in sorted((CORPUS / framework).glob("*.py")):
        interface = read_interface(path.read_bytes(), str(path))
        found: list[tuple[str, ...]] = []

        @seed(7)
        @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(calls(interface), st.just(interface), st.just(found))
        def one(call: dict[str, Any], of: Interface, to: list[tuple[str, ...]]) -> None:
            with contextlib.suppress(Failure):
                to.append(argv_from(of, call))

        one()
        yield {"path": str(path), "calls": found}


if __name__ == "__main__" and "--words" in sys.argv:
    for line in words_of(sys.argv[1]):
        print(json.dumps(line))
elif __name__ == "__main__":
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # types such as `click.File("w")` make files
        done = main(sys.argv[1])
        os.chdir("/")
    print(json.dumps(vars(done), indent=1, ensure_ascii=False))
