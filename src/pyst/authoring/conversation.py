"""Talking a script over with the person who wants it: look, change, compare, go back, accept or leave.

Nothing is saved here, and nothing run. A question that fails does not end it: what there is stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pyst.authoring.creating import Author, usage_words
from pyst.authoring.preview import facts
from pyst.authoring.validating import Draft
from pyst.errors import Failure
from pyst.sharing.differences import code_difference

HELP = (
    "accept     save this version",
    "show       show it again",
    "diff       what changed since the version before; `diff 1 3` between two (0 is the script as it was)",
    "use N      go back to version N",
    "quit       leave without saving",
    "Anything else is told to the model as what is to change.",
)
WORDS = ("accept", "show", "diff", "use", "quit", "help")


class Ends(NamedTuple):
    """The person's side: a line typed (None at the end of input), lines told, code and differences shown."""

    ask: Callable[[str], str | None]
    tell: Callable[[str], None]
    show_code: Callable[[bytes], None]
    show_difference: Callable[[str], None]


class Conversation:
    """One conversation about one script. `before` is what an edited script was (version 0)."""

    def __init__(self, author: Author, name: str, ends: Ends, before: bytes | None = None) -> None:
        self._author = author
        self._name = name
        self._ends = ends
        self._before = before
        self._at = 0
        self.versions: list[Draft] = []

    def begin(self, draft: Draft) -> None:
        """Take the first draft, and show it."""
        self.versions.append(draft)
        self._at = 1
        if self._before is None:
            self._show()
        else:
            self._compare(0, 1)
            self._tell_facts()

    def talk(self) -> Draft | None:
        """The draft that the person accepts, or None."""
        while True:
            line = self._ends.ask("accept, diff, quit, or say what to change (help): ")
            if line is None:
                return None
            line = "".join(each if each.isprintable() else " " for each in line)  # arrow keys, pasted controls
            word, *rest = line.split() or [""]
            meant = word.lower()
            if not word:
                continue
            if meant in ("q", "quit", "exit") and not rest:
                return None
            if meant in ("a", "accept", "y", "yes") and not rest:
                if not self._draft.problems:
                    return self._draft
                self._ends.tell("it does not pass; say what to change, or quit")
            elif not self._looked(meant, rest):
                self._refine(line.strip())

    @property
    def _draft(self) -> Draft:
        return self.versions[self._at - 1]

    def _looked(self, word: str, rest: list[str]) -> bool:
        """Whether the words were a wish to look at something, which is then shown."""
        numbers = [int(each) for each in rest if each.isascii() and each.isdecimal() and len(each) < 6]
        if len(numbers) < len(rest):
            return False
        if word in ("s", "show") and not rest:
            self._show()
        elif word in ("h", "help", "?") and not rest:
            for each in HELP:
                self._ends.tell(each)
        elif word in ("d", "diff") and len(rest) in (0, 2):
            self._compare(*(numbers or (self._at - 1, self._at)))
        elif word == "use" and len(rest) == 1:
            if 1 <= numbers[0] <= len(self.versions):
                self._at = numbers[0]
                self._show()
            else:
                self._ends.tell(f"there is no version {numbers[0]}")
        else:
            return False
        return True

    def _compare(self, left: int, right: int) -> None:
        sources = [self._source(each) for each in (left, right)]
        if sources[0] is None or sources[1] is None:
            missing = left if sources[0] is None else right
            self._ends.tell(f"there is no version {missing}")
            return
        self._ends.show_difference(code_difference(sources[0], sources[1], f"{self._name}.py"))

    def _source(self, version: int) -> bytes | None:
        if version == 0:
            return self._before
        return self.versions[version - 1].source if 1 <= version <= len(self.versions) else None

    def _refine(self, wish: str) -> None:
        try:
            draft = self._author.refine(self._draft, wish)
        except Failure as failure:
            self._ends.tell(f"error: {failure.message}" + (f"; {failure.hint}" if failure.hint else ""))
            return
        earlier = self._draft
        self.versions.append(draft)
        self._at = len(self.versions)
        self._ends.show_difference(code_difference(earlier.source, draft.source, f"{self._name}.py"))
        self._tell_facts()

    def _show(self) -> None:
        self._ends.show_code(self._draft.source)
        self._tell_facts()

    def _tell_facts(self) -> None:
        for each in facts(self._draft):
            self._ends.tell(each)
        self._ends.tell(f"version {self._at} of {len(self.versions)}; so far {usage_words(self._author.usage)}")
