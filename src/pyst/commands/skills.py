"""`pyst skills`: Agent Skills packages about pyst, or about a script; printed, or saved without losing anything."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, maybe, one_of, record, several
from pyst.commands.support.skill_folders import choose_folder, save_skills
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.agents.skills.skill import Skill
    from pyst.app import App

DESCRIPTION = """\
Generate Agent Skills: folders with a SKILL.md that tell an AI agent how to work with pyst, or with one of your scripts.
On a terminal you are asked what to do with them; with -o they are saved, else printed. A `public` skill tells nothing
of this machine; a `local` one holds its interpreters, tools and folders, but never the value of a variable.
"""
EPILOG = """\
  pyst skills                                   on a terminal: asks; else prints the skill `pyst`
  pyst skills --skill all -o skills             all five, fit to be committed
  pyst skills --script word-count -o .claude/skills
  pyst skills --skill pyst --privacy local -o ~/.claude/skills
"""
PRIVACIES = ("public", "local")
STATES = {
    "shown": "",
    "new": "good",
    "updated": "good",
    "unchanged": "dim",
    "overwritten": "warn",
    "kept": "warn",
    "not saved": "dim",
}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `skills`."""
    add = parser.add_argument
    names = "pyst, manifest, learn, inspect, summary, or all"
    add("--skill", action="append", default=[], metavar="NAME", help=f"which one (repeatable): {names}")
    add("--script", action="append", default=[], metavar="SCRIPT", help="a skill made of this script's interface")
    add("--name", metavar="NAME", help="what to call the skill of a script (default: as the script)")
    add("--privacy", choices=PRIVACIES, help="public: nothing of this machine (the default); local: with its facts")
    add("-o", "--output", metavar="DIR", help="save each into a folder of its own in DIR")
    add("--print", dest="prints", action="store_true", help="print them, whatever else could be done")
    add("--force", action="store_true", help="overwrite what pyst did not write, or what was changed since")


def run(app: App, args: argparse.Namespace) -> Report:
    """Make the skills; print or save them, or ask what to do with them."""
    names = _builtin_names(args.skill)
    if args.name and len(args.script) != 1:
        raise Failure("E_USAGE", "`--name` goes with one `--script`", exit=ExitCode.USAGE)
    if args.prints and args.output is not None:
        raise Failure("E_USAGE", "give `--print` or `-o`, not both", exit=ExitCode.USAGE)
    if args.output == "":
        raise Failure("E_USAGE", "the name of the folder is empty", exit=ExitCode.USAGE)
    if not names and not args.script:
        names = ["pyst"]
    asks = args.output is None and not args.prints and app.can_ask and app.options.format == "human"
    privacy = args.privacy or (_asked_privacy(app) if asks else "public")
    packages = _packages(app, args, names, privacy)
    if args.output is None and not asks:
        return Report(_detail("print", privacy, [_row(*each, "shown", texts=True) for each in packages]))
    folder = args.output if args.output is not None else _asked_folder(app, packages)
    if not folder:
        return Report(_detail("none", privacy, [_row(*each, "not saved") for each in packages]))
    saved, remarks, code = save_skills(app, packages, folder, force=args.force, privacy=privacy)
    rows = [_row(*each, one.state, one.path, one.difference) for each, one in zip(packages, saved, strict=True)]
    return Report(_detail("save", privacy, rows), remarks, code)


def _builtin_names(given: list[str]) -> list[str]:
    from pyst.agents.skills.builtin import NAMES

    for each in given:
        if each not in (*NAMES, "all"):
            hint = did_you_mean(each, [*NAMES, "all"]) or f"there are {', '.join(NAMES)} and `all`"
            raise Failure("E_USAGE", f"there is no skill `{each}`", hint=hint, exit=ExitCode.USAGE)
    return [each for each in NAMES if each in given or "all" in given]


Package = tuple["Skill", dict[str, str]]


