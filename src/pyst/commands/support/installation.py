"""From a proposal to an installed script: the question, the change as a whole, the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.consent import require_person
from pyst.commands.support.direct import make_direct_shim, require_no_walls
from pyst.commands.support.proposal_view import growth_words, proposal_lines, source_lines
from pyst.commands.support.proposals import Proposal, proposal_data
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic
from pyst.scripts.decoding import decode_anyhow
from pyst.sharing.installing import Wish, decide_installed
from pyst.sharing.shims import check_shim, plan_shim
from pyst.sharing.transaction import transact
from pyst.system.terminal import Line, render

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.shims import Shim


def path_command(app: App, name: str) -> str | None:
    """The program of this name on PATH, shims of pyst's own left out."""
    from pyst.system.process import find_program

    own = os.path.realpath(app.paths.bin)
    folders = app.environ.get("PATH", os.defpath).split(os.pathsep)
    others = [each for each in folders if os.path.realpath(each) != own]
    return find_program(name, {"PATH": os.pathsep.join(others)})


def settle_proposal(app: App, proposal: Proposal, *, force: bool, dry_run: bool = False) -> dict[str, Any]:
    """Ask about the proposal, and do it on a yes; what became of it, as JSON data.

    Raises `Failure`, and has changed nothing then: E_PERMISSIONS (101), E_CHANGED_HERE (101), E_CONFIRM, E_SHIM,
    E_INSTALL_RACE, E_WRITE, and where a direct shim has no environment to start, why.
    """
    data = proposal_data(app, proposal)
    _check_shim(app, proposal)
    if data["other_files"]:
        message = f"the lock that came along has other files than your index of {', '.join(data['other_files'])}"
        hint = "those of your index are locked; who has the others?"
        app.remark(Diagnostic("warning", "W_LOCK_FILES", message, hint))
    if dry_run:
        return {**data, "done": False}
    if proposal.action != "unchanged" and not _agrees(app, proposal, data, force):
        message = f"`{proposal.name}` was not {'updated' if proposal.found.entry else 'installed'}"
        app.remark(Diagnostic("info", "I_DECLINED", message))
        return {**data, "done": False}
    return {**data, "done": _install(app, proposal, force) or proposal.action != "unchanged"}


def _check_shim(app: App, proposal: Proposal) -> None:
    """Raise `Failure` (E_SHIM) where there can be no such shim: a file of somebody else's is there, or a direct one
    would pass by walls."""
    check_shim(plan_shim(proposal.name, "pyst", app.paths.bin))
    if proposal.kind == "direct":
        require_no_walls(app, proposal.name, proposal.candidate.sandbox)


def _agrees(app: App, proposal: Proposal, data: dict[str, Any], force: bool) -> bool:
    """Whether the person agrees, after being shown what would change. Raises `Failure`, as `settle_proposal` tells."""
    found, growth = proposal.found, data["changes"]["permissions"]["grown"]
    is_own = found.is_changed or found.entry is None
    is_lost = is_own and found.content not in (None, proposal.candidate.fetched.content)
    if is_lost and not force and (app.options.yes or not app.can_ask):
        raise _would_lose(proposal)
    if growth and app.options.yes and not app.can_ask:
        raise _growth(proposal, growth)
    if app.options.yes and not growth:
        return True
    if not app.can_ask:
        require_person(f"to {data['action']} `{proposal.name}`")
    given = app.options
    app.options = given._replace(yes=False)  # said before it was known that it asks for more than it did
    try:
        return _asked(app, proposal, data)
    finally:
        app.options = given


def _asked(app: App, proposal: Proposal, data: dict[str, Any]) -> bool:
    """Show the proposal, and ask; the code is shown as often as it is wished for."""
    name = proposal.name
    question = f"Put this in the place of `{name}`?" if proposal.found.entry else f"Install `{name}`?"
    if data["changes"]["permissions"]["grown"]:
        question = f"`{name}` asks for more than it did. {question}"
    _show(app, proposal_lines(data, app.talk_view))
    while (answer := app.choose((), question, ("yes", "code", "no"))) == "code":
        _show(app, source_lines(decode_anyhow(proposal.candidate.fetched.content)))
    return answer == "yes"


def _show(app: App, lines: Iterable[Line]) -> None:
    print(app.masked(render(lines, app.talk_view)), end="", file=app.stderr, flush=True)


def _would_lose(proposal: Proposal) -> Failure:
    path, name = proposal.candidate.path, proposal.name
    who = "was changed after it was installed" if proposal.found.entry else "was not installed by pyst"
    hint = f"`--force` replaces it; `pyst trust installed:{name}` keeps it as it is now"
    if proposal.found.entry is None:
        hint = "`--force` replaces it, `--as NAME` gives another name"
    return Failure("E_CHANGED_HERE", f"`{path}` {who}, and would be lost", hint=hint, exit=ExitCode.BLOCKED)


def _growth(proposal: Proposal, growth: dict[str, list[str]]) -> Failure:
    return Failure(
        "E_PERMISSIONS",
        f"`{proposal.name}` asks for more than it did: {growth_words(growth)}; "
        "`--yes` is no yes to that, and nothing was changed",
        hint="look at it at a terminal, without `--yes`",
        exit=ExitCode.BLOCKED,
        detail={"grown": growth},
    )


def _install(app: App, proposal: Proposal, force: bool) -> bool:
    """Make the change, and the environment; says whether files have changed."""
    wish = Wish(proposal.candidate, proposal.lock, _shim(app, proposal), int(app.clock()))
    decide = decide_installed(proposal.found, wish, app.paths, lambda name: path_command(app, name), force=force)
    changes = transact(app.paths.data, decide, waiting=lambda: app.talk("waiting for another pyst"))
    if changes.files:
        app.event("script_installed", name=proposal.name, sha256=proposal.candidate.fetched.sha256)
    if proposal.kind == "pyst":
        _warm(app, proposal)
    return bool(changes.files)


def _shim(app: App, proposal: Proposal) -> Shim:
    """The shim as it was asked for; a direct one has its environment then."""
    if proposal.kind != "direct":
        return plan_shim(proposal.name, proposal.kind, app.paths.bin)
    candidate = proposal.candidate
    content, metadata = candidate.fetched.content, candidate.metadata
    return make_direct_shim(app, proposal.name, candidate.path, content, metadata, proposal.lock)


def _warm(app: App, proposal: Proposal) -> None:
    """Build the environment, so that the first run need not. Where that fails, the run will say so again."""
    from pyst.commands.support.environment import uv_of
    from pyst.environments.store import ensure

    if proposal.spec is None:
        return
    name, path = f"installed:{proposal.name}", proposal.candidate.path
    try:
        ensure(proposal.spec, app.paths.environments, uv_of(app), name=name, user=path)
    except Failure as failure:
        message = f"its environment could not be built yet: {failure.message}"
        hint = failure.hint or f"`pyst run {name}` tries again"
        app.remark(Diagnostic("warning", "W_NOT_BUILT", message, hint, fix=failure.fix))
