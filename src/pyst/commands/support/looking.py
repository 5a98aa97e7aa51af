"""The look at what comes from a gist and nobody has seen here, and the question whether to take it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyst.commands.support.showing import difference_from, typed
from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.candidate import Candidate
    from pyst.sharing.fetched import Fetched

SHOWN_LINES = 200


def ask(app: App, name: str, path: str, fetched: Fetched, before: bytes | None, question: str) -> None:
    """Show what nobody has looked at here, which is going to be at `path`, and ask.

    Raises `Failure`: E_DECLINED, E_CONFIRM, E_PERMISSIONS (101) where it asks for more than what is here does, and the
    yes was given beforehand; what `examine` raises of what is no sound script.
    """
    from pyst.commands.support.consent import consent
    from pyst.commands.support.proposal_view import growth_words
    from pyst.sharing.candidate import examine, wished_walls
    from pyst.sharing.differences import permission_growth, walls_growth

    candidate = examine(fetched, path, app.paths.home)
    growth = permission_growth(_permissions_of(app, fetched, before), candidate.permissions, app.paths.home)
    growth |= walls_growth([wished_walls(before)], candidate.sandbox)
    if before is None:
        growth = {}
    lines = list(_shown(app, name, candidate, before))
    given = app.options
    if growth:
        items = growth_words(growth)
        if given.yes and not app.can_ask:
            message = f"`{name}` asks for more than it did: {items}; `--yes` is no yes to that, and nothing was changed"
            hint = "look at it at a terminal, without `--yes`"
            raise Failure("E_PERMISSIONS", message, hint=hint, exit=ExitCode.BLOCKED, detail={})
        lines.append(f"  it asks for more than it did: {items}")
        app.options = given._replace(yes=False)  # said before that was known
    try:
        agreed = consent(app, question, f"taking `{name}` from its gist", lines)
    finally:
        app.options = given
    if not agreed:
        raise Failure("E_DECLINED", f"`{name}` was not taken from its gist; nothing was changed")


def _permissions_of(app: App, fetched: Fetched, before: bytes | None) -> dict[str, list[str]]:
    """What the version that is here asks for; nothing where that can't be understood."""
    from pyst.sharing.candidate import examine
    from pyst.sharing.fetched import make_fetched

    if before is None:
        return {}
    try:
        old = make_fetched(fetched.source, fetched.pinned, None, fetched.pinned.file, before, None)
        return dict(examine(old, "/", app.paths.home).permissions)
    except Failure:
        return {}


def _shown(app: App, name: str, candidate: Candidate, before: bytes | None) -> Iterator[str]:
    """What a person is shown before the question: each fact and each line within bounds, so that none hides another."""
    from pyst.commands.support.proposal_view import bounded, fact_lines
    from pyst.commands.support.proposals import packages_data
    from pyst.system.terminal import View, render

    fetched = candidate.fetched
    told = {
        "pinned": fetched.pinned.word,
        "requires_python": candidate.requires_python,
        "requirements": list(candidate.requirements),
        "origins": list(candidate.origins),
        "locked": None if candidate.lock is None else packages_data(candidate.lock) or ["nothing"],
        "other_files": [],
        "permissions": dict(candidate.permissions),
    }
    yield f"`{name}`: {bounded(candidate.summary, 200)}" if candidate.summary else f"`{name}`"
    yield from render(fact_lines(told), View()).removesuffix("\n").split("\n")
    lines = difference_from(before, fetched.content, fetched.pinned.file).split("\n")[2:-1]
    yield from (f"  {bounded(line)}" for line in lines[:SHOWN_LINES])
    if len(lines) > SHOWN_LINES:
        yield f"  … {len(lines) - SHOWN_LINES} more lines; `pyst gists show {typed(fetched.pinned.word)}` has all"
