"""From the words that a person typed to what is to be run, the folder that it starts in, and how long it may take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.errors import ExitCode, Failure
from pyst.running.ground import Ground, ground_of_script

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.hotpath import Stamp

MOST_TRIES = 8
"""How often a run looks anew at an installed script that is being updated just then, before it says so."""


def ground_of_word(app: App, word: str, *, is_async: bool = False) -> Ground:
    """The ground of the script that `word` means here. Raises `Failure`, as `ground_of_script` does.

    An update may come between the look at the script and that at the manifest: what was altered is looked at anew,
    until twice the same was seen.
    """
    ground = _ground_of_word(app, word, is_async)
    for _ in range(MOST_TRIES):
        if ground.altered is None or ground.script is None:
            break
        from pyst.sharing.transaction import settle

        settle(app.paths.data)
        seen = look_anew(app, ground.script.path)
        ground = _ground_of_word(app, word, is_async)
        if all(app.witness.stamps.get(path) == stamp for path, stamp in seen.items()):
            break
    return ground


def look_anew(app: App, path: str) -> dict[str, Stamp | None]:
    """Have the installed script at `path`, its lock and the manifest be looked at anew; the stamps that they had."""
    paths = (path, f"{path}.lock", app.paths.manifest_file)
    seen = {each: app.witness.stamps.get(each) for each in paths}
    for each in paths:
        app.witness.forget(each)
    return seen


def _ground_of_word(app: App, word: str, is_async: bool) -> Ground:
    from pyst.scripts.catalog import places_from

    return ground_of_script(
        word,
        workspace=app.workspace,
        places=places_from(app.workspace, app.paths),
        paths=app.paths,
        context=app.options.context,
        environ=app.environ,
        cwd=app.cwd,
        witness=app.witness,
        is_async=is_async,
    )


def start_folder(app: App, ground: Ground) -> str:
    """Where the run starts, by the setting `core.cwd` (a script of no project starts in the current folder).

    Raises `Failure` (E_CANNOT_EXECUTE, 126) where that does not exist.
    """
    wish = app.workspace.settings.core.cwd
    if wish == "script" and ground.script is not None:
        return os.path.dirname(ground.script.path)
    if wish == "project":
        in_project = ground.script is not None and ground.script.origin == "project"
        return app.workspace.root if in_project else app.cwd
    if wish in ("current", "script"):
        return app.cwd
    if not app.witness.is_dir(wish):
        message = f"the folder `{wish}`, where the run is to start, does not exist"
        hint = "`--cwd` and the setting `core.cwd` choose it"
        raise Failure("E_CANNOT_EXECUTE", message, hint=hint, exit=ExitCode.CANNOT_EXECUTE)
    return wish


def seconds_of(word: str | None) -> float | None:
    """What `--timeout` was given. Raises `Failure` (E_USAGE, 64) for what is no number of seconds above 0."""
    if word is None:
        return None
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        message = f"`--timeout {word}` is not a number of seconds above 0"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    return seconds
