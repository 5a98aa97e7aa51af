"""Where we are: the project around the current folder, its settings, and what of it the user trusts.

The one place that reads settings files. Every file that is read or looked for goes through the witness, so that a
cached plan notices when one of them appears, changes or goes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyst.errors import Failure, Where
from pyst.report import Diagnostic, diagnostic_of
from pyst.settings.convert import Base
from pyst.settings.layers import Layer, defaults, flags_layer, may_hold_settings, merge, parse_layer, variables_layer
from pyst.settings.trust import Trust, read_trust
from pyst.settings.values import Settings, build
from pyst.system.paths import Paths
from pyst.system.witness import Witness

PROJECT_SETTINGS = ".pyst.toml"
MOST_BYTES = 4 << 20
"""Nobody writes more settings by hand; a larger file is a mistake or a trap."""


class Workspace(NamedTuple):
    """The project: its root, what marked it (`.pyst.toml`, `.git` or `cwd`), settings, trust.

    `project_trusted` is whether `pyst trust` was given for the project as it is now. `remarks` are for the report.
    """

    root: str
    marker: str
    settings: Settings
    trust: Trust
    project_trusted: bool
    remarks: tuple[Diagnostic, ...] = ()


def find_root(cwd: str, witness: Witness) -> tuple[str, str]:
    """The project's root and what marked it (SPEC section 2). Raises `Failure` (E_CWD) where `cwd` is gone."""
    if not witness.is_dir(cwd):
        raise Failure("E_CWD", f"the current folder `{cwd}` is gone", hint="change to one that exists")
    git = None
    folder = cwd
    while True:
        if witness.look(os.path.join(folder, PROJECT_SETTINGS)) is not None:
            return folder, PROJECT_SETTINGS
        if git is None and witness.look(os.path.join(folder, ".git")) is not None:
            git = folder
        above = os.path.dirname(folder)
        if above == folder:
            return (git, ".git") if git else (cwd, "cwd")
        folder = above


def load_workspace(
    cwd: str,
    paths: Paths,
    environ: Mapping[str, str],
    flags: Mapping[str, Any],
    witness: Witness,
    config: str | None = None,
) -> Workspace:
    """The workspace of the folder `cwd`. `config` is read in place of the global settings file.

    Raises `Failure`: E_CONFIG for settings that can't be used, E_CWD where the folder is gone.
    """
    root, marker = find_root(cwd, witness)
    trust = read_trust(paths.trust_file, witness)
    here = Base(cwd, paths.home)
    layers = [
        *_global_layers(cwd, paths, witness, config),
        *project_layers(root, paths.home, witness, trust),
        variables_layer(environ, here),
        flags_layer(flags, here),
    ]
    merged = merge(defaults(Base(root, paths.home), paths.data), layers, root)
    remarks = (diagnostic_of(trust.broken)._replace(level="warning"),) if trust.broken else ()
    return Workspace(
        root, marker, build(merged, paths.home, paths.installed), trust, trust.covers_project(root, witness), remarks
    )


def read_settings(path: str, witness: Witness) -> bytes | None:
    """The bytes of a settings file, or None where there is none. Raises `Failure` (E_CONFIG)."""
    try:
        return witness.read(path, most_bytes=MOST_BYTES)
    except Failure as failure:
        raise Failure("E_CONFIG", f"settings: {failure.message}", where=Where(path)) from failure


def project_layers(root: str, home: str, witness: Witness, trust: Trust) -> list[Layer]:
    """The layers that the project's own files give, weakest first. Each is trusted for itself."""
    layers = []
    for name, kind in (("pyproject.toml", "pyproject"), (PROJECT_SETTINGS, "project")):
        path = os.path.join(root, name)
        if kind == "pyproject" and not witness.is_file(path):
            continue  # whatever it is, it is not for us
        data = read_settings(path, witness)
        if data is None or (kind == "pyproject" and not may_hold_settings(data)):
            continue
        layers.append(parse_layer(data, kind, path, home, trusted=trust.covers_settings(path, data, witness)))
    return layers


def global_file(cwd: str, paths: Paths, config: str | None) -> str:
    """The global settings file, or the one that takes its place."""
    return os.path.normpath(os.path.join(cwd, config)) if config is not None else paths.settings_file


def _global_layers(cwd: str, paths: Paths, witness: Witness, config: str | None) -> list[Layer]:
    path = global_file(cwd, paths, config)
    data = read_settings(path, witness)
    if data is None:
        if config is not None:
            raise Failure("E_CONFIG", f"the settings file `{config}` does not exist", where=Where(path))
        return []
    return [parse_layer(data, "global", path, paths.home)]
