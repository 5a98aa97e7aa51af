"""Click: commands and groups by their decorators, and the options and arguments that these give them.

Follows Click's own rules for names, flags, types and defaults (Click 8.2 and later; older ones keep the suffix of
`init_cmd` in a command's name).
"""

from __future__ import annotations

import _ast
from typing import Any, NamedTuple

from pyst.scripts.introspect.calls import Given, described
from pyst.scripts.introspect.click_options import bare_name, read_declaration
from pyst.scripts.introspect.functions import docstring_of
from pyst.scripts.introspect.module import UNKNOWN, Function, Module, walk
from pyst.scripts.script import Interface, Parameter

_SUFFIXES = ("command", "cmd", "group", "grp")
_HARMLESS = frozenset({"pass_context", "pass_obj", "pass_meta_key", "make_pass_decorator", "rich_config"})
_KNOWN_CLASSES = frozenset({"Command", "Group", "RichCommand", "RichGroup"})
_REGISTERS = frozenset({"command", "group", "add_command"})
USUAL_NAMES = ("cli", "main", "app")


class Command(NamedTuple):
    """One function that is a command or a group. `parent` is the group whose decorator made it one."""

    function: Function
    given: Given
    is_group: bool
    parent: str | None
    certain: bool


def read(module: Module) -> Interface:
    """The interface of the script's Click command."""
    reader = _Reader(module)
    root = reader.root()
    if root is None:
        return Interface(entry="framework", unknown=("parameters", "commands"))
    return reader.interface(root)


