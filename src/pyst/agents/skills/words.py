"""Words of others (scripts, records) in a text that an agent will read: cleaned, bounded, fenced. Pure.

They are data. Inside of a fence they can't end it, forge a tag or hide characters; each line and the whole are
bounded. For a `public` text, whatever tells of the machine or its user is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from pyst.system.terminal import clean

_GENERIC_WORDS = """
root user users admin administrator ubuntu debian fedora vagrant docker runner node python pyst test tester guest home
main local localhost host build builder app work dev me you nobody default server master worker
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""Names of users and hosts that tell nothing, and stand in ordinary sentences."""
SHORTEST_NAME = 4


class Privacy(NamedTuple):
    """What must not be told: folders (with what stands for each), and names of the user and of the host."""

    folders: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()


def privacy_of(home: str, root: str, users: Iterable[str], hosts: Iterable[str]) -> Privacy:
    """What a public text must not tell. Names that are generic, or so short that they are parts of words, may stay."""
    folders = {root: ".", home: "~"}
    names = {**dict.fromkeys(users, "USER"), **dict.fromkeys(hosts, "HOST")}
    return Privacy(
        tuple((each, sign) for each, sign in folders.items() if len(each.strip("/")) > 1),
        tuple((n, s) for n, s in names.items() if len(n) >= SHORTEST_NAME and n.lower() not in GENERIC),
    )


def without_private(text: str, privacy: Privacy) -> str:
    """`text` without the user's folders, other users' homes, and the names of user and host."""
    for folder, sign in sorted(privacy.folders, key=lambda pair: -len(pair[0])):
        text = re.sub(rf"(?<![\w/.~-]){re.escape(folder)}(?![\w-])", sign, text)
    text = re.sub(r"(?<![\w.~-])/(?:home|Users)/[^/\s\"'`:;,)]+", "~", text)
    text = re.sub(r"\b[A-Za-z]:\\Users\\[^\\\s\"'`]+", "~", text)
    for name, sign in privacy.names:
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", sign, text, flags=re.IGNORECASE)
    return text


class Wording(NamedTuple):
    """How words of others are taken over: what is masked in them, and what is kept private (None: nothing is)."""

    mask: Callable[[str], str] = str
    privacy: Privacy | None = None

    def line(self, text: object, most: int = 200) -> str:
        """The words on one line of at most `most` characters."""
        return shortened(" ".join(self._taken(str(text), most).split()), most)

    def block(self, text: str, *, lines: int = 40, columns: int = 200) -> list[str]:
        """The words as lines, of which the last says so where there were more."""
        taken = self._taken(text, lines * columns).strip("\n").split("\n")
        kept = [shortened(each.rstrip(), columns) for each in taken[:lines]]
        return [*kept, "…"] if len(taken) > lines else kept

    def _taken(self, text: str, most: int) -> str:
        text = self.mask(text[: most * 4])
        if self.privacy is not None:
            text = without_private(text, self.privacy)
        text = "\n".join(clean(line) for line in text.expandtabs(4).split("\n"))
        return re.sub(r"<(?=[/!?A-Za-z])", "‹", re.sub(r"<([/!?]?[A-Za-z][^<>\n]*)>", r"‹\1›", text))


def shortened(text: str, most: int) -> str:
    """`text`, cut with `…` to `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def fenced(lines: Iterable[str], info: str = "text") -> str:
    """The lines as a fenced block that none of them can end (CommonMark 4.5)."""
    lines = list(lines)
    runs = [len(each) for line in lines for each in re.findall("`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return "\n".join([f"{fence}{info}", *lines, fence]) + "\n"


def columns(rows: Iterable[tuple[str, str]], most: int = 34) -> list[str]:
    """Two columns of text; a first one that is wider than `most` has a line of its own."""
    rows = list(rows)
    width = max((len(first) for first, _ in rows if len(first) <= most), default=0)
    lines: list[str] = []
    for first, second in rows:
        if len(first) > width and second:
            lines += [first, f"{'':<{width}}  {second}"]
        else:
            lines.append(f"{first:<{width}}  {second}".rstrip())
    return lines
