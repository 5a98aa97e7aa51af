"""What of a script's help is missing or stale, and at which places it can be written. Pure; nothing is asked or sent.

Only what is certain from the source counts: a parameter that the framework may add is no stale one, and what
`# pyst: nodoc` keeps back is not asked for.
"""

from __future__ import annotations

import _ast
import re

from pyst.authoring.finding import (
    BAD_MARK,
    GONE,
    NO_COMMAND_HELP,
    NO_DOCSTRING,
    NO_PARAMETER_HELP,
    NO_SUMMARY,
    OTHER_TYPE,
    PLACEHOLDER,
    Examined,
    Finding,
    Place,
)
from pyst.authoring.marks import Marks
from pyst.authoring.places import (
    BY_DOCSTRING,
    Command,
    Defined,
    Option,
    bare_parameters,
    commands_of,
    functions_of,
    options_of,
    unhelped,
)
from pyst.authoring.spans import Offsets
from pyst.authoring.stale import gone_parameters, line_telling_of, other_types
from pyst.scripts.introspect.docstrings import Docstring, read_docstring
from pyst.scripts.introspect.folding import docstring_of as file_docstring
from pyst.scripts.introspect.functions import docstring_of
from pyst.scripts.introspect.module import Function, Module, all_arguments, walk
from pyst.scripts.script import Interface

