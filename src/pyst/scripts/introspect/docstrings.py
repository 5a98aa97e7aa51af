"""What a docstring says: its summary, its prose, the help of each parameter, and the exit codes it documents.

Reads Google's, NumPy's and reStructuredText's ways to write these sections. Pure text work; where docstrings are
found is left to the others.
"""

from __future__ import annotations

from typing import NamedTuple

PARAMETER_TITLES = frozenset(
    {"args", "arguments", "parameters", "params", "options", "keyword args", "keyword arguments", "other parameters"}
)
EXIT_TITLES = frozenset({"exit codes", "exit code", "exit status", "exit statuses", "exits", "exit"})
OTHER_TITLES = frozenset(
    {
        "returns",
        "return",
        "yields",
        "yield",
        "raises",
        "raise",
        "example",
        "examples",
        "note",
        "notes",
        "usage",
        "see also",
    }
    | {"warning", "warnings", "warns", "attributes", "references", "todo", "requires", "environment"}
)
"""The titles of sections, in lower case: of parameters, of exit codes, and those that are prose."""

_REST_FIELDS = frozenset({"param", "parameter", "arg", "argument", "key", "keyword"})


class Docstring(NamedTuple):
    """The parts of a docstring. `parameters` gives the help of each parameter by its name in the code."""

    summary: str
    description: str
    parameters: dict[str, str]
    exit_notes: tuple[str, ...]


class _Section(NamedTuple):
    title: str  # lower case; "" is prose
    lines: list[str]
    is_underlined: bool = False


def clean(text: str) -> str:
    """The docstring without its indentation and surrounding blank lines (PEP 257), like `inspect.cleandoc`."""
    lines = text.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip(" ")), default=0)
    cleaned = [lines[0].lstrip(" "), *(line[margin:] for line in lines[1:])]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    while cleaned and not cleaned[0]:
        cleaned.pop(0)
    return "\n".join(cleaned)


def first_paragraph(text: str) -> str:
    """The summary: the lines up to the first blank one, as one line."""
    found: list[str] = []
    for line in text.strip().split("\n"):
        bare = line.strip()
        if not bare or (found and _is_rule(bare)):
            break
        if _is_rule(bare):
            continue
        found.append(bare)
    return " ".join(" ".join(found).split())


def read_docstring(text: str | None) -> Docstring:
    """The parts of a docstring; empty parts where it has none."""
    if not text or not text.strip():
        return Docstring("", "", {}, ())
    cleaned = clean(text)
    parameters: dict[str, str] = {}
    exits: list[str] = []
    prose: list[str] = []
    for section in _sections(cleaned.split("\n")):
        if section.title in PARAMETER_TITLES:
            parameters.update(_entries(section.lines, section.is_underlined))
        elif section.title in EXIT_TITLES:
            exits.extend(_exit_lines(section.lines))
        elif not section.title:
            prose.extend(_without_fields(section.lines, parameters))
        elif section.title in OTHER_TITLES:
            prose.extend(["", section.title.capitalize() + ":", *section.lines])
    summary = first_paragraph("\n".join(prose)) if prose and prose[0].strip() else first_paragraph(cleaned)
    description = _squeezed(_after_first_paragraph(prose))
    return Docstring(summary, description, parameters, tuple(exits))


def _is_rule(line: str) -> bool:
    return len(line) >= 3 and line[0] in "-=~*#" and not line.strip(line[0])


def _title(lines: list[str], at: int) -> tuple[str, int]:
    """The title of a section that begins in line `at`, and how many lines the title takes; 0 where none begins."""
    line = lines[at].strip()
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    known = PARAMETER_TITLES | EXIT_TITLES | OTHER_TITLES
    name = line.lstrip("#").strip().rstrip(":").strip().lower()
    if name in known:
        if _is_rule(following):
            return name, 2
        if line.endswith(":") or line.startswith("#"):
            return name, 1
    return "", 0


def _sections(lines: list[str]) -> list[_Section]:
    found = [_Section("", [])]
    indent = 0
    at = 0
    while at < len(lines):
        title, taken = _title(lines, at)
        if taken:
            indent = _indent(lines[at])
            found.append(_Section(title, [], taken == 2))
            at += taken
            continue
        line = lines[at]
        current = found[-1]
        if _ends(current, line, indent):
            current = _Section("", [])
            found.append(current)
        current.lines.append(line)
        at += 1
    return found


