"""`pyst config`: every setting with its value and where it came from; change one, or edit the file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.confinement_schema import PROFILE
from pyst.commands.support.schema import maybe
from pyst.errors import ExitCode, Failure, Fix, Where
from pyst.report import Diagnostic, Report
from pyst.settings.editing import change_settings, lock_path, require_field, value_from_words, with_value
from pyst.settings.fields import BY_KEY
from pyst.settings.origins import Ignored
from pyst.settings.workspace import PROJECT_SETTINGS, find_root, global_file
from pyst.system.secrets import mask, mask_words
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.settings.workspace import Workspace

ACTIONS = ("show", "get", "set", "edit", "path")
DESCRIPTION = "Show all settings, each with its value and origin (show), or one (get), or change them (set, edit)."
EPILOG = """\
  pyst config                               all settings
  pyst config get core.offline
  pyst config set core.offline true         in the global settings file
  pyst config set --project contexts.default.enabled '*' '!deploy-*'
  pyst config edit --project                in $VISUAL or $EDITOR, checked before it counts
  pyst config path                          the settings files
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `config`, which may stand between its words."""
    parser.intermixed = True  # type: ignore[attr-defined]
    doing = "show all settings (the default) or one, change one, edit a file, or say where the files are"
    parser.add_argument("words", nargs="*", metavar="show | get KEY | set KEY VALUE... | edit | path", help=doing)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--global", dest="scope", action="store_const", const="global", help="the global settings file")
    where.add_argument(
        "--project", dest="scope", action="store_const", const="project", help="the project's `.pyst.toml`"
    )


def run(app: App, args: argparse.Namespace) -> Report:
    """Do what the first word says; without one, show all settings."""
    action, *rest = args.words or ["show"]
    if action not in ACTIONS:
        message = f"`config` can't `{action}`"
        raise Failure("E_USAGE", message, hint=f"it can {', '.join(ACTIONS)}", exit=ExitCode.USAGE)
    if (len(rest) > 0 and action in ("show", "edit", "path")) or (action == "get" and len(rest) != 1):
        raise Failure("E_USAGE", f"`config {action}` takes {'one key' if action == 'get' else 'no further words'}",
                      hint="see `pyst config --help`", exit=ExitCode.USAGE)  # fmt: skip
    if action == "set" and len(rest) < 2:
        hint = "`pyst config set core.offline true`"
        raise Failure("E_USAGE", "`config set` takes a key and a value", hint=hint, exit=ExitCode.USAGE)
    if action == "show":
        return _show(app)
    if action == "get":
        return _get(app, rest[0])
    if action == "path":
        return _paths(app, args.scope)
    kind, path = _target(app, args.scope)
    if action == "set":
        return _set(app, kind, path, rest[0], rest[1:])
    from pyst.commands.config_edit import edit

    was_trusted = is_trusted(app, path)
    report = edit(app, kind, path)
    ended = was_trusted and report.detail["changed"]
    return report._replace(diagnostics=changed_trust(path, app.cwd)) if ended else report


def _show(app: App) -> Report:
    from pyst.commands.support.confinement_rules import profile_data

    found = app.workspace
    rows = [row_of(found, key) for key in sorted(found.settings.values, key=_in_order)]
    ignored = [each.to_json() for each in found.settings.ignored]
    detail = {
        "action": "show",
        "root": found.root,
        "marker": found.marker,
        "trusted": found.project_trusted,
        "profile": profile_data(app),
        "settings": rows,
        "ignored": ignored,
    }
    return Report(detail, ignored_remarks(found.settings.ignored, found.root, app.cwd))


def _in_order(key: str) -> tuple[int, str]:
    from pyst.settings.fields import generic

    return list(BY_KEY).index(generic(key)), key


def row_of(found: Workspace, key: str) -> dict[str, Any]:
    """One setting as JSON data, secrets in it masked."""
    return {"key": key, "value": _masked(found.settings.values[key]), "origin": found.settings.origins[key].to_json()}


def _masked(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return mask_words(value)
    return mask(value) if isinstance(value, str) else value


def ignored_remarks(ignored: tuple[Ignored, ...], root: str, cwd: str) -> tuple[Diagnostic, ...]:
    """A remark on what an untrusted project wished in vain."""
    if not ignored:
        return ()
    keys = ", ".join(f"`{each.key}`" for each in ignored)
    fix = trusting(root, cwd)
    message = f"not trusted, so without effect: {keys}"
    hint = f"look at the files; then `{fix}` makes them count"
    return (Diagnostic("warning", "W_UNTRUSTED_SETTINGS", message, hint, root, Fix(fix, "high")),)


def trusting(root: str, cwd: str) -> str:
    """The command that trusts the project, as one types it in `cwd`."""
    import shlex

    return "pyst trust " + ("." if root == cwd else shlex.quote(root))


def _get(app: App, key: str) -> Report:
    require_field(key)
    if key not in app.workspace.settings.values:
        raise Failure("E_NOT_SET", f"`{key}` is not set", hint="`pyst config` shows what is")
    return Report({"action": "get", **row_of(app.workspace, key)})


def _target(app: App, scope: str | None) -> tuple[str, str]:
    """The kind and path of the file to change."""
    if scope == "project":
        return "project", os.path.join(find_root(app.cwd, app.witness)[0], PROJECT_SETTINGS)
    return "global", global_file(app.cwd, app.paths, app.options.config)


def _set(app: App, kind: str, path: str, key: str, words: list[str]) -> Report:
    value = value_from_words(require_field(key), words)

    def change(data: bytes | None) -> str:
        try:
            text = (data or b"").decode()
        except UnicodeDecodeError as error:
            raise Failure("E_CONFIG", f"`{path}` is not UTF-8", where=Where(path)) from error
        return with_value(text, key, value, path)

    was_trusted = is_trusted(app, path)
    change_settings(path, kind, app.paths.home, lock_path(app.paths.state), change)
    detail = {"action": "set", "key": key, "value": _masked(value), "path": path, "kind": kind}
    return Report(detail, (*(changed_trust(path, app.cwd) if was_trusted else ()), *_without_effect(app, key, path)))


def _without_effect(app: App, key: str, path: str) -> tuple[Diagnostic, ...]:
    """A remark where the value that was just set does not count, since the project is not trusted."""
    from pyst.settings.workspace import load_workspace
    from pyst.system.witness import Witness

    found = load_workspace(app.cwd, app.paths, app.environ, app.options.flags, Witness(), app.options.config)
    ignored = tuple(each for each in found.settings.ignored if each.key == key and each.origin.path == path)
    return ignored_remarks(ignored, found.root, app.cwd)


def is_trusted(app: App, path: str) -> bool:
    """Whether the file is trusted as it is now."""
    from pyst.settings.trust import read_trust

    return read_trust(app.paths.trust_file, app.witness).covers_file(path, app.witness)


def changed_trust(path: str, cwd: str) -> tuple[Diagnostic, ...]:
    """A remark that a file was trusted, and no longer is what was trusted."""
    message = f"`{path}` was trusted; now that it has changed it no longer is"
    hint = f"`{trusting(os.path.dirname(path), cwd)}` trusts it as it is now"
    return (Diagnostic("info", "I_TRUST_ENDED", message, hint),)


def _paths(app: App, scope: str | None) -> Report:
    root, _ = find_root(app.cwd, app.witness)
    rows = []
    for kind, path in (
        ("project", os.path.join(root, PROJECT_SETTINGS)),
        ("pyproject", os.path.join(root, "pyproject.toml")),
        ("global", global_file(app.cwd, app.paths, app.options.config)),
    ):
        if scope in (None, kind):
            trusted = kind == "global" or is_trusted(app, path)
            rows.append({"kind": kind, "path": path, "exists": app.witness.is_file(path), "trusted": trusted})
    return Report({"action": "path", "files": rows})


def human(report: Report, view: View) -> Iterable[Line]:
    """The settings in columns; a single value or path alone, for shells."""
    detail = report.detail
    if detail["action"] == "show":
        rows = [
            (Span(row["key"], "name"), _shown(row["value"]), Span(_origin(row["origin"]), "dim"))
            for row in detail["settings"]
        ]
        lines = table(rows, view)
        if chosen := detail["profile"]:
            lines.append([Span("profile: ", "dim"), chosen["name"], Span(f"  (by {chosen['chosen_by']})", "dim")])
        for each in detail["ignored"]:
            place = f"{each['origin']['path']}:{each['origin']['line']}"
            lines.append([Span("ignored: ", "warn"), each["key"], Span(f"  {each['reason']} ({place})", "dim")])
        return lines
    if detail["action"] == "get":
        value = detail["value"]
        return list(value) if isinstance(value, list) else [_shown(value)]
    if detail["action"] == "set":
        return [f"{detail['key']} = {_shown(detail['value'])}", Span(f"in {detail['path']}", "dim")]
    if detail["action"] == "edit":
        return [f"{'changed' if detail['changed'] else 'unchanged'}: {detail['path']}"]
    files = detail["files"]
    if len(files) == 1:
        return [files[0]["path"]]
    return table([(row["kind"], row["path"], Span(_state(row), "dim")) for row in files], view)


def _state(row: dict[str, Any]) -> str:
    if not row["exists"]:
        return "absent"
    return "" if row["trusted"] else "not trusted"


def _shown(value: Any) -> str:
    import json

    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _origin(origin: dict[str, Any]) -> str:
    if origin["line"]:
        return f"{origin['path']}:{origin['line']}"
    return str(origin["path"] or origin["kind"])


_ORIGIN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "path", "line"],
    "properties": {
        "kind": {"enum": ["default", "global", "pyproject", "project", "variable", "flag"]},
        "path": {"type": ["string", "null"]},
        "line": {"type": ["integer", "null"], "minimum": 1},
    },
}
_VALUE = {"type": ["string", "boolean", "integer", "array", "null"], "items": {"type": "string"}}
_ROW = {"key": {"type": "string"}, "value": _VALUE, "origin": _ORIGIN}
IGNORED = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["key", "origin", "reason"],
        "properties": {"key": {"type": "string"}, "origin": _ORIGIN, "reason": {"type": "string"}},
    },
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


DETAIL: dict[str, Any] = {
    "oneOf": [
        _object(
            action={"const": "show"},
            root={"type": "string"},
            marker={"enum": [".pyst.toml", ".git", "cwd"]},
            trusted={"type": "boolean"},
            profile=maybe(PROFILE),
            settings={"type": "array", "items": _object(**_ROW)},
            ignored=IGNORED,
        ),
        _object(action={"const": "get"}, **_ROW),
        _object(
            action={"const": "set"},
            key={"type": "string"},
            value=_VALUE,
            path={"type": "string"},
            kind={"enum": ["global", "project"]},
        ),
        _object(action={"const": "edit"}, path={"type": "string"}, changed={"type": "boolean"}),
        _object(
            action={"const": "path"},
            files={
                "type": "array",
                "items": _object(
                    kind={"enum": ["project", "pyproject", "global"]},
                    path={"type": "string"},
                    exists={"type": "boolean"},
                    trusted={"type": "boolean"},
                ),
            },
        ),
    ]
}
