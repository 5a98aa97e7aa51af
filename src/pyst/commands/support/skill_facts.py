"""What goes into a skill besides its own text: the facts of this machine, and all that is known of a script."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.agents.skills.skill import Skill
    from pyst.agents.skills.words import Wording
    from pyst.app import App
    from pyst.scripts.script import Script


def machine_page(app: App) -> str:
    """The page of a local skill with the facts of this machine. No variable's value is in it."""
    from pyst.commands.support.machine import describe_machine
    from pyst.commands.support.machine_view import machine_markdown

    text = app.masked(machine_markdown(describe_machine(app, ("system", "paths", "commands"))))
    return text.rstrip("\n") + "\n\n`pyst info` tells how it is now.\n"


def wording_of(app: App, privacy: str) -> Wording:
    """How words of others go into a text: secrets masked, and for a public one without what tells of the machine."""
    from pyst.agents.skills.words import Wording, privacy_of

    if privacy == "local":
        return Wording(app.masked)
    users = {app.environ.get("USER", ""), app.environ.get("LOGNAME", ""), os.path.basename(app.paths.home)}
    hosts = {os.uname().nodename, app.environ.get("HOSTNAME", "")}
    return Wording(app.masked, privacy_of(app.paths.home, app.workspace.root, sorted(users), sorted(hosts)))


def script_skill(app: App, word: str, name: str, privacy: str) -> Skill:
    """The skill of the script that `word` means.

    Raises `Failure`: as `resolve` does, the reason why a script is broken or not what was installed, E_SKILL_NAME (64)
    where it or the skill has a name that can't be told.
    """
    from pyst.agents.skills.of_script import ScriptFacts, can_be_told, skill_of_script
    from pyst.agents.skills.skill import NAME, skill_name
    from pyst.commands.info import describe_script
    from pyst.commands.support.choosing import chosen_script
    from pyst.commands.support.installed import installed_data

    script = chosen_script(app, word)
    _, altered = installed_data(app, script)
    if altered is not None:
        raise altered  # what somebody wrote into it is not handed to agents
    detail = describe_script(app, script)
    source = app.witness.read(script.path) or b""
    if detail["interface"] is None:
        broken = detail["broken"] or {"code": "E_UNREADABLE", "message": "it can't be read"}
        raise Failure(broken["code"], f"`{word}` can't be described: {broken['message']}")
    told = _word_of(app, script, word, privacy)
    if not can_be_told(told):
        message = f"`{told}` can't stand in the commands of a skill"
        raise Failure("E_SKILL_NAME", message, hint="rename the script", exit=ExitCode.USAGE)
    if not (skill_name(script.name) or name) or (name and (not NAME.fullmatch(name) or len(name) > 64)):
        message = f"`{name or script.name}` can't be the name of a skill"
        hint = "`--name` gives it another: lowercase words of a–z and 0–9 with single hyphens"
        raise Failure("E_SKILL_NAME", message, hint=hint, exit=ExitCode.USAGE)
    facts = ScriptFacts(
        script.name if script.origin != "path" else os.path.basename(script.path).removesuffix(".py"),
        told,
        detail["interface"],
        bool(detail["requirements"]),
        detail["lock"] is not None,
        _permissions(detail),
        _facts(detail) if privacy == "local" else (),
        b"PYST_INPUT_PATH" in source or b"PYX_INPUT_PATH" in source,
    )
    return skill_of_script(facts, wording_of(app, privacy), name, privacy)


def _word_of(app: App, script: Script, word: str, privacy: str) -> str:
    """What stands behind `pyst run`: the name, the selector that was asked for, or a path that tells nothing more."""
    if script.origin != "path":
        return script.selector if word == script.selector else script.name
    root = app.workspace.root.rstrip("/") + "/"
    if script.path.startswith(root):
        inner = script.path[len(root) :]
        return inner if "/" in inner or inner.endswith(".py") else f"./{inner}"
    return script.path if privacy == "local" else f"PATH/TO/{os.path.basename(script.path)}"


def _permissions(detail: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the script declares."""
    items = (detail["permissions"] or {"items": []})["items"]
    return tuple((each["kind"], each["item"]) for each in items if each["declared"])


def _facts(detail: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    environment = detail["environment"]
    rows = [("file", detail["path"])]
    if environment:
        rows += [("environment", environment["path"]), ("python", environment["python"])]
    return tuple(rows)
