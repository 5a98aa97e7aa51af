"""What a sync says where the two sides contradict each other: what stands here and there, and how to go on. Pure."""

from __future__ import annotations

from typing import Any

from pyst.errors import Failure
from pyst.sharing.merging import DELETED, NAME, WHERE_FROM, Conflict, names_in

MOST_TOLD = 8
MOST_CHARACTERS = 60


def conflict_failure(conflicts: tuple[Conflict, ...], gist: str) -> Failure:
    """The failure (E_SYNC_CONFLICT): nothing was changed. Its detail has all conflicts."""
    told = [_told(each) for each in conflicts]
    more = f" (and {len(told) - MOST_TOLD} more)" if len(told) > MOST_TOLD else ""
    count = len(names_in(conflicts))
    what = "1 script was" if count == 1 else f"{count} scripts were"
    return Failure(
        "E_SYNC_CONFLICT",
        f"{what} changed both here and elsewhere: {'; '.join(told[:MOST_TOLD])}{more}",
        hint="nothing was changed; `pyst sync --ours NAME` keeps what is here, `--theirs NAME` takes what is there",
        detail={"gist": gist or None, "conflicts": [_entry(each) for each in conflicts]},
    )


def _told(conflict: Conflict) -> str:
    name, what = conflict.name, conflict.what
    if what == DELETED:
        gone, changed = ("here", "elsewhere") if conflict.ours is None else ("elsewhere", "here")
        return f"`{name}` was deleted {gone} and changed {changed}"
    if what == NAME:
        return f"some systems can't tell `{conflict.ours}` here from `{conflict.theirs}` there"
    if what == WHERE_FROM:
        return f"`{name}` is `{_word(conflict.ours)}` here and `{_word(conflict.theirs)}` there"
    return f"`{what}` of `{name}` is `{_shown(conflict.ours)}` here and `{_shown(conflict.theirs)}` there"


def _word(source: dict[str, Any]) -> str:
    """The source of one side, short enough to be told apart by a person."""
    version = f"@{source['version'][:10]}" if source["version"] else ""
    return f"gist:{source['gist']}{version}" + (f"#{source['file']}" if source["file"] else "")


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain if len(plain) <= MOST_CHARACTERS else plain[:MOST_CHARACTERS] + "…"


def _entry(conflict: Conflict) -> dict[str, Any]:
    return {"name": conflict.name, "what": conflict.what, "ours": conflict.ours, "theirs": conflict.theirs}
