"""From the words that a person typed to what is to be run, the folder that it starts in, and how long it may take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.errors import ExitCode, Failure
from pyst.running.ground import Ground, ground_of_script

if TYPE_CHECKING:
    from pyst.app import App


def ground_of_word(app: App, word: str, *, is_async: bool = False) -> Ground:
    """The ground of the script that `word` means here. Raises `Failure`, as `ground_of_script` does."""
    ground = _ground_of_word(app, word, is_async)
    if ground.altered is None or ground.script is None:
        return ground
    from pyst.sharing.transaction import settle

    settle(app.paths.data)  # an update may have come between the look at the script and that at the manifest
    for path in (ground.script.path, f"{ground.script.path}.lock", app.paths.manifest_file):
        app.witness.forget(path)
    return _ground_of_word(app, word, is_async)


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
