"""What a script asks for now, as the store of environments remembers it: for `pyst gc`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.environments.spec import Interpreter, make_spec
from pyst.errors import Failure
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.scripts.script import Metadata

NOBODY = Interpreter("", "", "", "")
"""Needs don't depend on the interpreter."""


def needs_of(path: str) -> str | None:
    """`EnvSpec.needs` of the script at `path`.

    None where there is no script or it asks for nothing, an empty string where that can't be told.
    """
    from pyst.scripts.metadata import parse_metadata

    witness = Witness()
    try:
        source = witness.read(path, most_bytes=64 << 20)
        if source is None:
            return None
        metadata = parse_metadata(source, path)
        if metadata is None:
            return _needs_of_project(path, witness)
        return _needs(metadata, path, witness)
    except (Failure, OSError, ValueError):
        return ""


def _needs(metadata: Metadata, path: str, witness: Witness) -> str:
    return make_spec(metadata, NOBODY, script_path=path, lock=witness.read(path + ".lock", most_bytes=64 << 20)).needs


def _needs_of_project(path: str, witness: Witness) -> str | None:
    """Those of the project that the script lies in: of the nearest, wherever its top is."""
    from pyst.environments.project import declared_spec, find_project

    project = find_project(path, os.sep, witness)
    return declared_spec(project, NOBODY).needs if project else None
