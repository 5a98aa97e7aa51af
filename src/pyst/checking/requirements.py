"""The requirement strings of a block (PEP 508): which distribution each names. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pyst.checking.distributions import normalized


def names_of(requirements: Iterable[str]) -> frozenset[str]:
    """The normalized names of the distributions; a string that is no requirement gives what it begins with."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = set()
    for text in requirements:
        try:
            found.add(normalized(Requirement(text).name))
        except InvalidRequirement:
            head = text.strip()
            end = next((at for at, char in enumerate(head) if not (char.isalnum() or char in "-_.")), len(head))
            found.add(normalized(head[:end]))
    return frozenset(each for each in found if each)


def is_requirement(text: str) -> bool:
    """Whether a string follows the standard's grammar."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True
