"""From findings to a mended source: applies their remedies to its text. Pure; writing is left to `commands.check`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyst.checking.finding import Finding, Remedy
from pyst.checking.rules import check
from pyst.checking.subject import Facts
from pyst.errors import Failure, Where
from pyst.scripts.block import Change, drop_requirements, edit_block, put_requirements, put_requires_python, read_text

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

MOST_ROUNDS = 4
"""One remedy can make room for another: a new block may then be given its `requires-python`."""


class Mended(NamedTuple):
    """A source after its remedies: the bytes, whether it is to be made executable, and what was done, in words."""

    source: bytes
    make_executable: bool
    applied: tuple[Finding, ...]


def mend(source: bytes, facts: Facts, *, with_unsafe: bool = False) -> Mended:
    """Apply every safe remedy, and with `with_unsafe` the others too, until there are none left.

    Raises `Failure` (E_FIX, E_METADATA, E_ENCODING) where the outcome would not be sound; nothing is mended then.
    """
    applied: list[Finding] = []
    make_executable = False
    was_sound = not _is_broken(source, facts)
    for _ in range(MOST_ROUNDS):
        findings = check(source, facts).findings
        chosen = [each for each in findings if each.remedy and (each.remedy.is_safe or with_unsafe)]
        chosen = [each for each in chosen if not (each.remedy and each.remedy.kind == "executable" and make_executable)]
        if not chosen:
            break
        remedies = [each.remedy for each in chosen if each.remedy]
        make_executable = make_executable or any(each.kind == "executable" for each in remedies)
        source = _replaced(source, facts.path, [each for each in remedies if each.kind == "replace"])
        changes = _block_changes(remedies)
        if changes:
            source = edit_block(source, facts.path, _all(changes), requires_python=_python_for(source, facts))
        applied += chosen
    if was_sound and _is_broken(source, facts):
        message = f"the remedies for `{facts.path}` don't fit together; the file is as it was"
        raise Failure("E_FIX", message, hint="mend it by hand", where=Where(facts.path))
    return Mended(source, make_executable, tuple(applied))


def _is_broken(source: bytes, facts: Facts) -> bool:
    from pyst.scripts.introspect.parsing import check_syntax
    from pyst.scripts.metadata import parse_metadata

    try:
        parse_metadata(source, facts.path)
    except Failure:
        return True
    return check_syntax(source) is not None


def _replaced(source: bytes, path: str, remedies: Sequence[Remedy]) -> bytes:
    """The source with pieces of its text replaced, the last one first; of two that overlap the later one is left."""
    if not remedies:
        return source
    told = read_text(source, path)
    lines = told.text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text, before = told.text, len(told.text) + 1
    for each in sorted(remedies, key=lambda one: (one.start, one.end), reverse=True):
        start, end = starts[each.start[0] - 1] + each.start[1], starts[each.end[0] - 1] + each.end[1]
        if end <= before:
            text = text[:start] + each.text + text[end:]
            before = start
    return told._replace(text=text).encode(path)


def _block_changes(remedies: Iterable[Remedy]) -> list[Change]:
    """The changes to the block, `requires-python` once and at its highest."""
    required = [line for each in remedies if each.kind == "require" for line in each.text.split("\n")]
    dropped = [each.text for each in remedies if each.kind == "drop"]
    pythons = [each.text for each in remedies if each.kind == "python"]
    changes = []
    if dropped:
        changes.append(drop_requirements(dropped))
    if required:
        changes.append(put_requirements(list(dict.fromkeys(required))))
    if pythons:
        changes.append(put_requires_python(max(pythons, key=_version)))
    return changes


def _version(specifier: str) -> tuple[int, ...]:
    digits = "".join(char if char.isdecimal() else " " for char in specifier)
    return tuple(int(each) for each in digits.split())


def _all(changes: Sequence[Change]) -> Change:
    def change(document: TOMLDocument) -> TOMLDocument:
        for each in changes:
            document = each(document)
        return document

    return change


def _python_for(source: bytes, facts: Facts) -> str:
    """What a new block says of Python."""
    from pyst.checking.block_rules import needed_python
    from pyst.checking.subject import Subject
    from pyst.checking.versions import words

    return f">={words(needed_python(Subject(source, facts)))}"
