"""Whether a script that a model wrote may be put before a person: what is wrong with it, in words for both. Pure but
for `resolve`, which the caller brings.

Nothing of it is run. Only errors of `pyst check` and slips that a model can mend count as problems; whether the script
does what was wanted, the person sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyst.authoring.placeholders import Placeholder, problems_with
from pyst.checking.rules import check
from pyst.checking.subject import Facts, Subject
from pyst.confinement.declared import declared_permissions
from pyst.confinement.permissions import Base
from pyst.errors import Failure
from pyst.scripts.metadata import OPENING, parse_metadata
from pyst.scripts.requirements import split_requirement
from pyst.scripts.script import Interface, Parameter

if TYPE_CHECKING:
    from pyst.authoring.answer import ScriptAnswer
    from pyst.checking.finding import Finding

Resolve = Callable[[bytes], Mapping[str, str]]
"""From the text of a script to the packages that it would get (name → version). Raises `Failure`."""

MENDABLE = frozenset(
    [
        *("E_NO_PACKAGE", "E_CONFLICT", "E_METADATA", "E_REQUIREMENT", "E_BUILD", "E_NO_INTERPRETER"),
        *("E_UNTRUSTED_BUILD", "E_UNTRUSTED_SOURCE", "E_UNTRUSTED_INDEX", "E_UNTRUSTED_SETTING"),
    ]
)
"""What the model can mend of a failure to resolve; any other is the machine's or the network's."""

MOST_PROBLEMS = 40
"""Nobody reads more of them at once."""

MOST_PARAMETERS = 50
MOST_QUOTED = 80
"""How much of a line is repeated."""

WARNINGS = frozenset(("C002", "C008", "C201", "C301"))
"""Warnings of `pyst check` that a script which was just written has no excuse for."""

_CODING = re.compile(r"[ \t\f]*#.*?coding[:=]")
"""PEP 263: with it, Python could read something else than a person sees."""

_IGNORES = re.compile(r"#\s*pyst:\s*ignore")


class Draft(NamedTuple):
    """A script that was written: its bytes, what is to be known of it, and what is wrong with it (nothing, where it may
    be saved). `answer` is what the model said, as JSON."""

    source: bytes
    summary: str
    requirements: tuple[str, ...]
    packages: Mapping[str, str]
    permissions: Mapping[str, Sequence[str]]
    parameters: tuple[Parameter, ...]
    problems: tuple[str, ...]
    answer: str


class Wanted(NamedTuple):
    """What a script is held against: where it is to lie, its placeholders, and what it was before, if it was.

    `secrets` are values that no script may hold; `source`, `block`, `head` (the `#!` line), `before`, `facts` are those
    of the script that is changed: what was found in it before is no problem of the change.
    """

    name: str
    path: str
    home: str
    placeholders: tuple[Placeholder, ...] = ()
    block: str | None = None
    before: Interface | None = None
    secrets: tuple[str, ...] = ()
    head: str = ""
    facts: Facts | None = None
    source: bytes | None = None


def draft_of(answer: ScriptAnswer, wanted: Wanted, resolve: Resolve) -> Draft:
    """The answer as a file, and all that is wrong with it.

    Raises `Failure` where `resolve` fails for a reason that is not the answer's.
    """
    from pyst.authoring.answer import assemble

    problems = _problems_of_words(answer) + _problems_of_requirements(answer.requirements)
    if answer.code.lstrip("\n").startswith("#!") and not wanted.head:
        problems.append("leave out the `#!` line: how the script is started is not yours to say")
    if any(each in text for each in wanted.secrets for text in (answer.code, answer.summary)):
        problems.append("the code holds a secret as it stands in the environment; read it from there when it is run")
    source = answer.code.encode("utf-8", "replace")
    interface: Interface | None = None
    packages: Mapping[str, str] = {}
    if not problems:
        try:
            source = assemble(answer, wanted.path, wanted.block, wanted.head)
            problems += _problems_of_permissions(source, wanted)
        except (Failure, ValueError) as error:
            problems.append(error.message if isinstance(error, Failure) else str(error))
        found, interface = _problems_of_code(source, wanted)
        problems += found
    if not problems and answer.requirements:
        try:
            packages = resolve(source)
        except Failure as failure:
            if failure.code not in MENDABLE:
                raise
            problems.append(" ".join(f"{failure.message} {failure.hint}".split()))
    return Draft(
        source,
        answer.summary,
        tuple(answer.requirements),
        packages,
        answer.permission_table(),
        interface.parameters if interface else (),
        _bounded(problems),
        answer.model_dump_json(),
    )


def _bounded(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - MOST_PROBLEMS
    return (*problems[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else []))


def _problems_of_words(answer: ScriptAnswer) -> list[str]:
    """What is wrong with the texts as such. Of the code, `pyst check` looks for what can't be seen."""
    texts = [answer.summary, answer.requires_python, *answer.requirements]
    texts += [text for each in answer.parameters for text in (each.name, each.type, each.help)]
    texts += [item for items in answer.permission_table().values() for item in items]
    problems = [f"{each!a} holds characters that can't be seen" for each in texts if not each.isprintable()]
    if not answer.summary.strip():
        problems.append("the summary is empty")
    if not answer.code.strip():
        problems.append("the code is empty")
    if any(line.startswith(OPENING) for line in answer.code.split("\n")):
        problems.append("the code has a `# /// …` block; leave it out, it is made of your lists")
    if set("\r\f\v") & set(answer.code.replace("\r\n", "\n")):
        problems.append("the code has line ends that are none to all readers; use plain line breaks")
    if any(_CODING.match(line) for line in answer.code.split("\n")[:2]):
        problems.append("leave out the comment that names an encoding; the file is UTF-8")
    if _IGNORES.search(answer.code):
        problems.append("leave out comments that silence `pyst check`, and mend what it finds")
    try:
        answer.code.encode()
    except UnicodeEncodeError:
        problems.append("the code is no text: it holds lone surrogates")
    return problems


