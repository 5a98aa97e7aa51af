"""What `pyst mcp` hands the server: all that it may know and start, as the operator said it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.cli.table import find_command
from pyst.commands.support.starting import seconds_of

if TYPE_CHECKING:
    from pyst.agents.host import Host
    from pyst.app import App

TIMEOUT_SECONDS = 3600.0
"""The longest that a call may take where the operator said nothing."""


def make_host(app: App, args: argparse.Namespace) -> Host:
    """All that the server may know and start. Raises `Failure` where settings can't be understood."""
    import pyst
    from pyst.agents.host import Host
    from pyst.app import App
    from pyst.commands.support.offering import Offerer

    def fresh() -> App:
        return App(options=app.options, environ=app.environ, cwd=app.cwd, clock=app.clock)

    workspace = app.workspace
    offerer = Offerer(fresh, tier=args.sandbox, unconfined=args.allow_unsandboxed)
    return Host(
        version=pyst.__version__,
        cwd=app.cwd,
        root=workspace.root,
        state=app.paths.state,
        environ=app.environ,
        pyst=(sys.executable, "-P", "-S", os.path.join(os.path.dirname(pyst.__file__), "boot.py")),
        options=tuple(global_words(app)),
        tier=args.sandbox,
        allow_unsandboxed=args.allow_unsandboxed,
        timeout_seconds=seconds_of(args.timeout) or TIMEOUT_SECONDS,
        folders=(workspace.settings.core.project_script_dir, *workspace.settings.core.global_script_dirs),
        look=offerer.look,
        details=_details(),
    )


TOOLS = ("list", "info", "run", "lock", "add", "doctor", "gc", "history", "replay", "diff")
"""The commands that agents may have of pyst itself."""


def _details() -> dict[str, dict[str, Any]]:
    """What these commands answer, by name."""
    from importlib import import_module

    found = [(name, find_command(name)) for name in TOOLS]
    return {name: import_module(f"pyst.commands.{each.module}").DETAIL for name, each in found if each}


def global_words(app: App) -> Iterable[str]:
    """The operator's own global options, for the children. `--yes` is not among them: nobody is there who said it."""
    options = app.options
    said = {name: getattr(options, name) for name in ("context", "profile", "config", "cwd")}
    for name, value in said.items():
        if value is not None:
            yield f"--{name}={os.path.join(app.cwd, value) if name == 'config' else value}"
    if options.uv_flags:
        from shlex import join

        yield f"--uv-flags={join(options.uv_flags)}"
    yield from ("--offline",) if options.offline else ()
    yield from ("--no-cache",) if options.no_cache else ()
