"""Names of installed scripts: each is a file and a command, on every system, and means one thing only. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from pyst.errors import ExitCode, Failure
from pyst.system.terminal import UNSEEN

MOST_BYTES = 100
MARKS = "-_.+"
"""What a name may have besides letters and digits."""

DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [kind + number for kind in ("com", "lpt") for number in "0123456789¹²³"]
)
"""Names that mean a device on Windows, in any folder and with any suffix."""

NAMELESS = "script"
"""The name of what has none that would fit."""

KEPT = frozenset(("pyst", "pyx", "__init__", "__pycache__"))


def check_name(
    name: str,
    existing: Iterable[str],
    path_commands: Callable[[str], str | None],
    force: bool = False,
    *,
    is_word: bool = False,
) -> str:
    """The name under which a script may be installed, in composed form (NFC).

    `existing` are the names that are taken: the same one again is an update and no matter of this file, one that only
    differs in letter case or composition is refused. `path_commands` finds the command of a name on PATH, shims of
    pyst's own left out; `force` lets the script stand in its way. With `is_word`, the name is a word of the command
    line itself, and no option gives another. Raises `Failure`: `E_NAME` (64), `E_NAME_TWIN`,
    `E_SHADOWS`.
    """
    plain = unicodedata.normalize("NFC", name)
    if why := _why_not(plain):
        hint = f"{_HINT}; {_fitting(plain)}" if is_word else f"{_HINT}; `--as NAME` gives one"
        raise Failure("E_NAME", f"`{_shown(name)}` can't be a script's name: {why}", exit=ExitCode.USAGE, hint=hint)
    for each in existing:
        if each != plain and folded(each) == folded(plain):
            raise Failure(
                "E_NAME_TWIN",
                f"`{plain}` is the same name as `{each}` to systems that don't tell letter case",
                hint="choose another one" if is_word else "`--as NAME` gives another one",
            )
    if not force and (path := path_commands(plain)):
        raise Failure(
            "E_SHADOWS",
            f"`{plain}` is a command already: `{path}`",
            hint="`--as NAME` gives another name, `--force` takes this one",
        )
    return plain


_HINT = "letters, digits and `-`, `_`, `.`, `+`; it begins with a letter or digit"


def _fitting(name: str) -> str:
    """What to call it in the place of a name that does not fit."""
    found = suggest_name(name)
    return "choose another one" if found == NAMELESS else f"`{found}` would do"


def folded(name: str) -> str:
    """What two names have in common that some system can't tell apart."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _why_not(name: str) -> str:
    """Why this is no name; empty where it is one."""
    if not name:
        return "it is empty"
    try:
        size_bytes = len(name.encode())
    except UnicodeEncodeError:
        return "it is no text"
    if size_bytes > MOST_BYTES:
        return f"it is longer than {MOST_BYTES} bytes"
    strange = next((each for each in name if not _is_usual(each)), "")
    if strange:
        return f"it has {_called(strange)}"
    if not _is_usual(name[0]) or unicodedata.category(name[0])[0] not in "LN":
        return f"it begins with `{name[0]}`"
    if name.endswith("."):
        return "it ends with a dot"
    if unicodedata.normalize("NFKC", name) != name:
        return "it has characters that look like others"
    if name.casefold().partition(".")[0] in DEVICES:
        return "it means a device on Windows"
    if name.casefold() in KEPT:
        return "pyst keeps it for itself"
    return "a script's name has no `.py`" if name.casefold().endswith((".py", ".lock")) else ""


def _is_usual(character: str) -> bool:
    return character in MARKS or (unicodedata.category(character)[0] in "LNM" and not _is_unseen(character))


def _is_unseen(character: str) -> bool:
    """Whether it has no shape of its own, so that a name with it looks like the one without."""
    return character in UNSEEN or character in "\ufe0e\ufe0f"


def _called(character: str) -> str:
    if character == " ":
        return "a blank"
    return (
        f"`{character}`"
        if character.isprintable() and not _is_unseen(character)
        else f"the character U+{ord(character):04X}"
    )


def _shown(name: str) -> str:
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in name[:MOST_BYTES])


def suggest_name(file: str) -> str:
    """A name for a script that was fetched as `file`; one that fits, but may be taken."""
    stem = unicodedata.normalize("NFKC", file.rpartition("/")[2])
    stem = stem.removesuffix(".py").removesuffix(".PY")
    plain = "".join(each if _is_usual(each) else "-" for each in stem).lstrip(MARKS)
    while plain and unicodedata.category(plain[0])[0] == "M":
        plain = plain[1:].lstrip(MARKS)
    while len(plain.encode()) > MOST_BYTES:
        plain = plain[:-1]
    plain = plain.rstrip(MARKS)
    return plain if plain and not _why_not(plain) else NAMELESS
