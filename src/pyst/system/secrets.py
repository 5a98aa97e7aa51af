"""What must not be shown: values of secret variables, credentials in URLs. Masked wherever pyst prints or logs.

Names tell what is secret (SPEC section 7): `*_TOKEN`, `*_KEY`, `*_SECRET`, `PASSWORD`, and the globs of the setting
`document.redact`. Pure.
"""

from __future__ import annotations

from pyst.patterns import matches

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MASK = "****"

ENDINGS = ("TOKEN", "KEY", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS", "PAT", "APIKEY")
"""The last word of the name of a secret. A whole word: `MONKEY` is none."""

SHORTEST = 6
"""A shorter value is not searched for in text: masking every `1` would hide nothing but sense."""

_URL_ENDS = frozenset("/?#\\\"'<> \t\r\n,;)]}")
_VALUE_ENDS = frozenset("&\"' \t\r\n,;)]}")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def is_secret(name: str, globs: Iterable[str] = ()) -> bool:
    """Whether a variable, an option or a key of this name holds a secret. `globs` name further ones."""
    upper = name.lstrip("-").upper().replace("-", "_").replace(".", "_")
    if upper.rpartition("_")[2] in ENDINGS or "PASSWORD" in upper:
        return True
    return any(matches(upper, glob.upper()) for glob in globs)


def masked(environ: Mapping[str, str], globs: Iterable[str] = ()) -> dict[str, str]:
    """A copy of the variables with what is secret in them masked."""
    globs = tuple(globs)
    return {
        name: MASK if value and is_secret(name, globs) else mask(value, globs=globs) for name, value in environ.items()
    }


def mask(text: str, environ: Mapping[str, str] | None = None, globs: Iterable[str] = ()) -> str:
    """`text` without secrets: credentials in URLs, `NAME=value` of a secret name, values of secret variables."""
    globs = tuple(globs)
    for value in secret_values(environ or {}, globs):
        text = text.replace(value, MASK)
    if "=" in text:
        text = _mask_assignments(text, globs)
    return _mask_urls(text) if "://" in text and "@" in text else text


def mask_words(words: Sequence[str], environ: Mapping[str, str] | None = None, globs: Iterable[str] = ()) -> list[str]:
    """The words of a command line without secrets: as `mask`, and what follows `--token`, `--password`, …"""
    globs = tuple(globs)
    shown = []
    follows = False
    for word in words:
        shown.append(MASK if follows else mask(word, environ, globs))
        follows = word.startswith("--") and "=" not in word and is_secret(word, globs)
    return shown


def secret_values(environ: Mapping[str, str], globs: Iterable[str] = ()) -> list[str]:
    """The values of secret variables that are long enough to be searched for, longest first."""
    globs = tuple(globs)
    values = {value for name, value in environ.items() if len(value) >= SHORTEST and is_secret(name, globs)}
    return sorted(values, key=lambda value: (-len(value), value))


def _mask_urls(text: str) -> str:
    out = []
    at = 0
    while (start := text.find("://", at)) >= 0:
        start += 3
        end = start
        while end < len(text) and text[end] not in _URL_ENDS:
            end += 1
        name, mark, host = text[start:end].rpartition("@")
        shown = name if name in ("", "git") else MASK  # `git` is what every server calls the user of its ssh
        out += [text[at:start], shown + mark + host]
        at = end
    return "".join(out) + text[at:]


def _mask_assignments(text: str, globs: tuple[str, ...]) -> str:
    out = []
    at = 0
    while (equals := text.find("=", at)) >= 0:
        start = equals
        while start > at and text[start - 1] in _NAME_CHARACTERS:
            start -= 1
        value = equals + 1
        out.append(text[at:value])
        at = value
        if text[start:equals] and is_secret(text[start:equals], globs):
            end = _end_of_value(text, value)
            out.append(MASK if end > value else "")
            at = end
    return "".join(out) + text[at:]


def _end_of_value(text: str, start: int) -> int:
    """Where the value that begins at `start` ends: after its closing quote, or before what separates words."""
    quote = text[start : start + 1]
    end = start
    if quote and quote in "'\"":
        closing = text.find(quote, start + 1)
        if closing >= 0:
            return closing + 1
        end += 1  # the quote is never closed
    while end < len(text) and text[end] not in _VALUE_ENDS:
        end += 1
    return end
