"""Where skills are saved: asking for the folder, showing what would be overwritten, saving; shared by the commands."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic

if TYPE_CHECKING:
    from pyst.agents.skills.skill import Skill
    from pyst.app import App

HERE = "skills"
CLAUDE = os.path.join(".claude", "skills")
MOST_DIFFERENCE = 400


class Saved(NamedTuple):
    """What became of one skill: `difference` is what was shown of an overwriting."""

    state: str
    path: str
    difference: list[str] | None = None


def choose_folder(app: App) -> str:
    """Ask where to save. Without a terminal it is `./skills`."""
    project = os.path.join(app.workspace.root, CLAUDE)
    folders = {"1": HERE, "2": os.path.join(app.paths.home, CLAUDE), "3": project}
    lines = (
        "1  ./skills",
        "2  ~/.claude/skills  (yours, in every project)",
        f"3  {_seen_from(app, project)}  (this project's)",
    )
    answer = app.answer([*lines, "or another folder"], "Where to?", "1")
    if answer.startswith("~/"):
        answer = os.path.join(app.paths.home, answer[2:])
    return folders.get(answer, answer)


def _seen_from(app: App, path: str) -> str:
    return path.removeprefix(app.cwd + os.sep) if path.startswith(app.cwd + os.sep) else path


def save_skills(
    app: App, packages: Sequence[tuple[Skill, dict[str, str]]], folder: str, *, force: bool, privacy: str
) -> tuple[list[Saved], tuple[Diagnostic, ...], int]:
    """Save each package into a folder of its own in `folder`: what became of each, remarks, and the exit code.

    What would be overwritten and is not ours is shown and asked about; without a terminal it is kept, which is an
    error. Raises `Failure` (E_SKILL_FOLDER, E_WRITE).
    """
    saved = [_save(app, skill, files, os.path.join(folder, skill.name), force) for skill, files in packages]
    remarks = []
    kept = [each.path for each in saved if each.state == "kept"]
    if kept and not app.can_ask:
        told = ", ".join(f"`{each}`" for each in kept)
        message = f"{told}: not written by pyst, or changed since; it was kept"
        remarks.append(Diagnostic("error", "E_SKILL_KEPT", message, "`--force` overwrites it; look at it first"))
    if privacy == "local" and _is_in_checkout(os.path.join(app.cwd, folder)):
        message = f"a local skill tells of this machine, and `{folder}` lies in a checkout"
        remarks.append(Diagnostic("warning", "W_SKILL_LOCAL", message, "don't commit it; `--privacy public` can be"))
    failed = any(each.level == "error" for each in remarks)
    return saved, tuple(remarks), ExitCode.ERROR if failed else ExitCode.OK


def _save(app: App, skill: Skill, files: dict[str, str], path: str, force: bool) -> Saved:
    from pyst.agents.skills.saving import NEW, SAME, difference, save_package, standing_of

    place = os.path.join(app.cwd, path)
    standing = standing_of(place, files)
    if standing.state == SAME:
        return Saved("unchanged", path)
    shown = None
    if standing.needs_consent:
        lines = difference(standing, files, skill.name)
        shown = lines[:MOST_DIFFERENCE]
        more = [f"… and {len(lines) - len(shown)} lines more"] if len(lines) > len(shown) else []
        if not force:
            question = f"`{path}` was not written by pyst, or was changed since. Overwrite it?"
            if app.choose([*shown, *more], question, ("overwrite", "keep")) == "keep":
                return Saved("kept", path, shown)
    try:
        save_package(place, files, standing)
    except Failure:
        if standing_of(place, files).state != SAME:
            raise
        return Saved("unchanged", path)  # another pyst was faster
    return Saved("overwritten" if shown is not None else "new" if standing.state == NEW else "updated", path, shown)


def _is_in_checkout(folder: str) -> bool:
    folder = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent
    return True
