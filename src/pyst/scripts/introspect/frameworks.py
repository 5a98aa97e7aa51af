"""Which framework, if any, makes the command line of a script, and whether the script starts itself.

Decides; the readers of each framework then read. A framework counts only where its object is made or used, not where
it is merely imported.
"""

from __future__ import annotations

import _ast
from typing import NamedTuple

from pyst.scripts.introspect.module import Function, Module, flat, walk

NAMES = ("typer", "click", "cyclopts", "argparse", "fire")
"""The frameworks, in the order in which they are looked for (SPEC section 4)."""

_CALLS = {
    "typer": frozenset({"typer.Typer", "typer.run"}),
    "cyclopts": frozenset({"cyclopts.App", "cyclopts.run"}),
    "argparse": frozenset({"argparse.ArgumentParser"}),
    "fire": frozenset({"fire.Fire", "fire.core.Fire"}),
}
_CLICK = frozenset(
    {f"{package}.{name}" for package in ("click", "rich_click", "asyncclick") for name in ("command", "group")}
    | {f"{package}.{name}" for package in ("click", "rich_click") for name in ("Command", "Group")}
)
_STARS = {**_CALLS, "click": _CLICK}
_MARKS = (b"typer", b"click", b"cyclopts", b"argparse", b"fire")


class Start(NamedTuple):
    """How a script starts: its framework, and the `main` that it leaves to pyst to call."""

    framework: str | None
    main: Function | None


def may_have_framework(source: bytes) -> bool:
    """Whether the text names a framework at all."""
    return any(mark in source for mark in _MARKS)


def framework_of(module: Module) -> str | None:
    """The framework whose object the script makes, or None."""
    found = set()
    imported = _imports(module)
    if not imported:
        return None
    for node in walk(module.tree):
        if isinstance(node, _ast.Call):
            name = _called(node.func, imported)
            for framework, names in _CALLS.items():
                if name in names:
                    found.add(framework)
            if name in _CLICK:
                found.add("click")
        elif isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if not isinstance(decorator, _ast.Call) and _called(decorator, imported) in _CLICK:
                    found.add("click")
        elif isinstance(node, _ast.ClassDef):
            for base in node.bases:
                if _called(base, imported) == "argparse.ArgumentParser":
                    found.add("argparse")
    return next((name for name in NAMES if name in found), None)


def _imports(module: Module) -> dict[str, str]:
    """What each local name stands for, of the imports of frameworks anywhere in the file."""
    found: dict[str, str] = {}
    for node in walk(module.tree):
        if isinstance(node, _ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                if top in NAMES or top in ("rich_click", "asyncclick"):
                    found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, _ast.ImportFrom) and node.module and not node.level:
            top = node.module.partition(".")[0]
            if top in NAMES or top in ("rich_click", "asyncclick"):
                for alias in node.names:
                    if alias.name == "*":
                        found.update((name.rpartition(".")[2], name) for name in _STARS.get(node.module, ()))
                    else:
                        found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _called(node: _ast.expr, imported: dict[str, str]) -> str | None:
    attributes = []
    while isinstance(node, _ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, _ast.Name) or node.id not in imported:
        return None
    return ".".join([imported[node.id], *reversed(attributes)])


def start_of(module: Module) -> Start:
    """How the script starts."""
    framework = framework_of(module)
    main = module.locals.functions.get("main")
    if framework or main is None or main not in module.tree.body or starts_itself(module.tree):
        return Start(framework, None)
    return Start(None, main)


def starts_itself(tree: _ast.Module) -> bool:
    """Whether running the file as `__main__` already does the work.

    So it is where code at the top level hands `main` to a call (`main()`, `asyncio.run(main())`, `run(main)`), or
    where an `if __name__ == "__main__":` calls anything.
    """
    for statement in flat(tree.body):
        if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef | _ast.ClassDef):
            continue
        if isinstance(statement, _ast.If) and _is_guard(statement.test):
            if any(_has_call(each) for each in statement.body):
                return True
        elif _calls_main(statement):
            return True
    return False


def _is_guard(test: _ast.expr) -> bool:
    if not isinstance(test, _ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], _ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    return any(isinstance(each, _ast.Name) and each.id == "__name__" for each in sides) and any(
        isinstance(each, _ast.Constant) and each.value == "__main__" for each in sides
    )


def _own_nodes(statement: _ast.stmt) -> list[_ast.AST]:
    """The nodes of a statement, without the bodies of functions and classes in it."""
    found: list[_ast.AST] = []
    stack: list[_ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef | _ast.ClassDef | _ast.Lambda):
            continue
        found.append(node)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                stack.extend(each for each in value if isinstance(each, _ast.AST))
            elif isinstance(value, _ast.AST):
                stack.append(value)
    return found


def _has_call(statement: _ast.stmt) -> bool:
    return any(isinstance(node, _ast.Call | _ast.Await) for node in _own_nodes(statement))


def _calls_main(statement: _ast.stmt) -> bool:
    for node in _own_nodes(statement):
        if isinstance(node, _ast.Call):
            given = [node.func, *node.args, *(each.value for each in node.keywords)]
            for each in given:
                while isinstance(each, _ast.Call):
                    each = each.func
                if isinstance(each, _ast.Name) and each.id == "main":
                    return True
        elif isinstance(node, _ast.Await) and isinstance(node.value, _ast.Name) and node.value.id == "main":
            return True
    return False
