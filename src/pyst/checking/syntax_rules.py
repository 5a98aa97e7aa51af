"""Rules about syntax: what can't be parsed, and what is newer than the oldest Python that the block lets in."""

from __future__ import annotations

import _ast
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pyst.checking.finding import Finding, Remedy, Rule
from pyst.checking.subject import Subject
from pyst.checking.versions import words

TOO_NEW = Rule(
    "C005",
    "syntax-too-new",
    "error",
    "Syntax that the oldest Python let in by `requires-python` does not know.",
    "On that Python the script fails before its first line runs.",
)
UNPARSABLE = Rule(
    "C101",
    "unparsable",
    "error",
    "A file that is no Python.",
    "It can't run.",
    can_be_ignored=False,
)


class Feature(NamedTuple):
    """A piece of syntax, the version that it came with, and how it is told from a node."""

    words: str
    version: tuple[int, int]
    is_in: Callable[[_ast.AST], bool]


def _has_star_in_subscript(node: _ast.AST) -> bool:
    if not isinstance(node, _ast.Subscript):
        return False
    inside = node.slice
    return isinstance(inside, _ast.Tuple) and any(isinstance(each, _ast.Starred) for each in inside.elts)


def _is_template(node: _ast.AST) -> bool:
    return type(node).__name__ == "TemplateStr"


def _has_type_parameters(node: _ast.AST) -> bool:
    return bool(getattr(node, "type_params", None)) or type(node).__name__ == "TypeAlias"


def _has_type_default(node: _ast.AST) -> bool:
    parameters = getattr(node, "type_params", None) or ()
    return any(getattr(each, "default_value", None) is not None for each in parameters)


FEATURES = (
    Feature("an assignment expression (`:=`)", (3, 8), lambda node: isinstance(node, _ast.NamedExpr)),
    Feature(
        "positional-only parameters (`/`)",
        (3, 8),
        lambda node: isinstance(node, _ast.arguments) and bool(node.posonlyargs),
    ),
    Feature("a `match` statement", (3, 10), lambda node: isinstance(node, _ast.Match)),
    Feature("`except*`", (3, 11), lambda node: isinstance(node, _ast.TryStar)),
    Feature("a `*` inside square brackets", (3, 11), _has_star_in_subscript),
    Feature("type parameters (PEP 695)", (3, 12), _has_type_parameters),
    Feature("a default for a type parameter (PEP 696)", (3, 13), _has_type_default),
    Feature("a template string", (3, 14), _is_template),
)

GENERIC_BUILTINS = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})


def unparsable(subject: Subject) -> Iterator[Finding]:
    """C101: what Python's own parser refuses; less sure where the script asks for a newer Python than this one."""
    broken = subject.broken
    if broken is None:
        return
    lowest, ours = subject.lowest_python, sys.version_info[:2]
    if broken.code == "E_SYNTAX" and lowest and lowest > ours:
        message = f"Python {words(ours)}, which pyst runs on, can't parse this: {broken.message}"
        hint = f"the script asks for Python {words(lowest)}; install pyst on that one to have it checked in full"
        yield Finding(UNPARSABLE, message, broken.line, min(broken.line, 1), hint, "warning")
    else:
        yield Finding(UNPARSABLE, broken.message, broken.line, min(broken.line, 1))


def too_new(subject: Subject) -> Iterator[Finding]:
    """C005: one finding for each kind of syntax, at its first place."""
    lowest = subject.lowest_python
    if lowest is None or subject.tree is None:
        return
    seen = set()
    highest = max((feature.version for feature, _ in features(subject)), default=lowest)
    for feature, (line, column) in features(subject):
        if feature.version > lowest and feature.words not in seen:
            seen.add(feature.words)
            version = words(feature.version)
            message = f"{feature.words} came with Python {version}, and `requires-python` lets in {words(lowest)}"
            wanted = f">={words(highest)}"
            remedy = Remedy("python", wanted, False, f"set `requires-python` to `{wanted}`")
            yield Finding(TOO_NEW, message, line, column, f'raise `requires-python` to `"{wanted}"`', "", remedy)
    if not seen:
        yield from _refused_by_grammar(subject, lowest)


def features(subject: Subject) -> list[tuple[Feature, tuple[int, int]]]:
    """Every piece of syntax in the script that is younger than Python 3.7, with its place, by line."""
    found = []
    place = (1, 1)
    for node in subject.nodes:
        if hasattr(node, "lineno"):
            place = subject.place_of(node)
        for feature in FEATURES:
            if feature.is_in(node):
                found.append((feature, place))
    found += _annotations(subject)
    found += _nested_quotes(subject)
    return sorted(found, key=lambda each: (each[1], each[0].version))


def _annotations(subject: Subject) -> list[tuple[Feature, tuple[int, int]]]:
    """`int | None` and `list[int]` where Python evaluates them: in signatures, without the `__future__` import."""
    if any(each.module == "__future__" and "annotations" in each.members for each in subject.imports):
        return []
    union = Feature("`X | None` in an annotation", (3, 10), bool)
    generic = Feature("a built-in type with square brackets in an annotation", (3, 9), bool)
    found = []
    for node in subject.nodes:
        for annotation in _evaluated(node):
            if isinstance(annotation, _ast.BinOp) and isinstance(annotation.op, _ast.BitOr):
                sides = (annotation.left, annotation.right)
                if any(isinstance(each, _ast.Constant) and each.value is None for each in sides):
                    found.append((union, subject.place_of(annotation)))
            elif isinstance(annotation, _ast.Subscript) and subject.name_of(annotation.value) in GENERIC_BUILTINS:
                found.append((generic, subject.place_of(annotation)))
    return found


def _evaluated(node: _ast.AST) -> list[_ast.expr]:
    """The annotations of a function's signature."""
    if not isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef):
        return []
    given = node.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    found = [each.annotation for each in arguments if each is not None]
    return [each for each in (*found, node.returns) if each is not None]


def _nested_quotes(subject: Subject) -> list[tuple[Feature, tuple[int, int]]]:
    """F-strings that use their own quote again inside a field (PEP 701); only Python 3.12 and later can see them."""
    if tuple(sys.version_info) < (3, 12) or subject.tree is None or "f" not in subject.text:
        return []
    import io
    import tokenize

    feature = Feature("an f-string that holds its own quotes again (PEP 701)", (3, 12), bool)
    quotes: list[str] = []
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(subject.text).readline):
            kind = tokenize.tok_name[token.type]
            if kind in ("FSTRING_START", "STRING"):
                quote = token.string.lstrip("fFrRbBuUtT")
                quote = quote[:3] if quote[:3] in ("'''", '"""') else quote[:1]
                if quote in quotes:
                    found.append((feature, (token.start[0], token.start[1] + 1)))
                if kind == "FSTRING_START":
                    quotes.append(quote)
            elif kind == "FSTRING_END" and quotes:
                quotes.pop()
    except (tokenize.TokenError, SyntaxError):
        return []
    return found


def _refused_by_grammar(subject: Subject, lowest: tuple[int, int]) -> Iterator[Finding]:
    """What CPython's parser, told to be an older one, refuses beyond the features above."""
    if not (3, 7) <= lowest < sys.version_info[:2]:
        return
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(subject.text, feature_version=lowest)
    except SyntaxError as error:
        hint = "raise `requires-python`, or write it the older way"
        yield Finding(
            TOO_NEW, f"{error.msg}, and `requires-python` lets in {words(lowest)}", error.lineno or 0, 1, hint
        )
    except (RecursionError, MemoryError, ValueError):
        return
