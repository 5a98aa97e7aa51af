"""Every import of a script: which module, where, and how sure it is to be reached. Pure."""

from __future__ import annotations

import _ast
from typing import NamedTuple

IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class Import(NamedTuple):
    """One imported module.

    `module` is its dotted name, with the imported name after it for `from a import b` in `members`. `level` counts the
    dots of a relative import. `guard` is `` (it is needed), `try` (its absence is handled), `typing` (only type
    checkers reach it) or `dynamic` (its name is given as text). `is_conditional` tells of an `if` around it.
    `bound_as` is the local name that it makes, and `bound_to` what that stands for.
    """

    module: str
    line: int
    column: int
    guard: str = ""
    is_conditional: bool = False
    level: int = 0
    members: tuple[str, ...] = ()
    bound_as: str = ""
    bound_to: str = ""

    @property
    def top(self) -> str:
        """The first part of the dotted name."""
        return self.module.partition(".")[0]


class _Frame(NamedTuple):
    body: list[_ast.stmt]
    guard: str
    is_conditional: bool


def find_imports(tree: _ast.Module) -> list[Import]:
    """All imports anywhere in the file, by line; of `from a import b, c` one for each name."""
    found: list[Import] = []
    stack = [_Frame(tree.body, "", False)]
    while stack:
        frame = stack.pop()
        for statement in frame.body:
            if isinstance(statement, _ast.Import | _ast.ImportFrom):
                found.extend(_imported(statement, frame))
            else:
                stack.extend(_inner(statement, frame))
    found.extend(_dynamic(tree))
    return sorted(found, key=lambda each: (each.line, each.column, each.bound_as))


def _imported(statement: _ast.Import | _ast.ImportFrom, frame: _Frame) -> list[Import]:
    line, column = statement.lineno, statement.col_offset + 1
    found = []
    for alias in statement.names:
        if isinstance(statement, _ast.Import):
            top = alias.name.partition(".")[0]
            bound_as, bound_to = (alias.asname, alias.name) if alias.asname else (top, top)
            one = Import(alias.name, line, column, frame.guard, frame.is_conditional)
        else:
            module = statement.module or ""
            bound_as, bound_to = alias.asname or alias.name, f"{module}.{alias.name}"
            level = statement.level or 0
            one = Import(module, line, column, frame.guard, frame.is_conditional, level, (alias.name,))
            if level:
                bound_to = "." * level + bound_to
        found.append(one._replace(bound_as=bound_as, bound_to=bound_to))
    return found


def _inner(statement: _ast.stmt, frame: _Frame) -> list[_Frame]:
    """The bodies inside a statement, each with what guards it."""
    if isinstance(statement, _ast.Try | _ast.TryStar):
        guard = "try" if any(_catches_import_error(each) for each in statement.handlers) else frame.guard
        found = [_Frame(statement.body, guard, frame.is_conditional)]
        handler_guard = guard  # an import in the handler stands in for another: one of them may well be missing
        found += [_Frame(each.body, handler_guard, frame.is_conditional) for each in statement.handlers]
        found += [_Frame(each, frame.guard, frame.is_conditional) for each in (statement.orelse, statement.finalbody)]
        return found
    if isinstance(statement, _ast.If):
        if _is_type_checking(statement.test):
            return [_Frame(statement.body, "typing", True), frame._replace(body=statement.orelse, is_conditional=True)]
        is_main = _is_main_guard(statement.test)
        both = (statement.body, statement.orelse)
        return [_Frame(each, frame.guard, frame.is_conditional or not is_main) for each in both]
    if isinstance(statement, _ast.With | _ast.AsyncWith) and any(_suppresses(each) for each in statement.items):
        return [_Frame(statement.body, "try", frame.is_conditional)]
    bodies: list[list[_ast.stmt]] = [getattr(statement, "body", []), getattr(statement, "orelse", [])]
    bodies += [each.body for each in getattr(statement, "cases", ())]
    return [_Frame(each, frame.guard, frame.is_conditional) for each in bodies if each]


def _catches_import_error(handler: _ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, _ast.Tuple) else [handler.type]
    return any(each is None or (isinstance(each, _ast.Name) and each.id in IMPORT_ERRORS) for each in kinds)


def _suppresses(item: _ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, _ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, _ast.Attribute) else getattr(call.func, "id", "")
    return name == "suppress" and any(isinstance(each, _ast.Name) and each.id in IMPORT_ERRORS for each in call.args)


def _is_type_checking(test: _ast.expr) -> bool:
    name = test.attr if isinstance(test, _ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _is_main_guard(test: _ast.expr) -> bool:
    return isinstance(test, _ast.Compare) and isinstance(test.left, _ast.Name) and test.left.id == "__name__"


def _dynamic(tree: _ast.Module) -> list[Import]:
    """Imports whose module is given as text to `import_module` or `__import__`."""
    from pyst.scripts.introspect.module import walk

    found = []
    for node in walk(tree):
        if not isinstance(node, _ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, _ast.Attribute) else getattr(node.func, "id", "")
        given = node.args[0]
        if name not in ("import_module", "__import__") or not isinstance(given, _ast.Constant):
            continue
        if isinstance(given.value, str) and given.value and not given.value.startswith("."):
            found.append(Import(given.value, node.lineno, node.col_offset + 1, "dynamic"))
    return found
