"""Rules that hold the imports of a script against what its block (or its project) declares."""

from __future__ import annotations

from collections.abc import Iterator

from pyst.checking.distributions import (
    COMES_WITH,
    NAMESPACES,
    REMOVED,
    STANDARD,
    USED_BY,
    brings,
    distribution_of,
)
from pyst.checking.finding import Finding, Remedy, Rule
from pyst.checking.imports import Import
from pyst.checking.requirements import is_requirement, names_of
from pyst.checking.subject import Subject
from pyst.scripts.requirements import normalized_name

UNDECLARED = Rule(
    "C001",
    "undeclared-import",
    "error",
    "An imported module that no requirement brings.",
    "The script runs in an environment with exactly what it declares; the import fails there.",
)
UNUSED = Rule(
    "C002",
    "unused-dependency",
    "warning",
    "A requirement that nothing in the script imports or names.",
    "It makes the environment larger and the script slower to start for the first time.",
)
NO_BLOCK = Rule(
    "C003",
    "missing-block",
    "error",
    "Third-party modules are imported, and there is no `# /// script` block.",
    "Without the block nothing says what the script needs, and it runs only where that happens to be installed.",
)
RELATIVE = Rule(
    "C014",
    "relative-import",
    "error",
    "A relative import in a file that is run by itself.",
    "A script has no package around it: Python refuses the import.",
)


def third_party(subject: Subject) -> list[Import]:
    """The first import of each module that is neither of the standard library nor lies beside the script.

    Of several imports of one module the least guarded counts. Only type checkers see `typing` ones: they are left out.
    """
    found: dict[str, Import] = {}
    for each in subject.imports:
        if each.level or each.guard in ("typing", "dynamic") or not each.top:
            continue
        if each.top in STANDARD and each.top not in REMOVED:
            continue
        if each.top in subject.facts.neighbours or each.top in REMOVED:
            continue
        kept = found.get(each.top)
        if kept is None:
            found[each.top] = each
        else:
            weaker = kept.guard and not each.guard
            found[each.top] = (each if weaker else kept)._replace(members=(*kept.members, *each.members))
    return list(found.values())


def undeclared(subject: Subject) -> Iterator[Finding]:
    """C001: imports that no requirement brings."""
    declared = _declared(subject)
    if declared is None:
        return
    for each in third_party(subject):
        if any(brings(name, each.module, each.members) for name in declared):
            continue
        yield _undeclared(subject, each, declared)


def _declared(subject: Subject) -> frozenset[str] | None:
    """The distributions that are declared, or None where C003 or another rule speaks of it."""
    if subject.block_failure is not None:
        return None
    if subject.metadata is not None:
        return names_of(subject.metadata.dependencies)
    return subject.facts.project


def _undeclared(subject: Subject, one: Import, declared: frozenset[str]) -> Finding:
    distribution, is_known = distribution_of(one.top)
    level, hint = "", f"add it: `pyst add {distribution} --script {subject.facts.word}`"
    message = f"`{one.top}` is imported, but no requirement brings it"
    hosts = [name for name in COMES_WITH.get(one.top, ()) if name in declared]
    if one.guard == "try":
        level, message = "info", message + "; the script handles its absence"
    elif subject.facts.locked is not None and distribution in subject.facts.locked:
        level, message = "warning", f"`{one.top}` comes only along with another requirement, by the lock"
    elif hosts:
        level, message = "warning", f"`{one.top}` comes only along with `{hosts[0]}`, as things are today"
    elif one.is_conditional or _changes_path(subject):
        level = "warning"
    if not is_known:
        hint += "; if its distribution has another name, use that one"
    remedy = None
    if one.top in NAMESPACES and distribution == one.top:
        hint = f"find the distribution that brings `{one.module}`, and add that one"
    elif subject.metadata is not None and level != "info":
        remedy = Remedy("require", distribution, is_known, f"add `{distribution}` to the block")
    return Finding(UNDECLARED, message, one.line, one.column, hint, level, remedy)


