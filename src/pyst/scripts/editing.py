"""Requirements added to and removed from a script's block, as a person asks for it. Pure: bytes in, bytes out.

What is asked is checked and what was changed is told; the change itself is `block`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.scripts.block import append_requirement, edit_block, list_of_requirements
from pyst.scripts.metadata import parse_metadata, validate_requirements
from pyst.scripts.requirements import normalized_name, split_requirement

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


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
                append_requirement(listed, each)
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


def _edit(source: bytes, path: str, change: Callable[[Any], None]) -> bytes:
    """The source with its block's list of requirements changed. Raises `Failure` (E_METADATA) for a broken block."""
    metadata = parse_metadata(source, path)
    if metadata:
        validate_requirements(metadata, path)

    def change_list(document: TOMLDocument) -> TOMLDocument:
        change(list_of_requirements(document))
        return document

    return edit_block(source, path, change_list)
