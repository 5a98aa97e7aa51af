"""What a script must not reveal when it is shared: secrets that stand in its text. Pure.

Found are the forms that well-known tokens have, private keys, passwords in addresses, texts that are given to names of
secrets, and the values of the user's own secret variables. What only looks like one is passed by a comment in its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pyst.system.secrets import is_secret

MARKER = "pyst: no-secret"
LEAST_VALUE = 8
"""A shorter text, or value of a variable, is not taken for a secret."""

_FORMS = (
    ("a token of GitHub", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{50,255})\b"),
    ("a token of GitLab", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a key of Amazon's cloud", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a key of Google's cloud", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("a token of Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("a key of Stripe", r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    ("a key of a language model", r"\bsk-(?:ant-|proj-|svcacct-|or-)?[A-Za-z0-9_-]{20,}"),
    ("a token of PyPI", r"\bpypi-[A-Za-z0-9_-]{40,}"),
    ("a token of npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a token of Hugging Face", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("a JSON Web Token", r"\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("a password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/?#@:\"'{}$<>]{1,200}:[^\s/?#@\"'{}$<>]{1,200}@"),
)
_KNOWN = tuple((what, re.compile(form)) for what, form in _FORMS)
_GIVEN = re.compile(
    r"""(?<![A-Za-z0-9_-])(?P<name>[A-Za-z_][A-Za-z0-9_-]{0,80})["']?\]?\s{0,8}(?::\s{0,8}[A-Za-z_.]{1,40}\s{0,8}=|[=:])\s{0,8}"""
    r"""[rbuRBU]{0,2}(?P<quote>["'])(?P<value>[^"'\s]{8,500})(?P=quote)"""
)
"""A text that is given to a name: `API_KEY = "…"`, `api_key="…"`, `"api-key": "…"`, `key: str = "…"`."""
_STANDS_FOR = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3}|…|example|changeme|change-me|placeholder|dummy|your|secret|password|token|api_?key|test"
)
"""Of a text that only stands for a secret."""


class Finding(NamedTuple):
    """A secret in a text: the number of its line (from 1), and what it is. It is not shown itself."""

    line: int
    what: str


def find_secrets(text: str, environ: Mapping[str, str], globs: Iterable[str] = ()) -> list[Finding]:
    """The secrets that stand in a text, first those of the first line. `globs` name further secret variables."""
    globs = tuple(globs)
    own = {value: name for name, value in environ.items() if len(value) >= LEAST_VALUE and is_secret(name, globs)}
    found = _of_several_lines(text, own)
    for number, line in enumerate(text.splitlines(), 1):
        if MARKER in line:
            continue
        mine = next((name for value, name in own.items() if value in line), None)
        what = f"the value of your variable `{mine}`" if mine is not None else _what(line, globs)
        if what:
            found.append(Finding(number, what))
    return sorted(found)


def _of_several_lines(text: str, own: Mapping[str, str]) -> list[Finding]:
    """Where values of variables begin that have more than one line."""
    plain = "\n".join(text.splitlines())
    found = []
    for value, name in own.items():
        lines = "\n".join(value.strip().splitlines())
        at = plain.find(lines) if "\n" in lines else -1
        if at >= 0:
            found.append(Finding(plain.count("\n", 0, at) + 1, f"the value of your variable `{name}`"))
    return found


def _what(line: str, globs: tuple[str, ...]) -> str:
    for what, form in _KNOWN:
        if form.search(line):
            return what
    for given in _GIVEN.finditer(line):
        value = given["value"]
        if is_secret(given["name"], globs) and _is_random(value):
            return f"a text that is given to `{given['name']}`"
    return ""


def _is_random(value: str) -> bool:
    """Whether a text may be a secret itself, and not its name, a path, a template or a word that stands for one."""
    if _STANDS_FOR.search(value) or value[0] in "/.~<{$%" or "{" in value or "://" in value or value.isupper():
        return False
    kinds = [any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit)]
    return sum(kinds) >= 2 and len(set(value)) >= LEAST_VALUE - 2
