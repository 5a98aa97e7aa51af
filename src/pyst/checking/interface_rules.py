"""Rules about what a caller learns of a script without reading it: docstring, `--help`, the help of parameters."""

from __future__ import annotations

import _ast
from collections.abc import Iterator

from pyst.checking.finding import Finding, Rule
from pyst.checking.subject import Subject
from pyst.scripts.introspect.module import all_arguments, defaults_of
from pyst.scripts.script import Interface

NO_HELP = Rule(
    "C206",
    "no-help",
    "warning",
    "`sys.argv` is taken apart by hand.",
    "There is no `--help`, no check of what is given, and nothing that pyst, a shell or an agent could learn of it.",
)
UNBOUNDED_OUTPUT = Rule(
    "C207",
    "unbounded-output",
    "info",
    "A whole file, answer or child's output is printed at once.",
    "A reader with little room (an agent, a log) gets cut off at a place of chance.",
)
NO_DOCSTRING = Rule(
    "C301",
    "missing-docstring",
    "warning",
    "A script that does not say what it does.",
    "The first line of its docstring is what `pyst list`, completions and agents show.",
)
NO_PARAMETER_HELP = Rule(
    "C302",
    "parameter-without-help",
    "info",
    "A parameter without a word of help.",
    "Its name alone seldom tells its unit, its form, or what it changes.",
)
MUTABLE_DEFAULT = Rule(
    "C303",
    "mutable-default",
    "warning",
    "A list, dict or set as the default of a parameter of `main`.",
    "All calls share the one value; what one of them changes, the next one sees.",
)
UNTYPED = Rule(
    "C304",
    "untyped-parameter",
    "info",
    "A parameter of `main` without an annotation.",
    "pyst makes the command line from the signature; without a type every value stays text.",
)

SHORTEST_SUMMARY = 8
"""Characters below which a summary can't say anything."""


def no_help(subject: Subject) -> Iterator[Finding]:
    """C206: a subscript or the length of `sys.argv`, in a script without a framework."""
    interface = subject.interface
    if interface is None or interface.framework is not None or any(_parses(each.top) for each in subject.imports):
        return
    if "--help" in subject.strings or "-h" in subject.strings:
        return
    for node in subject.nodes:
        target = None
        if isinstance(node, _ast.Subscript):
            target = node.value
        elif isinstance(node, _ast.Call) and subject.name_of(node.func) == "len" and node.args:
            target = node.args[0]
        if target is not None and subject.name_of(target) == "sys.argv":
            hint = "write `def main(...)` with a typed signature (pyst makes its command line), or use argparse"
            message = "`sys.argv` is taken apart by hand: there is no `--help`"
            yield Finding(NO_HELP, message, *subject.place_of(node), hint)
            return


def _parses(module: str) -> bool:
    return module in ("argparse", "click", "typer", "cyclopts", "fire", "docopt", "getopt", "optparse", "absl", "plac")


def unbounded_output(subject: Subject) -> Iterator[Finding]:
    """C207: `print(path.read_text())` and its like."""
    for call, name in subject.calls:
        if name not in ("print", "sys.stdout.write", "sys.stdout.buffer.write", "click.echo", "typer.echo"):
            continue
        for each in call.args[:1]:
            if _reads_whole(subject, each):
                message = "something of unknown length is printed whole"
                hint = "print a summary and the path, or let an option bound it"
                yield Finding(UNBOUNDED_OUTPUT, message, *subject.place_of(call), hint)


def _reads_whole(subject: Subject, node: _ast.expr) -> bool:
    if not isinstance(node, _ast.Call) or node.args or node.keywords or not isinstance(node.func, _ast.Attribute):
        return False
    if node.func.attr in ("read_text", "readlines"):
        return True
    inner = node.func.value
    if node.func.attr != "read" or subject.name_of(inner) == "sys.stdin":
        return False
    return isinstance(inner, _ast.Name) or (isinstance(inner, _ast.Call) and subject.name_of(inner.func) == "open")


def docstring(subject: Subject) -> Iterator[Finding]:
    """C301: no summary anywhere, or one that says nothing."""
    interface = subject.interface
    if interface is None:
        return
    summary = interface.summary.strip()
    if not summary and not any(each.summary for _, each in interface.commands):
        hint = 'begin the file with `"""One sentence: what it does, to what."""`'
        yield Finding(NO_DOCSTRING, "nothing says what the script does", 1, 1, hint)
    elif summary and len(summary) < SHORTEST_SUMMARY:
        yield Finding(
            NO_DOCSTRING, f"`{summary}` says too little", 1, 1, "say in one sentence what it does, to what", "info"
        )


def parameter_help(subject: Subject) -> Iterator[Finding]:
    """C302: parameters whose help is known to be absent."""
    if subject.interface is None:
        return
    for prefix, interface in _levels("", subject.interface):
        for each in interface.parameters:
            if each.kind == "argument" and subject.interface.framework == "click":
                continue  # Click's arguments take no help
            if not each.help and "help" not in each.unknown:
                line, column = _place_of_parameter(subject, each.name)
                shown = each.flags[0] if each.flags else each.name
                where = f" of `{prefix}`" if prefix else ""
                hint = "say what it means, in which unit and form"
                if interface.framework == "function":
                    hint = "describe it under `Args:` in the docstring of `main`"
                yield Finding(NO_PARAMETER_HELP, f"`{shown}`{where} has no help", line, column, hint)


def _levels(prefix: str, interface: Interface, depth: int = 8) -> Iterator[tuple[str, Interface]]:
    yield prefix, interface
    if depth:
        for name, inner in interface.commands:
            yield from _levels(f"{prefix} {name}".strip(), inner, depth - 1)


def _place_of_parameter(subject: Subject, name: str) -> tuple[int, int]:
    """Where a parameter of this name is written, if that is a single place."""
    wanted = name.replace("-", "_")
    places = [node for node in subject.nodes if isinstance(node, _ast.arg) and node.arg == wanted]
    if len(places) == 1:
        return subject.place_of(places[0])
    flag = "--" + name.replace("_", "-")
    texts = [node for node in subject.nodes if isinstance(node, _ast.Constant) and node.value in (flag, name, wanted)]
    return subject.place_of(texts[0]) if len(texts) == 1 else (0, 0)


def mutable_default(subject: Subject) -> Iterator[Finding]:
    """C303: mutable defaults in `def main`."""
    main = subject.module.function("main") if subject.module else None
    if main is None:
        return
    for name, default in defaults_of(main).items():
        called = isinstance(default, _ast.Call) and subject.name_of(default.func) in ("list", "dict", "set")
        if called or isinstance(default, _ast.List | _ast.Dict | _ast.Set | _ast.ListComp | _ast.DictComp):
            message = f"the default of `{name}` is one value that all calls share"
            hint = "use `None` or a tuple, and make the value inside"
            yield Finding(MUTABLE_DEFAULT, message, *subject.place_of(default), hint)


def untyped(subject: Subject) -> Iterator[Finding]:
    """C304: parameters without annotation, where pyst calls `main`."""
    if subject.interface is None or subject.interface.framework != "function" or subject.module is None:
        return
    main = subject.module.function("main")
    defaults = defaults_of(main) if main else {}
    for each in all_arguments(main) if main else ():
        default = defaults.get(each.arg)
        told = isinstance(default, _ast.Constant) and default.value is not None
        if each.annotation is None and not told:
            hint = f"annotate it: `{each.arg}: str`, `int`, `Path`, `list[str]`, …"
            yield Finding(UNTYPED, f"`{each.arg}` has no type", *subject.place_of(each), hint)
