"""`pyst edit`: a model changes a script as it is told; the change is looked at, talked over, and can be undone."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyst.commands.support.drafting import WRITTEN, human_lines
from pyst.commands.support.schema import MAYBE_TEXT, maybe, one_of, record
from pyst.errors import ExitCode, Failure
from pyst.report import Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.authoring.validating import Draft
    from pyst.commands.support.shown_to_models import Source
    from pyst.scripts.script import Metadata, Script

DESCRIPTION = """\
Have a language model change a script of yours. What changes is shown as a diff, and saved when you say so; the script
as it was is kept. The text of the script goes to the model's provider: not where `.pystdocignore` or `# pyst: nodoc`
keeps it back, nor where a secret stands in it."""
EPILOG = """\
  pyst edit words 'count letters, too'    look at the change, talk it over, accept it
  pyst edit words --undo                  the script as it was before (`--undo 2`: before that)
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `edit`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    add("script", metavar="SCRIPT", help="a name, `origin:name` or a path")
    add("prompt", nargs="*", metavar="PROMPT", help="what is to change, in your words")
    add("--model", metavar="M", help="the model to ask, `PROVIDER:NAME`; else the setting `create.model`")
    add("--undo", action="store_true", help="bring back what was replaced last; with a number, the Nth before")


def run(app: App, args: argparse.Namespace) -> Report:
    """Have it changed, or undo a change."""
    from pyst.commands.support.choosing import chosen_script
    from pyst.scripts.catalog import is_installed

    script = chosen_script(app, args.script)
    if is_installed(script.path, app.paths):
        message = f"`{script.selector}` is installed; changed, it would no longer match what it was installed from"
        raise Failure("E_INTEGRITY", message, hint="change it at its source, or copy it into the project")
    if args.undo:
        return _undo(app, args, script)
    return _edit(app, args, script)


def _edit(app: App, args: argparse.Namespace, script: Script) -> Report:
    from pyst.authoring.placeholders import find_placeholders
    from pyst.authoring.prompts import edit_message
    from pyst.commands.support import drafting
    from pyst.commands.support.editing import lock_remark
    from pyst.commands.support.shown_to_models import keep_back, read_source, wanted_of

    prompt = " ".join(args.prompt)
    drafting.check_prompt(prompt)
    placeholders = find_placeholders(prompt)
    drafting.require_consent(app, f"changing `{script.name}`")
    source = read_source(app, script)
    keep_back(app, source)
    wanted = wanted_of(app, source)._replace(placeholders=placeholders)
    first = edit_message(
        script.name, prompt, placeholders, source.code, source.metadata.text if source.metadata else ""
    )
    written = drafting.write_script(app, first, wanted, word=args.model, preview=True, before=source.data)
    if written.accepted is None:
        return Report({**drafting.detail_of(written, "discarded", script.name, script.path), "kept": None})
    draft = _as_before(source, written.accepted)
    written = written._replace(accepted=draft)
    if draft.source == source.data:
        return Report({**drafting.detail_of(written, "unchanged", script.name, script.path), "kept": None})
    if not drafting.asks(app):
        _refuse_growth(app, source, draft)
    kept = _save(app, script.path, source.data, draft.source)
    remarks = list(drafting.permission_remark(script.name, draft) if _grown(app, source, draft) else ())
    if _block_changed(source, draft):
        remarks += lock_remark(args.script, script.path)
    return Report({**drafting.detail_of(written, "changed", script.name, script.path), "kept": kept}, tuple(remarks))


def _as_before(source: Source, draft: Draft) -> Draft:
    """The draft with the line ends that the script had."""
    if b"\r\n" not in source.data:
        return draft
    return draft._replace(source=draft.source.replace(b"\n", b"\r\n"))


def _declared(metadata: Metadata | None) -> dict[str, Sequence[str]]:
    """The permissions that a block asks for, as written; `true` is everything."""
    from pyst.confinement.permissions import EVERYTHING, KINDS

    own: Any = metadata.tool.get("pyst") if metadata else None
    table: Any = own.get("permissions") if isinstance(own, dict) else None
    found: dict[str, Sequence[str]] = {}
    for kind in KINDS:
        items = table.get(kind) if isinstance(table, dict) else None
        found[kind] = (EVERYTHING[kind],) if items is True else tuple(items) if isinstance(items, list) else ()
    return found


