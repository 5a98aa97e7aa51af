"""What `pyst add` and `pyst remove` share: the file of the script, read and replaced whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyst.errors import ExitCode, Failure, Fix
from pyst.report import Diagnostic
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.app import App


def require_script(app: App, word: str | None, command: str, packages: list[str]) -> str:
    """The path of the script that `--script` names. Raises `Failure` where there is none (E_USAGE), or no such one."""
    from pyst.commands.support.choosing import chosen_script

    if word is None:
        raise Failure(
            "E_USAGE",
            f"`pyst {command}` changes the block of a script: name it by `--script`",
            hint=f"pyst {command} --script SCRIPT {' '.join(packages)}",
            exit=ExitCode.USAGE,
        )
    return chosen_script(app, word).path


def change_script(app: App, path: str, change: Callable[[bytes], bytes]) -> bool:
    """Replace the script by `change` of its bytes, as no other pyst changes one; says whether they differ.

    Raises `Failure`: what `change` raises (the file is as it was), E_INTEGRITY for an installed script, E_WRITE.
    """
    from pyst.scripts.catalog import is_installed
    from pyst.system.files import locked, write_atomic, writing_failed

    if is_installed(path, app.paths):
        message = f"`{path}` is installed; changed, it would no longer be what was installed"
        raise Failure("E_INTEGRITY", message, hint="change it at its source, or copy it into the project")
    try:
        with locked(os.path.join(app.paths.state, "edits.lock"), waiting=lambda: app.talk("waiting for another pyst")):
            source = Witness().read(path) or b""
            edited = change(source)
            if edited != source:
                write_atomic(path, edited, keep=True)
            return edited != source
    except OSError as error:
        raise writing_failed(path, error) from error


def lock_remark(word: str, path: str) -> tuple[Diagnostic, ...]:
    """A remark where the script has a lock that fits no more."""
    from shlex import quote

    if not os.path.lexists(path + ".lock"):
        return ()
    message = f"`{path}.lock` doesn't fit the block any more: runs will stop until it is locked again"
    return (Diagnostic("warning", "W_LOCK_STALE", message, fix=Fix(f"pyst lock {quote(word)}")),)
