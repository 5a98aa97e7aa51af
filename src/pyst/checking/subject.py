"""What the rules look at: one script, read once. Pure; the caller brings the facts from around the file."""

from __future__ import annotations

import _ast
from functools import cached_property
from typing import NamedTuple

from pyst.checking.imports import Import, find_imports
from pyst.errors import Failure
from pyst.scripts.decoding import decode_anyhow
from pyst.scripts.introspect import read_interface
from pyst.scripts.introspect.module import Module, walk
from pyst.scripts.introspect.parsing import Unparsable, parse
from pyst.scripts.metadata import parse_metadata
from pyst.scripts.script import Broken, Interface, Metadata


class Facts(NamedTuple):
    """What the surroundings of a script say of it.

    `name` is what the user calls it. `neighbours` are the modules that lie beside it. `locked` are the distributions
    of its lock, `project` those that the project it belongs to declares (normalized names); None where there is no
    lock, no project.
    """

    path: str = "script.py"
    name: str = ""
    is_executable: bool = False
    neighbours: frozenset[str] = frozenset()
    locked: frozenset[str] | None = None
    project: frozenset[str] | None = None

    @property
    def word(self) -> str:
        """What the script is called, as a word of a shell's command line."""
        from shlex import quote

        return quote(self.name or self.path)


class Subject:
    """One script and all that rules ask of it."""

    def __init__(self, source: bytes, facts: Facts) -> None:
        self.source = source
        self.facts = facts
        self.text = decode_anyhow(source)
        self.metadata: Metadata | None = None
        self.block_failure: Failure | None = None
        try:
            self.metadata = parse_metadata(source, facts.path)
        except Failure as failure:
            self.block_failure = failure
        self.tree: _ast.Module | None = None
        self.broken: Broken | None = None
        try:
            self.tree, self.text = parse(source)
        except Unparsable as unparsable:
            self.broken = unparsable.broken

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.text.split("\n")

    @cached_property
    def nodes(self) -> list[_ast.AST]:
        """Every node of the syntax tree, outer ones first; empty where there is no tree."""
        return walk(self.tree) if self.tree else []

    @cached_property
    def calls(self) -> list[tuple[_ast.Call, str]]:
        """Every call of something that certainly comes from outside the script, with its full name."""
        if self.module is None:
            return []
        named = ((node, self.name_of(node.func)) for node in self.nodes if isinstance(node, _ast.Call))
        return [(node, name) for node, name in named if name]

    @cached_property
    def module(self) -> Module | None:
        """What the names at the top level mean, or None where there is no tree."""
        return Module(self.tree, self.text) if self.tree else None

    def name_of(self, node: _ast.AST) -> str | None:
        """What an expression refers to outside the script (`click.prompt`, `input`), wherever it is imported."""
        attributes = []
        while isinstance(node, _ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, _ast.Name) or self.module is None:
            return None
        name = node.id
        if name in self._own_names:
            return None
        base = self._imported.get(name, name)
        return ".".join([base, *reversed(attributes)])

    @cached_property
    def _imported(self) -> dict[str, str]:
        """What each imported name stands for; of one that is imported twice the last is taken."""
        return {each.bound_as: each.bound_to for each in self.imports if each.bound_as}

    @cached_property
    def _own_names(self) -> frozenset[str]:
        """The names that the script itself gives a meaning, anywhere and in any scope, but for imports."""
        own: set[str] = set()
        for node in self.nodes:
            if isinstance(node, _ast.Name) and isinstance(node.ctx, _ast.Store | _ast.Del):
                own.add(node.id)
            elif isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef | _ast.ClassDef):
                own.add(node.name)
            elif isinstance(node, _ast.arg):
                own.add(node.arg)
            elif isinstance(node, _ast.MatchAs | _ast.MatchStar) and node.name:
                own.add(node.name)
        return frozenset(own)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import of the script, by line."""
        return find_imports(self.tree) if self.tree else []

    @cached_property
    def interface(self) -> Interface | None:
        """The interface of the script, or None where it can't be read."""
        try:
            return read_interface(self.source, self.facts.path)
        except Unparsable:
            return None

    @cached_property
    def strings(self) -> list[str]:
        """Every string constant of the script, docstrings included."""
        return [each.value for each in self.nodes if isinstance(each, _ast.Constant) and isinstance(each.value, str)]

    @cached_property
    def lowest_python(self) -> tuple[int, int] | None:
        """The lowest minor version that `requires-python` lets in, or None where it says nothing of use."""
        from pyst.checking.versions import lowest_minor

        wanted = self.metadata.requires_python if self.metadata else None
        return lowest_minor(wanted) if wanted else None

    def place_of(self, node: _ast.AST) -> tuple[int, int]:
        """The line (from 1) and the column (in characters, from 1) at which a node begins."""
        line = getattr(node, "lineno", 1)
        return line, self._characters(line, getattr(node, "col_offset", 0)) + 1

    def end_of(self, node: _ast.AST) -> tuple[int, int]:
        """Where a node ends: the line (from 1) and the column (in characters, from 0)."""
        line = getattr(node, "end_lineno", 1)
        return line, self._characters(line, getattr(node, "end_col_offset", 0))

    def _characters(self, line: int, offset: int) -> int:
        """How many characters the first `offset` bytes of a line are, as the syntax tree counts them in UTF-8."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "replace"))

    def block_line_of(self, text: str) -> int:
        """The line of the file on which a string of the block stands, or the block's own."""
        if self.metadata is None:
            return 0
        for number, line in enumerate(self.metadata.text.split("\n"), 1):
            if f'"{text}"' in line or f"'{text}'" in line:
                return self.metadata.line + number
        return self.metadata.line
