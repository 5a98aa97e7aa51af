"""argparse: the parser that a script builds, found by following the statements that build it.

`Walk` goes through the code in the order in which it would run, as far as that is certain, and keeps what each name
holds: a parser, a group, the commands of a parser, an object with parsers. What happens under a condition or in a
loop is looked at too, but leaves the parser incomplete. Nothing is executed: only calls that concern a parser mean
anything here.
"""

from __future__ import annotations

import _ast
from typing import Any

from pyst.scripts.introspect.argparse_actions import SUPPRESS, read_action
from pyst.scripts.introspect.argparse_model import Commands, Instance, Parser, with_default
from pyst.scripts.introspect.calls import Given
from pyst.scripts.introspect.folding import fold
from pyst.scripts.introspect.module import UNKNOWN, Function, Module, children, defaults_of, walk

_PARSES = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"})
_ONLOOKERS = frozenset({"argcomplete.autocomplete", "print", "vars", "isinstance", "shtab.add_argument_to", "id"})
_PLAIN = (str, int, float, bool, type(None))
_LEAVES = (_ast.Break, _ast.Continue, _ast.Return)
MOST_ACTIONS = 1000
MOST_STEPS = 20_000
DEEPEST = 12


class Found(Exception):
    """The walk has reached the call that parses."""


