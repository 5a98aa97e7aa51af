"""What `pyst info` says without a script: this pyst, its interpreter and uv, its folders, the shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.markdown import code, markdown_table, plain
from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App

MACHINE = record(
    pyst=record(version=TEXT, path=TEXT),
    python=record(version=TEXT, path=TEXT),
    uv=MAYBE_TEXT,
    system=TEXT,
    shell=MAYBE_TEXT,
    project=record(root=TEXT, marker=TEXT, trusted=YES_NO),
    folders=several(record(name=TEXT, path=TEXT, kind=one_of("folder", "file"), exists=YES_NO)),
    bin_on_path=YES_NO,
)


def describe_machine(app: App) -> dict[str, Any]:
    """The facts, as data. Starts nothing, and creates nothing."""
    import pyst

    found = app.workspace
    uname = os.uname()
    return {
        "pyst": {"version": pyst.__version__, "path": os.path.dirname(os.path.abspath(pyst.__file__))},
        "python": {"version": ".".join(map(str, sys.version_info[:3])), "path": sys.executable},
        "uv": _uv_path(app),
        "system": f"{uname.sysname} {uname.release} {uname.machine}",
        "shell": os.path.basename(app.environ.get("SHELL", "")) or None,
        "project": {"root": found.root, "marker": found.marker, "trusted": found.project_trusted},
        "folders": _folders(app),
        "bin_on_path": app.paths.bin in app.environ.get("PATH", "").split(os.pathsep),
    }


def _uv_path(app: App) -> str | None:
    from pyst.errors import Failure
    from pyst.system.uv import find_uv

    try:
        return find_uv(app.environ)
    except Failure:
        return None


def _folders(app: App) -> list[dict[str, Any]]:
    from pyst.scripts.catalog import places_from

    paths = app.paths
    named = [(f"{place.origin} scripts", place.root, "folder") for place in places_from(app.workspace, paths)]
    named += [
        ("project settings", os.path.join(app.workspace.root, ".pyst.toml"), "file"),
        ("global settings", paths.settings_file, "file"),
        ("env file", paths.env_file, "file"),
        ("shims", paths.bin, "folder"),
        ("trust", paths.trust_file, "file"),
        ("environments", paths.environments, "folder"),
        ("interfaces", paths.interfaces, "folder"),
        ("plans", paths.plans, "folder"),
        ("logs", paths.state, "folder"),
    ]
    return [{"name": name, "path": path, "kind": kind, "exists": os.path.exists(path)} for name, path, kind in named]


def machine_lines(detail: dict[str, Any], view: View) -> Iterable[Line]:
    """The facts in columns."""
    whole = view._replace(is_terminal=False)  # a path that is cut is of no use
    yield from table([(Span(name, "dim"), value) for name, value in _rows(detail)], whole)
    yield ""
    yield Span("Folders and files", "head")
    rows = [
        (Span(each["name"], "dim"), Span(each["path"], "" if each["exists"] else "dim")) for each in detail["folders"]
    ]
    yield from table(rows, whole, indent=2)
    if not view.is_terminal:
        return
    yield ""
    yield Span("Dim paths do not exist yet.", "dim")


def machine_markdown(detail: dict[str, Any]) -> str:
    """The facts in Markdown."""
    facts = markdown_table(("What", "Value"), [(plain(name), code(value)) for name, value in _rows(detail)])
    rows = [(plain(each["name"]), code(each["path"]), "yes" if each["exists"] else "no") for each in detail["folders"]]
    return f"# This machine\n\n{facts}\n## Folders and files\n\n{markdown_table(('What', 'Path', 'Exists'), rows)}"


def _rows(detail: dict[str, Any]) -> list[tuple[str, str]]:
    project = detail["project"]
    trusted = "trusted" if project["trusted"] else "not trusted"
    return [
        ("pyst", f"{detail['pyst']['version']}  {detail['pyst']['path']}"),
        ("python", f"{detail['python']['version']}  {detail['python']['path']}"),
        ("uv", detail["uv"] or "not found"),
        ("system", detail["system"]),
        ("shell", detail["shell"] or "not known"),
        ("project", f"{project['root']}  (found by {project['marker']}, {trusted})"),
        ("shims on PATH", "yes" if detail["bin_on_path"] else "no"),
    ]
