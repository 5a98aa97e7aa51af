"""Rules about how a script ends: exit codes that say the truth."""

from __future__ import annotations

import _ast
from collections.abc import Iterator

from pyst.checking.finding import Finding, Remedy, Rule
from pyst.checking.subject import Subject
from pyst.scripts.introspect.module import flat, walk

EXIT_BUILTIN = Rule(
    "C203",
    "exit-builtin",
    "warning",
    "`exit()` or `quit()`, which are made for the interactive interpreter.",
    "They come with the `site` module and are absent under `python -S` and in frozen programs.",
)
SWALLOWED_EXIT = Rule(
    "C204",
    "swallowed-exit",
    "warning",
    "A bare `except:` (or `except BaseException`) that lets nothing through.",
    "It also catches Ctrl-C and `sys.exit()`, so that the script can't be stopped and its exit code is lost.",
)
FAILS_AS_SUCCESS = Rule(
    "C205",
    "failure-ends-zero",
    "warning",
    "The whole work is wrapped in an `except` that only prints or passes.",
    "The script ends with exit code 0 although it failed; whoever called it goes on as if all were well.",
)
LOST_CODE = Rule(
    "C208",
    "lost-exit-code",
    "warning",
    "`main()` returns an exit code, and its caller drops it.",
    "The script always ends with 0.",
)
CODE_RANGE = Rule(
    "C209",
    "exit-code-range",
    "warning",
    "An exit code that no process can have.",
    "Only its lowest eight bits reach the caller: 256 arrives as 0, -1 as 255.",
)

EXITS = frozenset({"sys.exit", "os._exit", "exit", "quit", "SystemExit", "builtins.exit"})
BROAD = frozenset({"Exception", "BaseException"})


def exit_builtin(subject: Subject) -> Iterator[Finding]:
    """C203: the site module's `exit` and `quit`."""
    statements = {id(node.value) for node in subject.nodes if isinstance(node, _ast.Expr)}
    for call, name in subject.calls:
        if name not in ("exit", "quit") or not isinstance(call.func, _ast.Name):
            continue
        line, column = subject.place_of(call)
        remedy = None
        if id(call) in statements:
            start = (line, column - 1)
            end = subject.end_of(call.func)
            remedy = Remedy("replace", "raise SystemExit", True, f"`{name}` → `raise SystemExit`", start, end)
        hint = "use `sys.exit()` or `raise SystemExit`"
        yield Finding(
            EXIT_BUILTIN, f"`{name}()` is made for the interactive interpreter", line, column, hint, "", remedy
        )


def swallowed_exit(subject: Subject) -> Iterator[Finding]:
    """C204: handlers of everything that neither raise, return nor end anything."""
    for node in subject.nodes:
        if not isinstance(node, _ast.Try):
            continue
        for handler in node.handlers:
            name = subject.name_of(handler.type) if handler.type else "BaseException"
            if name == "BaseException" and not _leaves(subject, handler.body):
                shown = "except BaseException" if handler.type else "except:"
                hint = "name what is expected, or write `except Exception`"
                yield Finding(SWALLOWED_EXIT, f"`{shown}` also catches exits", *subject.place_of(handler), hint)


def _leaves(subject: Subject, body: list[_ast.stmt]) -> bool:
    """Whether a body raises, ends the process, or hands the exception on (it uses the name that it was bound to)."""
    for statement in body:
        for node in walk(statement):
            if isinstance(node, _ast.Raise | _ast.Return):
                return True
            if isinstance(node, _ast.Call) and subject.name_of(node.func) in EXITS:
                return True
    return False


def failure_ends_zero(subject: Subject) -> Iterator[Finding]:
    """C205: at the top level, `try: main() except Exception: print(…)` and the like, with nothing after it."""
    if subject.tree is None:
        return
    for body in _last_bodies(subject.tree.body):
        last = body[-1]
        if not isinstance(last, _ast.Try) or not _calls_something(last.body):
            continue
        for handler in last.handlers:
            name = subject.name_of(handler.type) if handler.type else None
            if name in BROAD and _only_tells(handler.body):
                hint = "end it with `sys.exit(1)`, or let the exception through"
                message = "whatever goes wrong here ends with exit code 0"
                yield Finding(FAILS_AS_SUCCESS, message, *subject.place_of(handler), hint)


