"""`pyst trust`: trust exactly what a script or a project now contains; list and revoke what is trusted."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pyst.commands.config import IGNORED, trusting
from pyst.commands.support.schema import TEXT, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.scripts.catalog import is_installed
from pyst.settings.trust import Entry, change_trust, read_trust
from pyst.settings.trusting import Subject, below, state_of, subject_of_file, subject_of_folder
from pyst.system.terminal import Line, Span, View, table
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.settings.workspace import Workspace

DESCRIPTION = """\
Trust exactly what a script or a folder now contains: of a project its settings files and the scripts in its script
folder, of any other folder the scripts in it; with a script, its lock. A change ends the trust. What is trusted may
loosen: its settings count in full, its scripts may be imported to be described, and build code of their dependencies
may run. An installed script that was changed runs again once it is trusted by its name.
"""
STYLES = {"changed": "warn", "gone": "dim", "new": "good"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `trust`."""
    parser.add_argument("targets", nargs="*", metavar="SCRIPT|DIR", help="a script's name or path, or a folder")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true", help="show what is trusted, and what of it has changed")
    action.add_argument("--revoke", action="store_true", help="trust the targets no longer")


def run(app: App, args: argparse.Namespace) -> Report:
    """Trust the targets, or revoke the trust in them, or list all that is trusted."""
    if args.list:
        return _list(app, args.targets)
    if not args.targets:
        hint = "`pyst trust .` trusts the project here, `pyst trust --list` shows what is trusted"
        raise Failure("E_USAGE", "`trust` takes a script or a folder", hint=hint, exit=ExitCode.USAGE)
    return _revoke(app, args.targets) if args.revoke else _trust(app, args.targets)


def _trust(app: App, targets: list[str]) -> Report:
    now = int(app.clock())
    entries: dict[str, Entry] = {}
    remarks: list[Diagnostic] = []
    loosened: list[dict[str, Any]] = []
    accepted: list[dict[str, Any]] = []
    for target in targets:
        subject, ignored, installed = _subject(app, target, now)
        if installed is not None:
            accepted += _accept(app, installed)
        entries.update(subject.entries)
        remarks += subject.remarks
        loosened += ignored
    states: dict[str, str] = {}

    def change(known: dict[str, Entry]) -> Mapping[str, Entry]:
        for path, entry in entries.items():
            old = known.get(path)
            states[path] = "new" if old is None else "unchanged" if _bound(old) == _bound(entry) else "changed"
            if old is None or _bound(old) != _bound(entry):
                known[path] = entry
        return known

    change_trust(app.paths.trust_file, change, waiting=lambda: app.talk("waiting for another pyst"))
    rows = [_row(path, entry, states[path]) for path, entry in entries.items()]
    detail = {"action": "trust", "entries": rows, "loosened": loosened, "accepted": accepted}
    return Report(detail, tuple(remarks))


def _accept(app: App, path: str) -> list[dict[str, Any]]:
    """Let an installed script run with the bytes that it has; it, where it was changed."""
    from pyst.commands.support.accepting import accept

    entry = accept(app, path)
    return [] if entry is None else [{"name": entry.name, "path": path, "sha256": entry.sha256}]


def _bound(entry: Entry) -> tuple[str, str, str]:
    """What an entry binds; when it was made does not count."""
    return entry.kind, entry.sha256, entry.lock


def _subject(app: App, target: str, now: int) -> tuple[Subject, list[dict[str, Any]], str | None]:
    """What the target comes to, the settings that will count from now on, and the installed script that it means."""
    folder = _folder(app, target)
    if folder is None:
        path = _file(app, target)
        return subject_of_file(path, now), [], path if is_installed(path, app.paths) else None
    from pyst.scripts.discover import find_script_files
    from pyst.settings.workspace import load_workspace

    found = load_workspace(folder, app.paths, app.environ, {}, Witness())
    is_project = _is_project(found, folder)
    listed = find_script_files(_wished_script_dir(app, found) if is_project else folder, "project")
    files = [each.script.path for each in (*listed.found, *listed.twins) if each.stamp and not each.broken]
    subject = subject_of_folder(folder, files, now, is_project=is_project)
    if is_project:
        return subject, [each.to_json() for each in found.settings.ignored], None
    if found.marker == "cwd":
        return subject, [], None
    message = f"`{folder}` is a part of the project `{found.root}`, whose settings are not covered by this"
    remark = Diagnostic("info", "I_PART_OF_PROJECT", message, f"`{trusting(found.root, app.cwd)}` trusts the project")
    return subject._replace(remarks=(*subject.remarks, remark)), [], None


def _is_project(found: Workspace, folder: str) -> bool:
    """Whether the folder is the root of a project, and not just a folder of scripts."""
    real = os.path.realpath(folder)
    everywhere = [os.path.realpath(path) for origin, path in found.settings.script_folders if origin != "project"]
    if os.path.realpath(found.root) != real or real in everywhere:
        return False
    return found.marker != "cwd" or os.path.isdir(found.settings.core.project_script_dir)


