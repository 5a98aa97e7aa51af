"""All rules, in the order of their codes, and the one function that applies them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pyst.checking import (
    block_rules,
    dependency_rules,
    ending_rules,
    interface_rules,
    prompt_rules,
    syntax_rules,
    text_rules,
)
from pyst.checking.finding import Finding, Rule
from pyst.checking.ignores import Ignore, find_ignores
from pyst.checking.subject import Facts, Subject
from pyst.errors import did_you_mean

Check = Callable[[Subject], Iterator[Finding]]

UNKNOWN_IGNORE = Rule(
    "C901",
    "unknown-ignore",
    "warning",
    "A `# pyst: ignore[…]` comment that silences nothing.",
    "It names no rule, a rule that does not exist, or one that can't be silenced.",
    can_be_ignored=False,
)

CHECKS: tuple[Check, ...] = (
    dependency_rules.undeclared,
    dependency_rules.unused,
    dependency_rules.missing_block,
    dependency_rules.relative,
    block_rules.missing_python,
    block_rules.bad_requirement,
    block_rules.unbounded,
    block_rules.twice,
    block_rules.bad_block,
    block_rules.remarks,
    block_rules.standard_module,
    syntax_rules.too_new,
    syntax_rules.unparsable,
    text_rules.invisible,
    text_rules.shebang,
    prompt_rules.prompts,
    prompt_rules.breakpoints,
    ending_rules.exit_builtin,
    ending_rules.swallowed_exit,
    ending_rules.failure_ends_zero,
    ending_rules.lost_code,
    ending_rules.code_range,
    interface_rules.no_help,
    interface_rules.unbounded_output,
    interface_rules.docstring,
    interface_rules.parameter_help,
    interface_rules.mutable_default,
    interface_rules.untyped,
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        {
            value
            for room in (
                block_rules,
                dependency_rules,
                ending_rules,
                interface_rules,
                prompt_rules,
                syntax_rules,
                text_rules,
            )
            for value in vars(room).values()
            if isinstance(value, Rule)
        }
        | {UNKNOWN_IGNORE},
    )
)
"""Every rule, by its code."""


class Checked(NamedTuple):
    """What was found in a script, by line, and how many findings its own comments silenced."""

    findings: tuple[Finding, ...]
    ignored: int


def check(source: bytes, facts: Facts) -> Checked:
    """Apply every rule to a script."""
    subject = Subject(source, facts)
    found = [finding for each in CHECKS for finding in each(subject)]
    ignores = find_ignores(subject.text)
    kept = [each for each in found if not _is_ignored(each, ignores)]
    ignored = len(found) - len(kept)
    kept += _bad_ignores(ignores)
    kept.sort(key=lambda each: (each.line, each.column, each.rule.code, each.message))
    return Checked(tuple(kept), ignored)


def _is_ignored(finding: Finding, ignores: list[Ignore]) -> bool:
    return finding.rule.can_be_ignored and any(
        finding.rule.code in each.codes and (each.is_for_file or each.line == finding.line) for each in ignores
    )


def _bad_ignores(ignores: list[Ignore]) -> list[Finding]:
    known = {rule.code: rule for rule in RULES}
    found = []
    for each in ignores:
        problems = [each.problem] if each.problem else []
        hint = "write it as `# pyst: ignore[C001]`, or `# pyst: ignore-file[C001]` for the whole file"
        for code in each.codes:
            if code not in known:
                problems.append(f"there is no rule `{code}`")
                hint = did_you_mean(code, list(known)) or "`pyst check --rules` lists them"
            elif not known[code].can_be_ignored:
                problems.append(f"`{code}` can't be silenced: whoever writes the file could hide behind it")
                hint = "mend what it found"
        found += [Finding(UNKNOWN_IGNORE, problem, each.line, each.column, hint) for problem in problems]
    return found
