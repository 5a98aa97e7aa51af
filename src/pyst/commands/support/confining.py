"""How commands come from options, settings, the block and the grants to the walls of a run, and what they show of it.

The one place where the sides meet: what each says is `confinement_rules`, what follows is `confinement.decision`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyst.commands.support.confinement_rules import (
    place_of,
    profile_of,
    real_paths,
    rules_from_profile,
    rules_from_settings,
)
from pyst.confinement.decision import SILENT, Decision, Rules, effective, mode_of
from pyst.confinement.permissions import (
    KINDS,
    NOTHING,
    Base,
    Permissions,
    chosen,
    covers,
    excludes,
    permits,
)
from pyst.confinement.walls import BASIC, Built, Walls
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, diagnostic_of

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.confinement.grants import Grant, Grants
    from pyst.running.ground import Ground
    from pyst.running.plan import Plan


def declared_by(app: App, ground: Ground, folder: str) -> Permissions:
    """What the block declares; relative paths start at `folder`. Raises `Failure` (E_PERMISSIONS)."""
    if ground.metadata is None or "pyst" not in ground.metadata.tool:
        return NOTHING
    from pyst.confinement.declared import declared_permissions

    path = ground.script.path if ground.script else ground.target.word
    return real_paths(app, declared_permissions(ground.metadata, path, Base(folder, app.paths.home)))


def wished_by(ground: Ground) -> str | None:
    """The tier that the block wishes for, or None. Raises `Failure` (E_PERMISSIONS)."""
    if ground.metadata is None or "pyst" not in ground.metadata.tool:
        return None
    from pyst.confinement.declared import declared_mode

    return declared_mode(ground.metadata, ground.script.path if ground.script else ground.target.word)


def _mode(ground: Ground, flags: Rules, profile: Rules, settings: Rules) -> str:
    """The mode of a run: what flags, profile and settings say; where that is nothing, what the script wishes."""
    mode = mode_of(flags, profile, settings)
    if mode == "off" and flags.mode is None and profile.mode is None:
        return wished_by(ground) or mode
    return mode


def grants_of(app: App) -> Grants:
    """The grants; where they can't be understood there are none, which is remarked on."""
    from pyst.confinement.grants import read_grants

    found = read_grants(app.paths.grants_file, app.witness)
    if found.broken:
        app.remark(diagnostic_of(found.broken)._replace(level="warning"))
    return found


def decide(app: App, ground: Ground, folder: str, flags: Rules = SILENT, *, always: bool = False) -> Decision | None:
    """What holds for a run that starts in `folder`, or None where it is not confined (with `always`: what would).

    Raises `Failure`: E_PERMISSIONS, E_CONFIG, E_PROFILE.
    """
    settings, profile = rules_from_settings(app), rules_from_profile(app)
    mode = _mode(ground, flags, profile, settings)
    if mode == "off":
        if not always:
            return None
        mode = "strict"
    from pyst.settings.trust import sha256_of

    declared = declared_by(app, ground, folder)
    remembered = grants_of(app).of(sha256_of(ground.source)) if ground.script else NOTHING
    return effective(declared, remembered, flags._replace(mode=mode), settings, profile)


def decision_data(app: App, ground: Ground, decision: Decision) -> dict[str, Any]:
    """A decision as JSON data: the mode, the profile, the tier that the script wishes for, and every item with what
    holds for it, who said so and where."""
    from pyst.confinement.decision import to_json

    profile = profile_of(app)
    told = to_json(decision, lambda by, way, kind, item: place_of(app, by, way, kind, item))
    return {**told, "profile": profile.name if profile else None, "wished": wished_by(ground)}


def permissions_data(app: App, ground: Ground) -> dict[str, Any] | None:
    """What the script declares, and what it would be granted and denied if it were confined, as JSON data.

    `mode` is that of the profile and the settings. None, with a remark, where that can't be told.
    """
    from pyst.commands.support.starting import start_folder

    try:
        decision = decide(app, ground, start_folder(app, ground), always=True)
        mode = _mode(ground, SILENT, rules_from_profile(app), rules_from_settings(app))
    except Failure as failure:
        if failure.code == "E_PROFILE":
            raise
        app.remark(diagnostic_of(failure)._replace(level="warning"))
        return None
    assert decision is not None
    return {**decision_data(app, ground, decision), "mode": mode}