class _Reader:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.commands: list[Command] = []
        self.added: dict[str, list[tuple[str | None, str]]] = {}
        self.uncertain: set[str] = set()
        understood: dict[str, int] = {}
        for statement in module.locals.statements:
            certain = statement in module.tree.body
            if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef):
                found = self._command(statement, certain)
                if found is not None:
                    self.commands.append(found)
                    if found.parent:
                        understood[found.parent] = understood.get(found.parent, 0) + 1
            elif isinstance(statement, _ast.Expr) and isinstance(statement.value, _ast.Call):
                name = self._read_call(statement.value, certain)
                if name:
                    understood[name] = understood.get(name, 0) + 1
            elif isinstance(statement, _ast.For) and certain:
                for name in self._read_loop(statement):
                    understood[name] = understood.get(name, 0) + 1
        self._check_registrations(understood)

    def _check_registrations(self, understood: dict[str, int]) -> None:
        """Groups that are given commands in ways that were not understood have commands that can't be known."""
        groups = {each.function.name for each in self.commands if each.is_group}
        seen: dict[str, int] = {}
        for node in walk(self.module.tree):
            if isinstance(node, _ast.Attribute) and node.attr in _REGISTERS and isinstance(node.value, _ast.Name):
                seen[node.value.id] = seen.get(node.value.id, 0) + 1
        for name in groups:
            if seen.get(name, 0) != understood.get(name, 0) or self.module.locals.counts.get(name) != 1:
                self.uncertain.add(name)

    def _command(self, function: Function, certain: bool) -> Command | None:
        for decorator in function.decorator_list:
            call = decorator if isinstance(decorator, _ast.Call) else None
            method = call.func if call else decorator
            given = Given(call or _ast.Call(func=method, args=[], keywords=[]), self.module)
            name = bare_name(self.module.name_of(method))
            if name in ("command", "group"):
                return Command(function, given, name == "group", None, certain)
            if (
                isinstance(method, _ast.Attribute)
                and method.attr in ("command", "group")
                and isinstance(method.value, _ast.Name)
            ):
                parent = method.value.id
                return Command(function, given, method.attr == "group", parent, certain)
        return None

    def _read_call(self, call: _ast.Call, certain: bool) -> str | None:
        """Read `group.add_command(command, name)`; the name of the group if it was understood."""
        method = call.func
        if (
            not isinstance(method, _ast.Attribute)
            or method.attr != "add_command"
            or not isinstance(method.value, _ast.Name)
        ):
            return None
        given = Given(call, self.module)
        target = given.node("cmd", 0)
        name = given.value("name", None, 1)
        known = {each.function.name for each in self.commands}
        if not certain or not isinstance(target, _ast.Name) or target.id not in known or name is UNKNOWN:
            return None
        self.added.setdefault(method.value.id, []).append((name, target.id))
        return method.value.id

    def _read_loop(self, loop: _ast.For) -> set[str]:
        """Read `for each in (a, b): group.add_command(each)`; the groups that were understood."""
        understood: set[str] = set()
        if not isinstance(loop.iter, _ast.Tuple | _ast.List) or not isinstance(loop.target, _ast.Name):
            return understood
        for statement in loop.body:
            call = statement.value if isinstance(statement, _ast.Expr) else None
            if not isinstance(call, _ast.Call) or call.keywords or len(call.args) != 1:
                continue
            if isinstance(call.args[0], _ast.Name) and call.args[0].id == loop.target.id:
                made = [_ast.Call(func=call.func, args=[each], keywords=[]) for each in loop.iter.elts]
                names = [self._read_call(each, True) for each in made]
                if names and all(names):
                    understood.update(name for name in names if name)
        return understood

    def _named(self, name: str) -> Command | None:
        found = [each for each in self.commands if each.function.name == name]
        return found[0] if len(found) == 1 else None

    def root(self) -> Command | None:
        """The command that the script starts."""
        called: list[str] = []
        names = {each.function.name for each in self.commands}
        for node in walk(self.module.tree):
            if isinstance(node, _ast.Call):
                target = node.func
                if isinstance(target, _ast.Attribute) and target.attr == "main":
                    target = target.value
                if isinstance(target, _ast.Name) and target.id in names:
                    called.append(target.id)
        if len(set(called)) == 1:
            return self._named(called[0])
        inner = {target for each in self.added.values() for _, target in each}
        outer = [each for each in self.commands if each.parent is None and each.function.name not in inner]
        candidates = [each for each in outer if not called or each.function.name in called] or outer
        for name in USUAL_NAMES:
            for each in candidates:
                if each.function.name == name:
                    return each
        return candidates[0] if len(candidates) == 1 else None

    def interface(self, command: Command, depth: int = 8) -> Interface:
        """The interface of a command with those below it."""
        name = command.function.name
        unknown: list[str] = []
        parameters, certain = self._parameters(command)
        if not certain:
            unknown.append("parameters")
        commands: dict[str, Interface] = {}
        if command.is_group:
            if not self.module.spend(100):
                depth = 0
            if name in self.uncertain or not self._has_plain_class(command) or depth <= 0:
                unknown.append("commands")
            children: list[tuple[str | None, Command | None]]
            children = [(None, each) for each in self.commands if each.parent == name]
            if not all(each.certain for _, each in children if each):
                unknown.append("commands")
            children += [(alias, self._named(target)) for alias, target in self.added.get(name, ())]
            for alias, child in children:
                if child is None:
                    unknown.append("commands")
                    continue
                child_name = alias or command_name(child)
                if not child.given.has("name", 0) and not alias and not self._parameters(child)[1]:
                    child_name = UNKNOWN  # what decorates the function may give it another name
                if not isinstance(child_name, str):
                    unknown.append("commands")
                elif child.given.value("hidden", False) is not True and depth > 0:
                    commands[child_name] = self.interface(child, depth - 1)
        help = command.given.value("help", None)
        if help is None:
            help = docstring_of(command.function)
        return described(
            help,
            framework="click",
            parameters=tuple(parameters),
            commands=tuple(commands.items()),
            unknown=tuple(dict.fromkeys(unknown)),
            is_async=isinstance(command.function, _ast.AsyncFunctionDef),
            runs_alone=bool(commands) and command.given.value("invoke_without_command", False) is True,
        )

    def _has_plain_class(self, command: Command) -> bool:
        node = command.given.node("cls", 1)
        return command.given.complete and (node is None or bare_name(self.module.name_of(node)) in _KNOWN_CLASSES)

    def _parameters(self, command: Command) -> tuple[list[Parameter], bool]:
        found: list[Parameter] = []
        certain = command.given.complete and not command.given.has("params")
        decorators = command.function.decorator_list
        for decorator in decorators:
            certain &= self._read_decorator(decorator, found, 5)
        return (found if certain else []), certain

    def _read_decorator(self, decorator: _ast.expr, found: list[Parameter], depth: int) -> bool:
        """Add the parameters that a decorator gives; False where it may give others."""
        module = self.module
        if isinstance(decorator, _ast.Name) and (value := module.value_of(decorator.id)) is not None:
            return depth > 0 and self._read_decorator(value, found, depth - 1)
        call = decorator if isinstance(decorator, _ast.Call) else None
        method = call.func if call else decorator
        if isinstance(method, _ast.Attribute) and method.attr in ("command", "group", "result_callback"):
            return True
        name = bare_name(module.name_of(method))
        if name in ("command", "group") or name in _HARMLESS:
            return True
        if name is not None and call is not None:
            read = read_declaration(name, Given(call, module))
            if read is UNKNOWN:
                return False
            if isinstance(read, Parameter):
                found.append(read)
            return True
        if isinstance(method, _ast.Name):
            maker = module.value_of(method.id)
            if isinstance(maker, _ast.Call) and bare_name(module.name_of(maker.func)) == "make_pass_decorator":
                return True
            function = module.function(method.id)
            if function is not None and call is not None and len(call.args) == 1 and depth > 0:
                listed = self._listed(function, call.args[0])
                if listed is not None:
                    return self._read_decorators(listed, found, depth - 1)
            if function is not None and depth > 0:
                return self._read_own_decorator(function, found, depth - 1)
        return module.name_of(method) in ("functools.cache", "functools.lru_cache")

    def _read_own_decorator(self, function: Function, found: list[Parameter], depth: int) -> bool:
        """Add the parameters that a decorator of the script gives to what it decorates.

        Known are the wrapper with `functools.wraps` (with options over it, or none) and the function that puts
        options around its argument and returns it.
        """
        for node in walk(function):
            if node is function or not isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef):
                continue
            own = [each for each in node.decorator_list if not self._is_wraps(each)]
            if len(own) != len(node.decorator_list):
                return self._read_decorators(own, found, depth)
        if len(function.args.args) != 1:
            return False
        argument = function.args.args[0].arg
        gathered: list[_ast.expr] = []
        for statement in function.body:
            if isinstance(statement, _ast.Expr) and isinstance(statement.value, _ast.Constant):
                continue
            value = statement.value if isinstance(statement, _ast.Assign | _ast.Return) else None
            while isinstance(value, _ast.Call) and isinstance(value.func, _ast.Call) and len(value.args) == 1:
                gathered.append(value.func)
                value = value.args[0]
            if not isinstance(value, _ast.Name) or value.id != argument:
                return False
            if isinstance(statement, _ast.Assign) and not (
                isinstance(statement.targets[0], _ast.Name) and statement.targets[0].id == argument
            ):
                return False
        ordered = self._outermost_first(function, gathered)
        return self._read_decorators(ordered, found, depth)

    def _listed(self, function: Function, options: _ast.expr) -> list[_ast.expr] | None:
        """The options of `@add_options(OPTIONS)`, whose decorator puts each of a list around the function."""
        if isinstance(options, _ast.Name):
            options = self.module.value_of(options.id) or options
        parameter = function.args.args[0].arg if function.args.args else ""
        loops = [node for node in walk(function) if isinstance(node, _ast.For)]
        if not isinstance(options, _ast.List | _ast.Tuple) or len(loops) != 1 or len(loops[0].body) != 1:
            return None
        step = loops[0].body[0]
        if not isinstance(step, _ast.Assign) or not isinstance(step.value, _ast.Call):
            return None
        source = loops[0].iter
        backwards = isinstance(source, _ast.Call) and self.module.name_of(source.func) == "reversed"
        if isinstance(source, _ast.Call):
            source = source.args[0] if backwards and source.args else source
        if not isinstance(source, _ast.Name) or source.id != parameter:
            return None
        return list(options.elts) if backwards else list(reversed(options.elts))

    def _read_decorators(self, decorators: list[_ast.expr], found: list[Parameter], depth: int) -> bool:
        certain = True
        for each in decorators:
            certain &= self._read_decorator(each, found, depth)
        return certain

    @staticmethod
    def _outermost_first(function: Function, gathered: list[_ast.expr]) -> list[_ast.expr]:
        """Options that are put around later come first, as decorators that stand higher do."""
        return sorted(gathered, key=lambda each: each.lineno) if len(function.body) <= 2 else list(reversed(gathered))

    def _is_wraps(self, decorator: _ast.expr) -> bool:
        return isinstance(decorator, _ast.Call) and self.module.name_of(decorator.func) == "functools.wraps"


def command_name(command: Command) -> Any:
    """The name of a command: as given, else that of the function without `_cmd` and the like."""
    name = command.given.value("name", None, 0)
    if name is not None:
        return name
    plain = command.function.name.lower().replace("_", "-")
    stem, dash, suffix = plain.rpartition("-")
    return stem if dash and suffix in _SUFFIXES else plain
