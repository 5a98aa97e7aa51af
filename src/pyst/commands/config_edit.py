"""`pyst config edit`: a copy in the person's editor; it replaces the file only if it can be used.

An edit that can't be used is never lost: the copy stays, and the message says where.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from pyst.errors import Failure
from pyst.report import Report
from pyst.settings.editing import change_settings, lock_path, read_text
from pyst.settings.layers import parse_layer
from pyst.system.files import write_atomic, writing_failed

if TYPE_CHECKING:
    from pyst.app import App

BEGINNING = "# Settings of pyst. `pyst config` shows all of them, with their values and origins.\n"


def edit(app: App, kind: str, path: str) -> Report:
    """Let the person edit the settings file of this kind. Raises `Failure` where the edit can't be used."""
    before = read_text(path)
    editor = find_editor(app)
    copy = os.path.join(app.paths.state, "edits", f"{kind}-{os.getpid()}-{os.urandom(3).hex()}.toml")
    beginning = before if before is not None else BEGINNING.encode()
    try:
        write_atomic(copy, beginning, mode=0o600)
    except OSError as error:
        raise writing_failed(copy, error) from error
    after = _edited(app, editor, copy, beginning, kind, path)
    if after is None:
        os.unlink(copy)
        return Report({"action": "edit", "path": path, "changed": False})

    def change(now: bytes | None) -> str:
        if now != before:
            message = f"`{path}` was changed by another program meanwhile; it is as that program left it"
            raise Failure("E_CONFIG", message, hint=f"your edit is kept in `{copy}`")
        return after.decode()

    change_settings(path, kind, app.paths.home, lock_path(app.paths.state), change)
    os.unlink(copy)
    detail = {"action": "edit", "path": path, "changed": True}
    return Report(detail)


def find_editor(app: App) -> list[str]:
    """The words that start the person's editor. Raises `Failure` (E_EDITOR) where there is none."""
    from pyst.system.process import find_program

    wish = app.environ.get("VISUAL") or app.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(wish)
    except ValueError as error:
        raise Failure("E_EDITOR", f"the editor `{wish}` can't be split into words: {error}") from error
    program = find_program(words[0], app.environ) if words else None
    if program is None:
        raise Failure("E_EDITOR", f"the editor `{wish}` was not found", hint="set `VISUAL` or `EDITOR`")
    return [program, *words[1:]]


def _edited(app: App, editor: list[str], copy: str, beginning: bytes, kind: str, path: str) -> bytes | None:
    """What the person made of the copy, once it can be used; None where nothing was changed."""
    from pyst.running.plan import Plan
    from pyst.running.supervise import supervise

    refused = None
    while True:
        app.stdout.flush()
        outcome = supervise(Plan((*editor, copy), app.cwd), app.environ, end_leftovers=False)
        if outcome.exit_code:
            message = f"the editor `{editor[0]}` ended with exit code {outcome.exit_code}; nothing was changed"
            raise Failure("E_EDITOR", message, hint=f"your edit is kept in `{copy}`")
        data = read_text(copy)
        if data is None:
            raise Failure("E_EDITOR", f"the editor left nothing at `{copy}`; nothing was changed")
        if data == beginning:
            return None
        try:
            parse_layer(data, kind, copy, app.paths.home)
            return data
        except Failure as failure:
            failure.hint = "\n".join(
                filter(None, (failure.hint, f"`{path}` is as it was; your edit is kept in `{copy}`"))
            )
            if data == refused or not _again(app, failure):
                raise
            refused = data


def _again(app: App, failure: Failure) -> bool:
    app.talk(f"{failure.where}: {failure.message}")
    return app.ask("Edit again?")