def settle(app: App, ground: Ground, decision: Decision) -> Decision:
    """The decision with nothing missing: the person was asked, or `Failure` (E_PERMISSION, 101) is raised."""
    if decision.missing == NOTHING:
        return decision
    answer = _ask(app, ground, decision)
    if answer == "no":
        raise refusal(app, ground, decision)
    if answer == "always":
        remember(app, ground, decision.missing)
    granted = effective(
        decision.declared,
        decision.granted,
        Rules(decision.mode, decision.missing, decision.denied, decision.bounds),
        Rules(),
    )
    return granted._replace(sources=(*decision.sources, ("allow asked", decision.missing)))


def _ask(app: App, ground: Ground, decision: Decision) -> str:
    from pyst.confinement.grants import read_grants
    from pyst.settings.trust import sha256_of

    lines = [f"`{ground.label}` asks for what it was not granted:"]
    lines += [f"  {kind:<6} {item}" for kind, item in decision.missing.items()]
    choices = ("once", "always", "no") if ground.script else ("once", "no")
    if ground.script:
        earlier = read_grants(app.paths.grants_file, app.witness).earlier(
            os.path.realpath(ground.script.path), sha256_of(ground.source)
        )
        if earlier and decision.granted.items() == ():
            lines.append("what was granted to it before was for another content: the script has changed since")
    return app.choose(lines, "grant it?", choices)


def refusal(app: App, ground: Ground, decision: Decision) -> Failure:
    """The failure for a run that asks for more than it was granted, with the words that would grant it."""
    from shlex import quote

    told = ", ".join(f"{kind} `{item}`" for kind, item in decision.missing.items())
    flags = " ".join(quote(flag) for flag in flags_of(decision.missing))
    word = "…" if ground.script is None else quote(name_of(app, ground))
    hint = f"`{flags}` grants it this once"
    if ground.script is not None:
        hint += f", `pyst grants allow {word}` for as long as the script stays as it is"
    return Failure(
        "E_PERMISSION",
        f"`{ground.label}` asks for more than it was granted: {told}",
        hint=f"{hint}; `pyst explain` shows all",
        exit=ExitCode.BLOCKED,
    )


def flags_of(found: Permissions) -> list[str]:
    """The options that would grant these permissions."""
    return [f"--allow-{kind}={','.join(found.of(kind))}" for kind in KINDS if found.of(kind)]


def name_of(app: App, ground: Ground) -> str:
    """What the script can be called on a command line here."""
    assert ground.script is not None
    return os.path.relpath(ground.script.path, app.cwd) if ground.script.origin == "path" else ground.label


def remember(app: App, ground: Ground, more: Permissions) -> tuple[str, Grant]:
    """Grant `more` to the script's content, for good; gives the content's hash and all that it is granted now.

    Raises `Failure` (E_GRANTS_UNREADABLE, E_WRITE).
    """
    from pyst.confinement.grants import Grant, change_grants
    from pyst.confinement.permissions import union
    from pyst.settings.trust import sha256_of

    assert ground.script is not None
    key, path, now = sha256_of(ground.source), os.path.realpath(ground.script.path), int(app.clock())

    found: list[Grant] = []

    def change(known: dict[str, Grant]) -> dict[str, Grant]:
        before = known[key].permissions if key in known else NOTHING
        if key not in known or union(before, more) != before:
            known[key] = Grant(union(before, more), path, now)
        found.append(known[key])
        return known

    change_grants(app.paths.grants_file, change, waiting=lambda: app.talk("waiting for another pyst"))
    return key, found[0]


def make_walls(app: App, ground: Ground, decision: Decision, files: tuple[str, ...]) -> Walls:
    """The walls of a run that itself needs `files`. What does not exist can't be reached: it is remarked on.

    Raises `Failure` (E_DENY).
    """
    from pyst.confinement.decision import walls_of
    from pyst.confinement.view import is_shown_to_all

    def find(name: str) -> str | None:
        for folder in app.environ.get("PATH", os.defpath).split(os.pathsep):
            path = os.path.join(app.cwd, folder, name)
            if app.witness.is_file(path) and os.access(path, os.X_OK):
                return app.witness.real(path)
        return None

    absent = chosen(decision.left, lambda kind, item: kind in ("read", "write") and not os.path.lexists(item))
    for kind, item in absent.items():
        message = f"`{item}` does not exist, so that nothing there can be {'read' if kind == 'read' else 'written'}"
        app.remark(Diagnostic("warning", "W_ABSENT", message, "grant the folder that it is to be made in"))
    left = chosen(decision.left, lambda kind, item: item not in absent.of(kind))
    own = tuple(app.witness.real(each) for each in files)
    walls = walls_of(decision._replace(left=left), own=own, environ=app.environ, find_program=find)
    shut = [each for each in decision.denied.read if is_shown_to_all(each)]
    return walls._replace(denied=tuple(dict.fromkeys((*walls.denied, *shut, *_own_folders_within(app, walls.write)))))


