"""The PEP 723 block of a script: found by the standard's grammar, read as TOML, wrong values named with their line.

Pure: text in, values out. The grammar is that of the reference regular expression in the specification "Inline
script metadata"; it is walked by hand here, because the expression takes quadratic time on hostile text and `re`
is not free on the `run` path. Resolving what the block asks for is left to the environments' room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.errors import Failure, Where, did_you_mean
from pyst.report import Diagnostic
from pyst.scripts.decoding import decode_anyhow
from pyst.scripts.script import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING = "# /// "
CLOSING = "# ///"
KEYS = ("dependencies", "requires-python", "tool")
_TYPE_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


class Block(NamedTuple):
    """One block of inline metadata: its type, its TOML text, and the line of its `# /// TYPE` (from 1)."""

    type: str
    text: str
    line: int


def find_blocks(source: str) -> list[Block]:
    """Every block of inline metadata in `source`, of any type, in order. Takes linear time."""
    return [found for found in _scan(source) if isinstance(found, Block)]


def find_block(source: str, path: str = "") -> Block | None:
    """The block of type `script`, or None. Raises `Failure` (E_METADATA) where there are several."""
    blocks = [block for block in find_blocks(source) if block.type == "script"]
    if len(blocks) > 1:
        raise Failure(
            "E_METADATA",
            f"a second `# /// script` block (the first is in line {blocks[0].line})",
            hint="keep one block: PEP 723 allows a single block of each type",
            where=Where(path, blocks[1].line),
        )
    return blocks[0] if blocks else None


def parse_metadata(source: str | bytes, path: str) -> Metadata | None:
    """The `script` block of a Python file, or None where it has none.

    Raises `Failure` (E_METADATA) with file, line and key where there are several blocks, the TOML is bad, or
    `dependencies`, `requires-python` or `tool` have a wrong type. Requirements are not looked into.
    """
    mark: Any = b"# /// script" if isinstance(source, bytes) else "# /// script"
    if mark not in source:
        return None
    text = decode_anyhow(source) if isinstance(source, bytes) else _plain(source)
    block = find_block(text, path)
    if block is None:
        return None
    data = _load(block, path)
    _check_types(data, block, path)
    return Metadata(
        requires_python=data.get("requires-python"),
        dependencies=tuple(data.get("dependencies", ())),
        tool=data.get("tool", {}),
        text=block.text,
        line=block.line,
    )


def validate_requirements(metadata: Metadata, path: str) -> None:
    """Check each requirement (PEP 508) and the Python specifier (PEP 440).

    Raises `Failure` (E_METADATA) that names the first wrong one and its line.
    """
    from pyst.scripts.requirements import is_plain, is_plain_specifier

    doubtful = [each for each in metadata.dependencies if not is_plain(each)]
    if not doubtful and (metadata.requires_python is None or is_plain_specifier(metadata.requires_python)):
        return
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    block = Block("script", metadata.text, metadata.line)
    for text in doubtful:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            where = Where(path, _line_of_string(block, text, "dependencies"), "dependencies")
            raise Failure(
                "E_METADATA", f"`{text}` is no requirement: {reason}", where=where, hint=_requirement_hint(text)
            ) from error
    if metadata.requires_python is not None:
        try:
            SpecifierSet(metadata.requires_python)
        except InvalidSpecifier as error:
            raise Failure(
                "E_METADATA",
                f"`{metadata.requires_python}` is no version specifier",
                hint='write it like ">=3.11" or ">=3.9,<3.13"',
                where=Where(path, _line_of_key(block, "requires-python"), "requires-python"),
            ) from error


def metadata_warnings(source: str | bytes, path: str) -> tuple[Diagnostic, ...]:
    """Remarks on what the standard passes over in silence: a block that is never closed, and unknown keys."""
    text = decode_anyhow(source) if isinstance(source, bytes) else _plain(source)
    if OPENING not in text:
        return ()
    remarks = []
    for found in _scan(text):
        if isinstance(found, int):
            remarks.append(
                Diagnostic(
                    "warning",
                    "W_METADATA_UNCLOSED",
                    "this `# /// script` is no block: no line that is exactly `# ///` ends its comment lines",
                    hint="every line of the block is `#` or starts with `# `, and the last one is `# ///`",
                    where=str(Where(path, found)),
                )
            )
        elif found.type == "script":
            remarks.extend(_unknown_keys(found, path))
    return tuple(remarks)


def _plain(source: str) -> str:
    if source[:1] == "\ufeff":
        source = source[1:]
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def _scan(source: str) -> Iterator[Block | int]:
    """The blocks, and the lines (from 1) of each `# /// script` that opens none.

    The reference expression is greedy: a block ends at the *last* `# ///` of the comment lines that follow its
    opening, and the search goes on after it.
    """
    if not source.startswith(OPENING) and "\n" + OPENING not in source:
        return
    lines = source.split("\n")
    count = len(lines)
    at = 0
    run_end = 0  # the comment lines from here on end before this index …
    last_close = -1  # … and this is the last of them that is `# ///`
    while at < count:
        line = lines[at]
        if not (line.startswith(OPENING) and len(line) > 6 and _TYPE_CHARACTERS.issuperset(line[6:])):
            at += 1
            continue
        if at + 1 >= run_end:
            run_end, last_close = _comment_run(lines, at + 1)
        if last_close >= at + 2:
            content = lines[at + 1 : last_close]
            yield Block(line[6:], "".join(_uncommented(each) for each in content), at + 1)
            at = last_close + 1
        else:
            if line[6:] == "script":
                yield at + 1
            at += 1


def _comment_run(lines: list[str], at: int) -> tuple[int, int]:
    last_close = -1
    while at < len(lines) and (lines[at] == "#" or lines[at].startswith("# ")):
        if lines[at] == CLOSING:
            last_close = at
        at += 1
    return at, last_close


def _uncommented(line: str) -> str:
    return (line[2:] if line.startswith("# ") else line[1:]) + "\n"


def _load(block: Block, path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(block.text)
    except tomllib.TOMLDecodeError as error:
        message, line = _split_place(str(error), block)
        raise Failure(
            "E_METADATA",
            f"the `# /// script` block is not valid TOML: {message}",
            where=Where(path, line),
        ) from error
    except RecursionError as error:
        raise Failure(
            "E_METADATA", "the `# /// script` block is nested too deep", where=Where(path, block.line)
        ) from error


def _split_place(message: str, block: Block) -> tuple[str, int]:
    """What tomllib says, without its place, and the line in the *file* that it speaks of."""
    text, _, place = message.rpartition(" (at ")
    if not text:
        return message, block.line
    if place.startswith("line "):
        number = place[5:].partition(",")[0]
        if number.isdigit():
            return text, block.line + int(number)
    return text, block.line + max(block.text.count("\n"), 1)


def _check_types(data: dict[str, Any], block: Block, path: str) -> None:
    dependencies = data.get("dependencies", [])
    if not isinstance(dependencies, list):
        raise _wrong_type(block, path, "dependencies", "an array of strings", dependencies)
    for each in dependencies:
        if not isinstance(each, str):
            raise _wrong_type(block, path, "dependencies", "an array of strings", each)
    if not isinstance(data.get("requires-python", ""), str):
        raise _wrong_type(block, path, "requires-python", "a string", data["requires-python"])
    if not isinstance(data.get("tool", {}), dict):
        raise _wrong_type(block, path, "tool", "a table", data["tool"])


_TOML_WORDS = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    dict: "a table",
}


def _wrong_type(block: Block, path: str, key: str, expected: str, value: object) -> Failure:
    found = _TOML_WORDS.get(type(value), "a date or time")
    return Failure(
        "E_METADATA",
        f"`{key}` must be {expected}, not hold {found}"
        if expected.startswith("an array of")
        else f"`{key}` must be {expected}, not {found}",
        where=Where(path, _line_of_key(block, key), key),
    )


def _line_of_key(block: Block, key: str) -> int:
    """The line in the file where `key` is given a value, or that of the block where it can't be seen."""
    spellings = (key, f'"{key}"', f"'{key}'")
    for number, line in enumerate(block.text.split("\n"), 1):
        bare = line.strip().lstrip("[").lstrip()
        for spelling in spellings:
            if bare.startswith(spelling) and bare[len(spelling) :].lstrip()[:1] in ("=", ".", "]"):
                return block.line + number
    return block.line


def _line_of_string(block: Block, text: str, key: str) -> int:
    start = _line_of_key(block, key)
    lines = block.text.split("\n")
    for number in range(max(start - block.line, 1), len(lines) + 1):
        line = lines[number - 1]
        if f'"{text}"' in line or f"'{text}'" in line:
            return block.line + number
    return start


def _requirement_hint(text: str) -> str:
    if "=" in text and not any(mark in text for mark in ("==", ">=", "<=", "~=", "!=")):
        return f"a version is pinned with `==`: `{text.replace('=', '==', 1)}`"
    return 'a requirement looks like `httpx`, `rich>=13` or `pandas[excel]==2.2; python_version < "3.14"`'


def _unknown_keys(block: Block, path: str) -> list[Diagnostic]:
    try:
        data = _load(block, path)
    except Failure:
        return []
    return [
        Diagnostic(
            "warning",
            "W_METADATA_KEY",
            f"`{key}` has no meaning at the top of a `# /// script` block",
            hint=did_you_mean(key, list(KEYS)) or "tools keep their settings under `[tool.NAME]`",
            where=str(Where(path, _line_of_key(block, key), key)),
        )
        for key in data
        if key not in KEYS
    ]