_PLACEHOLDER = re.compile(
    r"(?:todo|fixme|xxx|tbd|tba)\b.*|[.… ]*|_(?:summary|description|type)_|\[.{0,10}(?:summary|description).{0,10}\]"
    r"|(?:summary|description|docstring)(?: goes)?(?: here)?"
    r"|(?:add|write|insert) (?:a |the )?(?:docstring|description|documentation|help)(?: text)?(?: here)?",
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether a text only holds the place of one."""
    words = " ".join(text.split())
    return any(_PLACEHOLDER.fullmatch(each) for each in (words, words.rstrip(".:! ")) if each or not words)


def examine(text: str, tree: _ast.Module, interface: Interface, marks: Marks) -> Examined:
    """Examine a script."""
    return _Examination(text, tree, interface, marks).done()


class _Examination:
    def __init__(self, text: str, tree: _ast.Module, interface: Interface, marks: Marks) -> None:
        self.module = Module(tree, text)
        self.tree = tree
        self.interface = interface
        self.framework = interface.framework or ""
        self.marks = marks
        self.offsets = Offsets(text)
        self.lines = text.split("\n")
        self.file_doc = file_docstring(self.module)
        self.functions = [each for each in functions_of(tree) if not self._is_hidden(each.node)]
        self.commands = {each.defined.name: each for each in commands_of(self.framework, self.module, self.functions)}
        self.findings: list[Finding] = []
        self.places: list[Place] = []

    def done(self) -> Examined:
        for line, problem in self.marks.problems:
            hint = "the marks are `# pyst: nodoc`, `nodoc-begin`, `nodoc-end` and `nodoc-file`"
            self.findings.append(Finding(BAD_MARK, problem, line, 1, hint, False))
        if not self.marks.file_line:
            self._file()
            for each in self.functions:
                self._function(each)
            self._inner_functions()
            for option in options_of(self.framework, self.module, self.functions):
                self._option(option)
        self.findings.sort(key=lambda each: (each.line, each.column, each.rule.code, each.message))
        self.places.sort(key=lambda each: each.line)
        return Examined(tuple(self.findings), tuple(self.places))

    def _file(self) -> None:
        first = self.tree.body[0] if self.tree.body and self.file_doc is not None else None
        if first is not None and self.marks.hides(first.lineno, first.end_lineno):
            return
        line = first.lineno if first is not None else 1
        names = self._names_of("main") if self.framework == "function" else ()
        doc = read_docstring(self.file_doc)
        if self.file_doc is not None and is_placeholder(doc.summary):
            whole = _says_nothing(doc)
            hint = "" if whole else "the rest of it says something: write the first line by hand"
            message = "the file's docstring only holds its place"
            self.findings.append(Finding(PLACEHOLDER, message, line, 1, hint, whole))
            if not whole:
                return
        elif self.interface.summary.strip() or any(each.summary for _, each in self.interface.commands):
            self._stale_in_file(names, line)
            return
        else:
            self.findings.append(Finding(NO_SUMMARY, "nothing says what the script does", line))
        self.places.append(Place("module", line, self.tree, True))

    def _names_of(self, name: str) -> tuple[str, ...]:
        found = next((each.node for each in self.functions if each.name == name), None)
        return tuple(each.arg for each in all_arguments(found)) if found else ()

    def _stale_in_file(self, names: tuple[str, ...], line: int) -> None:
        """What the file's docstring says of the parameters of `main`, for which it stands."""
        main = next((each.node for each in self.functions if each.name == "main"), None)
        if self.framework != "function" or main is None or self.file_doc is None:
            return
        gone = gone_parameters(main, read_docstring(self.file_doc))
        for name in gone:
            message = f"`main` has no parameter `{name}`"
            self.findings.append(Finding(GONE, message, self._line_of(name, self.tree.body[0])))
        if gone:
            self.places.append(Place("module", line, self.tree, gone=gone, names=names))

    def _function(self, each: Defined) -> None:
        text = docstring_of(each.node)
        if text is not None and self.marks.hides(each.node.body[0].lineno, each.node.body[0].end_lineno):
            return
        doc = read_docstring(text)
        command = self.commands.get(each.name)
        can_write = _has_room(each.node)
        whole = text is None or not text.strip() or _says_nothing(doc)
        if text is not None and (whole or is_placeholder(doc.summary)):
            message = f"the docstring of `{each.name}` only holds its place"
            hint = "" if whole else "the rest of it says something: write the first line by hand"
            self.findings.append(Finding(PLACEHOLDER, message, each.node.body[0].lineno, 1, hint, can_write and whole))
        elif whole:
            self._without_docstring(each, command, can_write)
        lacking = self._lacking(each, command, doc)
        gone, wrong = ((), ()) if whole else self._stale(each.node, doc, each.name)
        order = [one.arg for one in all_arguments(each.node)]
        parameters = tuple(sorted({*lacking, *wrong}, key=order.index))
        is_wanted = (whole and self._wants_docstring(each, command)) or parameters or gone or wrong
        if is_wanted and can_write:
            names = tuple(name for name in order if name not in ("self", "cls"))
            place = Place(f"function {each.name}", each.node.lineno, each.node, whole, parameters, gone + wrong, names)
            self.places.append(place)

    def _wants_docstring(self, each: Defined, command: Command | None) -> bool:
        """Whether a docstring is to be written where there is none; of `main` the file's own may stand for it."""
        if docstring_of(each.node) is not None:
            return True
        if command is not None:
            return self.framework != "function" and not command.is_told
        return each.is_public

    def _without_docstring(self, each: Defined, command: Command | None, can_write: bool) -> None:
        line, column = each.node.lineno, each.node.col_offset + 1
        if command is not None and self.framework != "function":
            if not command.is_told:
                message = f"the command `{each.name}` has no help"
                self.findings.append(Finding(NO_COMMAND_HELP, message, line, column, "", can_write))
        elif each.is_public and command is None:
            message = f"`{each.name}` has no docstring"
            self.findings.append(Finding(NO_DOCSTRING, message, line, column, "", can_write))

    def _lacking(self, each: Defined, command: Command | None, doc: Docstring) -> list[str]:
        """The parameters of a command without help; those that a docstring can tell of."""
        is_unknown = self.framework == "function" and "parameters" in self.interface.unknown
        if command is None or is_unknown:
            return []
        if self.framework == "typer":
            for argument in bare_parameters(each, self.module):
                hint = f"write it as `{argument.arg}: Annotated[…, typer.Option(help=…)]`; pyst changes no code"
                self._no_help(each, argument, hint, False)
        if self.framework not in BY_DOCSTRING:
            return []
        helps = dict(doc.parameters)
        if self.framework == "function" and docstring_of(each.node) is None:
            helps = read_docstring(self.file_doc).parameters
        asked = [each for each in unhelped(each, self.framework, self.module) if not self.marks.hides(each.lineno)]
        lacking = [each for each in asked if helps.get(each.arg) is None or is_placeholder(helps[each.arg])]
        for argument in lacking:
            if argument.arg in helps:
                message = f"the help of `{argument.arg}` only holds its place"
                self.findings.append(Finding(PLACEHOLDER, message, self._line_of(argument.arg, each.node.body[0])))
            else:
                self._no_help(each, argument, "", _has_room(each.node))
        if lacking and docstring_of(each.node) is None:
            lacking = asked  # once there is a docstring, what the file's says of the others is not read any more
        return [each.arg for each in lacking]

    def _no_help(self, each: Defined, argument: _ast.arg, hint: str, can_write: bool) -> None:
        if not self.marks.hides(argument.lineno):
            of = "" if each.name == "main" else f" of `{each.name}`"
            message = f"the parameter `{argument.arg}`{of} has no help"
            line, column = argument.lineno, argument.col_offset + 1
            self.findings.append(Finding(NO_PARAMETER_HELP, message, line, column, hint, can_write))

    def _inner_functions(self) -> None:
        """What docstrings of all other functions (in functions, in ifs, defined twice) tell of parameters."""
        seen = {id(each.node) for each in self.functions}
        for node in walk(self.tree):
            if not isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef) or id(node) in seen:
                continue
            if not self._is_hidden(node):
                self._stale(node, read_docstring(docstring_of(node)), node.name, can_write=False)

    def _stale(
        self, node: Function, doc: Docstring, name: str, *, can_write: bool = True
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The parameters that a docstring tells of and that are gone, and those it gives another type."""
        gone = gone_parameters(node, doc)
        for each in gone:
            message = f"`{name}` has no parameter `{each}`"
            self.findings.append(Finding(GONE, message, self._line_of(each, node.body[0]), 1, "", can_write))
        wrong = other_types(node, doc, docstring_of(node) or "")
        for each, own, told in wrong:
            message = f"`{each}` of `{name}` is `{own}`, and told to be `{told}`"
            line = self._line_of(each, node.body[0])
            self.findings.append(Finding(OTHER_TYPE, message, line, 1, "", can_write))
        return gone, tuple(each for each, _, _ in wrong)

    def _line_of(self, name: str, docstring: _ast.stmt) -> int:
        return line_telling_of(name, docstring, self.lines)

    def _option(self, option: Option) -> None:
        node, help = option.node, option.help
        if self.marks.hides(node.lineno, node.end_lineno):
            return
        line, column = (
            node.lineno,
            self.offsets.of_bytes(node.lineno, node.col_offset) - self.offsets.of(node.lineno, 0),
        )
        if help is None:
            message = f"the parameter `{option.name}` has no help"
            self.findings.append(Finding(NO_PARAMETER_HELP, message, line, column + 1))
        elif isinstance(help, _ast.Constant) and isinstance(help.value, str) and is_placeholder(help.value):
            message = f"the help of `{option.name}` only holds its place"
            self.findings.append(Finding(PLACEHOLDER, message, help.lineno))
        else:
            return
        self.places.append(Place(f"option {option.name}:{line}", line, node))

    def _is_hidden(self, node: Function) -> bool:
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        return any(each.first <= first and (node.end_lineno or first) <= each.last for each in self.marks.hidden)


def _says_nothing(doc: Docstring) -> bool:
    """Whether nothing would be lost with a docstring."""
    texts = [doc.summary, *doc.parameters.values(), *doc.exit_notes]
    return all(is_placeholder(each) for each in texts) and (not doc.description or is_placeholder(doc.description))


def _has_room(node: Function) -> bool:
    """Whether the body stands on lines of its own, so that a docstring can be put there without moving code."""
    return node.body[0].lineno > node.lineno and not _is_on_header(node)


def _is_on_header(node: Function) -> bool:
    """Whether the first statement follows the header's colon, after a signature of several lines."""
    lines = [each.end_lineno or 0 for each in all_arguments(node)]
    last = max([*lines, node.returns.end_lineno or 0 if node.returns else 0])
    return node.body[0].lineno == last
