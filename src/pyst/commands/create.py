"""`pyst create`: a model writes a script from a prompt; it is looked at, talked over, kept."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.drafting import GIST, WRITTEN, human_lines
from pyst.commands.support.schema import TEXT, YES_NO, one_of, record
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report, diagnostic_of
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
    _check_sharing(app, args, name)
    wanted = Wanted(name, path, app.paths.home, placeholders, secrets=drafting.secrets_of(app))
    first = first_message(name, prompt, placeholders)
    written = drafting.write_script(app, first, wanted, word=args.model, preview=args.preview)
    more: dict[str, Any] = {"granted": False, "gist": None}
    if written.accepted is None:
        return Report({**drafting.detail_of(written, "discarded", name, path), **more, "word": name})
    try:
        save_new(path, written.accepted.source)
    except Failure as failure:
        _show_unsaved(app, failure, written.accepted.source.decode())
        raise
    app.event("script_saved", path=path)
    more["word"] = _word(app, name, path, "project" if args.project else "global")
    more["granted"] = drafting.grant_on_wish(app, path, written.accepted)
    remarks = () if more["granted"] else drafting.permission_remark(more["word"], written.accepted)
    more["gist"], told = _share(app, args, name, path)
    code = ExitCode.ERROR if any(each.level == "error" for each in told) else ExitCode.OK
    return Report({**drafting.detail_of(written, "created", name, path), **more}, (*remarks, *told), code)


def _word(app: App, name: str, path: str, origin: str) -> str:
    """What the script is called here: its name, or with its origin where the name means another one."""
    from pyst.scripts.catalog import places_from, resolve
    from pyst.system.witness import Witness

    try:
        found = resolve(name, places_from(app.workspace, app.paths), app.cwd, Witness()).path
    except Failure:
        found = ""
    return name if found == path else f"{origin}:{name}"


def _show_unsaved(app: App, failure: Failure, code: str) -> None:
    """What could not be saved was asked and paid for: whoever asked gets it all the same."""
    failure.detail = {**failure.detail, "code": app.masked(code)}
    if app.options.format == "human":
        app.talk("what was written, and could not be saved:")
        for line in code.splitlines():
            app.talk(line)


def _check_sharing(app: App, args: argparse.Namespace, name: str) -> None:
    """Raise `Failure` where what is wished can't be done in the end: E_EXISTS, E_TOKEN, E_MAPPING."""
    from pyst.sharing.mapping import read_mapping

    is_shared = args.public or args.secret
    try:
        mapped = name in read_mapping(app.paths.mapping_file).scripts
    except Failure:
        if is_shared:
            raise
        mapped = False
    if mapped:
        message = f"`{name}` is the name of a script in a gist already"
        raise Failure("E_EXISTS", message, hint=f"`pyst run {name}` fetches it; or choose another name")
    if is_shared:
        from pyst.commands.support.fetching import fetcher_of

        fetcher_of(app, token_for="sharing as a gist")


def _share(
    app: App, args: argparse.Namespace, name: str, path: str
) -> tuple[dict[str, Any] | None, tuple[Diagnostic, ...]]:
    """Upload it where that is wished, and what is to be told of it. What fails here leaves the script saved."""
    from shlex import quote

    from pyst.commands.support.publishing import Wish, share_script

    again = f"`pyst share {quote(name)}` uploads it as a gist"
    try:
        public = True if args.public else False if args.secret else _asked(app, args)
        if public is None:
            message = f"`{name}` is saved on this machine only"
            return None, () if args.local else (Diagnostic("info", "I_LOCAL", message, again),)
        told = share_script(app, path, name, Wish(public=public, is_new=True))
    except Failure as failure:
        hint = "\n".join(each for each in (failure.hint, f"the script is saved; {again}") if each)
        return None, (diagnostic_of(failure)._replace(hint=hint),)
    if told["gist"] is None:
        return None, ()
    return {"id": told["gist"], "url": told["address"], "public": told["public"]}, ()


def _asked(app: App, args: argparse.Namespace) -> bool | None:
    """Whether the person wants it uploaded, and for all to find; None: not at all, or it can't be."""
    from pyst.commands.support.drafting import asks
    from pyst.commands.support.fetching import token_of
    from pyst.system.http import check_api_base

    if args.local or not asks(app) or app.workspace.settings.core.offline:
        return None
    if token_of(app, check_api_base(app.workspace.settings.share.api_base)) is None:
        return None
    choice = app.choose((), "Upload it as a gist, too?", ("secret", "public", "no"))
    return None if choice == "no" else choice == "public"


def _place(app: App, args: argparse.Namespace) -> tuple[str, str]:
    """The name, and the file that the script is to be. Raises `Failure` (E_NAME, E_NAME_TWIN)."""
    from pyst.sharing.names import check_name
    from pyst.sharing.placing import own_folder

    core = app.workspace.settings.core
    folder = core.project_script_dir if args.project else own_folder(core.global_script_dirs, app.paths.scripts)
    try:
        taken = [each.removesuffix(".py") for each in os.listdir(folder)]
    except OSError:
        taken = []
    try:
        name = check_name(args.name, taken, lambda _: None, is_word=True)
    except Failure as failure:
        if "/" in args.name or args.name.endswith(".py"):  # a place was meant
            failure.hint += "\nit is saved among your own scripts, with `--project` among those of the project"
        raise
    return name, os.path.join(folder, f"{name}.py")


def human(report: Report, view: View) -> Iterable[Line]:
    """Where it went, how it is run, and what it took."""
    lines = human_lines(report.detail)
    if report.detail["gist"]:
        lines.insert(1, [Span("gist     ", "dim"), report.detail["gist"]["url"] or report.detail["gist"]["id"]])
    return lines


DETAIL: dict[str, Any] = record(action=one_of("created", "discarded"), **WRITTEN, word=TEXT, granted=YES_NO, gist=GIST)
