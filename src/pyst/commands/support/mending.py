"""Mending the file of a script by the remedies of a check: written whole, its lock and its mode kept in mind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.checking.finding import Finding
    from pyst.checking.subject import Facts
    from pyst.scripts.script import Script

BLOCK_KINDS = ("require", "drop", "python")
"""The remedies that change the block, and so may leave a lock behind."""


def mend_script(
    app: App, script: Script, source: bytes, facts: Facts, *, with_unsafe: bool
) -> tuple[bytes, Facts, tuple[Finding, ...]]:
    """Mend the script's file by its safe remedies, if it has any; gives its new content and what was done.

    Raises `Failure` (E_INTEGRITY, E_WRITE, and what `checking.fixes.mend` raises); the file is then as it was.
    """
    from pyst.checking.fixes import mend
    from pyst.commands.support.editing import change_script

    mended = mend(source, facts, with_unsafe=with_unsafe)
    if not mended.applied:
        return source, facts, ()
    if script.origin == "installed":
        message = f"`{script.selector}` is installed; mended, it would no longer match what it was installed from"
        raise Failure("E_INTEGRITY", message, hint="mend it at its source, or copy it into the project")

    def change(now: bytes) -> bytes:
        nonlocal mended
        mended = mend(now, facts, with_unsafe=with_unsafe)
        return mended.source

    change_script(app, script.path, change)
    if mended.make_executable:
        _make_executable(script.path)
        facts = facts._replace(is_executable=True)
    app.event("script_fixed", path=script.path, remedies=len(mended.applied))
    _remark_on_lock(app, script, mended.applied)
    return mended.source, facts, mended.applied


def _make_executable(path: str) -> None:
    from pyst.system.files import writing_failed

    try:
        mode = os.stat(path).st_mode & 0o7777
        os.chmod(path, mode | (mode & 0o444) >> 2)
    except OSError as error:
        raise writing_failed(path, error) from error


def _remark_on_lock(app: App, script: Script, fixed: tuple[Finding, ...]) -> None:
    from pyst.commands.support.editing import lock_remark

    if any(each.remedy and each.remedy.kind in BLOCK_KINDS for each in fixed):
        for remark in lock_remark(script.selector, script.path):
            app.remark(remark)
