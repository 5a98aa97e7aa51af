"""The `import` mode: what a framework itself says of a script's command line, as JSON in the shape of `Interface`.

Runs with the script's own interpreter, for trusted scripts: `python -I describe.py [--main] PATH…` prints one line
of JSON per script, `{"path": …, "interface": …}` or `{"path": …, "error": …}`. The script is imported under a name
that is not `__main__`; an app that only comes to be when the script runs (a parser that `main()` makes) is caught at
the call that would start it, and nothing after that call happens. What each framework's object says is read by
`_describe_click`, `_describe_argparse`, `_describe_cyclopts` and `_describe_fire`.
"""

import importlib
import importlib.util
import io
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Dict, List, Optional, Tuple

FRAMEWORKS = ("typer", "click", "cyclopts", "argparse", "fire")
USUAL_NAMES = ("app", "cli", "main", "parser")
HERE = os.path.dirname(os.path.abspath(__file__))


class Caught(BaseException):
    """The script would start here: its framework and the object that it starts with."""

    def __init__(self, framework: str, found: "Any") -> None:
        super().__init__(framework)
        self.framework = framework
        self.found = found


def reader(framework: str) -> "ModuleType":
    """The module beside this one that reads the objects of a framework."""
    name = "_describe_click" if framework in ("click", "typer") else "_describe_" + framework
    known = sys.modules.get("pyst_" + name)
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location("pyst_" + name, os.path.join(HERE, name + ".py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pyst_" + name] = module
    spec.loader.exec_module(module)
    return module


def catch_starts() -> None:
    """Make every call that would start an app raise `Caught`, for the frameworks that are imported."""
    modules = sys.modules
    if "argparse" in modules:
        parser = modules["argparse"].ArgumentParser
        for name in ("parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"):
            setattr(parser, name, _catcher("argparse", parser))
    if "typer" in modules:
        modules["typer"].Typer.__call__ = _catcher("typer", modules["typer"].Typer)
        vars(modules["typer"])["run"] = vars(modules["typer.main"])["run"] = _catch_typer_run
    if "click" in modules:
        command = getattr(modules["click"].core, "BaseCommand", None) if _is_old_click() else None
        command = command or modules["click"].Command
        command.main = command.__call__ = _catcher("click", command)
    if "cyclopts" in modules:
        app = modules["cyclopts"].App
        app.__call__ = app.run_async = app.parse_args = _catcher("cyclopts", app)
        vars(modules["cyclopts"])["run"] = _catch_cyclopts_run
    if "fire" in modules:
        vars(modules["fire"])["Fire"] = vars(modules["fire.core"])["Fire"] = _catch_fire


def _is_old_click() -> bool:
    return "BaseCommand" in vars(sys.modules["click.core"])


def _catcher(framework: str, kind: type) -> "Any":
    def caught(self: "Any", *arguments: "Any", **named: "Any") -> "Any":
        raise Caught(framework, self)

    return caught


def _catch_typer_run(function: "Any") -> None:
    app = sys.modules["typer"].Typer(add_completion=False)
    app.command()(function)
    raise Caught("typer", app)


def _catch_cyclopts_run(function: "Any", *arguments: "Any", **named: "Any") -> None:
    app = sys.modules["cyclopts"].App()
    app.default(function)
    raise Caught("cyclopts", app)


def _catch_fire(component: "Any" = None, *arguments: "Any", **named: "Any") -> None:
    if component is None:
        scope = sys._getframe(1).f_globals
        component = {
            name: value
            for name, value in scope.items()
            if not name.startswith("_") and getattr(value, "__module__", None) == scope["__name__"] and callable(value)
        }
    raise Caught("fire", component)


def import_frameworks(source: bytes) -> None:
    """Import the frameworks that the script names, so that their starts can be caught from its first line on."""
    for name in FRAMEWORKS:
        if name.encode() in source:
            try:
                importlib.import_module(name)
            except ImportError:
                pass
    catch_starts()


def execute(path: str, name: str) -> "Dict[str, Any]":
    """Run the file as a module called `name`; its namespace. Raises `Caught` where it would start."""
    with io.open_code(path) as file:
        source = file.read()
    code = compile(source, path, "exec", dont_inherit=True)
    module = type(sys)(name)
    module.__file__ = path
    sys.modules[name] = module
    before = sys.argv, list(sys.path)
    sys.argv = [path]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    import_frameworks(source)
    try:
        exec(code, vars(module))  # noqa: S102 - the script, which is trusted
    finally:
        sys.argv, sys.path[:] = before
    return vars(module)


def find_app(namespace: "Dict[str, Any]", usual: bool = False) -> "Optional[Tuple[str, Any]]":
    """The framework's object among the names of an imported script: the one that holds the others.

    Where several do, the one with a `usual` name, or None.
    """
    modules = sys.modules
    kinds = [
        ("typer", getattr(modules.get("typer"), "Typer", None)),
        ("click", getattr(modules.get("click"), "Command", None)),
        ("cyclopts", getattr(modules.get("cyclopts"), "App", None)),
        ("argparse", getattr(modules.get("argparse"), "ArgumentParser", None)),
    ]
    for framework, kind in kinds:
        if kind is None:
            continue
        found = {name: value for name, value in namespace.items() if isinstance(value, kind)}
        if not found:
            continue
        inner = {id(each) for value in found.values() for each in reader(framework).parts_of(value)}
        outer = {name: value for name, value in found.items() if id(value) not in inner}
        different = {id(value): value for value in outer.values()}
        if len(different) == 1:
            return framework, next(iter(different.values()))
        for name in USUAL_NAMES if usual else ():
            if name in outer:
                return framework, outer[name]
    return None


def describe(path: str, number: int = 0, as_main: bool = False) -> "Dict[str, Any]":
    """The interface of the script at `path`. Raises whatever the script raises."""
    framework, found = None, None
    try:
        if as_main:
            execute(path, "__main__")
        else:
            namespace = execute(path, "pyst_described_%d" % number)
            framework, found = find_app(namespace) or (None, None)
            if framework is None:
                namespace = execute(path, "__main__")
                framework, found = find_app(namespace, usual=True) or (None, None)
    except Caught as caught:
        framework, found = caught.framework, caught.found
    if framework is None:
        raise LookupError("no command line of a known framework was made")
    described: "Dict[str, Any]" = reader(framework).describe(found)
    described["entry"] = "framework"
    described["framework"] = framework
    return described


def main(words: "List[str]") -> int:
    """Describe each path that is given; the exit code is 1 if any could not be."""
    failed = 0
    as_main = words[:1] == ["--main"]
    out, sys.stdout = sys.stdout, io.StringIO()
    kept = sys.modules.get("__main__")
    for number, path in enumerate(words[as_main:]):
        line: "Dict[str, Any]" = {"path": path}
        try:
            line["interface"] = describe(path, number, as_main)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a script may raise anything, SystemExit too
            line["error"] = "%s: %s" % (type(error).__name__, error)
            failed = 1
        finally:
            if kept is not None:
                sys.modules["__main__"] = kept
        out.write(json.dumps(line) + "\n")
        out.flush()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
