"""Which script a command is about, or which it is to go through: those that are named, else the project's, or all."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.scripts.script import Script


def chosen_script(app: App, word: str) -> Script:
    """The script that `word` means.

    Raises `Failure`, as `resolve` does; of what lies in a gist and is not here, it says how it gets here.
    """
    from pyst.scripts.catalog import places_from, resolve

    try:
        return resolve(word, places_from(app.workspace, app.paths), app.cwd, app.witness)
    except Failure as failure:
        if failure.code == "E_NOT_FOUND":
            from pyst.commands.support.mapped import tell_elsewhere

            tell_elsewhere(app, word, failure)
        raise


def chosen_scripts(app: App, args: argparse.Namespace) -> list[Script]:
    """The scripts that `args.scripts` names, each once; without names those of the project, with `args.all` all of the
    catalog, shadowed ones too. Raises `Failure` for a name that none has."""
    if args.scripts:
        found = [chosen_script(app, word) for word in args.scripts]
        return list({each.path: each for each in found}.values())
    catalog = app.catalog()
    entries = (*catalog.entries, *catalog.shadowed) if args.all else catalog.entries
    return [each.script for each in entries if args.all or each.script.origin == "project"]
