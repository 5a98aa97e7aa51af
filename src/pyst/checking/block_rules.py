"""Rules about the `# /// script` block itself (PEP 723)."""

from __future__ import annotations

from collections.abc import Iterator

from pyst.checking.distributions import ADDED, REMOVED, REPLACED_BY, brings
from pyst.checking.finding import Finding, Remedy, Rule
from pyst.checking.requirements import names_of
from pyst.checking.subject import Subject
from pyst.checking.versions import admits, lowest_minor, words
from pyst.scripts.requirements import normalized_name

NO_PYTHON = Rule(
    "C004",
    "missing-requires-python",
    "warning",
    "A block without `requires-python`.",
    "The script then runs on whatever Python is found first, which is another one on the next machine.",
)
BAD_REQUIREMENT = Rule(
    "C006",
    "invalid-requirement",
    "error",
    "A requirement or `requires-python` that does not follow the standard (PEP 508, PEP 440).",
    "No environment can be built from it.",
)
UNBOUNDED = Rule(
    "C007",
    "unbounded-requirement",
    "info",
    "A requirement without any bound, in a script without a lock.",
    "A future release may break the script; a bound or `pyst lock` keeps it as it is today.",
)
TWICE = Rule(
    "C008",
    "duplicate-requirement",
    "warning",
    "A distribution that is required twice.",
    "One of the two is likely left over, and the narrower one wins unseen.",
)
BAD_BLOCK = Rule(
    "C010",
    "bad-block",
    "error",
    "A block that can't be read: given twice, not TOML, or of wrong types.",
    "Nothing that the block says can be obeyed; pyst refuses to run the script.",
    can_be_ignored=False,
)
UNCLOSED = Rule(
    "C011",
    "unclosed-block",
    "error",
    "A `# /// script` that no `# ///` closes.",
    "By the standard it is then no block at all, and what it says is silently ignored.",
)
UNKNOWN_KEY = Rule(
    "C012",
    "unknown-block-key",
    "warning",
    "A key at the top of the block that the standard does not know.",
    "It is silently ignored; mostly it is a slip of the pen.",
)
STANDARD_MODULE = Rule(
    "C013",
    "standard-module-version",
    "error",
    "A module of the standard library that a Python let in by `requires-python` does not have.",
    "The import fails on that Python.",
)


def bad_block(subject: Subject) -> Iterator[Finding]:
    """C010: what `parse_metadata` refuses."""
    failure = subject.block_failure
    if failure is not None:
        line = failure.where.line if failure.where else 0
        yield Finding(BAD_BLOCK, failure.message, line, 1 if line else 0, failure.hint)


def remarks(subject: Subject) -> Iterator[Finding]:
    """C011 and C012: what the standard passes over in silence."""
    from pyst.scripts.metadata import metadata_warnings

    for each in metadata_warnings(subject.text, ""):
        rule = UNCLOSED if each.code == "W_METADATA_UNCLOSED" else UNKNOWN_KEY
        place = each.where.partition(",")[0].rpartition(":")[2]
        line = int(place) if place.isdecimal() else 0
        yield Finding(rule, each.message, line, 1 if line else 0, each.hint)


def missing_python(subject: Subject) -> Iterator[Finding]:
    """C004: no `requires-python`."""
    metadata = subject.metadata
    if metadata is None or metadata.requires_python is not None:
        return
    lowest = needed_python(subject)
    hint = f'write `requires-python = ">={words(lowest)}"`, or the oldest version that you have tried'
    # Safe only as far as the syntax tells; it can't break a run that works, for every Python now supported is let in.
    remedy = Remedy("python", f">={words(lowest)}", True, f"set `requires-python` to `>={words(lowest)}`")
    yield Finding(NO_PYTHON, "the block has no `requires-python`", metadata.line, 1, hint, "", remedy)


def needed_python(subject: Subject) -> tuple[int, int]:
    """The lowest Python that the syntax and the imports of the script allow, no lower than the oldest supported."""
    from pyst.checking.syntax_rules import features

    needed = [feature.version for feature, _ in features(subject)]
    needed += [ADDED[each.top] for each in subject.imports if each.top in ADDED and not each.guard and not each.level]
    return max([(3, 10), *needed])


