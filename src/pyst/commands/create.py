"""`pyst create`: a model writes a script from a prompt; it is looked at, talked over, kept."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.drafting import GIST, WRITTEN, human_lines
from pyst.commands.support.schema import YES_NO, one_of, record
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Have a language model write a script. The answer is checked (it parses, its packages exist, `pyst check` passes);
what does not pass goes back to the model. It is saved when you say so, and never run by this. `{{name}}` in the
prompt becomes a parameter: `{{count:int=3}}`, `{{mode:fast|slow}}`."""
EPILOG = """\
The model is one that PydanticAI knows (`openai:gpt-5`, `anthropic:…`, `ollama:…`); its key is read from the
environment. The script wishes to be run within walls: it reaches no network and none of your files until you grant it.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `create`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    add("name", metavar="NAME", help="what the script is to be called")
    add("prompt", nargs="+", metavar="PROMPT", help="what it is to do, in your words")
    add("-p", "--preview", action="store_true", help="show the code, and talk it over until you accept it")
    add("--model", metavar="M", help="the model to ask, `PROVIDER:NAME`; else the setting `create.model`")
    add("--project", action="store_true", help="save it into this project's scripts, not your own")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--public", action="store_true", help="upload it as a public gist, too")
    where.add_argument("--secret", action="store_true", help="upload it as a secret gist, too")
    where.add_argument("--local", action="store_true", help="upload it nowhere, and don't ask")


def run(app: App, args: argparse.Namespace) -> Report:
    """Ask, talk over, save; upload where that is wished. Nothing is run."""
    from pyst.authoring.placeholders import find_placeholders
    from pyst.authoring.prompts import first_message
    from pyst.authoring.saving import exists, save_new
    from pyst.authoring.validating import Wanted
    from pyst.commands.support import drafting

    name, path = _place(app, args)
    prompt = " ".join(args.prompt)
    drafting.check_prompt(prompt)
    placeholders = find_placeholders(prompt)
    drafting.require_consent(app, f"saving `{name}`")
    if os.path.lexists(path):
        raise exists(path)
    wanted = Wanted(name, path, app.paths.home, placeholders, secrets=drafting.secrets_of(app))
    first = first_message(name, prompt, placeholders)
    written = drafting.write_script(app, first, wanted, word=args.model, preview=args.preview)
    more: dict[str, Any] = {"granted": False, "gist": None}
    if written.accepted is None:
        return Report({**drafting.detail_of(written, "discarded", name, path), **more})
    save_new(path, written.accepted.source)
    app.event("script_saved", path=path)
    more["granted"] = drafting.grant_on_wish(app, path, written.accepted)
    remarks: tuple[Diagnostic, ...] = ()
    if not more["granted"]:
        remarks = drafting.permission_remark(name, written.accepted)
    return Report({**drafting.detail_of(written, "created", name, path), **more}, remarks)


def _place(app: App, args: argparse.Namespace) -> tuple[str, str]:
    """The name, and the file that the script is to be. Raises `Failure` (E_NAME, E_NAME_TWIN)."""
    from pyst.sharing.names import check_name

    folder = app.workspace.settings.core.project_script_dir if args.project else app.paths.scripts
    try:
        taken = [each.removesuffix(".py") for each in os.listdir(folder)]
    except OSError:
        taken = []
    name = check_name(args.name, taken, lambda _: None)
    return name, os.path.join(folder, f"{name}.py")


def human(report: Report, view: View) -> Iterable[Line]:
    """Where it went, how it is run, and what it took."""
    lines = human_lines(report.detail)
    if report.detail["gist"]:
        lines.insert(1, [Span("gist     ", "dim"), report.detail["gist"]["url"] or report.detail["gist"]["id"]])
    return lines


DETAIL: dict[str, Any] = record(action=one_of("created", "discarded"), **WRITTEN, granted=YES_NO, gist=GIST)