class Walk:
    """One way through the script's code, up to the call that parses."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.root: Parser | None = None
        self.names: dict[str, Any] = {}
        self.callers: dict[str, bool] = {}
        self.steps = 0
        self.running: list[str] = []
        self.partial: Parser | None = None

    def start(self) -> None:
        """Walk the module as it would run; where that parses nothing, the functions that make a parser."""
        names = self.names
        try:
            self.block(self.module.tree.body, names, self.module, True)
            candidates = [name for name in ("main", "cli", "run") if name in self.module.locals.functions]
            for name in [*candidates, *self._makers()]:
                if self.root is not None:
                    break
                self.call_function(name, [], {}, names, self.module, True)
        except Found:
            pass
        parsers = {id(each): each for each in names.values() if isinstance(each, Parser)}
        if self.root is None and len(parsers) == 1:
            self.root = next(iter(parsers.values()))
        if self.root is not None and self.partial is not None and self.partial is not self.root:
            self.root.certain = False

    def _makers(self) -> list[str]:
        """The functions in which a parser parses."""
        return [
            name
            for name, function in self.module.locals.functions.items()
            if any(isinstance(node, _ast.Attribute) and node.attr in _PARSES for node in walk(function))
        ]

    def block(self, body: list[_ast.stmt], names: dict[str, Any], scope: Module, certain: bool) -> Any:
        """Walk statements; what they return, if a `return` is certain to be reached."""
        for statement in body:
            self.step()
            returned = self.statement(statement, names, scope, certain)
            if isinstance(statement, _ast.Return):
                return returned
            if returned is not None and isinstance(statement, _ast.With | _ast.Try):
                return returned
        return None

    def step(self) -> None:
        """Count a step; after too many, nothing is certain any more."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.root = None
            self.names.clear()
            raise Found

    def statement(self, statement: _ast.stmt, names: dict[str, Any], scope: Module, certain: bool) -> Any:
        if isinstance(statement, _ast.FunctionDef | _ast.AsyncFunctionDef | _ast.ClassDef):
            return None
        if isinstance(statement, _ast.Assign):
            value = self.value(statement.value, names, scope, certain)
            for target in statement.targets:
                self._assign(target, value, statement.value, names, scope, certain)
            return None
        if isinstance(statement, _ast.AnnAssign):
            if statement.value is not None:
                value = self.value(statement.value, names, scope, certain)
                self._assign(statement.target, value, statement.value, names, scope, certain)
            return None
        if isinstance(statement, _ast.If):
            self.value(statement.test, names, scope, certain)
            is_guard = _is_main_guard(statement.test)
            returned = self.block(statement.body, names, scope, certain and is_guard)
            self.block(statement.orelse, names, scope, False)
            return returned if is_guard else None
        if isinstance(statement, _ast.With | _ast.AsyncWith):
            for item in statement.items:
                value = self.value(item.context_expr, names, scope, certain)
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, value, item.context_expr, names, scope, certain)
            return self.block(statement.body, names, scope, certain)
        if isinstance(statement, _ast.Try):
            returned = self.block(statement.body, names, scope, certain)
            for handler in statement.handlers:
                self.block(handler.body, names, scope, False)
            self.block(statement.finalbody, names, scope, certain)
            return returned
        if isinstance(statement, _ast.For):
            return self._loop(statement, names, scope, certain)
        if isinstance(statement, _ast.Return):
            return self.value(statement.value, names, scope, certain) if statement.value else None
        for child in reversed(children(statement)):
            if isinstance(child, _ast.expr):
                self.value(child, names, scope, certain)
        for field in ("body", "orelse"):
            self.block(getattr(statement, field, []), names, scope, False)
        for case in getattr(statement, "cases", ()):
            self.block(case.body, names, scope, False)
        return None

    def _loop(self, loop: _ast.For, names: dict[str, Any], scope: Module, certain: bool) -> None:
        """A loop over parsers or plain values that stand in the code is walked for each; any other is uncertain."""
        if isinstance(loop.iter, _ast.Tuple | _ast.List) and isinstance(loop.target, _ast.Name):
            held = [self.value(each, names, scope, certain) for each in loop.iter.elts]
            if held and all(isinstance(each, Parser) for each in held):
                for each in held:
                    names[loop.target.id] = each
                    self.block(loop.body, names, scope, certain)
                return
        self.value(loop.iter, names, scope, certain)
        rounds = _rounds(loop, scope)
        if rounds is None:
            self.block(loop.body, names, scope, False)
            return
        targets = frozenset(node.id for node in walk(loop.target) if isinstance(node, _ast.Name))
        for constants in rounds:
            self.block(loop.body, names, scope.with_constants(constants, targets), certain)

    def _assign(
        self,
        target: _ast.expr,
        value: Any,
        node: _ast.expr,
        names: dict[str, Any],
        scope: Module,
        certain: bool,
    ) -> None:
        key = _dotted(target)
        if key is not None:
            if isinstance(value, Parser | Commands | Instance):
                if not certain and isinstance(names.get(key), Parser):
                    names[key].certain = False
                names[key] = value
            elif key in names and certain:
                del names[key]
        elif isinstance(target, _ast.Attribute):  # `parser.add_argument(…).completer = …`
            self.value(target.value, names, scope, certain)
        elif isinstance(target, _ast.Tuple) and isinstance(node, _ast.Tuple) and len(target.elts) == len(node.elts):
            for one, each in zip(target.elts, node.elts, strict=True):
                self._assign(one, self._held(each, names), each, names, scope, certain)
        elif isinstance(target, _ast.Tuple) and isinstance(value, tuple) and len(value) == len(target.elts):
            for one, held in zip(target.elts, value, strict=True):
                self._assign(one, held, node, names, scope, certain)

    def _held(self, node: _ast.expr, names: dict[str, Any]) -> Any:
        key = _dotted(node)
        return names.get(key) if key else None

    def value(self, node: _ast.expr, names: dict[str, Any], scope: Module, certain: bool, depth: int = 60) -> Any:
        """What an expression holds, if that is a parser or what belongs to one."""
        if depth <= 0:
            return None
        if isinstance(node, _ast.Name | _ast.Attribute) and (key := _dotted(node)) is not None:
            if isinstance(node, _ast.Attribute) and node.attr.startswith("add_"):
                _lose([self._held(node.value, names)])  # a method that is kept, to be called by another name
            return names.get(key)
        if isinstance(node, _ast.Call):
            return self.call(node, names, scope, certain, depth - 1)
        if isinstance(node, _ast.Lambda):
            return None
        if isinstance(node, _ast.Tuple):
            return tuple(self.value(each, names, scope, certain, depth - 1) for each in node.elts)
        held = None
        for child in reversed(children(node)):
            if isinstance(child, _ast.expr):
                held = self.value(child, names, scope, certain, depth - 1)
        return held if isinstance(node, _ast.Await | _ast.NamedExpr) else None

    def call(self, call: _ast.Call, names: dict[str, Any], scope: Module, certain: bool, depth: int) -> Any:
        self.step()
        held = [self.value(each, names, scope, certain, depth) for each in call.args]
        named = {
            keyword.arg: self.value(keyword.value, names, scope, certain, depth)
            for keyword in call.keywords
            if keyword.arg
        }
        method = call.func
        if isinstance(method, _ast.Attribute):
            owner = self.value(method.value, names, scope, certain, depth)
            if isinstance(owner, Parser):
                return self._parser_method(owner, method.attr, call, names, scope, certain)
            if isinstance(owner, Instance):
                return self.call_method(owner, method.attr, held, named, certain)
            if isinstance(method.value, _ast.Name) and method.value.id == "self" and "self" in names:
                return self.call_method(names["self"], method.attr, held, named, certain, names)
            if isinstance(owner, Commands) and method.attr == "add_parser":
                return self._add_command(owner.parser, call, names, scope, certain)
        name = scope.name_of(method)
        if name == "argparse.ArgumentParser":
            return self._new_parser(Given(call, scope), names)
        if isinstance(method, _ast.Name):
            definition = scope.class_named(method.id)
            if definition is not None and any(
                scope.name_of(base) == "argparse.ArgumentParser" for base in definition.bases
            ):
                parser = self._new_parser(Given(call, scope), names)
                parser.certain &= not any(
                    isinstance(each, _ast.FunctionDef) and each.name == "__init__" for each in definition.body
                )
                return parser
            if definition is not None:
                instance = Instance(definition)
                self.call_method(instance, "__init__", held, named, certain)
                return instance
            if self.module.function(method.id) is not None:
                return self.call_function(method.id, held, named, names, scope, certain, call)
        if name not in _ONLOOKERS:
            _lose([*held, *named.values()])
        return None

    def call_function(
        self,
        name: str,
        held: list[Any],
        named: dict[str, Any],
        names: dict[str, Any],
        scope: Module,
        certain: bool,
        call: _ast.Call | None = None,
    ) -> Any:
        """Walk a function of the script, with the parsers that it is given; what it returns."""
        function = self.module.function(name)
        if function is None or name in self.running or len(self.running) >= DEEPEST:
            _lose([*held, *named.values()])
            return None
        if not self._concerns(function, [*held, *named.values()]):
            return None
        positional = [*function.args.posonlyargs, *function.args.args]
        inner = dict(self.names)
        for argument in positional:
            inner.pop(argument.arg, None)
        inner.update((argument.arg, value) for argument, value in zip(positional, held, strict=False) if value)
        inner.update((key, value) for key, value in named.items() if value)
        if len(held) > len(positional):
            _lose(held[len(positional) :])
        constants = _constants(function, call, scope)
        self.running.append(name)
        try:
            return self.block(function.body, inner, self.module.inside(function, constants), certain)
        finally:
            self.running.pop()

    def call_method(
        self,
        instance: Instance,
        name: str,
        held: list[Any],
        named: dict[str, Any],
        certain: bool,
        names: dict[str, Any] | None = None,
    ) -> Any:
        """Walk a method of an object. `names` are those of the method that calls it, on the same object."""
        function = instance.method(name)
        label = f"{instance.definition.name}.{name}"
        if function is None or label in self.running or len(self.running) >= DEEPEST or not function.args.args:
            _lose([*held, *named.values()])
            return None
        if names is not None:
            instance.attributes = {key: value for key, value in names.items() if key.startswith("self.")}
        inner: dict[str, Any] = {**self.names, "self": instance, **instance.attributes}
        positional = [*function.args.posonlyargs, *function.args.args][1:]
        inner.update((argument.arg, value) for argument, value in zip(positional, held, strict=False) if value)
        inner.update((key, value) for key, value in named.items() if value)
        if len(held) > len(positional):
            _lose(held[len(positional) :])
        self.running.append(label)
        try:
            returned = self.block(function.body, inner, self.module.inside(function), certain)
        finally:
            self.running.pop()
        instance.attributes = {key: value for key, value in inner.items() if key.startswith("self.")}
        if names is not None:
            names.update(instance.attributes)
        return returned

    def _concerns(self, function: Function, held: list[Any]) -> bool:
        """Whether a function may do something with a parser: it is given one, makes one, or calls others."""
        if any(isinstance(each, Parser | Commands) for each in held):
            return True
        known = self.callers.get(function.name)
        if known is None:
            known = any(isinstance(node, _ast.Call) for node in walk(function))
            self.callers[function.name] = known
        return known

    def _new_parser(self, given: Given, names: dict[str, Any]) -> Parser:
        parser = Parser(given)
        parser.certain &= given.value("prefix_chars", "-", 7) == "-"
        default = given.value("argument_default", None, 9)
        parser.suppresses = default == SUPPRESS
        parser.certain &= default is None or parser.suppresses
        parents = given.node("parents", 5)
        if parents is not None:
            self._add_parents(parser, parents, names)
        return parser

    def _add_parents(self, parser: Parser, parents: _ast.expr, names: dict[str, Any]) -> None:
        if not isinstance(parents, _ast.List | _ast.Tuple):
            parser.certain = False
            return
        for each in parents.elts:
            parent = self._held(each, names) or (
                self.value(each, names, self.module, True) if isinstance(each, _ast.Call) else None
            )
            if isinstance(parent, Parser) and len(parser.actions) + len(parent.actions) < MOST_ACTIONS:
                parser.actions.extend(parent.actions)
                parser.commands.update(parent.commands)
                parser.defaults.update(parent.defaults)
                parser.certain &= parent.certain
                parser.incomplete |= parent.incomplete
            else:
                parser.certain = False

    def _add_command(
        self, owner: Parser, call: _ast.Call, names: dict[str, Any], scope: Module, certain: bool
    ) -> Parser:
        given = Given(call, scope)
        parser = self._new_parser(given, names)
        given.named = {key: value for key, value in given.named.items() if key != "aliases"}
        name = given.value("name", UNKNOWN, 0)
        given.positional = []  # `add_parser(name, …)`: the rest is by name, `description` too
        if isinstance(name, str) and certain:
            owner.commands[name] = (parser, given.value("help", None))
        else:
            owner.incomplete.add("commands")
        return parser

    def _parser_method(
        self, parser: Parser, method: str, call: _ast.Call, names: dict[str, Any], scope: Module, certain: bool
    ) -> Any:
        if method in _PARSES:
            self.root = self.root or parser
            if method.startswith("parse_known") and self.partial is None:
                self.partial = parser
                return None
            self.root = parser if self.partial is None else self.root
            if self.partial is not None and self.partial is not parser:
                self.partial.certain = False
            raise Found
        if method in ("add_argument_group", "add_mutually_exclusive_group"):
            return parser  # for what is read here, a group is its parser
        if method == "add_subparsers":
            return Commands(parser)
        given = Given(call, scope)
        if method == "add_argument":
            action = read_action(given, suppresses=parser.suppresses)
            if action is UNKNOWN or not certain:
                parser.incomplete.add("parameters")
            elif action is not None:
                if not given.has("default"):
                    action = with_default(action, parser.defaults, parser.defaults)
                parser.actions.append(action)
        elif method == "set_defaults":
            for key, node in given.named.items():
                parser.defaults[key] = fold(node, scope) if certain else UNKNOWN
            parser.actions = [with_default(each, given.named, parser.defaults) for each in parser.actions]
            parser.certain &= given.complete
        elif method in ("add_argument_to", "_add_action", "register"):
            parser.certain = False
        return None