def _wished_script_dir(app: App, found: Workspace) -> str:
    """The script folder that counts once the project is trusted."""
    from pyst.settings.trust import Trust
    from pyst.settings.workspace import project_layers

    wished = found.settings.core.project_script_dir
    if any(each.key == "core.project_script_dir" for each in found.settings.ignored):
        for layer in project_layers(found.root, app.paths.home, Witness(), Trust()):
            if "core.project_script_dir" in layer.values:
                wished = layer.values["core.project_script_dir"].value
    return wished


def _folder(app: App, target: str) -> str | None:
    """The folder that the target means, or None where it means a script."""
    path = os.path.normpath(os.path.join(app.cwd, target))
    if not os.path.isdir(path):
        return None
    if target in (".", "..") or "/" in target:
        return path
    try:
        _file(app, target)
    except Failure as failure:
        if failure.exit == ExitCode.NOT_FOUND or failure.code == "E_NOT_A_FILE":
            return path
        raise
    return None


def _file(app: App, target: str) -> str:
    from pyst.commands.support.choosing import chosen_script
    from pyst.settings.trust import PROJECT_FILES

    path = os.path.join(app.cwd, target)
    if os.path.basename(target) in PROJECT_FILES and os.path.isfile(path):
        return path
    return chosen_script(app, target).path


def _revoke(app: App, targets: list[str]) -> Report:
    paths = []
    for target in targets:
        path = os.path.join(app.cwd, target)
        if not os.path.lexists(path):
            try:
                path = _file(app, target)
            except Failure:
                pass  # what is gone can still be revoked by its path
        paths.append(os.path.realpath(path))
    revoked: dict[str, Entry] = {}

    def change(known: dict[str, Entry]) -> Mapping[str, Entry]:
        revoked.update({each: known[each] for each in known if any(below(each, path) for path in paths)})
        kept = {each: entry for each, entry in known.items() if each not in revoked}
        for path in [each for each, entry in kept.items() if entry.kind == "project"]:
            if any(entry.kind == "settings" and os.path.dirname(each) == path for each, entry in revoked.items()):
                revoked[path] = kept.pop(path)  # a project is trusted as a whole or not at all
        return kept

    change_trust(app.paths.trust_file, change, waiting=lambda: app.talk("waiting for another pyst"))
    rows = [_row(path, entry, "revoked") for path, entry in revoked.items()]
    remarks = () if rows else (Diagnostic("info", "I_NOT_TRUSTED", "nothing there was trusted"),)
    return Report({"action": "revoke", "entries": rows, "loosened": [], "accepted": []}, remarks)


def _list(app: App, targets: list[str]) -> Report:
    trust = read_trust(app.paths.trust_file, app.witness)
    if trust.broken:
        raise trust.broken
    folders = [os.path.realpath(os.path.join(app.cwd, each)) for each in targets]
    rows = [
        _row(path, entry, state_of(path, entry))
        for path, entry in sorted(trust.entries.items())
        if not folders or any(below(path, folder) for folder in folders)
    ]
    return Report({"action": "list", "entries": rows, "loosened": [], "accepted": []})


def _row(path: str, entry: Entry, state: str) -> dict[str, Any]:
    told = {"path": path, "kind": entry.kind, "sha256": entry.sha256, "time": entry.time, "state": state}
    return {**told, "lock_sha256": entry.lock or None}


def human(report: Report, view: View) -> Iterable[Line]:
    """One line for each thing: how it stands, what it is, where."""
    rows = report.detail["entries"]
    lines = table(
        [
            (
                Span(row["state"], STYLES.get(row["state"], "")),
                row["kind"],
                Span(row["path"], "name"),
                *([Span("with its lock", "dim")] if row["lock_sha256"] else []),
            )
            for row in rows
        ],
        view,
    )
    if report.detail["action"] == "list" and not rows:
        return ["nothing is trusted"]
    for each in report.detail["accepted"]:
        lines.append([Span("now runs: ", "warn"), f"installed:{each['name']}", Span("  as it was changed", "dim")])
    for each in report.detail["loosened"]:
        lines.append([Span("now counts: ", "warn"), each["key"], Span(f"  {each['reason']}", "dim")])
    return lines


DETAIL: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["action", "entries", "loosened", "accepted"],
    "properties": {
        "action": {"enum": ["trust", "revoke", "list"]},
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "kind", "sha256", "time", "state", "lock_sha256"],
                "properties": {
                    "path": {"type": "string"},
                    "kind": {"enum": ["script", "settings", "project"]},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "time": {"type": "integer"},
                    "lock_sha256": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
                    "state": {"enum": ["new", "changed", "unchanged", "gone", "revoked"]},
                },
            },
        },
        "loosened": IGNORED,
        "accepted": several(record(name=TEXT, path=TEXT, sha256=TEXT)),
    },
}
