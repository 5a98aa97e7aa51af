"""Changing the `# /// script` block of a script, and nothing else in it. Pure: the source in, the new source out.

The order, the comments and the layout of what is not changed stay as they are (tomlkit sees to that); so do a byte
order mark, the encoding and the line ends of the file. Reading the block is `metadata`'s, writing files is left to
the commands. Every change is read back and compared before it is handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.errors import Failure, Where
from pyst.scripts.decoding import BOM, decode
from pyst.scripts.metadata import Block, find_block, parse_metadata

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Change = Callable[["TOMLDocument"], "TOMLDocument"]
"""What is to be done to the TOML of a block."""


class Text(NamedTuple):
    """A source as text with `\\n` line ends, and what it takes to turn it into bytes again."""

    text: str
    encoding: str
    line_end: str

    def encode(self, path: str) -> bytes:
        """The bytes. Raises `Failure` (E_ENCODING) where the file's encoding lacks a character."""
        try:
            return self.text.replace("\n", self.line_end).encode(self.encoding)
        except UnicodeEncodeError as error:
            message = f"`{path}` is in {self.encoding}, which can't hold `{error.object[error.start : error.end]}`"
            raise Failure("E_ENCODING", message, where=Where(path)) from error


def read_text(source: bytes, path: str) -> Text:
    """The source as text. Raises `Failure` (E_ENCODING) where it can't be decoded or mixes line ends."""
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise Failure("E_ENCODING", f"`{path}` can't be decoded: {error}", where=Where(path)) from error
    pairs = text.count("\r\n")
    if text.count("\r") != pairs or pairs not in (0, text.count("\n")):
        hint = "save the file with one kind of line ends"
        raise Failure("E_ENCODING", f"`{path}` mixes line ends", hint=hint, where=Where(path))
    return Text(text.replace("\r\n", "\n"), encoding, "\r\n" if pairs else "\n")


def edit_block(source: bytes, path: str, change: Change, *, requires_python: str | None = None) -> bytes:
    """The source with `change` made to the TOML of its block; a block is added where there is none.

    `requires_python` is what a new block says of it. Raises `Failure` (E_METADATA, E_ENCODING).
    """
    import tomlkit

    parse_metadata(source, path)
    try:
        text = decode(source)
    except (UnicodeError, LookupError) as error:
        raise Failure("E_ENCODING", f"`{path}` can't be decoded: {error}", where=Where(path)) from error
    block = find_block(text, path)
    document = tomlkit.parse(block.text) if block else tomlkit.document()
    if block is None and requires_python is not None:
        document["requires-python"] = requires_python
    document = change(document)
    wanted: Any = document.unwrap()
    lines = [f"# {line}" if line else "#" for line in tomlkit.dumps(document).rstrip("\n").split("\n")]
    try:
        changed = _replaced(source, ["# /// script", *lines, "# ///"], block)
    except UnicodeEncodeError as error:
        message = f"`{path}` is in {error.encoding}, which can't hold `{error.object[error.start : error.end]}`"
        raise Failure("E_ENCODING", message, where=Where(path)) from error
    _compare(changed, path, wanted)
    return changed


def list_of_requirements(document: TOMLDocument) -> Any:
    """The block's array of requirements, which is made, before any table, where there is none."""
    import tomlkit

    if "dependencies" not in document:
        made = tomlkit.array().multiline(True)
        if any(isinstance(value, dict) for value in document.values()):  # a key after a table would belong to it
            body = document.as_string()
            document.clear()
            document.update(tomlkit.parse("dependencies = []\n" + body))
        document["dependencies"] = made
    return document["dependencies"]


def append_requirement(listed: Any, requirement: str) -> None:
    """Append to a TOML array in the array's own style: one line, or a line for each."""
    text = listed.as_string()
    if "\n" not in text or not listed:
        listed.append(requirement)
        return
    indent = next((line for line in text.split("\n")[1:] if line.strip().startswith(("'", '"'))), "    ")
    width = len(indent) - len(indent.lstrip())
    listed.add_line(requirement, indent=indent[:width] or "    ")


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


def _compare(source: bytes, path: str, wanted: dict[str, Any]) -> None:
    """Make sure that the new block says what was meant, to any reader of the standard."""
    metadata = parse_metadata(source, path)
    import tomllib

    if metadata is None or tomllib.loads(metadata.text) != wanted:
        message = f"the block of `{path}` can't be changed without harm"
        raise Failure("E_METADATA", message, hint="change it by hand; the file is as it was", where=Where(path))


def put_requirements(requirements: Sequence[str]) -> Change:
    """A change that adds requirements; one of the same distribution and marker gives way to the new one."""

    def change(document: TOMLDocument) -> TOMLDocument:
        array = list_of_requirements(document)
        for text in requirements:
            known = [_identity(str(each)) for each in array]
            identity = _identity(text)
            if identity in known:
                array[known.index(identity)] = text
            else:
                append_requirement(array, text)
        return document

    return change


def drop_requirements(requirements: Sequence[str]) -> Change:
    """A change that takes out exactly these requirement strings; those that are not there are passed over."""

    def change(document: TOMLDocument) -> TOMLDocument:
        array: Any = document.get("dependencies", [])
        for text in requirements:
            found = [str(each) for each in array]
            if text in found:
                del array[found.index(text)]
        return document

    return change


def put_requires_python(specifier: str) -> Change:
    """A change that sets `requires-python`; a new one comes first in the block."""

    def change(document: TOMLDocument) -> TOMLDocument:
        import tomlkit

        if "requires-python" in document:
            document["requires-python"] = specifier
            return document
        line = f"requires-python = {tomlkit.item(specifier).as_string()}\n"
        return tomlkit.parse(line + tomlkit.dumps(document))

    return change


def _identity(requirement: str) -> tuple[str, str]:
    """What two requirements of the same thing have in common: the name (PEP 503) and the marker."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return requirement, ""
    return canonicalize_name(parsed.name), str(parsed.marker or "")