def _constants(function: Function, call: _ast.Call | None, scope: Module) -> dict[str, _ast.expr]:
    """The plain values that a call gives to the parameters of a function, defaults included."""
    found: dict[str, Any] = {name: fold(node, scope) for name, node in defaults_of(function).items()}
    if call is not None:
        positional = [*function.args.posonlyargs, *function.args.args]
        if any(isinstance(each, _ast.Starred) for each in call.args) or any(not each.arg for each in call.keywords):
            return {}
        for argument, node in zip(positional, call.args, strict=False):
            found[argument.arg] = fold(node, scope)
        for keyword in call.keywords:
            found[keyword.arg or ""] = fold(keyword.value, scope)
    return {name: _ast.Constant(value=value) for name, value in found.items() if type(value) in _PLAIN}


def _rounds(loop: _ast.For, scope: Module) -> list[dict[str, _ast.expr]] | None:
    """The plain values that the targets of a loop have in each round, or None where the rounds can't be known."""
    items = fold(loop.iter, scope)
    if isinstance(items, dict):
        items = list(items)
    if not isinstance(items, list | tuple) or len(items) > 100 or any(isinstance(n, _LEAVES) for n in walk(loop)):
        return None
    rounds: list[dict[str, _ast.expr]] = []
    for item in items:
        targets = loop.target.elts if isinstance(loop.target, _ast.Tuple) else [loop.target]
        values = item if isinstance(loop.target, _ast.Tuple) else [item]
        if not isinstance(values, list | tuple) or len(values) != len(targets):
            return None
        rounds.append(
            {
                target.id: _ast.Constant(value=value)
                for target, value in zip(targets, values, strict=True)
                if isinstance(target, _ast.Name) and type(value) in _PLAIN
            }
        )
    return rounds


def _lose(held: list[Any]) -> None:
    """What is done with these can't be followed: nothing is certain of the parsers among them any more."""
    for each in held:
        if isinstance(each, Parser):
            each.certain = False
        elif isinstance(each, Commands):
            each.parser.certain = False
        elif isinstance(each, Instance):
            _lose(list(each.attributes.values()))
        elif isinstance(each, tuple):
            _lose(list(each))


def _dotted(node: _ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, _ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, _ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def _is_main_guard(test: _ast.expr) -> bool:
    return (
        isinstance(test, _ast.Compare)
        and isinstance(test.left, _ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], _ast.Eq)
    )