def _own_folders_within(app: App, writable: tuple[str, ...]) -> list[str]:
    """Those of pyst's own folders that a script could write to, or put others in the place of: what lies there decides
    over later runs. Each by its path, and where that leads.

    They are made where they are not there, so that the script can't. Raises `Failure` (E_DENY) for a grant inside
    of one of them.
    """
    from pyst.confinement.view import trace

    found: list[str] = []
    for each in (app.paths.config, app.paths.data, app.paths.cache, app.paths.state):
        real = app.witness.real(each)
        if inside := next((path for path in writable if covers("write", real, path)), None):
            message = f"`{inside}` is pyst's own: no confined run may write there"
            raise Failure("E_DENY", message, exit=ExitCode.BLOCKED)
        names = (real, *(link for link, _ in trace(each)[1]))
        if any(covers("write", path, name) for path in writable for name in names):
            try:
                os.makedirs(real, mode=0o700, exist_ok=True)
            except OSError:
                continue  # where pyst can't make a folder, the script can't either
            found += dict.fromkeys((real, os.path.abspath(each)))
    return found


def confined(app: App, ground: Ground, plan: Plan, decision: Decision) -> Plan:
    """The plan with its walls. The files of scripts and of pyst that its command line names may be read; that of the
    script as it is now.

    Raises `Failure` (E_DENY).
    """
    from pyst.running.prepare import INSIDE

    files = [each for each in plan.argv[1:3] if each.startswith(INSIDE + os.sep)]
    path = ground.target.path
    walls = make_walls(app, ground, decision, (*([INSIDE] if files else ()), *([path] if path else ())))
    if path:
        from pyst.settings.trust import sha256_of

        walls = walls._replace(contents=((path, sha256_of(ground.source)),))
    set_here = dict(plan.set_variables)
    denied = [name for name in sorted(app.environ) if excludes(decision.denied, "env", name) and name not in set_here]
    return plan._replace(walls=walls, unset_variables=tuple(dict.fromkeys((*plan.unset_variables, *denied))))


def visible(decision: Decision, variables: dict[str, str]) -> dict[str, str]:
    """Those of the variables that a confined run may see."""
    return {name: value for name, value in variables.items() if permits(decision.left, decision.holes, "env", name)}


NOT_THERE_IN_BASIC = ("Unix sockets with a name (`multiprocessing.Manager`)", "a loopback and named hosts of its own")
"""What scripts may miss in the tier `basic`, as nothing but namespaces could keep it from what is the user's."""
MOST_REFUSED = 5
"""How many refused places are named after a run; a script that tries many doesn't fill the screen."""


def refused_lines(events: list[dict[str, Any]]) -> list[str]:
    """What is said after a run of the hosts that its proxy kept it from: programs show little of such an answer."""
    refused = [each for each in events if each["type"] == "net_refused" and each["host"]]
    if not refused:
        return []
    from pyst.confinement.service import NOT_GRANTED, place_of

    lines = []
    for host, port, reason in dict.fromkeys((each["host"], each["port"], each["reason"]) for each in refused):
        place = place_of(host, port)
        lines.append(f"refused: `{place}`: {reason}")
        if reason == NOT_GRANTED:
            lines[-1] += f"; `--allow-net={place}` allows it"
    more = len(lines) - MOST_REFUSED
    return lines if more <= 0 else [*lines[:MOST_REFUSED], f"refused: {more} more"]


def limit_remark(label: str, plan: Plan, limit: str) -> Diagnostic:
    """What is said of a run that was ended because it reached a bound."""
    from pyst.commands.support.confinement_words import UNITS, number

    bounds = plan.walls.bounds._asdict() if plan.walls else {}
    name = next((each for each in bounds if each.partition("_")[0] == limit or each == limit), "")
    bound = f" ({number(bounds[name], UNITS[name])})" if name and bounds[name] is not None else ""
    message = f"`{label}` was ended at its bound of {limit}{bound}, with all that it had started"
    return Diagnostic("error", "E_LIMIT", message, f"`--max-{limit}` sets the bound")


def held_lines(built: Built) -> list[str]:
    """What `-v` says of the walls that held a run."""
    lines = [f"confined: {built.tier} ({', '.join(built.layers)})"]
    lines += [f"not there in this tier: {each}" for each in NOT_THERE_IN_BASIC if built.tier == BASIC]
    return lines + [f"not stopped by this tier: {each}" for each in built.not_stopped]
