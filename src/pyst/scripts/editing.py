"""Changing the PEP 723 block of a script's text: requirements added and removed, all else byte for byte as it was.

Pure: bytes in, bytes out. Comments and formatting of the block stay (tomlkit); line ends, encoding and byte order
mark of the file do too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyst.errors import ExitCode, Failure, Where, did_you_mean
from pyst.scripts.decoding import BOM, decode
from pyst.scripts.metadata import Block, find_block, parse_metadata, validate_requirements
from pyst.scripts.requirements import normalized_name, split_requirement

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

NO_BLOCK = Block("script", "dependencies = []", 0)


def check_requirement(text: str) -> None:
    """Raise `Failure` (E_REQUIREMENT, 64) where `text` is no requirement by PEP 508."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        hint = "write it like `six`, `six>=1.16` or `six @ https://…`"
        message = f"`{text}` is no requirement: {reason}"
        raise Failure("E_REQUIREMENT", message, hint=hint, exit=ExitCode.USAGE) from error


def add_requirements(source: bytes, path: str, requirements: list[str]) -> tuple[bytes, list[str], list[str]]:
    """The text with the requirements in its block, which is made if there is none; those added, those replaced.

    One that is there already for the same package and marker is replaced. Raises `Failure` (E_METADATA).
    """
    added: list[str] = []
    replaced: list[str] = []

    def change(listed: Any) -> None:
        for each in requirements:
            name, _, _, marker = split_requirement(each)
            same = [at for at, old in enumerate(listed) if _is_of(str(old), name, marker)]
            if same and str(listed[same[0]]) == each and len(same) == 1:
                continue
            if same:
                replaced.append(str(listed[same[0]]))
                listed[same[0]] = each
                for at in reversed(same[1:]):
                    del listed[at]
            else:
                _append(listed, each)
                added.append(each)

    return _edit(source, path, change), added, replaced


def remove_requirements(source: bytes, path: str, names: list[str]) -> tuple[bytes, list[str]]:
    """The text without the requirements on these packages; those removed.

    Raises `Failure` (E_METADATA; E_NOT_LISTED where there is none on a package).
    """
    removed: list[str] = []

    def change(listed: Any) -> None:
        for each in names:
            name = split_requirement(each)[0] or normalized_name(each)
            same = [at for at, old in enumerate(listed) if split_requirement(str(old))[0] == name]
            if not same:
                known = [split_requirement(str(old))[0] for old in listed]
                raise Failure(
                    "E_NOT_LISTED",
                    f"`{each}` is no requirement of `{path}`",
                    hint=did_you_mean(name, known) or (f"it has {', '.join(known)}" if known else "it has none"),
                )
            for at in reversed(same):
                removed.append(str(listed[at]))
                del listed[at]

    return _edit(source, path, change), removed


def _is_of(requirement: str, name: str, marker: str) -> bool:
    found, _, _, its_marker = split_requirement(requirement)
    return found == name and its_marker == marker


def _append(listed: Any, requirement: str) -> None:
    """Append to a TOML array in the array's own style: one line, or a line for each."""
    text = listed.as_string()
    if "\n" not in text:
        listed.append(requirement)
        return
    indent = next((line for line in text.split("\n")[1:] if line.strip().startswith(("'", '"'))), "    ")
    width = len(indent) - len(indent.lstrip())
    listed.add_line(requirement, indent=indent[:width] or "    ")


def _edit(source: bytes, path: str, change: Callable[[Any], None]) -> bytes:
    """The source with its block's list of requirements changed. Raises `Failure` (E_METADATA) for a broken block."""
    import tomlkit

    try:
        text = decode(source)
    except (UnicodeError, LookupError) as error:
        raise Failure("E_METADATA", f"the text of the script can't be decoded: {error}", where=Where(path)) from error
    metadata = parse_metadata(text, path)
    block = find_block(text, path) if metadata else None
    if metadata:
        validate_requirements(metadata, path)
    document = tomlkit.parse((block or NO_BLOCK).text)
    listed = _listed(document)
    change(listed)
    toml = document.as_string().removesuffix("\n")
    lines = ["# /// script", *(f"# {line}" if line else "#" for line in toml.split("\n")), "# ///"]
    edited = _replaced(source, lines, block)
    made = parse_metadata(edited, path)
    if made is None or list(made.dependencies) != [str(each) for each in listed]:
        message = "the block can't be changed without breaking it; edit it by hand"
        raise Failure("E_METADATA", message, where=Where(path))
    return edited


def _listed(document: TOMLDocument) -> Any:
    import tomlkit

    if "dependencies" not in document:
        tables = [key for key, value in document.items() if isinstance(value, dict)]
        if tables:  # a key after a table would belong to it
            first = tomlkit.document()
            first["dependencies"] = tomlkit.array()
            body = document.as_string()
            document.clear()
            document.update(tomlkit.parse(first.as_string() + body))
        else:
            document["dependencies"] = tomlkit.array()
    return document["dependencies"]


def _replaced(source: bytes, lines: list[str], block: Block | None) -> bytes:
    """The source with these lines in place of its block, or put in below its shebang and coding lines."""
    from io import BytesIO
    from tokenize import detect_encoding

    encoding = detect_encoding(BytesIO(source).readline)[0]
    mark = BOM if source.startswith(BOM) else b""
    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    old = source[len(mark) :].splitlines(keepends=True)
    ends = b"\r\n" if old and old[0].endswith(b"\r\n") else b"\r" if old and old[0].endswith(b"\r") else b"\n"
    new = [line.encode(encoding) + ends for line in lines]
    if block is not None:
        start, stop = block.line - 1, block.line + 1 + len(block.text.removesuffix("\n").split("\n"))
        if not old[stop - 1].endswith((b"\n", b"\r")):
            new[-1] = new[-1].rstrip(b"\r\n")
    else:
        start = stop = _head(old)
        if start and not old[start - 1].endswith((b"\n", b"\r")):
            old[start - 1] += ends
        if stop < len(old) and old[stop].strip():
            new.append(ends)
    return mark + b"".join((*old[:start], *new, *old[stop:]))


def _head(lines: list[bytes]) -> int:
    """How many lines must stay on top: a shebang, and the comment that names the encoding (PEP 263)."""
    count = 1 if lines and lines[0].startswith(b"#!") else 0
    if len(lines) > count and lines[count].lstrip().startswith(b"#") and b"coding" in lines[count]:
        count += 1
    return count
