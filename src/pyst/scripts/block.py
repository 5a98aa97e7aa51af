"""Changing the `# /// script` block of a script, and nothing else in it. Pure: the source in, the new source out.

The order, the comments and the layout of what is not changed stay as they are (tomlkit sees to that); so do a byte
order mark, the encoding and the line ends of the file. Reading the block is `metadata`'s, writing files is left to
the commands. Every change is read back and compared before it is handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.errors import Failure, Where
from pyst.scripts.metadata import find_block, parse_metadata

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
    told = read_text(source, path)
    block = find_block(told.text, path)
    document = tomlkit.parse(block.text) if block else tomlkit.document()
    if block is None and requires_python is not None:
        document["requires-python"] = requires_python
    document = change(document)
    wanted: Any = document.unwrap()
    lines = [f"# {line}" if line else "#" for line in tomlkit.dumps(document).rstrip("\n").split("\n")]
    old = told.text.split("\n")
    if block is None:
        at = _first_line_after_head(old)
        gap = [""] if at < len(old) and old[at] else []
        new = [*old[:at], "# /// script", *lines, "# ///", *gap, *old[at:]]
    else:
        new = [*old[: block.line], *lines, *old[block.line + block.text.count("\n") :]]
    changed = told._replace(text="\n".join(new)).encode(path)
    _compare(changed, path, wanted)
    return changed


def _first_line_after_head(lines: list[str]) -> int:
    """Where a new block goes: after `#!` and the encoding cookie (PEP 263)."""
    at = 1 if lines[0].lstrip("\ufeff").startswith("#!") else 0
    if at < len(lines) and lines[at].lstrip().startswith("#") and "coding" in lines[at]:
        at += 1
    return at


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
        import tomlkit

        if "dependencies" not in document:
            new = tomlkit.array()
            new.multiline(True)
            document.append("dependencies", new)
        array: Any = document["dependencies"]
        for text in requirements:
            known = [_identity(str(each)) for each in array]
            identity = _identity(text)
            if identity in known:
                array[known.index(identity)] = text
            else:
                array.append(text)
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