def _last_bodies(body: list[_ast.stmt]) -> list[list[_ast.stmt]]:
    """The statements that a run of the file ends with: its own, or those of the `__main__` guard at its end."""
    if not body:
        return []
    last = body[-1]
    if isinstance(last, _ast.If) and is_main_guard(last.test):
        return _last_bodies(last.body)
    return [body]


def _calls_something(body: list[_ast.stmt]) -> bool:
    return any(isinstance(node, _ast.Call) for statement in flat(body) for node in walk(statement))


def _only_tells(body: list[_ast.stmt]) -> bool:
    """Whether a handler does nothing but pass and print."""
    for statement in body:
        if isinstance(statement, _ast.Pass):
            continue
        if not isinstance(statement, _ast.Expr):
            return False
        value = statement.value
        if isinstance(value, _ast.Constant):
            continue
        if not (isinstance(value, _ast.Call) and _tail(value.func) in ("print", "print_exc", "print_exception")):
            return False
    return True


def _tail(node: _ast.expr) -> str:
    return node.attr if isinstance(node, _ast.Attribute) else getattr(node, "id", "")


def is_main_guard(test: _ast.expr) -> bool:
    """Whether an expression is `__name__ == "__main__"`."""
    if not isinstance(test, _ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], _ast.Eq):
        return False
    sides = [test.left, test.comparators[0]]
    names = [each.id for each in sides if isinstance(each, _ast.Name)]
    values = [each.value for each in sides if isinstance(each, _ast.Constant)]
    return names == ["__name__"] and values == ["__main__"]


def lost_code(subject: Subject) -> Iterator[Finding]:
    """C208: `def main() -> int`, called as a bare `main()` at the top level."""
    main = subject.module.function("main") if subject.module else None
    if subject.tree is None or main is None or not isinstance(main, _ast.FunctionDef):
        return
    if main.decorator_list or not (isinstance(main.returns, _ast.Name) and main.returns.id == "int"):
        return
    guard = subject.tree.body[-1]
    body = guard.body if isinstance(guard, _ast.If) and is_main_guard(guard.test) else [guard]
    last = body[-1]
    if not (isinstance(last, _ast.Expr) and isinstance(last.value, _ast.Call)):
        return
    if not (isinstance(last.value.func, _ast.Name) and last.value.func.id == "main"):
        return
    line, column = subject.place_of(last)
    end = subject.end_of(last.value)
    whole = subject.lines[line - 1][column - 1 :] if end[0] == line else ""
    remedy = None
    if whole:
        text = f"raise SystemExit({whole[: end[1] - column + 1]})"
        # Not safe: callers may have come to rely on the 0.
        remedy = Remedy("replace", text, False, "hand the code on: `raise SystemExit(main())`", (line, column - 1), end)
    message = "`main()` returns an exit code that is dropped here"
    yield Finding(LOST_CODE, message, line, column, "write `sys.exit(main())`", "", remedy)


def code_range(subject: Subject) -> Iterator[Finding]:
    """C209: constant exit codes outside 0–255."""
    for call, name in subject.calls:
        if name not in EXITS or len(call.args) != 1:
            continue
        code = _constant(call.args[0])
        if code is not None and not 0 <= code <= 255:
            message = f"exit code {code} arrives as {code & 0xFF}"
            level = "info" if code & 0xFF else "warning"  # a failure that arrives as a success
            hint = "use one from 0 to 255 (1 is a plain error)"
            yield Finding(CODE_RANGE, message, *subject.place_of(call), hint, level)


def _constant(node: _ast.expr) -> int | None:
    sign = 1
    if isinstance(node, _ast.UnaryOp) and isinstance(node.op, _ast.USub):
        sign, node = -1, node.operand
    if isinstance(node, _ast.Constant) and type(node.value) is int and node.value.bit_length() < 64:
        return sign * node.value
    return None