def _packages(app: App, args: argparse.Namespace, names: list[str], privacy: str) -> list[Package]:
    from pyst import __version__
    from pyst.agents.skills.builtin import builtin_skill
    from pyst.agents.skills.rules import violations_of
    from pyst.agents.skills.skill import files_of
    from pyst.commands.support.skill_facts import machine_page, script_skill

    machine = machine_page(app) if privacy == "local" else ""
    skills = [builtin_skill(each, machine) for each in names]
    skills += [script_skill(app, word, args.name or "", privacy) for word in args.script]
    taken: set[str] = set()
    for skill in skills:
        if skill.name in taken:
            message = f"two skills would be called `{skill.name}`"
            raise Failure("E_USAGE", message, hint="make them one by one, with `--name`", exit=ExitCode.USAGE)
        taken.add(skill.name)
    packages = [(skill, files_of(skill, __version__)) for skill in skills]
    for skill, files in packages:
        if found := violations_of(files, skill.name):
            raise Failure("E_SKILL", f"the skill `{skill.name}` would not fit the format: {'; '.join(found)}")
    return packages


def _asked_privacy(app: App) -> str:
    while True:
        lines = (
            "public: nothing of this machine, fit to be committed",
            "local:  with this machine's interpreters, tools and folders",
        )
        answer = app.answer(lines, "Which privacy, public or local?", "public").lower()
        for each in PRIVACIES:
            if each.startswith(answer):
                return each


def _asked_folder(app: App, packages: list[Package]) -> str:
    """Show the skills, and ask whether and where to save them; empty: not at all."""
    from pyst.agents.skills.skill import MAIN, shown_files

    lines = shown_files((skill.name, {MAIN: files[MAIN]}) for skill, files in packages)
    for skill, files in packages:
        lines += [f"{skill.name}/{path}: {len(text.encode())} bytes" for path, text in files.items() if path != MAIN]
    what = "it" if len(packages) == 1 else f"these {len(packages)} skills"
    if app.choose([*lines, ""], f"Save {what}?", ("yes", "no")) == "no":
        return ""
    return choose_folder(app)


def _detail(action: str, privacy: str, skills: list[dict[str, Any]]) -> dict[str, Any]:
    return {"action": action, "privacy": privacy, "skills": skills}


def _row(
    skill: Skill,
    files: dict[str, str],
    state: str,
    path: str | None = None,
    difference: list[str] | None = None,
    *,
    texts: bool = False,
) -> dict[str, Any]:
    from hashlib import sha256

    told = [
        {
            "path": each,
            "bytes": len(text.encode()),
            "sha256": sha256(text.encode()).hexdigest(),
            "text": text if texts else None,
        }
        for each, text in files.items()
    ]
    return {
        "name": skill.name,
        "description": skill.description,
        "state": state,
        "path": path,
        "files": told,
        "difference": difference,
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """The files themselves, each below its path where there are several; or where each skill went."""
    from pyst.agents.skills.skill import shown_files

    rows = report.detail["skills"]
    if report.detail["action"] != "print":
        whole = view._replace(is_terminal=False)  # a path that is cut is of no use
        return table([(Span(row["state"], STATES[row["state"]]), row["path"] or row["name"]) for row in rows], whole)
    texts = [(row["name"], {each["path"]: each["text"] for each in row["files"]}) for row in rows]
    if sum(len(files) for _, files in texts) > 1:
        return shown_files(texts)
    ((text,),) = (files.values() for _, files in texts)
    return str(text).rstrip("\n").split("\n")


DETAIL: dict[str, Any] = record(
    action=one_of("print", "save", "none"),
    privacy=one_of(*PRIVACIES),
    skills=several(
        record(
            name=TEXT,
            description=TEXT,
            state=one_of(*STATES),
            path=MAYBE_TEXT,
            files=several(record(path=TEXT, bytes=COUNT, sha256=TEXT, text=MAYBE_TEXT)),
            difference=maybe(several(TEXT)),
        )
    ),
)