def _changes_path(subject: Subject) -> bool:
    """Whether the script changes where modules are looked for: then what lies elsewhere may be meant."""
    changes = ("append", "insert", "extend")
    return any(name in ("sys.path." + each for each in changes) for _, name in subject.calls) or any(
        name == "site.addsitedir" for _, name in subject.calls
    )


def missing_block(subject: Subject) -> Iterator[Finding]:
    """C003: third-party imports and no block; a script of a project is held against the project instead."""
    if subject.metadata is not None or subject.block_failure is not None or subject.facts.project is not None:
        return
    needed = [each for each in third_party(subject) if not each.guard]
    if not needed:
        return
    distributions = sorted({distribution_of(each.top)[0] for each in needed})
    is_known = all(distribution_of(each.top)[1] for each in needed)
    is_nameless = any(each in NAMESPACES for each in distributions)
    shown = ", ".join(f"`{each.top}`" for each in needed)
    unclosed = "\n# /// script" in "\n" + subject.text  # C011 says what is meant by it
    certain = not all(each.is_conditional for each in needed) and not _changes_path(subject)
    label = f"add a block with {', '.join(distributions)}"
    remedy = Remedy("require", "\n".join(distributions), is_known, label)
    yield Finding(
        NO_BLOCK,
        f"{shown} {'is' if len(needed) == 1 else 'are'} imported, and no block says where from",
        needed[0].line,
        needed[0].column,
        f"add a block: `pyst add {' '.join(distributions)} --script {subject.facts.word}`",
        "" if certain else "warning",
        None if unclosed or is_nameless else remedy,
    )


def unused(subject: Subject) -> Iterator[Finding]:
    """C002: requirements that no import, no string and no other requirement has a use for."""
    if subject.metadata is None or subject.tree is None:
        return
    dependencies = subject.metadata.dependencies
    declared = names_of(dependencies)
    if any(each.members == ("*",) and each.level for each in subject.imports):
        return
    text = None
    for requirement in dependencies:
        name = next(iter(names_of((requirement,))), "")
        if not name or not is_requirement(requirement) or _is_imported(subject, name) or _is_picked_up(name, declared):
            continue
        if text is None:
            text = normalized_text(subject.strings)
        if f" {name} " in text:
            continue
        message = f"nothing in the script uses `{requirement}`"
        hint = f"take it out: `pyst remove {name} --script {subject.facts.word}`"
        remedy = Remedy("drop", requirement, False, f"take `{requirement}` out of the block")
        yield Finding(UNUSED, message, subject.block_line_of(requirement), 1, hint, "", remedy)


def normalized_text(strings: list[str]) -> str:
    """The words of all strings, in the form of distribution names, with a space around each."""
    kept = "".join(char if char.isalnum() or char in "-_." else " " for each in strings for char in each + " ")
    return " " + " ".join(normalized_name(word) for word in kept.split()) + " "


def _is_imported(subject: Subject, name: str) -> bool:
    return any(not each.level and brings(name, each.module, each.members) for each in subject.imports)


def _is_picked_up(name: str, declared: frozenset[str]) -> bool:
    """Whether another declared distribution uses this one by itself, or it is for type checkers or is a plugin."""
    if name.startswith("types-") or name.endswith("-stubs"):
        return True
    if any(host in declared for host in USED_BY.get(name, ())):
        return True
    return any(name.startswith((host + "-", f"sphinx-{host}")) for host in declared if host != name)


def relative(subject: Subject) -> Iterator[Finding]:
    """C014: relative imports."""
    for each in subject.imports:
        if each.level and each.guard not in ("typing", "try"):
            shown = "." * each.level + each.module
            message = f"`from {shown} import …` can't work in a file that is run by itself"
            hint = "modules beside the script are imported by their plain name"
            yield Finding(RELATIVE, message, each.line, each.column, hint)
            return
