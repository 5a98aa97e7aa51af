"""The literals of a script that hold what its names call secret: `API_KEY = "…"`, `connect(password="…")`. Pure.

Only what stands in the tree is judged here; what a text itself looks like is judged by `secret_text`.
"""

from __future__ import annotations

import _ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pyst.authoring.secret_text import names_secret
from pyst.scripts.introspect.module import all_arguments, defaults_of, walk

_ABOUT = frozenset({"help", "dest", "metavar", "action", "nargs", "envvar", "show_envvar", "required"})
"""What an option's own words are called: these say what it is, and hold none of its values."""

_LOOKUPS = frozenset({"get", "getenv", "pop", "setdefault"})


def secret_literals(tree: _ast.Module, globs: Sequence[str]) -> list[_ast.expr]:
    """Every literal (text, bytes, number, f-string) that a secret name is given."""
    found: dict[int, _ast.expr] = {}
    for node in walk(tree):
        for value in _values(node, globs):
            for each in _literals(value):
                found[id(each)] = each
    return list(found.values())


def _values(node: _ast.AST, globs: Sequence[str]) -> Iterator[_ast.AST]:
    """The expressions below `node` that a secret name is given, whatever gives it."""
    if isinstance(node, _ast.Assign):
        if any(_is_named(each, globs) for target in node.targets for each in _targets(target)):
            yield node.value
    elif isinstance(node, _ast.AnnAssign | _ast.AugAssign | _ast.NamedExpr):
        if node.value is not None and _is_named(node.target, globs):
            yield node.value
    elif isinstance(node, _ast.keyword):
        if node.arg and names_secret(node.arg, globs):
            yield node.value
    elif isinstance(node, _ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and _is_named(key, globs):
                yield value
    elif isinstance(node, _ast.Tuple | _ast.List):
        yield from _of_row(node.elts, globs)
    elif isinstance(node, _ast.Compare):
        sides = [node.left, *node.comparators]
        if any(_is_named(each, globs) for each in sides):
            yield from (each for each in sides if not _is_named(each, globs))
    elif isinstance(node, _ast.Match):
        if _is_named(node.subject, globs):
            yield from (each.pattern for each in node.cases)
    elif isinstance(node, _ast.Call):
        yield from _of_call(node, globs)
    elif isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef | _ast.Lambda):
        names = {each.arg for each in all_arguments(node)}
        yield from (value for name, value in defaults_of(node).items() if name in names and names_secret(name, globs))
        if not isinstance(node, _ast.Lambda) and names_secret(node.name, globs):
            yield from (each.value for each in walk(node) if isinstance(each, _ast.Return) and each.value)


def _of_call(call: _ast.Call, globs: Sequence[str]) -> Iterator[_ast.AST]:
    """What stands beside a text that names a secret: `getenv("API_TOKEN", "…")`, `Option("--token", default="…")`."""
    texts = [each for each in call.args if isinstance(each, _ast.Constant) and isinstance(each.value, str)]
    named = [each for each in texts if _is_named(each, globs)]
    if not named:
        return
    yield from (each for each in call.args if each not in named and not _is_flag(each))
    yield from (each.value for each in call.keywords if each.arg not in _ABOUT)


def _of_row(row: list[_ast.expr], globs: Sequence[str]) -> Iterator[_ast.AST]:
    """What follows a text that names a secret: `("password", "…")`, `["--token", "…"]`."""
    for first, second in pairwise(row):
        if isinstance(first, _ast.Constant) and _is_named(first, globs) and not _is_flag(second):
            yield second


def _is_flag(node: _ast.expr) -> bool:
    return isinstance(node, _ast.Constant) and isinstance(node.value, str) and node.value.startswith("-")


def _targets(target: _ast.expr) -> list[_ast.expr]:
    if isinstance(target, _ast.Tuple | _ast.List):
        return [each for inner in target.elts for each in _targets(inner)]
    return [target.value] if isinstance(target, _ast.Starred) else [target]


def _is_named(node: _ast.AST, globs: Sequence[str]) -> bool:
    """Whether an expression is a name, an attribute, a key or a text that names a secret."""
    if isinstance(node, _ast.Name):
        return names_secret(node.id, globs)
    if isinstance(node, _ast.Attribute):
        return names_secret(node.attr, globs)
    if isinstance(node, _ast.Subscript):
        return _is_named(node.slice, globs)
    if isinstance(node, _ast.Constant) and isinstance(node.value, str):
        return len(node.value) <= 100 and "\n" not in node.value and names_secret(node.value, globs)
    return False


def _literals(value: _ast.AST) -> Iterator[_ast.expr]:
    """The literals below an expression, but for the names by which something is looked up."""
    names = set()
    nodes = walk(value)
    for node in nodes:
        if isinstance(node, _ast.Subscript):
            names.add(id(node.slice))
        elif isinstance(node, _ast.Call) and isinstance(node.func, _ast.Attribute | _ast.Name) and node.args:
            called = node.func.attr if isinstance(node.func, _ast.Attribute) else node.func.id
            if called in _LOOKUPS:
                names.add(id(node.args[0]))
    for node in nodes:
        if isinstance(node, _ast.expr) and id(node) not in names and _tells(node):
            yield node


def _tells(node: _ast.expr) -> bool:
    """Whether a literal can hold a secret; of True, None and the like there are too few."""
    if is_template(node):
        return True
    value = node.value if isinstance(node, _ast.Constant) else None
    return isinstance(value, str | bytes | int | float | complex) and not isinstance(value, bool)


def is_template(node: _ast.AST) -> bool:
    """Whether a node is an f-string, or a t-string, which only newer Pythons have."""
    return type(node).__name__ in ("JoinedStr", "TemplateStr")
