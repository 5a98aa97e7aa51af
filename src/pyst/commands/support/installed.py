"""What commands tell of installed scripts: where one came from, since when it is here, whether it still is the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyst.errors import Failure
from pyst.report import Diagnostic, diagnostic_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyst.app import App
    from pyst.scripts.script import Script
    from pyst.sharing.manifest import Manifest

STANDING = {
    "changed": "changed after it was installed",
    "lock_changed": "its lock was changed after it was installed",
    "unlisted": "pyst did not install it",
    "unknown": "the manifest of installed scripts can't be understood",
}
"""Why an installed script does not run, by its state."""
SHIM_STATES = {
    "intact": "",
    "missing": ": it is gone",
    "changed": ": the file that is there now was not written by pyst",
    "stranded": ": the interpreter that it starts is gone, `pyst update` renews it",
    "through_pyst": ": through pyst for now, as no direct one could be made; `pyst update` tries again",
}


def installed_data(app: App, script: Script) -> tuple[dict[str, Any] | None, Failure | None]:
    """What is known of an installed script, and why it may not run; None and None of any other."""
    from pyst.scripts.catalog import is_installed

    if not is_installed(script.path, app.paths):
        return None, None
    from pyst.running.ground import read_source
    from pyst.sharing.integrity import integrity_failure
    from pyst.sharing.manifest import read_manifest

    try:
        manifest = read_manifest(app.paths.manifest_file, app.witness)
    except Failure as failure:
        return _told(app, None, script.path, "unknown"), failure
    try:
        source = read_source(script, app.witness)
    except Failure as failure:
        return _told(app, manifest, script.path, _state(app, manifest, script.path, None)), failure
    why = integrity_failure(script.path, source, app.paths.manifest_file, app.witness)
    return _told(app, manifest, script.path, _state(app, manifest, script.path, source)), why


def installed_rows(app: App, paths: list[str]) -> dict[str, dict[str, Any]]:
    """The same for the files at `paths`, all of which lie in the folder of installed scripts, by path."""
    from pyst.scripts.library import read_source
    from pyst.sharing.manifest import read_manifest

    try:
        manifest = read_manifest(app.paths.manifest_file, app.witness)
    except Failure as failure:
        app.remark(diagnostic_of(failure)._replace(level="warning"))
        return {path: _told(app, None, path, "unknown") for path in paths}
    rows = {}
    for path in paths:
        try:
            source = read_source(path)
        except OSError:
            source = None
        rows[path] = _told(app, manifest, path, _state(app, manifest, path, source))
    return rows


def _state(app: App, manifest: Manifest, path: str, source: bytes | None) -> str:
    """The state of the installed script at `path`; what can't be read is not what was installed."""
    from pyst.sharing.integrity import standing

    if source is None:
        return "unlisted" if manifest.of_file(path) is None else "changed"
    return standing(path, source, manifest, app.witness)


def _told(app: App, manifest: Manifest | None, path: str, state: str) -> dict[str, Any]:
    entry = manifest.of_file(path) if manifest is not None else None
    if entry is None:
        names = ("source", "pinned", "ref", "commit", "installed_at", "updated_at", "shim")
        return {**dict.fromkeys(names), "integrity": state}
    return {
        "source": entry.source,
        "pinned": entry.pinned,
        "ref": entry.ref or None,
        "commit": entry.commit,
        "installed_at": entry.installed_at,
        "updated_at": entry.updated_at,
        "integrity": state,
        "shim": None if entry.shim is None else _shim_told(app, entry.shim),
    }


def _shim_told(app: App, shim: Mapping[str, str]) -> dict[str, Any]:
    """The command of an installed script, and whether its file is the one that pyst wrote."""
    from pyst.sharing.shims import MOST_BYTES, interpreter_of, plan_shim
    from pyst.system.digest import sha256

    path, state = os.path.join(app.paths.data, shim["path"]), "changed"
    try:
        data = app.witness.read(path, most_bytes=MOST_BYTES)
        state = "missing" if data is None else "intact" if sha256(data) == shim["sha256"] else "changed"
        interpreter = interpreter_of(data or b"")
        if state == "intact" and interpreter is not None and not app.witness.look(interpreter):
            state = "stranded"
        elif state == "intact" and shim["kind"] == "direct":
            through_pyst = plan_shim(os.path.basename(path), "pyst", os.path.dirname(path))
            state = "through_pyst" if data == through_pyst.content else state
    except Failure:
        pass
    return {"path": path, "kind": shim["kind"], "state": state}


def integrity_remarks(failure: Failure | None) -> tuple[Diagnostic, ...]:
    """The remark of a command that runs nothing on a script that does not run."""
    return () if failure is None else (diagnostic_of(failure)._replace(level="warning"),)


def fact_rows(told: dict[str, Any] | None) -> list[tuple[str, str]]:
    """The facts as a person reads them, each with its name."""
    if told is None:
        return []
    rows = []
    if told["source"]:
        rows.append(("source", told["source"]))
        if told["commit"]:
            ref = f"{told['ref']}, " if told["ref"] else ""
            rows.append(("version", f"{ref}commit {told['commit']}"))
        rows.append(("installed", time_words(told["installed_at"])))
        if told["updated_at"] != told["installed_at"]:
            rows.append(("updated", time_words(told["updated_at"])))
    if told["shim"]:
        is_direct = told["shim"]["kind"] == "direct" and told["shim"]["state"] != "through_pyst"
        how = " (direct: not through pyst)" if is_direct else ""
        rows.append(("command", told["shim"]["path"] + how + SHIM_STATES[told["shim"]["state"]]))
    state = told["integrity"]
    return [*rows, ("integrity", "as installed" if state == "intact" else f"does not run: {STANDING[state]}")]


def time_words(seconds: int) -> str:
    """A time (seconds since 1970) as a person reads it, in UTC."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return "at no time"
