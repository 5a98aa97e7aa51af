"""The answer to a completion request, and which words are safe to hand to a shell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

MOST_DESCRIPTION = 120


class Candidate(NamedTuple):
    """A word that may come next, and what it means."""

    value: str
    description: str = ""


class Answer(NamedTuple):
    """What may come next: words, and beside them `files` or `folders` if those may stand there too."""

    candidates: tuple[Candidate, ...] = ()
    files: str = ""


FILES = Answer(files="files")
FOLDERS = Answer(files="folders")


def narrowed(answer: Answer, current: str) -> Answer:
    """The answer without what can't be meant by `current`, the word before the cursor, or is not safe."""
    kept = {
        each.value: Candidate(each.value, _one_line(each.description))
        for each in answer.candidates
        if each.value.startswith(current) and is_safe(each.value)
    }
    return Answer(tuple(kept.values()), answer.files)


def is_safe(value: str) -> bool:
    """Whether a word can pass the protocol (one line, a tab after it) and be shown and typed as it is.

    A shell's own special characters are no matter: each shell's function quotes what it inserts.
    """
    return value != "" and value.isprintable() and value.strip() == value


def _one_line(text: str) -> str:
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= MOST_DESCRIPTION else text[: MOST_DESCRIPTION - 1] + "…"


def with_prefix(answer: Answer, prefix: str) -> Answer:
    """The same words, each after `prefix`, as in `--mode=fast`."""
    return Answer(tuple(each._replace(value=prefix + each.value) for each in answer.candidates), answer.files)


def of_values(values: Iterable[object]) -> Answer:
    """The answer of bare words."""
    return Answer(tuple(Candidate(str(value)) for value in values))