def _problems_of_requirements(requirements: Sequence[str]) -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    problems = []
    for each in requirements:
        try:
            Requirement(each)
        except InvalidRequirement as error:
            problems.append(f"`{each}` is no requirement: {str(error).partition(chr(10))[0]}")
            continue
        if split_requirement(each)[2].startswith("@"):
            problems.append(f"`{each}` names an address; only packages of the index, by name, are taken")
    return problems


def _problems_of_permissions(source: bytes, wanted: Wanted) -> list[str]:
    metadata = parse_metadata(source, wanted.path)
    try:
        declared_permissions(metadata, wanted.path, Base("/", wanted.home))
    except Failure as failure:
        return [f"{failure.message} {failure.hint}".strip()]
    return []


def _problems_of_code(source: bytes, wanted: Wanted) -> tuple[list[str], Interface | None]:
    """What `pyst check` finds, and what the interface lacks; and the interface."""
    facts = wanted.facts or Facts(path=wanted.path, name=wanted.name)
    old = check(wanted.source, facts).findings if wanted.source is not None else ()
    known = {(each.rule.code, each.message) for each in old}
    lines = ["", *source.decode().split("\n")]
    found = [
        _told(each, lines)
        for each in check(source, facts).findings
        if (each.severity == "error" or each.rule.code in WARNINGS) and (each.rule.code, each.message) not in known
    ]
    interface = Subject(source, facts).interface
    if interface is None:
        return found or ["the code can't be read as Python"], None
    if len(interface.parameters) > MOST_PARAMETERS:
        found.append(f"`main` has more than {MOST_PARAMETERS} parameters")
    was_function = wanted.before is None or wanted.before.framework == "function"
    if was_function and interface.framework != "function":
        found.append("the entry must be `def main(...)`, at the top level, and the file must not call it itself")
    elif not interface.unknown:
        found += problems_with(wanted.placeholders, interface.parameters)
    return found, interface


def _told(finding: Finding, lines: Sequence[str]) -> str:
    """A finding in words. The model does not see the block, and so counts other lines: it is told what stands there."""
    text = lines[finding.line].strip()[:MOST_QUOTED] if finding.line < len(lines) else ""
    place = f"line {finding.line}" + (f" (`{text}`)" if text else "") + ": " if finding.line else ""
    return f"{place}{finding.message}" + (f" ({finding.hint})" if finding.hint else "")
