"""Which scripts a command is to go through: those that are named, else the project's, or all."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.scripts.script import Script


def chosen_scripts(app: App, args: argparse.Namespace) -> list[Script]:
    """The scripts that `args.scripts` names, each once; without names those of the project, with `args.all` all of the
    catalog, shadowed ones too. Raises `Failure` for a name that none has."""
    from pyst.scripts.catalog import places_from, resolve

    if args.scripts:
        places = places_from(app.workspace, app.paths)
        found = [resolve(word, places, app.cwd, app.witness) for word in args.scripts]
        return list({each.path: each for each in found}.values())
    catalog = app.catalog()
    entries = (*catalog.entries, *catalog.shadowed) if args.all else catalog.entries
    return [each.script for each in entries if args.all or each.script.origin == "project"]