def _grown(app: App, source: Source, draft: Draft) -> Mapping[str, Sequence[str]]:
    from pyst.sharing.differences import permission_growth

    return permission_growth(_declared(source.metadata), draft.permissions, app.paths.home)


def _refuse_growth(app: App, source: Source, draft: Draft) -> None:
    """Raise `Failure` (E_PERMISSIONS, 101) where it asks for more than before: `--yes` says nothing to that."""
    if grown := _grown(app, source, draft):
        told = ", ".join(f"{kind} `{item}`" for kind, items in grown.items() for item in items)
        message = f"changed so, `{source.script.name}` asks for more than before: {told}; nothing was changed"
        raise Failure("E_PERMISSIONS", message, hint="accept it at a terminal", exit=ExitCode.BLOCKED)


def _block_changed(source: Source, draft: Draft) -> bool:
    from pyst.scripts.metadata import parse_metadata

    new = parse_metadata(draft.source, source.script.path)
    old = source.metadata
    return (new and (new.dependencies, new.requires_python)) != (old and (old.dependencies, old.requires_python))


def _save(app: App, path: str, before: bytes, after: bytes) -> str:
    """Put it in place, as no other pyst changes scripts; where the old version is kept. Raises `Failure`."""
    from pyst.authoring.saving import save_changed
    from pyst.system.files import locked, writing_failed

    lock = os.path.join(app.paths.state, "edits.lock")
    try:
        with locked(lock, waiting=lambda: app.talk("waiting for another pyst")):
            kept = save_changed(path, before, after, app.paths.replaced, int(app.clock()))
    except OSError as error:
        raise writing_failed(lock, error) from error
    app.event("script_saved", path=path)
    return kept.path


def _undo(app: App, args: argparse.Namespace, script: Script) -> Report:
    """Bring another version back, once the person has seen what that changes: the newest, or the Nth."""
    from hashlib import sha256

    from pyst.authoring.saving import kept_versions, read_kept
    from pyst.commands.support.consent import consent
    from pyst.sharing.differences import code_difference

    word = " ".join(args.prompt) or "1"
    step = int(word) if word.isascii() and word.isdecimal() and len(word) < 6 else 0
    if step < 1 or args.model:
        message = "`--undo` takes nothing but how many versions to go back"
        raise Failure("E_USAGE", message, hint=f"pyst edit {script.name} --undo", exit=ExitCode.USAGE)
    before = app.witness.read(script.path, most_bytes=4 << 20) or b""
    now = sha256(before).hexdigest()
    others = {each.sha256: each for each in reversed(kept_versions(script.path, app.paths.replaced))}
    versions = sorted(
        (each for each in others.values() if each.sha256 != now), key=lambda each: each.path, reverse=True
    )
    if step > len(versions):
        count = f"{len(versions)} other versions are" if len(versions) > 1 else "one other version is"
        message = f"of `{script.name}` {count if versions else 'no other version is'} kept"
        raise Failure("E_NOTHING_KEPT", message)
    after = read_kept(versions[step - 1])
    told = {"action": "undone", "name": script.name, "path": script.path, "kept": None}
    rest: dict[str, Any] = {key: None for key in WRITTEN if key not in told}
    for line in code_difference(before, after, os.path.basename(script.path)).splitlines():
        app.talk(line)
    if not consent(app, "Bring it back?", f"changing `{script.name}`"):
        return Report({**told, **rest, "action": "discarded"})
    return Report({**told, **rest, "kept": _save(app, script.path, before, after)})


def human(report: Report, view: View) -> Iterable[Line]:
    """What was done, and where the old version is."""
    detail = report.detail
    if detail["action"] in ("undone", "unchanged") or detail["model"] is None:
        word = "not changed" if detail["action"] == "discarded" else detail["action"]
        return [[Span(word, "good" if word == "undone" else "dim"), f"  {detail['path']}"]]
    lines = human_lines(detail)
    if detail["kept"]:
        lines.append([Span("kept     ", "dim"), f"as it was; `pyst edit {detail['name']} --undo` brings it back"])
    return lines


_FIELDS = {name: value if name in ("name", "path") else maybe(value) for name, value in WRITTEN.items()}
DETAIL: dict[str, Any] = record(
    action=one_of("changed", "unchanged", "undone", "discarded"), **_FIELDS, kept=MAYBE_TEXT
)
