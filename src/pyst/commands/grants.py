"""`pyst grants`: what scripts were granted for good; listed, given, revoked."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pyst.commands.support.confinement_options import permission_options
from pyst.commands.support.confinement_schema import SET
from pyst.commands.support.schema import TEXT, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.confinement.grants import Grant

DESCRIPTION = """\
Show, give and revoke the permissions that confined scripts were granted for good. A grant holds for exactly what the
script now contains; when the script changes it has none. Granting confines nothing: `--sandbox` and the settings do.
"""
ACTIONS = ("list", "allow", "revoke")
STATES = {"current": "good", "changed": "warn", "gone": "dim", "new": "good", "revoked": "dim"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `grants`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    doing = "list what was granted (the default), grant a script what it declares or the options say, take it back"
    parser.add_argument("words", nargs="*", metavar="list [SCRIPT...] | allow SCRIPT | revoke SCRIPT...", help=doing)
    parser.add_argument("--all", action="store_true", help="revoke every grant")
    permission_options(parser, with_deny=False)


def run(app: App, args: argparse.Namespace) -> Report:
    """List, give or revoke grants."""
    action, *targets = args.words or ["list"]
    if action not in ACTIONS:
        hint = did_you_mean(action, list(ACTIONS)) or f"it can {', '.join(ACTIONS)}"
        raise Failure("E_USAGE", f"`grants` can't `{action}`", hint=hint, exit=ExitCode.USAGE)
    if args.all and action != "revoke":
        raise Failure("E_USAGE", "`--all` is for `grants revoke`", exit=ExitCode.USAGE)
    if action == "allow":
        if len(targets) != 1:
            hint = "`pyst grants allow SCRIPT` grants what it declares"
            raise Failure("E_USAGE", "`grants allow` takes one script", hint=hint, exit=ExitCode.USAGE)
        return _allow(app, args, targets[0])
    if any(getattr(args, f"allow_{kind}") for kind in SET["required"]):
        raise Failure("E_USAGE", "`--allow-*` is for `grants allow`", exit=ExitCode.USAGE)
    if action == "list":
        return _list(app, targets)
    if bool(targets) == args.all:
        message = "`grants revoke` takes scripts, or `--all`"
        raise Failure("E_USAGE", message, hint="`pyst grants list` shows them", exit=ExitCode.USAGE)
    return _revoke(app, targets)


def _allow(app: App, args: argparse.Namespace, word: str) -> Report:
    from pyst.commands.support.confinement_rules import permissions_from_flags
    from pyst.commands.support.confining import declared_by, remember
    from pyst.commands.support.starting import ground_of_word, start_folder
    from pyst.confinement.permissions import NOTHING

    ground = ground_of_word(app, word)
    wanted = permissions_from_flags(app, args, "allow")
    if wanted == NOTHING:
        wanted = declared_by(app, ground, start_folder(app, ground))
    if wanted == NOTHING:
        message = f"`{ground.label}` declares no permissions that every run would not have anyway"
        hint = "say what to grant: `--allow-read=…`, `--allow-net=…`"
        raise Failure("E_USAGE", message, hint=hint, exit=ExitCode.USAGE)
    key, grant = remember(app, ground, wanted)
    return Report({"action": "allow", "grants": [_row(key, grant, "new")]})


def _list(app: App, targets: list[str]) -> Report:
    from pyst.confinement.grants import read_grants

    found = read_grants(app.paths.grants_file, app.witness)
    if found.broken:
        raise found.broken
    names = [_target(app, each) for each in targets]
    rows = [_row(key, each, _state(key, each)) for key, each in found.entries.items()]
    rows.sort(key=lambda row: (row["path"], row["time"]))
    return Report({"action": "list", "grants": [row for row in rows if not names or row["path"] in names]})


def _target(app: App, word: str) -> str:
    """The real path that a target means; what is gone can still be named by its path."""
    from pyst.scripts.catalog import places_from, resolve

    path = os.path.join(app.cwd, word)
    if not os.path.lexists(path):
        try:
            path = resolve(word, places_from(app.workspace, app.paths), app.cwd, app.witness).path
        except Failure:
            pass
    return os.path.realpath(path)


def _revoke(app: App, targets: list[str]) -> Report:
    from pyst.confinement.grants import change_grants

    paths = {_target(app, each) for each in targets}
    hashes = tuple(each for each in targets if len(each) >= 8 and set(each) <= set("0123456789abcdef"))
    revoked: dict[str, Grant] = {}

    def change(known: dict[str, Grant]) -> Mapping[str, Grant]:
        for key, grant in known.items():
            if not targets or grant.path in paths or (hashes and key.startswith(hashes)):
                revoked[key] = grant
        return {key: grant for key, grant in known.items() if key not in revoked}

    change_grants(app.paths.grants_file, change, waiting=lambda: app.talk("waiting for another pyst"))
    remarks = () if revoked else (Diagnostic("info", "I_NOT_GRANTED", "nothing there was granted"),)
    rows = [_row(key, grant, "revoked") for key, grant in revoked.items()]
    return Report({"action": "revoke", "grants": rows}, remarks)


def _state(key: str, grant: Grant) -> str:
    """Whether a grant still holds for what lies at its path: `current`, `changed` or `gone`."""
    from pyst.settings.trust import MOST_BYTES, sha256_of
    from pyst.system.witness import Witness

    try:
        data = Witness().read(grant.path, most_bytes=MOST_BYTES)
    except Failure:
        return "changed"
    if data is None:
        return "gone"
    return "current" if sha256_of(data) == key else "changed"


def _row(key: str, grant: Grant, state: str) -> dict[str, Any]:
    return {
        "sha256": key,
        "path": grant.path,
        "time": grant.time,
        "state": state,
        "permissions": grant.permissions.to_json(),
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """Each grant: how it stands and where, and below it what was granted."""
    rows = report.detail["grants"]
    if report.detail["action"] == "list" and not rows:
        yield "nothing is granted"
    for row in rows:
        yield [Span(f"{row['state']:<7}", STATES[row["state"]]), "  ", Span(row["path"], "name")]
        for kind, items in row["permissions"].items():
            for item in items:
                yield [Span(f"         {kind:<6} ", "dim"), item]


DETAIL: dict[str, Any] = record(
    action=one_of("list", "allow", "revoke"),
    grants=several(
        record(sha256=TEXT, path=TEXT, time={"type": "integer"}, state=one_of(*STATES), permissions=SET),
    ),
)
