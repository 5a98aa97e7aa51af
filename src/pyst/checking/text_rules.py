"""Rules about the file as text and as a file: characters that deceive, and its first line."""

from __future__ import annotations

from collections.abc import Iterator

from pyst.checking.finding import Finding, Remedy, Rule
from pyst.checking.subject import Subject
from pyst.scripts.decoding import BOM
from pyst.scripts.shebang import is_python_shebang

INVISIBLE = Rule(
    "C102",
    "invisible-character",
    "error",
    "A character that can't be seen, or that changes the order in which others are shown.",
    "What a person reads is then not what Python runs (CVE-2021-42574, Trojan Source).",
    can_be_ignored=False,
)
SHEBANG = Rule(
    "C103",
    "shebang",
    "warning",
    "A first line that can't start the script as it is meant.",
    "Called by its path, the file fails, or runs without what it declares.",
)

BIDI = dict.fromkeys(
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c",
    "changes the order in which text is shown",
)
HIDDEN = dict.fromkeys(
    "\u200b\u2060\u2061\u2062\u2063\u2064\u180e\ufeff\u00ad\u115f\u1160\u3164\uffa0", "can't be seen"
)
JOINERS = "\u200c\u200d"
"""They join letters and emoji; between others they can't be seen."""

CONTROLS = frozenset(chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))) - frozenset("\t\n\r\f")
TAGS = range(0xE0000, 0xE0080)
MOST_FINDINGS = 50


def invisible(subject: Subject) -> Iterator[Finding]:
    """C102: bidirectional marks, invisible characters, controls; at most a bounded number of them."""
    text = subject.text
    if text.isascii() and not CONTROLS.intersection(text):
        return
    count = 0
    for number, line in enumerate(subject.lines, 1):
        if line.isascii() and line.isprintable():
            continue
        for at, char in enumerate(line):
            problem = _problem(line, at, char)
            if problem:
                count += 1
                if count > MOST_FINDINGS:
                    return
                message = f"U+{ord(char):04X} {problem}"
                hint = f'take it out, or write it as "\\u{ord(char):04x}" in a string'
                if ord(char) > 0xFFFF:
                    hint = f'take it out, or write it as "\\U{ord(char):08x}" in a string'
                yield Finding(INVISIBLE, message, number, at + 1, hint)


def _problem(line: str, at: int, char: str) -> str:
    if char in BIDI:
        return BIDI[char]
    if char in HIDDEN or ord(char) in TAGS:
        before = line[at - 1] if at else ""
        is_flag = ord(char) in TAGS and (before == "\U0001f3f4" or (before and ord(before) in TAGS))
        return "" if is_flag else "can't be seen"
    if char in JOINERS:
        before, after = line[at - 1 : at] if at else "", line[at + 1 : at + 2]
        return "" if before and after and not before.isascii() and not after.isascii() else "can't be seen here"
    if char in CONTROLS:
        return "is a control character"
    return ""


def shebang(subject: Subject) -> Iterator[Finding]:
    """C103: line ends, byte order mark, a plain Python for a script with requirements, a missing first line or mode."""
    source, facts = subject.source, subject.facts
    first = source.split(b"\n", 1)[0]
    has_suffix = facts.path.rpartition("/")[2].endswith((".py", ".pyw"))
    if source.startswith(BOM + b"#!"):
        message = "a byte order mark stands before the `#!`: the system does not see it"
        yield Finding(SHEBANG, message, 1, 1, "save the file as UTF-8 without a byte order mark")
        return
    if not first.startswith(b"#!"):
        if not has_suffix or facts.is_executable:
            what = "has no suffix" if not has_suffix else "is executable"
            remedy = _new_first_line(subject)
            message = f"the file {what} and has no `#!` line: the system takes it for a shell script"
            yield Finding(SHEBANG, message, 1, 1, "begin it with `#!/usr/bin/env -S pyst run`", "", remedy)
        return
    if first.endswith(b"\r"):
        message = "the `#!` line ends with a carriage return: the system looks for a program of that name"
        yield Finding(SHEBANG, message, 1, 1, "save the file with Unix line ends", "error" if not has_suffix else "")
    elif not facts.is_executable and not has_suffix:
        remedy = Remedy("executable", "", True, "make it executable")
        yield Finding(
            SHEBANG, "the file has a `#!` line and is not executable", 1, 1, "run `chmod +x` on it", "", remedy
        )
    elif not is_python_shebang(first):
        yield Finding(SHEBANG, "the `#!` line starts no Python", 1, 1, "write `#!/usr/bin/env -S pyst run`")
    elif subject.metadata and subject.metadata.dependencies and not _runs_block(first):
        message = "the `#!` line starts a plain Python, which does not know the block's requirements"
        yield Finding(SHEBANG, message, 1, 1, "write `#!/usr/bin/env -S pyst run`", "info")


def _runs_block(first: bytes) -> bool:
    words = [word.rpartition(b"/")[2] for word in first[2:].split()]
    return b"run" in words and (b"uv" in words or b"pyst" in words)


def _new_first_line(subject: Subject) -> Remedy | None:
    if subject.broken is not None:
        return None
    return Remedy("replace", "#!/usr/bin/env -S pyst run\n", False, "add a `#!` line", (1, 0), (1, 0))
