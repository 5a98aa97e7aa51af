"""What `pyst info` says without a script: this machine, in parts that can be asked for one by one.

Starts nothing (but for `--versions`), creates nothing, and tells the names of variables, never their values.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, maybe, one_of, record, several

if TYPE_CHECKING:
    from pyst.app import App

PARTS = ("system", "paths", "commands", "env", "syntax")
"""The parts, in the order in which they are told."""

MACHINE = record(
    system=maybe(
        record(
            pyst=record(version=TEXT, path=TEXT),
            python=record(version=TEXT, path=TEXT),
            uv=MAYBE_TEXT,
            name=TEXT,
            release=TEXT,
            machine=TEXT,
            distribution=MAYBE_TEXT,
            container=MAYBE_TEXT,
            processors=COUNT,
            memory_bytes={"type": ["integer", "null"]},
            shell=record(running=MAYBE_TEXT, login=MAYBE_TEXT),
            project=record(root=TEXT, marker=TEXT, trusted=YES_NO),
            interpreters=several(record(path=TEXT, version=TEXT, source=one_of("PATH", "pyenv", "uv"))),
        )
    ),
    paths=maybe(
        record(
            folders=several(record(name=TEXT, path=TEXT, kind=one_of("folder", "file"), exists=YES_NO)),
            bin_on_path=YES_NO,
            bin_line=MAYBE_TEXT,
            bin_line_file=MAYBE_TEXT,
        )
    ),
    commands=maybe(several(record(name=TEXT, path=TEXT, version=MAYBE_TEXT))),
    env=maybe(record(names=several(TEXT), omitted=COUNT)),
    syntax=maybe(
        several(record(topic=TEXT, prints=MAYBE_TEXT, bash=TEXT, zsh=TEXT, fish=TEXT, powershell=TEXT, cmd=TEXT))
    ),
)
MOST_NAMES = 1000


def describe_machine(app: App, parts: Iterable[str] = PARTS, *, versions: bool = False) -> dict[str, Any]:
    """The facts, as data: the `parts` that are asked for, and null for the others.

    `versions`: each tool that is found is started, to be asked for its version.
    """
    from pyst.commands.support.machine_shells import syntax_data
    from pyst.commands.support.machine_tools import find_tools

    readers = {
        "system": lambda: _system(app),
        "paths": lambda: _paths(app),
        "commands": lambda: find_tools(app, versions=versions),
        "env": lambda: _variables(app),
        "syntax": syntax_data,
    }
    chosen = set(parts)
    return {name: readers[name]() if name in chosen else None for name in PARTS}


def _system(app: App) -> dict[str, Any]:
    import pyst
    from pyst.environments.installed import installed_interpreters
    from pyst.system import host

    found = app.workspace
    uname = os.uname()
    return {
        "pyst": {"version": pyst.__version__, "path": os.path.dirname(os.path.abspath(pyst.__file__))},
        "python": {"version": ".".join(map(str, sys.version_info[:3])), "path": sys.executable},
        "uv": _uv_path(app),
        "name": uname.sysname,
        "release": uname.release,
        "machine": uname.machine,
        "distribution": host.distribution(),
        "container": host.container(),
        "processors": host.processors(),
        "memory_bytes": host.memory_bytes(),
        "shell": {"running": host.running_shell(), "login": host.shell_name(app.environ.get("SHELL", ""))},
        "project": {"root": found.root, "marker": found.marker, "trusted": found.project_trusted},
        "interpreters": [each._asdict() for each in installed_interpreters(app.environ)],
    }


def _uv_path(app: App) -> str | None:
    from pyst.errors import Failure
    from pyst.system.uv import find_uv

    try:
        return find_uv(app.environ)
    except Failure:
        return None


def _paths(app: App) -> dict[str, Any]:
    from pyst.scripts.catalog import places_from
    from pyst.system import host
    from pyst.system.search_path import is_on_path, path_line, start_file

    paths = app.paths
    named = [(f"{place.origin} scripts", place.root, "folder") for place in places_from(app.workspace, paths)]
    named += [
        ("project settings", os.path.join(app.workspace.root, ".pyst.toml"), "file"),
        ("global settings", paths.settings_file, "file"),
        ("env file", paths.env_file, "file"),
        ("shims", paths.bin, "folder"),
        ("installed", paths.manifest_file, "file"),
        ("mapping", paths.mapping_file, "file"),
        ("trust", paths.trust_file, "file"),
        ("environments", paths.environments, "folder"),
        ("interfaces", paths.interfaces, "folder"),
        ("plans", paths.plans, "folder"),
        ("logs", paths.state, "folder"),
    ]
    folders = [{"name": name, "path": path, "kind": kind, "exists": os.path.exists(path)} for name, path, kind in named]
    shell = host.running_shell() or host.shell_name(app.environ.get("SHELL", ""))
    return {
        "folders": folders,
        "bin_on_path": is_on_path(paths.bin, app.environ),
        "bin_line": path_line(paths.bin, shell),
        "bin_line_file": start_file(shell, app.environ, paths.home),
    }


def _variables(app: App) -> dict[str, Any]:
    names = sorted(app.environ)
    shown = [each.encode("utf-8", "replace").decode()[:200] for each in names[:MOST_NAMES]]
    return {"names": shown, "omitted": len(names) - len(shown)}
