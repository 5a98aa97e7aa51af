"""`pyst learn`: a skill out of recorded runs; shown first, saved on a yes, merged without losing what people wrote."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, maybe, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
List the recorded runs that a skill could be made of, by their headers alone; with --from, make the skill out of
these runs. It is shown, and saved only on a yes. Where a skill of that name is, it is merged: what stands between
pyst's marks is written anew, all else stays.
"""
EPILOG = """\
  pyst learn
  pyst learn --from RUN --from RUN --name reconcile-invoices
  pyst learn --from RUN --name reconcile-invoices -o skills --yes
"""
STATES = {
    "shown": "",
    "new": "good",
    "merged": "good",
    "overwritten": "warn",
    "unchanged": "dim",
    "kept": "warn",
    "not saved": "dim",
}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `learn`."""
    add = parser.add_argument
    add("--from", dest="runs", action="append", default=[], metavar="RUN", help="learn from this run (repeatable)")
    add("--name", metavar="NAME", help="what to call the skill (default: as the first run's task)")
    add("--description", default="", metavar="TEXT", help="when an agent is to use it, in a sentence or two")
    add(
        "--privacy", choices=("public", "local"), default="public", help="public: nothing of this machine (the default)"
    )
    add("-o", "--output", metavar="DIR", help="the folder of skills to save it in")
    add("--print", dest="prints", action="store_true", help="show it and save nothing")
    add("--overwrite", action="store_true", help="make it anew, instead of merging it into one of that name")
    add("--force", action="store_true", help="with --overwrite: also what pyst did not write, or was changed since")
    add("--output-dir", default="temp", metavar="DIR", help="list the runs of this output folder, too (default: temp)")
    add("--limit", type=int, default=20, metavar="N", help="list at most N runs (default: 20)")


def run(app: App, args: argparse.Namespace) -> Report:
    """List runs, or make a skill of some."""
    if not args.runs:
        return _list(app, args)
    from pyst.agents.skills.learned import MOST_STEPS

    if len(args.runs) > MOST_STEPS:
        raise Failure("E_USAGE", f"a skill is made of at most {MOST_STEPS} runs", exit=ExitCode.USAGE)
    draft = _draft(app, args)
    if args.prints:
        return Report(_detail("preview", skill=_shown(draft, "shown")))
    return _save(app, args, draft)


def _list(app: App, args: argparse.Namespace) -> Report:
    from pyst.commands.support.learning import proposals_of, recent_runs

    for flag in ("name", "description", "output", "prints", "overwrite", "force"):
        if getattr(args, flag):
            word = "--print" if flag == "prints" else f"--{flag}"
            message = f"`{word}` goes with `--from`"
            raise Failure("E_USAGE", message, hint="without `--from`, runs are listed", exit=ExitCode.USAGE)
    if args.limit < 1:
        raise Failure("E_USAGE", f"`--limit {args.limit}` would show nothing", exit=ExitCode.USAGE)
    rows, total = recent_runs(app, args.output_dir, args.limit)
    return Report(_detail("list", rows, total, proposals_of(app, rows)))


class Draft(NamedTuple):
    """The skill as it would be saved at `path`: `proposal` is create, merge or overwrite."""

    name: str
    path: str
    proposal: str
    text: str
    difference: list[str]
    standing: Any


def _draft(app: App, args: argparse.Namespace) -> Draft:
    """Make the skill, for the folder that is wished or found. Raises `Failure`."""
    from pyst import __version__
    from pyst.agents.skills.front_matter import read_head
    from pyst.agents.skills.learned import learned_skill, merged
    from pyst.agents.skills.rules import violations_of
    from pyst.agents.skills.saving import NEW, SAME, difference, standing_of
    from pyst.agents.skills.skill import MAIN, NAME, files_of, skill_name
    from pyst.commands.support.learning import find_step, folder_of
    from pyst.commands.support.skill_facts import wording_of

    found = [find_step(app, each, args.output_dir, args.privacy) for each in dict.fromkeys(args.runs)]
    steps = list({each.run_id: each for each in found}.values())
    name = args.name or skill_name(steps[0].task)
    if not NAME.fullmatch(name) or len(name) > 64:
        message = f"`{name}` can't be the name of a skill"
        hint = "`--name` gives it one: lowercase words of a–z and 0–9 with single hyphens"
        raise Failure("E_SKILL_NAME", message, hint=hint, exit=ExitCode.USAGE)
    wording = wording_of(app, args.privacy)
    description = wording.line(args.description, 1000)
    skill = learned_skill(name, steps, wording, description=description, privacy=args.privacy)
    files = files_of(skill, __version__)
    path = os.path.join(args.output or folder_of(app, name), name)
    standing = standing_of(os.path.join(app.cwd, path), files)
    old = standing.found.get(MAIN)
    proposal = "create" if standing.state == NEW else "overwrite" if args.overwrite or old is None else "merge"
    if proposal == "merge" and old is not None:
        text = merged(_decoded(old, path), files[MAIN], description=description)
        files = {MAIN: text}
        standing = standing_of(os.path.join(app.cwd, path), files)._replace(dropped=())
    if read_head(files[MAIN]) is not None and (wrong := violations_of(files, name)) and proposal != "merge":
        raise Failure("E_SKILL", f"the skill `{name}` would not fit the format: {'; '.join(wrong)}")
    shown = [] if standing.state in (NEW, SAME) else difference(standing, files, name)
    return Draft(name, path, proposal, files[MAIN], shown, standing)


def _decoded(old: bytes, path: str) -> str:
    try:
        return old.decode()
    except UnicodeDecodeError as error:
        message = f"`{path}` holds text that is not UTF-8, so nothing can be merged into it"
        raise Failure("E_ENCODING", message, hint="`--name` gives the new one another name") from error


def _save(app: App, args: argparse.Namespace, draft: Draft) -> Report:
    """Show the draft, ask, save it."""
    from pyst.agents.skills.saving import SAME, save_package
    from pyst.agents.skills.skill import MAIN
    from pyst.commands.support.skill_folders import choose_folder

    if draft.standing.state == SAME:
        return Report(_detail("save", skill=_shown(draft, "unchanged")))
    lines = draft.difference or draft.text.rstrip("\n").split("\n")
    verb = {"create": "Create", "merge": "Merge into", "overwrite": "Overwrite"}[draft.proposal]
    if app.choose([*lines, ""], f"{verb} `{draft.path}`?", ("yes", "no")) == "no":
        told = "`--yes` saves it: for whoever has shown it and heard a yes"
        quiet = () if app.can_ask else (Diagnostic("info", "I_SKILL_NOT_SAVED", "nothing was saved", told),)
        return Report(_detail("preview", skill=_shown(draft, "not saved")), quiet)
    if args.output is None and draft.proposal == "create" and app.can_ask:
        draft = _draft(app, argparse.Namespace(**{**vars(args), "output": choose_folder(app)}))
    if draft.proposal == "overwrite" and draft.standing.needs_consent and not (args.force or app.can_ask):
        message = f"`{draft.path}` was not written by pyst, or was changed since; it was kept"
        remark = Diagnostic("error", "E_SKILL_KEPT", message, "leave out `--overwrite` to merge; `--force` overwrites")
        return Report(_detail("save", skill=_shown(draft, "kept")), (remark,), ExitCode.ERROR)
    save_package(os.path.join(app.cwd, draft.path), {MAIN: draft.text}, draft.standing)
    state = {"create": "new", "merge": "merged", "overwrite": "overwritten"}[draft.proposal]
    return Report(_detail("save", skill=_shown(draft, state)))


def _shown(draft: Draft, state: str) -> dict[str, Any]:
    return {
        "name": draft.name,
        "path": draft.path,
        "proposal": draft.proposal,
        "state": state,
        "text": draft.text,
        "difference": draft.difference,
    }


def _detail(
    action: str,
    runs: Iterable[dict[str, Any]] = (),
    total: int = 0,
    proposals: Iterable[dict[str, Any]] = (),
    skill: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {"action": action, "runs": list(runs), "total": total, "proposals": list(proposals), "skill": skill}


def human(report: Report, view: View) -> Iterable[Line]:
    """The runs and what could be made of them; or the skill, or where it went."""
    detail = report.detail
    skill = detail["skill"]
    if skill is None:
        yield from _listed(detail, view)
    elif detail["action"] == "save":
        yield [Span(skill["state"], STATES[skill["state"]]), "  ", skill["path"]]
    elif skill["state"] == "shown" or not view.is_terminal:
        yield from skill["difference"] or skill["text"].rstrip("\n").split("\n")
    else:
        yield [Span(skill["state"], STATES[skill["state"]]), "  ", skill["path"]]


def _listed(detail: dict[str, Any], view: View) -> Iterable[Line]:
    if not detail["runs"]:
        yield "no run was recorded yet: `pyst run --record SCRIPT`, or one with `--input-path`, records one"
        return
    style = {"ok": "good"}
    rows = [
        (
            Span(row["run_id"], "code"),
            Span(row["status"], style.get(row["status"], "warn")),
            f"{row['outputs']} outputs" if row["outputs"] != 1 else "1 output",
            row["script"],
        )
        for row in detail["runs"]
    ]
    yield from table(rows, view)
    if detail["proposals"]:
        yield ""
    for each in detail["proposals"]:
        yield [Span(f"{each['proposal']}  ", "bold"), Span(each["name"], "name"), Span(f"  {each['reason']}", "dim")]
        yield ["  ", Span(each["command"], "code")]


_RUN = record(
    run_id=TEXT,
    task=TEXT,
    status=TEXT,
    exit_code={"type": ["integer", "null"]},
    started_at=TEXT,
    duration_seconds={"type": ["number", "null"]},
    script=TEXT,
    outputs=COUNT,
    source=one_of("index", "folder"),
)
DETAIL: dict[str, Any] = record(
    action=one_of("list", "preview", "save"),
    runs=several(_RUN),
    total=COUNT,
    proposals=several(
        record(
            proposal=one_of("create", "merge"),
            name=TEXT,
            path=MAYBE_TEXT,
            runs=several(TEXT),
            reason=TEXT,
            command=TEXT,
        )
    ),
    skill=maybe(
        record(
            name=TEXT,
            path=TEXT,
            proposal=one_of("create", "merge", "overwrite"),
            state=one_of(*STATES),
            text=TEXT,
            difference=several(TEXT),
        )
    ),
)