def bad_requirement(subject: Subject) -> Iterator[Finding]:
    """C006: strings that `packaging` refuses."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if subject.metadata is None:
        return
    for text in subject.metadata.dependencies:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            message = f"`{text}` is no requirement: {str(error).partition(chr(10))[0]}"
            hint = 'a requirement looks like `httpx`, `rich>=13` or `pandas[excel]==2.2; python_version < "3.14"`'
            yield Finding(BAD_REQUIREMENT, message, subject.block_line_of(text), 1, hint)
    wanted = subject.metadata.requires_python
    if wanted is None:
        return
    line = subject.block_line_of(wanted)
    try:
        SpecifierSet(wanted)
    except InvalidSpecifier:
        message = f"`{wanted}` is no version specifier"
        yield Finding(BAD_REQUIREMENT, message, line, 1, 'write it like `">=3.11"` or `">=3.9,<3.13"`')
        return
    if lowest_minor(wanted) is None:
        yield Finding(BAD_REQUIREMENT, f"no Python 3 fits `{wanted}`", line, 1)


def unbounded(subject: Subject) -> Iterator[Finding]:
    """C007: requirements that any version fulfils, without a lock."""
    from packaging.requirements import InvalidRequirement, Requirement

    if subject.metadata is None or subject.facts.locked is not None:
        return
    if _is_bounded_by_date(subject):
        return
    for text in subject.metadata.dependencies:
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            continue
        if not parsed.specifier and not parsed.url and parsed.name not in _sources(subject):
            hint = f"give it a bound that you have tried, or keep today's versions: `pyst lock {subject.facts.word}`"
            message = f"any version of `{text}` will do, today's and tomorrow's"
            yield Finding(UNBOUNDED, message, subject.block_line_of(text), 1, hint)


def _uv_settings(subject: Subject) -> dict[str, object]:
    settings = subject.metadata.tool.get("uv") if subject.metadata else None
    return settings if isinstance(settings, dict) else {}


def _is_bounded_by_date(subject: Subject) -> bool:
    return "exclude-newer" in _uv_settings(subject)


def _sources(subject: Subject) -> frozenset[str]:
    sources = _uv_settings(subject).get("sources")
    return frozenset(sources) if isinstance(sources, dict) else frozenset()


def twice(subject: Subject) -> Iterator[Finding]:
    """C008: one distribution in two requirements that hold on the same machines."""
    from packaging.requirements import InvalidRequirement, Requirement

    seen: dict[tuple[str, str], str] = {}
    for text in subject.metadata.dependencies if subject.metadata else ():
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            continue
        key = (normalized_name(parsed.name), str(parsed.marker or ""))
        if key in seen:
            message = f"`{text}` and `{seen[key]}` require the same distribution"
            hint = "keep one of them, with all that is wanted of it"
            yield Finding(TWICE, message, subject.block_line_of(text), 1, hint)
        seen.setdefault(key, text)


def standard_module(subject: Subject) -> Iterator[Finding]:
    """C013: modules that came to the standard library later than `requires-python`, or left it before."""
    wanted = subject.metadata.requires_python if subject.metadata else None
    lowest = subject.lowest_python
    declared = names_of(subject.metadata.dependencies) if subject.metadata else frozenset()
    seen = set()
    for each in subject.imports:
        top = each.top
        if each.level or each.guard or each.is_conditional or top in seen or top in subject.facts.neighbours:
            continue
        if any(brings(name, each.module) for name in declared):
            continue
        seen.add(top)
        if top in ADDED and lowest and lowest < ADDED[top]:
            message = f"`{top}` came with Python {words(ADDED[top])}, and `requires-python` lets in {words(lowest)}"
            hint = f'raise `requires-python` to `">={words(ADDED[top])}"`'
            yield Finding(STANDARD_MODULE, message, each.line, each.column, hint)
        elif top in REMOVED and (wanted is None or any(admits(wanted, (3, m)) for m in range(REMOVED[top][1], 20))):
            message = f"`{top}` left the standard library with Python {words(REMOVED[top])}"
            hint = f"require `{REPLACED_BY.get(top, 'standard-' + top)}`, or write it without"
            always_gone = lowest is not None and lowest >= REMOVED[top]
            yield Finding(STANDARD_MODULE, message, each.line, each.column, hint, "" if always_gone else "warning")
