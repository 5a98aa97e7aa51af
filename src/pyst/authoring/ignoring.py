"""Which files are kept from the model: `.pystdocignore`, in the grammar of gitignore(5). Pure, but for `read_ignores`.

Git's own rules: the last pattern that matches decides, a nearer file wins over one further up, and below a folder that
is ignored nothing comes back. What lies above the project (a user's `~/.pystdocignore`) is asked by itself, so that
nothing in a checkout takes back what the user said. Matching takes no more than pattern times path, however hostile
the two are: libraries that make regular expressions of patterns take exponential time for `*a*a*a*a*b`.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from pyst.errors import Failure, Where
from pyst.patterns import matches

FILE = ".pystdocignore"
MOST_BYTES = 1 << 20
ANY_DEPTH = "**"

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "xdigit": "0-9a-fA-F",
    "space": " \t\n\r\f\v",
    "blank": " \t",
    "punct": "!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~-",
}


class Rule(NamedTuple):
    """One line of a file: the globs of each part of the path, whether it takes back, and means folders only."""

    parts: tuple[str, ...]
    takes_back: bool
    only_folders: bool
    line: int


class Ignores(NamedTuple):
    """The rules of one file, which speak of what is below `folder`."""

    folder: str
    rules: tuple[Rule, ...]

    @property
    def path(self) -> str:
        return os.path.join(self.folder, FILE)


def parse_ignores(text: str) -> tuple[Rule, ...]:
    """The rules of a file, in order. A pattern that can match nothing gives none, as in Git."""
    lines = _bytewise(text.removeprefix("\ufeff")).split("\n")
    return tuple(rule for number, line in enumerate(lines, 1) if (rule := _rule(line.removesuffix("\r"), number)))


def read_ignores(path: str, root: str) -> tuple[tuple[Ignores, ...], tuple[Ignores, ...]]:
    """The files that speak of `path`: those of the folders above `root`, then those from `root` down; outer ones first.

    Raises `Failure` (E_IGNORE) where one can't be read: what it keeps back is not known then.
    """
    outer: list[Ignores] = []
    inner: list[Ignores] = []
    folders = [os.path.dirname(path)]
    while folders[-1] != os.path.dirname(folders[-1]):
        folders.append(os.path.dirname(folders[-1]))
    for folder in reversed(folders):
        found = _read(os.path.join(folder, FILE))
        if found is not None:
            is_inner = folder == root or folder.startswith(root.rstrip("/") + "/")
            (inner if is_inner else outer).append(Ignores(folder, parse_ignores(found)))
    return tuple(outer), tuple(inner)


def find_rule(path: str, files: tuple[Ignores, ...]) -> tuple[Ignores, Rule] | None:
    """The rule by which the absolute `path` is ignored, with its file; None where it is not. Outer files come first."""
    if not files:
        return None
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        found = _deciding("/".join(parts[:end]), end < len(parts), files)
        if found is not None and not found[1].takes_back:
            return found
    return None


def _deciding(path: str, is_folder: bool, files: tuple[Ignores, ...]) -> tuple[Ignores, Rule] | None:
    for file in reversed(files):
        base = file.folder.rstrip("/") + "/"
        if not path.startswith(base) or path == base:
            continue
        names = _bytewise(path[len(base) :]).split("/")
        for rule in reversed(file.rules):
            if (is_folder or not rule.only_folders) and _matches_parts(names, rule.parts):
                return file, rule
    return None


def _bytewise(text: str) -> str:
    """The text with a character for each of its bytes: `?` is one byte to Git."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _read(path: str) -> str | None:
    from pyst.system.files import open_regular

    try:
        fd = open_regular(path, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        if isinstance(error, NotADirectoryError):
            return None
        raise _unreadable(path, error.strerror or str(error)) from error
    with open(fd, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _unreadable(path, f"it is longer than {MOST_BYTES >> 20} MiB")
    return data.decode("utf-8", "surrogateescape")


def _unreadable(path: str, reason: str) -> Failure:
    message = f"`{path}` can't be read: {reason}; what it keeps back is not known"
    return Failure("E_IGNORE", message, hint="mend or remove the file; nothing was sent", where=Where(path))


def _rule(line: str, number: int) -> Rule | None:
    text = _without_end_spaces(line)
    if not text or text.startswith("#"):
        return None
    takes_back = text.startswith("!")
    text = text[1:] if takes_back else text
    only_folders = text.endswith("/")
    text = text[:-1] if only_folders else text
    if not text:
        return None
    is_anchored = "/" in text
    parts = _split(text.removeprefix("/"))
    if not is_anchored:
        parts = [ANY_DEPTH, *parts]
    globs = [ANY_DEPTH if each == ANY_DEPTH else _glob(each) for each in parts]
    if any(each is None for each in globs) or "" in parts:
        return None
    if globs[-1] == ANY_DEPTH and len(globs) > 1:
        globs.append("*")  # `a/**` is all below `a`, and not `a` itself
    return Rule(tuple(each for each in globs if each is not None), takes_back, only_folders, number)


def _without_end_spaces(line: str) -> str:
    bare = line.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if slashes % 2 and len(bare) < len(line) else bare


def _split(text: str) -> list[str]:
    """The pattern between its slashes; one that stands in a set is none."""
    parts = [""]
    at = 0
    while at < len(text):
        taken = 1
        if text[at] == "\\" and text[at + 1 : at + 2] != "/":
            taken = 2
        elif text[at] == "[" and (found := _set(text, at)) is not None:
            taken = found[1] - at
        elif text[at] == "/" or text.startswith("\\/", at):
            parts.append("")
            at += 2 if text[at] == "\\" else 1
            continue
        parts[-1] += text[at : at + taken]
        at += taken
    return parts


def _glob(part: str) -> str | None:
    """One part in the words of `pyst.patterns`: escapes become sets; None where Git matches nothing by it."""
    out: list[str] = []
    at = 0
    while at < len(part):
        char = part[at]
        if char == "\\":
            if at + 1 == len(part):
                return None
            out.append(_literal(part[at + 1]))
            at += 2
        elif char == "[":
            found = _set(part, at)
            if found is None:
                return None
            text, at = found
            out.append(text)
        else:
            out.append(char)
            at += 1
    return "".join(out)


def _literal(char: str) -> str:
    return f"[{char}]" if char in "*?[" else char


def _set(part: str, at: int) -> tuple[str, int] | None:
    """The set that begins at `at` (of `[`), and where it ends; None where it is not closed."""
    at += 1
    negated = part[at : at + 1] in ("!", "^")
    at += negated
    singles, ranges = "", ""
    first = True
    while at < len(part) and (first or part[at] != "]"):
        first = False
        if part.startswith("[:", at) and (end := part.find(":]", at + 2)) >= 0:
            members = _CLASSES.get(part[at + 2 : end])
            if members is None:
                return None
            taken = 0 if members[1:2] == "-" else len(members)
            singles, ranges = singles + members[:taken], ranges + members[taken:]
            at = end + 2
            continue
        low, at = _member(part, at)
        if part[at : at + 1] == "-" and part[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(part, at + 1)
            ranges += f"{low}-{high}"
        else:
            singles += low
    if at >= len(part):
        return None
    return _written(singles, ranges, negated), at + 1


def _member(part: str, at: int) -> tuple[str, int]:
    if part[at] == "\\" and at + 1 < len(part):
        return part[at + 1], at + 2
    return part[at], at + 1


def _written(singles: str, ranges: str, negated: bool) -> str:
    """A set in which no member is mistaken for what it is not: `]` first, `!` and `-` last."""
    plain = "".join(dict.fromkeys(each for each in singles if each not in "]!-"))
    first = "]" if "]" in singles else ""
    last = "".join(each for each in "!-" if each in singles)
    if not (negated or first or ranges or plain):
        if last == "!":
            return last
        last = last[::-1]  # a set that begins with `!` would be a negation
    return f"[{'!' if negated else ''}{first}{ranges}{plain}{last}]"


def _matches_parts(names: list[str], parts: tuple[str, ...]) -> bool:
    """Whether the names match the globs part by part; `**` stands for any number of names."""
    at = inside = 0
    star = mark = -1
    while at < len(names):
        if inside < len(parts) and parts[inside] == ANY_DEPTH:
            star, mark = inside, at
            inside += 1
        elif inside < len(parts) and matches(names[at], parts[inside]):
            at, inside = at + 1, inside + 1
        elif star >= 0:
            mark += 1
            at, inside = mark, star + 1
        else:
            return False
    return all(each == ANY_DEPTH for each in parts[inside:])
