"""The requirement strings of a block (PEP 508): which distribution each names. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pyst.scripts.requirements import normalized_name, split_requirement


def names_of(requirements: Iterable[str]) -> frozenset[str]:
    """The normalized names of the distributions; of a string that is no requirement, what it begins with."""
    found = {split_requirement(each)[0] or normalized_name(_head(each)) for each in requirements}
    return frozenset(each for each in found if each)


def _head(text: str) -> str:
    text = text.strip()
    return text[: next((at for at, char in enumerate(text) if not (char.isalnum() or char in "-_.")), len(text))]


def is_requirement(text: str) -> bool:
    """Whether a string follows the standard's grammar."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True
