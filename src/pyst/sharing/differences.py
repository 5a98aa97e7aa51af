"""What an update changes: of the code, of what the script requires, of what it may ask for. Pure.

What a growth of permissions is, is decided here: whatever the new version asks for that the old one did not cover.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.confinement.declared import TIERS
from pyst.confinement.permissions import EVERYTHING, KINDS, Base, Malformed, covers, granted_kinds, parse_items
from pyst.scripts.decoding import decode_anyhow
from pyst.scripts.requirements import normalized_requirement, split_requirement

if TYPE_CHECKING:
    from pyst.records.comparing.lines import Edit

CONTEXT_LINES = 3
WALLS = "sandbox"
"""Beside the kinds of permissions: the walls that a script wishes to be run within."""
MOST_DIFF_BYTES = 1 << 20
_START = "/the folder it starts in" * 8
"""Stands for the folder that relative paths begin at: which one it is, is known when the script is run."""


class Entry(NamedTuple):
    """One thing that is added (no `before`), removed (no `after`) or changed."""

    name: str
    before: str | None
    after: str | None

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def code_difference(before: bytes, after: bytes, name: str) -> str:
    """The lines that differ, as a unified diff; empty where none does.

    What is not text is shown as replacement characters; a diff of more than `MOST_DIFF_BYTES` is cut at a line.
    """
    if before == after:
        return ""
    from pyst.records.comparing.lines import edits

    left, right = (decode_anyhow(each).split("\n") for each in (before, after))
    found = edits(left, right)
    if not found:
        return f"--- {name}\n+++ {name}\n(only line ends or the encoding differ)\n"
    lines = [f"--- {name}", f"+++ {name}"]
    for hunk in _hunks(found):
        lines += _hunk_lines(hunk, left, right)
    return _bounded(lines)


def _hunks(found: Sequence[Edit]) -> list[list[Edit]]:
    """The edits in groups whose context would touch."""
    hunks: list[list[Edit]] = []
    for each in found:
        if hunks and each.left_start - hunks[-1][-1].left_end <= 2 * CONTEXT_LINES:
            hunks[-1].append(each)
        else:
            hunks.append([each])
    return hunks


def _hunk_lines(hunk: Sequence[Edit], left: Sequence[str], right: Sequence[str]) -> list[str]:
    first, last = hunk[0], hunk[-1]
    above = min(CONTEXT_LINES, first.left_start)
    below = min(CONTEXT_LINES, len(left) - last.left_end)
    lines = []
    at = first.left_start - above
    for each in hunk:
        lines += [" " + line for line in left[at : each.left_start]]
        lines += ["-" + line for line in left[each.left_start : each.left_end]]
        lines += ["+" + line for line in right[each.right_start : each.right_end]]
        at = each.left_end
    lines += [" " + line for line in left[at : at + below]]
    start, end = first.left_start - above, last.left_end + below
    right_start, right_end = first.right_start - above, last.right_end + below
    return [f"@@ -{_range(start, end)} +{_range(right_start, right_end)} @@", *lines]


def _range(start: int, end: int) -> str:
    return f"{start + (end > start)},{end - start}"


def _bounded(lines: Sequence[str]) -> str:
    kept: list[str] = []
    size_bytes = 0
    for at, line in enumerate(lines):
        size_bytes += len(line.encode("utf-8", "replace")) + 1
        if size_bytes > MOST_DIFF_BYTES:
            kept.append(f"(… {len(lines) - at} more lines)")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def requirement_difference(before: Iterable[str], after: Iterable[str]) -> list[Entry]:
    """The requirements that come, go or change, by the package's name and the marker."""
    found = _difference(_by_package(before), _by_package(after))
    return [each for each in found if _normalized(each.before) != _normalized(each.after)]


def _normalized(requirement: str | None) -> str | None:
    return None if requirement is None else normalized_requirement(requirement)


def _by_package(requirements: Iterable[str]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for text in requirements:
        name, _, _, marker = split_requirement(text)
        found[(name or text, marker)] = text
    return found


def package_difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[Entry]:
    """The packages of a lock (name → version) that come, go or change their version."""
    return _difference(
        {(name,): each for name, each in before.items()}, {(name,): each for name, each in after.items()}
    )


def _difference(before: Mapping[tuple[str, ...], str], after: Mapping[tuple[str, ...], str]) -> list[Entry]:
    keys = sorted(before.keys() | after.keys())
    return [Entry(key[0], before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]


def permission_difference(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The items that come and those that go, as written, by kind."""
    came, went = {}, {}
    for kind in KINDS:
        old, new = before.get(kind, ()), after.get(kind, ())
        if added := [each for each in new if each not in old]:
            came[kind] = added
        if removed := [each for each in old if each not in new]:
            went[kind] = removed
    return came, went


def permission_growth(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], home: str
) -> dict[str, list[str]]:
    """What `after` asks for that `before` did not cover, as written, by kind. Errs towards growth."""
    came, _ = permission_difference(before, after)
    grown = {}
    for kind, items in came.items():
        written = [(wide, each) for wide in granted_kinds(kind) for each in before.get(wide, ())]
        known = [item for wide, each in written for item in _known(wide, each, home)]
        if new := [each for each in items if not _is_covered(kind, each, known, home)]:
            grown[kind] = new
    return grown


def walls_growth(before: Iterable[str | None], after: str | None) -> dict[str, list[str]]:
    """That the walls which a script wished for (`before`, the tightest counts) are wished for no more, or looser ones.

    Written as a growth of permissions: what the walls kept from it, it may then do.
    """
    tightest = min((_tightness(each) for each in before), default=len(TIERS))
    if tightest >= _tightness(after):
        return {}
    return {WALLS: [f"{after or 'none'} instead of {TIERS[tightest]}"]}


def _tightness(mode: str | None) -> int:
    return TIERS.index(mode) if mode in TIERS else len(TIERS)


def _known(kind: str, text: str, home: str) -> list[str]:
    try:
        return parse_items(kind, (text,), Base(_START, home))
    except Malformed:  # the manifest is the user's: somebody may have written into it
        return []


def _is_covered(kind: str, text: str, known: Sequence[str], home: str) -> bool:
    if ".." in text.split("/") and EVERYTHING[kind] not in known:
        return False  # where it leads to depends on where the script starts
    try:
        items = parse_items(kind, (text,), Base(_START, home))
    except Malformed:
        return False
    return all(any(covers(kind, wide, item) for wide in known) for item in items)
