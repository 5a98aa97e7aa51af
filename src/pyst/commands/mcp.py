"""`pyst mcp`: the scripts of this place as tools for AI agents, over the Model Context Protocol."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.cli.table import find_command
from pyst.commands.support.schema import record
from pyst.errors import ExitCode, Failure
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.agents.host import Host
    from pyst.app import App

DESCRIPTION = """\
Serve the scripts that are visible from here as tools of the Model Context Protocol. Every run is confined and recorded.
What a client may do is said here, by options and settings; nothing that a client sends can widen it.
"""
TIERS = ("strict", "basic")
TIMEOUT_SECONDS = 3600.0


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `mcp`."""
    add = parser.add_argument
    add("--transport", choices=("stdio", "http"), default="stdio", help="how clients reach it (stdio)")
    add("--port", type=int, default=0, metavar="N", help="of HTTP: the port on loopback (0: one that is free)")
    add("--sandbox", choices=TIERS, default="strict", metavar="TIER", help="hold runs by strict (default) or basic")
    add(
        "--allow-unsandboxed",
        action="store_true",
        help="confine scripts only where the settings say so, as `pyst run` does",
    )
    add("--timeout", metavar="S", help=f"end calls that take longer than S seconds ({TIMEOUT_SECONDS:g})")


def run(app: App, args: argparse.Namespace) -> Report:
    """Serve until the client, or a signal, ends it."""
    if app.options.format != "human":
        message = "`pyst mcp` speaks the protocol alone: its standard output has no other form"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    if args.transport == "stdio" and args.port:
        raise Failure("E_USAGE", "`--port` is for `--transport http`", exit=ExitCode.USAGE)
    host = make_host(app, args)
    try:
        from pyst.agents.server import build_server, serve_stdio
    except ImportError as error:
        raise missing_extra(error) from error
    server = build_server(host)
    if args.transport == "stdio":
        serve_stdio(server)
        return Report({})
    from pyst.agents.http import serve_http
    from pyst.agents.token import new_token

    serve_http(
        server,
        folder=os.path.join(app.paths.state, "mcp"),
        root=app.workspace.root,
        token=new_token(),
        port=args.port,
        ready=lambda found: app.talk(f"listening on {found.url}; the token is in `{found.path}`"),
        trouble=app.talk,
    )
    return Report({})


def missing_extra(error: ImportError) -> Failure:
    """The failure for an installation without the SDK."""
    if (error.name or "").partition(".")[0] == "pyst":
        raise error
    message = f"`pyst mcp` needs the package `{(error.name or 'mcp').partition('.')[0]}`, which is not installed"
    return Failure("E_EXTRA", message, hint="install `pyst-cli[mcp]`")


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
        state=app.paths.state,
        environ=app.environ,
        pyst=(sys.executable, "-P", "-S", os.path.join(os.path.dirname(pyst.__file__), "boot.py")),
        options=tuple(_global_words(app)),
        tier=args.sandbox,
        allow_unsandboxed=args.allow_unsandboxed,
        timeout_seconds=_seconds(args.timeout),
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


def _seconds(word: str | None) -> float:
    if word is None:
        return TIMEOUT_SECONDS
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        message = f"`--timeout {word}` is not a number of seconds above 0"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    return seconds


def _global_words(app: App) -> Iterable[str]:
    """The operator's own global options, for the children. `--yes` is not among them: nobody is there who said it."""
    options = app.options
    for name, value in (("context", options.context), ("config", options.config), ("cwd", options.cwd)):
        if value is not None:
            yield f"--{name}={os.path.join(app.cwd, value) if name == 'config' else value}"
    if options.uv_flags:
        from shlex import join

        yield f"--uv-flags={join(options.uv_flags)}"
    yield from ("--offline",) if options.offline else ()
    yield from ("--no-cache",) if options.no_cache else ()


def human(report: Report, view: View) -> Iterable[Line]:
    """Nothing: standard output was the protocol's."""
    return ()


DETAIL: dict[str, Any] = record()
