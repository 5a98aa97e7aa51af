"""What in a text must not leave the machine: what globs name, what looks like a secret, what stands behind its name.

Pure. Which parts of a script are looked at is left to `guardrails`. Rather too much is hidden than too little: a model
writes help just as well without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from pyst.patterns import matches
from pyst.system.secrets import SHORTEST, is_secret

HIDDEN = "[hidden]"

_MORE_ENDINGS = frozenset(
    {"PW", "PWD", "PASS", "PASSCODE", "PIN", "AUTH", "CREDS", "CREDENTIAL", "JWT", "COOKIE", "SALT"}
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"""[^\s"'`,;()\[\]{}<>]+""")
_PIECE = re.compile(r"[^=:/@|&?#+!]+")
_KNOWN = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY-----|.*)"
    r"|\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|sk_(?:live|test)_\w{12,}"
    r"|rk_(?:live|test)_\w{12,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,}|ya29\.[\w-]{16,}|npm_[A-Za-z0-9]{20,}"
    r"|pypi-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|dop_v1_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|A[KS]IA[A-Z0-9]{12,}|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)",
    re.DOTALL,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s\"'<>]*@")
_BEARER = re.compile(r"\b((?:bearer|basic|token)\s+)([\w.~+/=-]{8,})", re.IGNORECASE)
_NAMED = re.compile(
    r"""([A-Za-z_][\w.-]{0,200})(["']?\s{0,8}(?::=|[:=])\s{0,8})("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s"',;)\]}]+)"""
)
_FLAGGED = re.compile(r"(--?[A-Za-z][\w-]{0,100}[ \t]+)([^\s\"'`-][^\s\"'`]*)")
_BLOB = re.compile(r"[A-Za-z0-9+_=-]{20,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}")
_HEX = frozenset("0123456789abcdefABCDEF-")


class Cleaned(NamedTuple):
    """A text without what must stay here, and what was taken out."""

    text: str
    taken: tuple[str, ...] = ()


def hide_secrets(text: str, globs: Sequence[str] = (), values: Iterable[str] = (), *, is_prose: bool = True) -> Cleaned:
    """`text` with `[hidden]` for each of `values`, for words and lines that a glob matches, and for likely secrets.

    Of what is no prose but code, only the values and what is surely a secret is hidden: names are left.
    """
    taken: list[str] = []

    def hide(found: str) -> str:
        if not found or found.strip("\"'") == HIDDEN:
            return found
        taken.append(found)
        return HIDDEN

    for value in sorted(values, key=len, reverse=True):
        if value in text:
            text = text.replace(value, hide(value))
    text = _KNOWN.sub(lambda found: hide(found[0]), text)
    if "://" in text and "@" in text:
        text = _CREDENTIALS.sub(lambda found: hide(found[0][:-1]) + "@", text)
    if not is_prose:
        return Cleaned(text, tuple(taken))
    text = _BEARER.sub(lambda found: found[1] + hide(found[2]), text)
    text = _NAMED.sub(lambda found: _named(found, globs, hide), text)
    text = _FLAGGED.sub(lambda found: found[1] + hide(found[2]) if names_secret(found[1], globs) else found[0], text)
    text = _WORD.sub(lambda found: hide(found[0]) if looks_secret(found[0]) else found[0], text)
    if globs:
        text = _by_globs(text, globs, hide)
    return Cleaned(text, tuple(taken))


def names_secret(name: str, globs: Iterable[str] = ()) -> bool:
    """Whether something of this name holds a secret: as anywhere in pyst, and by more words (`pwd`, `authToken`)."""
    spaced = _HUMP.sub("_", name.strip().lstrip("-"))
    last = spaced.upper().replace("-", "_").replace(".", "_").rpartition("_")[2]
    return last in _MORE_ENDINGS or is_secret(name.strip(), globs) or is_secret(spaced)


def looks_secret(word: str) -> bool:
    """Whether a word is nothing that a person writes: long, and made of letters and digits as a generator makes it."""
    return any(_is_random(each) for each in _BLOB.findall(word)) or (
        not word.startswith(("/", ".", "~")) and any(_is_mixed(each) for each in _BASE64.findall(word))
    )


def matches_glob(text: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs means this text; letter case does not count."""
    upper = text.upper()
    return any(matches(upper, glob.upper()) for glob in globs)


def _named(found: re.Match[str], globs: Sequence[str], hide: Callable[[str], str]) -> str:
    name, between, value = found[1], found[2], found[3]
    if not names_secret(name, globs) or value.strip("\"'") == HIDDEN or not value.strip("\"'"):
        return found[0]
    quote = value[0] if value[0] in "\"'" else ""
    inner = value[1:-1] if quote else value
    return f"{name}{between}{quote}{hide(inner)}{quote}"


def _is_random(word: str) -> bool:
    bare = word.strip("=-_")
    if len(bare) < 20:
        return False
    digits = sum(char.isdigit() for char in bare)
    if not digits or digits == len(bare):
        return digits >= 20
    if _HEX.issuperset(bare):
        return len(bare) >= 24
    if _is_mixed(bare):
        return True
    return "_" not in bare and "-" not in bare and digits >= 4 and _entropy(bare) >= 3.3


def _is_mixed(word: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(char) for char in word) for kind in kinds) and _entropy(word) >= 3.5


def _entropy(word: str) -> float:
    """Bits for each character, by how often each one is used."""
    counts = [word.count(char) / len(word) for char in set(word)]
    return -sum(share * math.log2(share) for share in counts)


def _by_globs(text: str, globs: Sequence[str], hide: Callable[[str], str]) -> str:
    if matches_glob(text.strip(), globs):
        return hide(text)
    lines = text.split("\n")
    lines = [hide(line) if line.strip() and matches_glob(line.strip(" \t#\"'"), globs) else line for line in lines]
    text = "\n".join(lines)
    for glob in globs:
        count = len(glob.split())
        text = _windows(text, glob, count, hide) if count > 1 else text
    return _WORD.sub(lambda found: hide(found[0]) if _is_meant(found[0], globs) else found[0], text)


def _is_meant(word: str, globs: Sequence[str]) -> bool:
    if word == HIDDEN.strip("[]"):
        return False
    forms = {word, word.strip(".:!?*=-_"), *_PIECE.findall(word)}
    forms |= {each.strip(".-") for each in _PIECE.findall(word)}
    return any(matches_glob(each, globs) for each in forms if each)


def _windows(text: str, glob: str, count: int, hide: Callable[[str], str]) -> str:
    """The text without each run of `count` words that a glob of as many words means."""
    words = list(re.finditer(r"\S+", text))
    out, at = [], 0
    for first, last in zip(words, words[count - 1 :], strict=False):
        if first.start() >= at and matches_glob(" ".join(text[first.start() : last.end()].split()), (glob,)):
            out += [text[at : first.start()], hide(text[first.start() : last.end()])]
            at = last.end()
    return "".join(out) + text[at:]


def worth_searching(value: str) -> bool:
    """Whether a hidden value is long enough to be searched for in all other text."""
    return len(value.strip()) >= SHORTEST and value.strip() != HIDDEN
