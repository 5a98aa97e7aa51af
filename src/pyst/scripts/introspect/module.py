"""What the names in a script mean, as far as that is certain: imports, definitions, constants.

A `Module` is made from the syntax tree; the readers of each framework ask it. Whatever could differ at run time folds
to `UNKNOWN`: a name bound twice, a call, a value from elsewhere. Nothing is ever guessed.
"""

from __future__ import annotations

import _ast
from typing import Any, NamedTuple

Function = _ast.FunctionDef | _ast.AsyncFunctionDef


class Unknown:
    """The value of what can't be known without running the script."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN = Unknown()
MOST_WORK = 100_000
_BUILTINS = frozenset({"str", "int", "float", "bool", "bytes", "complex", "list", "tuple", "set", "dict", "object"})
_EXPORTS = {
    "typing": frozenset(
        ("Annotated", "Any", "Dict", "FrozenSet", "Iterable", "List", "Literal", "Optional", "Sequence", "Set", "Tuple")
    )
    | {"Union", "Callable", "Collection", "Mapping", "NewType"},
    "argparse": frozenset(("ArgumentParser", "BooleanOptionalAction", "FileType", "REMAINDER", "SUPPRESS", "Action")),
    "click": frozenset(("command", "group", "option", "argument", "version_option", "password_option", "pass_context"))
    | frozenset(("confirmation_option", "pass_obj", "Choice", "IntRange", "FloatRange", "File", "DateTime")),
    "enum": frozenset(("Enum", "IntEnum", "StrEnum", "auto", "Flag", "IntFlag")),
    "pathlib": frozenset(("Path", "PurePath", "PosixPath", "PurePosixPath")),
    "datetime": frozenset(("date", "datetime", "time", "timedelta", "timezone")),
}
"""What `from MODULE import *` brings, for the modules of which that is known."""


class Member(NamedTuple):
    """A member of an enumeration that the script defines."""

    enum: str
    name: str
    value: Any


class PathText(str):
    """The text of a `pathlib.Path`."""


class Reference(NamedTuple):
    """A name that means something outside the script, such as `typer.Option` or `int`."""

    name: str


class Bindings:
    """The names that a module or a function binds: to which expression or definition, and how often."""

    def __init__(self, body: list[_ast.stmt]) -> None:
        self.values: dict[str, _ast.expr] = {}
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, _ast.ClassDef] = {}
        self.imports: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.stars: set[str] = set()
        self.statements: list[_ast.stmt] = []
        for statement in flat(body):
            self.statements.append(statement)
            self._read(statement)

    def _read(self, statement: _ast.stmt) -> None:
        if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef):
            self._bind(statement.name)
            self.functions[statement.name] = statement
        elif isinstance(statement, _ast.ClassDef):
            self._bind(statement.name)
            self.classes[statement.name] = statement
        elif isinstance(statement, _ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._import(name, alias.name if alias.asname else name)
        elif isinstance(statement, _ast.ImportFrom):
            origin = "." * statement.level + (statement.module or "")
            for alias in statement.names:
                if alias.name == "*":
                    self.stars.add(origin)
                else:
                    self._import(alias.asname or alias.name, f"{origin}.{alias.name}")
        elif isinstance(statement, _ast.Assign):
            for target in statement.targets:
                if isinstance(target, _ast.Name):
                    self._bind(target.id)
                    self.values[target.id] = statement.value
                else:
                    self._bind_all(target)
        elif isinstance(statement, _ast.AnnAssign):
            if isinstance(statement.target, _ast.Name) and statement.value is not None:
                self._bind(statement.target.id)
                self.values[statement.target.id] = statement.value
        elif isinstance(statement, _ast.AugAssign | _ast.For | _ast.AsyncFor):
            self._bind_all(statement.target)
        elif isinstance(statement, _ast.With | _ast.AsyncWith):
            for item in statement.items:
                if item.optional_vars is not None:
                    if isinstance(item.optional_vars, _ast.Name):
                        self._bind(item.optional_vars.id)
                    else:
                        self._bind_all(item.optional_vars)
        elif isinstance(statement, _ast.Delete | _ast.Global):
            names = statement.names if isinstance(statement, _ast.Global) else []
            for name in names:
                self._bind(name)
            if isinstance(statement, _ast.Delete):
                for target in statement.targets:
                    self._bind_all(target)

    def _bind(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def _bind_all(self, target: _ast.expr) -> None:
        for node in walk(target):
            if isinstance(node, _ast.Name) and isinstance(node.ctx, _ast.Store | _ast.Del):
                self._bind(node.id)

    def _import(self, name: str, origin: str) -> None:
        if self.imports.get(name) != origin:
            self._bind(name)
        self.imports[name] = origin


def flat(body: list[_ast.stmt]) -> list[_ast.stmt]:
    """The statements of a body and of its `if`, `try`, `with`, `for`, `while` and `match` blocks, in order.

    Not those of functions and classes.
    """
    found = []
    stack = list(reversed(body))
    while stack:
        statement = stack.pop()
        found.append(statement)
        if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef | _ast.ClassDef):
            continue
        inner: list[_ast.stmt] = list(getattr(statement, "body", ()))
        for handler in getattr(statement, "handlers", ()):
            inner.extend(handler.body)
        for case in getattr(statement, "cases", ()):
            inner.extend(case.body)
        inner.extend(getattr(statement, "orelse", ()))
        inner.extend(getattr(statement, "finalbody", ()))
        stack.extend(reversed(inner))
    return found


def walk(node: _ast.AST) -> list[_ast.AST]:
    """`node` and everything below it; without recursion, so that no depth is too deep."""
    found = []
    stack = [node]
    while stack:
        one = stack.pop()
        found.append(one)
        stack.extend(children(one))
    return found


def children(node: _ast.AST) -> list[_ast.AST]:
    """The nodes directly below `node`, last first."""
    found: list[_ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found.extend(each for each in value if isinstance(each, _ast.AST))
        elif isinstance(value, _ast.AST):
            found.append(value)
    found.reverse()
    return found


class Module:
    """The names of a script and what they mean. `inside(function)` is the same, seen from within a function."""

    def __init__(self, tree: _ast.Module, text: str) -> None:
        self.tree = tree
        self.text = text
        self.outer: Module | None = None
        self.locals = Bindings(tree.body)
        self.parameters: frozenset[str] = frozenset()
        self.constants: dict[str, _ast.expr] = {}
        self._lines: list[bytes] | None = None
        self._written: set[str] | None = None
        self.mutated: set[str] | None = None
        self.budget = MOST_WORK

    def inside(self, function: Function, constants: dict[str, _ast.expr] | None = None) -> Module:
        """The module as the body of `function` sees it, its parameters being `constants` where these are known."""
        inner = Module.__new__(Module)
        inner.tree = self.tree
        inner.text = self.text
        inner.outer = self
        inner.locals = Bindings(function.body)
        inner.parameters = frozenset(each.arg for each in all_arguments(function))
        inner.constants = constants or {}
        inner._lines = None
        inner._written = None
        inner.mutated = None
        inner.budget = 0
        return inner

    def with_constants(self, constants: dict[str, _ast.expr], unknown: frozenset[str]) -> Module:
        """The same place in the code, where some names have known values and others surely none that is known."""
        inner = Module(_ast.Module(body=[], type_ignores=[]), self.text)
        inner.tree = self.tree
        inner.outer = self
        inner.parameters = frozenset(constants) | unknown
        inner.constants = constants
        return inner

    def spend(self, work: int = 1) -> bool:
        """Take from the work that one script is worth; False where nothing is left and all else is unknown.

        Names that stand for each other twice (`b = a + a`, `c = b + b`, …) would take exponential time.
        """
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        scope.budget -= work
        return scope.budget > 0

    def _holder(self, name: str) -> Bindings | None:
        """The innermost bindings that have `name`, if it is bound exactly once there and nowhere else written."""
        scope: Module | None = self
        while scope is not None:
            if name in scope.parameters:
                return None
            count = scope.locals.counts.get(name, 0)
            if count:
                if count > 1 or (scope.outer is None and name in scope.written_elsewhere()):
                    return None
                return scope.locals
            scope = scope.outer
        return None

    def is_bound(self, name: str) -> bool:
        """Whether the script gives `name` any meaning of its own."""
        scope: Module | None = self
        while scope is not None:
            if name in scope.parameters or name in scope.locals.counts:
                return True
            scope = scope.outer
        return False

    def written_elsewhere(self) -> set[str]:
        """The names that functions of the script declare `global`."""
        if self._written is None:
            self._written = set()
            if "global" in self.text:
                for node in walk(self.tree):
                    if isinstance(node, _ast.Global):
                        self._written.update(node.names)
        return self._written

    def value_of(self, name: str) -> _ast.expr | None:
        """The expression that `name` is bound to, once and for all, or None."""
        if name in self.parameters:
            return self.constants.get(name) if name not in self.locals.counts else None
        holder = self._holder(name)
        return holder.values.get(name) if holder else None

    def function(self, name: str) -> Function | None:
        """The function that `name` means, or None. Of several definitions none is certain."""
        holder = self._holder(name)
        return holder.functions.get(name) if holder else None

    def class_named(self, name: str) -> _ast.ClassDef | None:
        """The class that `name` means, or None."""
        holder = self._holder(name)
        return holder.classes.get(name) if holder else None

    def name_of(self, node: _ast.AST | None, depth: int = 20) -> str | None:
        """What an expression refers to outside the script: `typer.Option`, `int`; or None."""
        attributes = []
        while isinstance(node, _ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, _ast.Name):
            return None
        base = self._outer_name(node.id, depth)
        return ".".join([base, *reversed(attributes)]) if base else None

    def _outer_name(self, name: str, depth: int) -> str | None:
        holder = self._holder(name)
        if holder is not None:
            if name in holder.imports:
                return holder.imports[name]
            value = holder.values.get(name)
            if value is not None and depth and isinstance(value, _ast.Name | _ast.Attribute):
                return self.name_of(value, depth - 1)
            return None
        return None if self.is_bound(name) else self._from_star(name)

    def _from_star(self, name: str) -> str | None:
        """What a name means that the script does not bind: of a builtin, or of the one module whose names it took."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        stars = scope.locals.stars
        if not stars:
            return name
        exported = {star for star in stars if name in _EXPORTS.get(star, ())}
        if len(exported) == 1:
            return f"{exported.pop()}.{name}"
        return name if name in _BUILTINS and stars <= _EXPORTS.keys() else None

    def source_of(self, node: _ast.expr) -> str:
        """The text of an expression as it stands in the file, on one line."""
        if self._lines is None:
            self._lines = self.text.encode("utf-8", "replace").split(b"\n")
        lines = self._lines[node.lineno - 1 : node.end_lineno]
        if not lines or node.end_col_offset is None:
            return ""
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(line.decode("utf-8", "replace").strip() for line in lines)


def all_arguments(function: Function | _ast.Lambda) -> list[_ast.arg]:
    """Every parameter of a function, in the order of its signature."""
    given = function.args
    found = [*given.posonlyargs, *given.args]
    if given.vararg:
        found.append(given.vararg)
    found.extend(given.kwonlyargs)
    if given.kwarg:
        found.append(given.kwarg)
    return found


def defaults_of(function: Function | _ast.Lambda) -> dict[str, _ast.expr]:
    """The default of each parameter that has one."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    found: dict[str, _ast.expr] = {}
    if given.defaults:
        for argument, default in zip(positional[-len(given.defaults) :], given.defaults, strict=True):
            found[argument.arg] = default
    for argument, keyword in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if keyword is not None:
            found[argument.arg] = keyword
    return found
