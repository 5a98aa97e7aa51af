"""Contexts: named rules over scripts, and the verdict with the rule that decided (SPEC sections 1 and 3).

The rules of a context are its parents' (`extends`), then its own. The last one that matches decides; where none
does, the script is blocked. Where nobody defined `default`, it allows everything. A rule is a glob over

- a name: `build`, `db/*` (matched against `name` or `group/name`);
- a name of one origin: `global:*`, `installed:x`;
- a path: it starts with `/`, `~/`, `./` or `../`, the latter two from the folder of the settings file.

`!` in front denies. A script that is given by its path has its name too, and below a script folder the name it has
there. Where a project that is not trusted has contexts, the user's own must allow the script as well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyst.errors import ExitCode, Failure, Where, did_you_mean
from pyst.patterns import matches
from pyst.scripts.script import ORIGINS, Script
from pyst.settings.origins import DEFAULT, Origin
from pyst.settings.values import Context, Settings

IMPLICIT = Context("default", ("*",))
DEEPEST = 50


class Rule(NamedTuple):
    """One rule: its text, the chain of contexts that led to it, and its place."""

    text: str
    chain: tuple[str, ...]
    origin: Origin = DEFAULT
    item: int = 0

    @property
    def denies(self) -> bool:
        return self.text.startswith("!")

    @property
    def where(self) -> Where | None:
        return self.origin.where(self.item) if self.origin.path else None

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.text,
            "effect": "deny" if self.denies else "allow",
            "context": self.chain[-1],
            "chain": list(self.chain),
            "origin": self.origin.kind,
            "path": self.origin.path or None,
            "line": self.origin.line_of(self.item) or None,
        }


class Verdict(NamedTuple):
    """Whether a context allows a script; `deciding` decided, `matching` are all that matched.

    Where none matched, `deciding` is None, and `defined` is where the context's rules stand.
    """

    allowed: bool
    context: str
    deciding: Rule | None
    reason: str
    matching: tuple[Rule, ...] = ()
    defined: Where | None = None

    @property
    def rule(self) -> str:
        return self.deciding.text if self.deciding else ""

    @property
    def where(self) -> Where | None:
        return self.deciding.where if self.deciding else self.defined


class _Test(NamedTuple):
    """What a rule asks of a script: a glob over its path, its names, or its names of one origin."""

    rule: Rule
    pattern: str
    of_path: bool = False
    origin: str | None = None

    def holds(self, names: tuple[tuple[str, str], ...], paths: tuple[str, ...]) -> bool:
        if self.of_path:
            return any(matches(path, self.pattern) for path in paths)
        return any(self.origin in (None, origin) and matches(name, self.pattern) for origin, name in names)


class Judge:
    """The rules of one context, ready to judge many scripts."""

    def __init__(self, context: str, settings: Settings) -> None:
        self.context = context
        self.settings = settings
        contexts = settings.contexts
        own = context if context in contexts.vouched else "default"
        everything = expand("default", {})
        rules = expand(context, contexts.merged)
        own_rules = expand(own, contexts.vouched)
        is_one = contexts.merged == contexts.vouched or own_rules == everything
        self.allows_all = is_one and rules == everything
        self._tests = [self._test(rule) for rule in rules]
        self._own_tests = None if is_one else [self._test(rule) for rule in own_rules]
        self._asks_paths = any(test.of_path for test in (*self._tests, *(self._own_tests or ())))

    def verdict(self, script: Script) -> Verdict:
        """What the context says about the script."""
        if self.allows_all:
            rule = self._tests[0].rule
            return Verdict(True, self.context, rule, "no rules are defined: everything is allowed", (rule,))
        names = names_of(script, self.settings)
        paths = (script.path, os.path.realpath(script.path)) if self._asks_paths else ()
        if self._own_tests is None:
            return self._decided(self._tests, names, paths)
        own = self._decided(self._own_tests, names, paths)
        if not own.allowed:
            return own
        both = self._decided(self._tests, names, paths)
        return both._replace(matching=tuple(dict.fromkeys((*own.matching, *both.matching))))

    def _decided(self, tests: list[_Test], names: tuple[tuple[str, str], ...], paths: tuple[str, ...]) -> Verdict:
        matching = tuple([test.rule for test in tests if test.holds(names, paths)])
        if not matching:
            reason = f"no rule of the context `{self.context}` allows it"
            return Verdict(False, self.context, None, reason, defined=tests[0].rule.where if tests else None)
        last = matching[-1]
        reason = f"the rule `{last.text}` of the context `{last.chain[-1]}` is the last that matches"
        return Verdict(not last.denies, self.context, last, reason, matching)

    def _test(self, rule: Rule) -> _Test:
        pattern = rule.text.removeprefix("!")
        if pattern.startswith("~/"):
            return _Test(rule, self.settings.home + pattern[1:], of_path=True)
        if pattern.startswith(("./", "../")):
            folder = os.path.dirname(rule.origin.path)
            return _Test(rule, os.path.normpath(os.path.join(folder, pattern)), of_path=True)
        if pattern.startswith("/"):
            return _Test(rule, pattern, of_path=True)
        origin, colon, rest = pattern.partition(":")
        return _Test(rule, rest, origin=origin) if colon and origin in ORIGINS else _Test(rule, pattern)


def verdict(script: Script, context_name: str, settings: Settings) -> Verdict:
    """What the context says about the script. Raises `Failure` as `expand` does."""
    return Judge(context_name, settings).verdict(script)


def active_context(flag: str | None, environ: Mapping[str, str], settings: Settings) -> str:
    """The context that holds: `--context`, else `PYST_CONTEXT`, else `default`.

    Raises `Failure` (E_CONTEXT, usage) where nobody defined it.
    """
    name = flag if flag is not None else environ.get("PYST_CONTEXT") or "default"
    if name != "default" and name not in settings.contexts.merged:
        said = "" if flag is not None else " (`PYST_CONTEXT`)"
        known = context_names(settings)
        hint = did_you_mean(name, known) or "known contexts: " + ", ".join(f"`{each}`" for each in known)
        raise Failure("E_CONTEXT", f"there is no context `{name}`{said}", hint=hint, exit=ExitCode.USAGE)
    return name


def context_names(settings: Settings) -> list[str]:
    """The names of all contexts, `default` first."""
    return ["default", *sorted(name for name in settings.contexts.merged if name != "default")]


def expand(name: str, contexts: Mapping[str, Context]) -> tuple[Rule, ...]:
    """The rules of a context in the order in which they count, its parents' first.

    Raises `Failure` (E_CONFIG) where a parent does not exist, or the chain comes back to itself.
    """
    rules: list[Rule] = []
    _collect(name, contexts, (), rules, set())
    return tuple(rules)


def _collect(
    name: str, contexts: Mapping[str, Context], chain: tuple[str, ...], rules: list[Rule], done: set[str]
) -> None:
    """Add the rules of a context; one that several extend counts once, where it is first reached."""
    context = contexts.get(name) or (IMPLICIT if name == "default" else None)
    if context is None:
        child = contexts[chain[-1]]
        hint = did_you_mean(name, ["default", *contexts])
        message = f"the context `{chain[-1]}` extends `{name}`, which does not exist"
        where = child.extends_origin.where(child.extends.index(name))
        raise Failure("E_CONFIG", message, hint=hint, where=where)
    here = (*chain, name)
    if len(here) > DEEPEST:
        message = f"the context `{here[0]}` extends more than {DEEPEST} others in a row"
        raise Failure("E_CONFIG", message, where=context.extends_origin.where())
    for at, parent in enumerate(context.extends):
        if parent in here:
            circle = " → ".join(f"`{each}`" for each in (*here[here.index(parent) :], parent))
            message = f"contexts extend each other in a circle: {circle}"
            raise Failure("E_CONFIG", message, where=context.extends_origin.where(at))
        if parent not in done:
            _collect(parent, contexts, here, rules, done)
    rules += [Rule(text, here, context.enabled_origin, at) for at, text in enumerate(context.enabled or ())]
    done.add(name)


def names_of(script: Script, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Each origin and name by which rules know the script."""
    names = [(script.origin, script.name)]
    if script.origin == "path":
        folders = [*settings.script_folders]
        folders += [(origin, os.path.realpath(folder)) for origin, folder in folders]
        for path in (script.path, os.path.realpath(script.path)):
            names.append(("path", _stem(os.path.basename(path))))
            for origin, folder in folders:
                start = folder.rstrip("/") + "/"
                if path.startswith(start):
                    names.append((origin, _stem(path[len(start) :])))
    return tuple(dict.fromkeys(names))


def _stem(name: str) -> str:
    return name.removesuffix(".py").removesuffix(".pyw")


def blocked(script: Script, verdict: Verdict) -> Failure:
    """The failure of a script that a context does not allow: the rule, its place, and the way on."""
    rule = f"by the rule `{verdict.rule}`" if verdict.deciding else "since no rule allows it"
    return Failure(
        "E_BLOCKED",
        f"`{script.name}` is blocked in the context `{verdict.context}` {rule}",
        hint="`--force` runs it all the same (and is recorded), `--context NAME` asks another context, "
        "`pyst explain` shows all rules",
        exit=ExitCode.BLOCKED,
        where=verdict.where,
    )