def _ends(section: _Section, line: str, indent: int) -> bool:
    """Whether `line` is prose again: after a blank line, no deeper than the title, and no entry of its own."""
    if not section.title or not line.strip() or _indent(line) > indent:
        return False
    if not section.lines or section.lines[-1].strip():
        return False  # it goes on until a blank line
    first = next((each for each in section.lines if each.strip()), None)
    if first is None:
        return False
    if _indent(first) > indent:
        return True
    if section.title in EXIT_TITLES or section.title in PARAMETER_TITLES:
        return not any(_indent(each) > indent for each in section.lines if each.strip())
    return any(_indent(each) > indent for each in section.lines if each.strip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _entries(lines: list[str], is_underlined: bool) -> dict[str, str]:
    """The entries of a parameter section: `name (type): help` (Google), or `name : type` with help below (NumPy)."""
    found: dict[str, str] = {}
    filled = [line for line in lines if line.strip()]
    if not filled:
        return found
    base = _indent(filled[0])
    names: list[str] = []
    texts: list[str] = []

    def keep() -> None:
        for name in names:
            found[name] = " ".join(" ".join(texts).split())

    for line, following in zip(filled, [*filled[1:], ""], strict=True):
        if _indent(line) <= base:
            keep()
            names, texts = _entry(line.strip(), _indent(following) > base, is_underlined)
        else:
            texts.append(line.strip())
    keep()
    return {name: text for name, text in found.items() if text}


def _entry(line: str, has_block: bool, is_underlined: bool) -> tuple[list[str], list[str]]:
    """The names that an entry's first line gives, and the help that begins there."""
    line = line.removeprefix("- ").removeprefix("* ") if line.startswith(("- ", "* ")) else line
    head, colon, rest = _split_entry(line)
    if is_underlined and (has_block or not rest.strip()):
        return _names(head), []
    numpy = " :" in line and line.split(" :", 1)[0].replace(",", " ").replace("*", "").split() and has_block
    if numpy:
        return _names(line.split(" :", 1)[0]), []
    if colon:
        return _names(head), [rest.strip()]
    if has_block:
        return _names(line), []
    return [], []


def _split_entry(line: str) -> tuple[str, str, str]:
    """Split at the first colon outside brackets."""
    depth = 0
    for at, character in enumerate(line):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == ":" and depth <= 0:
            return line[:at], ":", line[at + 1 :]
    return line, "", ""


def _names(head: str) -> list[str]:
    head = head.partition("(")[0]
    names = [each.strip().strip("`").lstrip("*").lstrip("-").replace("-", "_") for each in head.split(",")]
    return [name for name in names if name.isidentifier()]


def _exit_lines(lines: list[str]) -> list[str]:
    """One text per exit code; deeper lines belong to the one before."""
    found: list[str] = []
    base: int | None = None
    for line in lines:
        bare = line.strip()
        if not bare:
            continue
        if base is None:
            base = _indent(line)
        starts = bare.lstrip("-*`").strip()[:1].isdigit() or bare.startswith(("- ", "* "))
        if found and (_indent(line) > base or not starts):
            found[-1] += " " + bare
        elif starts:
            found.append(bare.removeprefix("- ").removeprefix("* "))
    return found


def _without_fields(lines: list[str], parameters: dict[str, str]) -> list[str]:
    """The lines that are no reStructuredText field; the help of each `:param name:` goes into `parameters`."""
    kept: list[str] = []
    current: str | None = None
    in_field = False
    for line in lines:
        bare = line.strip()
        if bare.startswith(":") and (end := bare.find(":", 1)) > 1:
            words = bare[1:end].split()
            if words and (
                words[0] in _REST_FIELDS or words[0] in ("type", "return", "returns", "rtype", "raises", "raise")
            ):
                in_field = True
                current = words[-1].lstrip("*") if words[0] in _REST_FIELDS and len(words) > 1 else None
                if current:
                    parameters[current] = bare[end + 1 :].strip()
                continue
        if in_field and bare and _indent(line) > 0:
            if current:
                parameters[current] = f"{parameters[current]} {bare}".strip()
            continue
        in_field = False
        kept.append(line)
    return kept


def _after_first_paragraph(lines: list[str]) -> list[str]:
    at = 0
    while at < len(lines) and not lines[at].strip():
        at += 1
    while at < len(lines) and lines[at].strip():
        at += 1
    return lines[at:]


def _squeezed(lines: list[str]) -> str:
    found: list[str] = []
    for line in lines:
        if line.strip() or (found and found[-1].strip()):
            found.append(line.rstrip())
    return "\n".join(found).strip("\n")
