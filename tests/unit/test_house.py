"""The order of the house: who may import whom, what every command has, what start-up may load, what pages hold."""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import pyst
from pyst import hotpath
from pyst.cli.arguments import build_parser
from pyst.cli.table import COMMANDS, HIDDEN, Command
from pyst.system.paths import paths_from
from tests.conftest import Home

ROOT = Path(__file__).parents[2]
PACKAGE = Path(pyst.__file__).parent

LEVELS = {
    "__main__": 6,
    "boot": 6,
    "staying": 6,
    "recording": 6,
    "cli": 5,
    "commands": 4,
    "app": 3,
    "system": 1,
    "inside": 1,
}
BOTTOM = {"", "named", "errors", "report", "hotpath", "survey", "patterns", "cli.table"}
"""Rooms by height; what is not named is a domain package (2), or lies at the bottom (0). Imports never point up."""

EXCEPTIONS = {
    ("commands.complete", "cli.completion"),  # completing command lines is cli's own work, asked for as a command
    ("inside.parse", "scripts.introspect"),  # static reading by a newer interpreter: it is never a script's own
}
LATE = {("hotpath", "survey")}
"""Imports that close a circle, but are made in the middle of the work, by which time both ends are loaded."""


def modules() -> dict[str, Path]:
    """Every module of the package by its name below `pyst`."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Each module of pyst that a file imports, anywhere in it, and whether that is for the type checker alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            base = node.module or ""
            names = [f"{base}.{each.name}" for each in node.names]
        else:
            continue
        for name in names:
            if name == "pyst" or name.startswith("pyst."):
                inner = name.removeprefix("pyst").lstrip(".")
                yield inner if inner in MODULES else inner.rpartition(".")[0], id(node) in for_types


def level(module: str) -> int:
    room = module.partition(".")[0]
    return 0 if module in BOTTOM else LEVELS.get(room, 2)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    up = {(module, other) for other, _ in imports_of(MODULES[module]) if level(other) > level(module)}
    assert up <= EXCEPTIONS


def test_relative_imports_are_not_used() -> None:
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level], module


def test_there_are_no_import_cycles() -> None:
    graph = {
        module: {
            other
            for other, for_types in imports_of(path)
            if not for_types and other not in ("", module) and (module, other) not in LATE
        }
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_only_cli_and_commands_see_the_app() -> None:
    seers = {module.partition(".")[0] for module, path in MODULES.items() if "app" in dict(imports_of(path))}
    assert seers == {"cli", "commands", "staying", "recording"}


def test_no_room_is_called_after_nothing() -> None:
    assert not [name for name in MODULES if re.search(r"\b(utils?|helpers?|common|misc|manager)\b", name)]


def test_what_runs_inside_scripts_stands_alone() -> None:
    for name, path in MODULES.items():
        if name.startswith("inside.") and name != "inside.parse":
            assert not list(imports_of(path)), name


@pytest.mark.parametrize("command", COMMANDS + HIDDEN, ids=lambda command: command.name)
def test_every_command_has_its_parts(command: Command) -> None:
    module = importlib.import_module(f"pyst.commands.{command.module}")
    for name in ("options", "run", "human"):
        assert callable(getattr(module, name)), name
    assert (module.__doc__ or "").strip()
    Draft202012Validator.check_schema(module.DETAIL)
    assert isinstance(module.DETAIL, dict)
    assert module.DETAIL


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_option_has_help(command: Command) -> None:
    parser, _ = build_parser(command)

    def check(parser: argparse.ArgumentParser) -> None:
        for action in parser._actions:
            assert action.help, action.option_strings or action.dest
            if isinstance(action, argparse._SubParsersAction):
                for inner in action.choices.values():
                    check(inner)

    check(parser)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_no_command_hides_a_global_option(command: Command) -> None:
    parser, _ = build_parser(command)
    own = [each for each in parser._actions if not each.dest.startswith("global_")]
    known = {flag for each in parser._actions for flag in each.option_strings if each not in own}
    assert not known & {flag for each in own for flag in each.option_strings}


def run_options() -> dict[str, argparse.Action]:
    parser, _ = build_parser(next(each for each in COMMANDS if each.name == "run"))
    return dict(parser._option_string_actions)


def test_the_hot_path_knows_the_options_of_run() -> None:
    options = run_options()
    assert all(options[flag].nargs == 0 for flag in hotpath.RUN_FLAGS)
    assert all(options[flag].nargs is None for flag in hotpath.RUN_VALUES)
    assert all(options[flag].nargs == "?" for flag in hotpath.RUN_EITHER)


FOLDERS = st.lists(st.sampled_from(["a", "b c", "ä", ".", "..", ""]), max_size=4).map("/".join)
VALUES = st.one_of(st.none(), FOLDERS, FOLDERS.map(lambda path: "/" + path))


@given(st.fixed_dictionaries({"PYST_HOME": VALUES, "XDG_CACHE_HOME": VALUES, "HOME": VALUES}))
def test_the_hot_path_looks_where_the_full_path_writes(found: dict[str, str | None]) -> None:
    environ = {name: value for name, value in found.items() if value is not None}
    folder = hotpath.cache_folder({os.fsencode(name): os.fsencode(value) for name, value in environ.items()})
    if folder is not None:
        assert one_slash(folder) == one_slash(paths_from(environ).plans)


def one_slash(path: str) -> str:
    """The same path without needless slashes and dots."""
    return os.path.normpath("/" + path.lstrip("/"))


def imported(stderr: str) -> set[str]:
    """The modules that `-X importtime` names."""
    return {line.rpartition("|")[2].strip() for line in stderr.splitlines() if line.startswith("import time:")}


def python(home: Home, *words: str) -> tuple[set[str], str]:
    """Run this interpreter; the modules that it imports, and what it writes to standard output."""
    argv = [sys.executable, "-X", "importtime", *words]
    environ = {**home.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(argv, cwd=home.project, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return imported(done.stderr), done.stdout


BOOT = ("-I", "-S", str(PACKAGE / "boot.py"))


@pytest.mark.parametrize("words", [("list",), (), ("run", "hello", "you")])
def test_the_hot_path_imports_nothing(home: Home, words: tuple[str, ...]) -> None:
    home.script("hello", '"""Say hello."""\nimport sys\nprint("hello", *sys.argv[1:])\n')
    full, said = python(home, *BOOT, *words)
    assert "site" in full
    for _ in range(20):  # what has just been written is not relied on yet: its stamp may not tell the next change
        hot, again = python(home, *BOOT, *words)
        assert again == said
        if "site" not in hot:
            break
    assert "hello" in said
    bare, _ = python(home, "-I", "-S", "-c", "pass")
    assert hot - bare - set(sys.builtin_module_names) <= {"pyst", "pyst.hotpath", "pyst.survey"}


HEAVY = {"asyncio", "http", "urllib.request", "importlib.metadata", "rich", "pydantic", "dataclasses"}


def test_the_full_run_path_imports_nothing_heavy(home: Home) -> None:
    home.script("hello", 'def main(name: str = "you"):\n    """Say hello."""\n    print("hello", name)\n')
    loaded, said = python(home, *BOOT, "run", "hello", "there")
    assert said == "hello there\n"
    assert "pyst.running.execute" in loaded
    assert {name for name in loaded if any(name == each or name.startswith(each + ".") for each in HEAVY)} == set()


LATE_LIBRARIES = {"pydantic_ai", "openai", "rich"}
"""What only the room `authoring` imports, and only when a model is asked or a draft shown."""


def test_models_and_previews_are_one_rooms_matter() -> None:
    for name, path in MODULES.items():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        found = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        found += [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
        assert name.startswith("authoring.") or not {each.partition(".")[0] for each in found} & LATE_LIBRARIES, name


def test_commands_import_them_only_when_they_are_used(home: Home) -> None:
    names = [f"pyst.commands.{each.module}" for each in COMMANDS + HIDDEN]
    loaded, _ = python(home, "-c", f"import {', '.join(names)}")
    assert {"pyst.commands.create", "pyst.commands.document"} <= loaded
    assert {each for each in loaded if each.partition(".")[0] in {*LATE_LIBRARIES, "pydantic", "mcp"}} == set()


OURS = ("src", "tests", "docs", "examples", "benchmarks", "launcher", ".ci")
MACHINE = re.compile("|".join([r"(?<![\w}])/ro" + "ot/", "/wo" + "rk/main", "/wo" + "rk/shared", "/Us" + "ers/[a-z]"]))


def texts() -> Iterator[tuple[Path, str]]:
    """Every file of the repository that is text."""
    folders = [path for name in OURS for path in (ROOT / name).rglob("*") if "__pycache__" not in path.parts]
    for path in [*folders, *ROOT.glob("*.*")]:
        if path.is_file():
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    host = socket.gethostname()
    names = [re.escape(host)] if len(host) > 4 and host != "localhost" else []
    pattern = re.compile("|".join([MACHINE.pattern, *(rf"\b{name}\b" for name in names)]))
    found = ((path, pattern.search(text)) for path, text in texts())
    told = [f"{path.relative_to(ROOT)}: {match[0]}" for path, match in found if match]
    assert told == []
